"""OneWindow（一窗）: runs a government service centre."""

__version__ = "0.1.0"
