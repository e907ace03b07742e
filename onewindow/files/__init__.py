"""What people hand in: told by its content, kept sealed, with one abstract row for the tables of the rooms above."""
