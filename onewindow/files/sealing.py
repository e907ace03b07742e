"""The form of a sealed file: a header, then segments, each encrypted and authenticated by itself (AES-256-GCM).

Segments make a file of any length cost one segment of memory and let a reader begin anywhere. The nonce of a segment
is its number and whether it is the last, so none can be left out, repeated, moved or cut off; the file's name is
authenticated with each, so that one file cannot be put in the place of another. (The STREAM construction of Hoang,
Reyhanitabar, Rogaway and Vizár, 2015.)

    header   8 bytes mark, 8 bytes number of the key, 32 bytes salt
    segment  64 KiB of text (the last may be shorter, down to nothing), 16 bytes tag
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from onewindow.files import keys

MARK: Final = b"OWSEAL1\n"
SEGMENT: Final = 64 * 1024
_SALT: Final = 32
_TAG: Final = 16
_HEADER: Final = len(MARK) + keys.KEY_ID_SIZE + _SALT
_STORED: Final = SEGMENT + _TAG


class Broken(Exception):
    """These bytes do not open under this name with the keys of this installation; the words say what is wrong."""


def seal(parts: Iterable[bytes], name: str) -> Iterator[bytes]:
    """The sealed form of `parts`, piece by piece as they come."""
    key, salt = keys.current(), os.urandom(_SALT)
    cipher, bound = AESGCM(keys.for_file(key, salt)), name.encode()
    yield MARK + keys.id_of(key) + salt
    number, waiting = 0, bytearray()
    for part in parts:
        waiting += part
        while len(waiting) > SEGMENT:  # one is always kept back: only the end tells which is the last
            yield cipher.encrypt(_nonce(number, last=False), bytes(waiting[:SEGMENT]), bound)
            del waiting[:SEGMENT]
            number += 1
    yield cipher.encrypt(_nonce(number, last=True), bytes(waiting), bound)


def key_id(start: bytes) -> bytes | None:
    """The number of the key that a file with this start is sealed with; None when it lies in the clear."""
    return start[len(MARK) : len(MARK) + keys.KEY_ID_SIZE] if start.startswith(MARK) else None


def plain_size(stored: int) -> int:
    """How many bytes of text a sealed file of so many bytes holds. Raises Broken when no sealed file has this size."""
    body = stored - _HEADER
    segments = -(-body // _STORED)
    least = _TAG if segments == 1 else _TAG + 1  # only an empty file has an empty segment
    if body - (segments - 1) * _STORED < least:
        raise Broken("长度不对，后面少了一段")
    return body - segments * _TAG


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class Reader(io.RawIOBase):
    """The text of a sealed file, read from anywhere, one segment in memory at a time. Closes its source.

    Raises what `broken` makes of the reason (Broken): at once when the key is not ours or the end is missing, later
    where a segment does not open.
    """

    def __init__(self, source: IO[bytes], name: str, broken: Callable[[str], Exception] = Broken) -> None:
        super().__init__()
        self._source, self._bound, self._broken = source, name.encode(), broken
        self._at, self._held, self._segment = 0, -1, b""
        self._cipher = self._open()
        try:
            self.size = plain_size(source.seek(0, io.SEEK_END))
        except Broken as cut:
            raise broken(str(cut)) from None
        self._last = max(self.size - 1, 0) // SEGMENT
        self._load(self._last)

    def _open(self) -> AESGCM:
        header = self._source.read(_HEADER)
        number = key_id(header)
        if number is None or len(header) < _HEADER:
            raise self._broken("开头不完整")
        key = keys.by_id(number)
        if key is None:
            raise self._broken(f"没有加密用的密钥 {number.hex()}")
        return AESGCM(keys.for_file(key, header[-_SALT:]))

    def check(self) -> None:
        """Opens every segment. Raises at the first that does not open."""
        for number in range(self._last + 1):
            self._load(number)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise ValueError("negative seek position")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self.size:
            return 0
        number, offset = divmod(self._at, SEGMENT)
        self._load(number)
        part = memoryview(self._segment)[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        self._source.close()
        super().close()

    def _load(self, number: int) -> None:
        if number == self._held:
            return
        self._source.seek(_HEADER + number * _STORED)
        sealed = self._source.read(_STORED)
        try:
            self._segment = self._cipher.decrypt(_nonce(number, last=number == self._last), sealed, self._bound)
        except InvalidTag:
            raise self._broken(f"第{number + 1}段被改过") from None
        self._held = number
