"""Files handed over at the desk: stored as they come, bound to the case by the action that names them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from onewindow.cases.models import StoredFile
from onewindow.people.authority import Actor
from onewindow.problems import InvalidInput


def keep(upload: Any, *, by: Actor) -> StoredFile:
    """Stores one file for whoever is at the desk. Raises InvalidInput when it may not be taken."""
    try:
        store = import_module("onewindow.cases.uploads").store
    except ModuleNotFoundError:
        raise InvalidInput("暂时不能上传文件，请收纸质材料") from None
    found: StoredFile = store(upload, by=by)
    return found
