"""The keys that files are sealed with: each by its own number, the newest first, old ones kept for what they sealed.

The key of the personal data is always the last of them, so an installation that never changed its keys needs no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

KEY_ID_SIZE: Final = 8


def current() -> bytes:
    """The key that seals what is stored from now on."""
    return next(_keys())


def by_id(key_id: bytes) -> bytes | None:
    """The key of this number. Read anew each time it is asked for: another process may just have made it."""
    return next((key for key in _keys() if id_of(key) == key_id), None)


@cache
def id_of(key: bytes) -> bytes:
    """8 bytes that name a key and say nothing about it."""
    return _derive(key, b"", b"onewindow file key number", KEY_ID_SIZE)


def for_file(key: bytes, salt: bytes) -> bytes:
    """The key of one file: never used for another, so that its segments may simply be numbered."""
    return _derive(key, salt, b"onewindow file", 32)


def _derive(key: bytes, salt: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=purpose).derive(key)


def _keys() -> Iterator[bytes]:
    for line in [*(settings.FILE_KEYS or _listed()), settings.PERSONAL_DATA_KEY]:
        yield bytes.fromhex(line)


def _listed() -> list[str]:
    try:
        return Path(settings.FILE_KEY_LIST).read_text().split()
    except FileNotFoundError:
        return []
