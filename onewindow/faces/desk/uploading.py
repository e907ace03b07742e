"""Files handed over at the desk: stored as they come, bound to the case by the action that names them."""

from __future__ import annotations

from typing import Any

from onewindow.cases.models import StoredFile
from onewindow.cases.uploads import store
from onewindow.people.authority import Actor


def keep(upload: Any, *, by: Actor) -> StoredFile:
    """Stores one file for whoever is at the desk. Raises InvalidInput, TooLarge or TooMany when it may not be taken."""
    return store(upload, by=by)
