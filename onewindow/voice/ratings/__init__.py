"""好差评: inviting, giving, what a bad one goes through, figures, and the push to the platform above."""
