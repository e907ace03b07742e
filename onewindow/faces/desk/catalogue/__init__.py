"""Changes of the catalogue, on the desk."""
