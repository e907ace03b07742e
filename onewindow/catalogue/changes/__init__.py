"""Changes of the catalogue: told, drawn up, reviewed, published, in force on their day."""
