"""The storage of every file that people hand in: sealed on its way to the disk, opened on its way back.

A file of an earlier release lies in the clear until `ow files seal` has passed it; it is read as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

from onewindow.files import sealing
from onewindow.problems import Damaged

log = logging.getLogger("onewindow.files")


class SealedStorage(FileSystemStorage):
    """A folder of sealed files. `open` gives the text, to be read from anywhere; `size` is that of the text."""

    def sealed(self, name: str) -> bool:
        """Whether this file is sealed already. Raises FileNotFoundError."""
        return sealing.key_id(self._start(name)) is not None

    def _start(self, name: str) -> bytes:
        with Path(self.path(name)).open("rb") as source:
            return source.read(64)

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        """Raises FileNotFoundError, and Damaged when the bytes do not open."""
        if mode != "rb":
            raise ValueError("files are read, or stored anew")
        source = Path(self.path(name)).open("rb")  # noqa: SIM115  (the reader closes it)
        try:
            return File(opened(source, name), name)
        except BaseException:
            source.close()
            raise

    def _save(self, name: str, content: File[Any]) -> str:
        """Writes the whole file or nothing."""
        try:
            kept: str = super()._save(name, _Sealing(content, name))  # type: ignore[misc]
        except BaseException:
            self.delete(name)
            raise
        if kept != name:  # another process took the name in between; under another one the file would not open
            self.delete(kept)
            raise FileExistsError(name)
        return kept

    def size(self, name: str) -> int:
        stored = super().size(name)
        return sealing.plain_size(stored) if self.sealed(name) else stored


def opened(source: IO[bytes], name: str) -> IO[bytes]:
    """The text of a stored file: through a reader when it is sealed, as it is when it lies in the clear."""
    start = source.read(64)
    source.seek(0)
    if sealing.key_id(start) is None:
        return source
    return cast("IO[bytes]", sealing.Reader(source, name, lambda reason: damaged(name, reason)))


def damaged(name: str, reason: str) -> Damaged:
    """Notes in the log that this file does not open and why; gives what to raise."""
    log.error("stored file does not open", extra={"file": name, "reason": reason})
    return Damaged()


class _Sealing(File):  # type: ignore[type-arg]
    """Gives the sealed form of a file while it is being written."""

    def __init__(self, content: File[Any], name: str) -> None:
        super().__init__(content.file, name)
        self._content, self._name = content, name

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        parts = self._content.chunks(chunk_size) if chunk_size else self._content.chunks()
        return sealing.seal((part.encode() if isinstance(part, str) else part for part in parts), self._name)
