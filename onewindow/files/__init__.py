"""What people hand in: told by its content, kept sealed. Knows no rows; whoever keeps a file keeps its path and digest."""
