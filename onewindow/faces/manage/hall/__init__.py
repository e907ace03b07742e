"""The settings, the live view and the figures of a hall."""
