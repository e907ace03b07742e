"""The measured work. `ow bench [NAME …]` runs it in a database of its own, prints a table and writes JSON."""
