"""Looking after what is stored: sealing what lies in the clear or under an older key, and opening everything once.

All of it may be broken off at any moment and begun again; the site may be open meanwhile.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from django.core.files.storage import default_storage
from django.db import connection

from onewindow.files import keys
from onewindow.files.intake import check
from onewindow.files.models import FileRow
from onewindow.files.storage import SealedStorage
from onewindow.problems import Damaged

_MARK: Final = ".sealed"
"""Beside the files, and so in every backup: the number of the key that all of them are sealed with."""
_LOCK: Final = 7346102  # any fixed number: two processes do not seal the same file


@dataclass
class Count:
    """What lies there; `broken` names the files that do not open."""

    current: int = 0
    older: int = 0
    clear: int = 0
    sealed_now: int = 0
    broken: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether everything is sealed with the key of today."""
        return not (self.older or self.clear or self.broken)


def survey() -> Count:
    """Counts without changing anything."""
    storage, count = _storage(), Count()
    for name in _names(storage):
        _note(storage, name, count)
    return count


def seal_all(*, seconds: float | None = None) -> Count:
    """Seals every file that is not yet sealed with the key of today, for at most so many seconds; `clear` and `older`
    are what is left. Remembers when nothing is left, and then costs nothing until the key changes."""
    storage, count = _storage(), Count()
    until = time.monotonic() + seconds if seconds is not None else float("inf")
    if _marked(storage):
        return count
    with _alone() as alone:
        for name in _names(storage) if alone else ():
            if time.monotonic() < until:
                _seal(storage, name, count)
            else:
                _note(storage, name, count)
                break  # how many more there are would take as long to find out
        if alone and not (count.clear or count.older):
            _mark(storage)
    return count


def open_all() -> Iterator[tuple[str, str] | int]:
    """Opens every file that a row names, whatever room keeps the row. Yields (path, what is wrong in Chinese), and the
    number of files seen so far."""
    seen = 0
    for model in FileRow.__subclasses__():
        for stored in model._default_manager.order_by("pk").iterator(chunk_size=500):
            if wrong := _wrong(stored):
                yield stored.path, wrong
            seen += 1
            yield seen


def _wrong(stored: FileRow) -> str:
    try:
        with default_storage.open(stored.path) as file:
            check(file, stored)
            return "" if file.size == stored.size else "长短和登记的不一样"
    except FileNotFoundError:
        return "文件不见了"
    except Damaged:
        return "文件打不开：内容被改过，或者密钥不对"


def _storage() -> SealedStorage:
    return cast(SealedStorage, default_storage)


def _names(storage: SealedStorage) -> Iterator[str]:
    """Every stored file by its name, folder by folder; what is being written is none yet."""
    root = Path(storage.location)
    for folder, folders, files in os.walk(root):
        folders.sort()
        for file in sorted(files):
            if not file.startswith("."):
                yield (Path(folder) / file).relative_to(root).as_posix()


def _note(storage: SealedStorage, name: str, count: Count) -> None:
    try:
        number = storage.key_of(name)
    except FileNotFoundError:  # a draft thrown away meanwhile
        return
    if number is None:
        count.clear += 1
    elif number == keys.id_of(keys.current()):
        count.current += 1
    else:
        count.older += 1


def _seal(storage: SealedStorage, name: str, count: Count) -> None:
    try:
        count.sealed_now += storage.reseal(name)
        count.current += 1
    except FileNotFoundError:
        return
    except Damaged:
        count.broken.append(name)


def _marked(storage: SealedStorage) -> bool:
    mark = Path(storage.path(_MARK))
    return mark.exists() and mark.read_text() == keys.id_of(keys.current()).hex()


def _mark(storage: SealedStorage) -> None:
    mark = Path(storage.path(_MARK))
    if mark.parent.exists():
        draft = mark.with_name(f"{_MARK}.new")  # replaced, not written over: it may be another account's
        draft.write_text(keys.id_of(keys.current()).hex())
        draft.replace(mark)


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else is sealing now; holds it until the end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        alone = bool(cursor.fetchone()[0])
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
