"""What citizens say, on the desk: ratings, complaints, issues, questions."""
