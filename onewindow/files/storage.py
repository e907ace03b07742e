"""The storage of every file that people hand in: sealed on its way to the disk, opened on its way back.

A file of an earlier release lies in the clear until `ow files seal` has passed it; it is read as it is.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, cast

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

from onewindow.files import keys, sealing
from onewindow.problems import Damaged

log = logging.getLogger("onewindow.files")


class SealedStorage(FileSystemStorage):
    """A folder of sealed files. `open` gives the text, to be read from anywhere; `size` is that of the text."""

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

    def key_of(self, name: str) -> bytes | None:
        """The number of the key that this file is sealed with; None when it lies in the clear."""
        return sealing.key_id(self._start(name))

    def reseal(self, name: str) -> bool:
        """Seals a file in its place with the key of today, all or nothing, and only once the sealed one has been read
        back. False when there was nothing to do. Raises Damaged, FileNotFoundError."""
        if self.key_of(name) == keys.id_of(keys.current()):
            return False
        target = Path(self.path(name))
        draft = target.with_name(f".{target.name}.sealing")
        try:
            before, after = self._write(name, draft), self._read_back(name, draft)
            if before != after:
                raise damaged(name, "写下的和读出的不一样")
            if not target.exists():  # thrown away meanwhile: it must not come back
                return False
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        return True

    def _write(self, name: str, draft: Path) -> bytes:
        """Writes the sealed form of a stored file beside it; the digest of its text."""
        told = sha256()
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, self.file_permissions_mode or 0o600)
        with self.open(name) as source, os.fdopen(handle, "wb") as sealed:
            _give(sealed.fileno(), Path(self.path(name)))
            for piece in sealing.seal(_heard(source.chunks(), told), name):
                sealed.write(piece)
            sealed.flush()
            os.fsync(sealed.fileno())
        return told.digest()

    def _read_back(self, name: str, draft: Path) -> bytes:
        told = sha256()
        with draft.open("rb") as sealed:
            for _ in _heard(File(opened(sealed, name)).chunks(), told):
                pass
        return told.digest()

    def size(self, name: str) -> int:
        stored = super().size(name)
        return sealing.plain_size(stored) if self.key_of(name) else stored


def opened(source: IO[bytes], name: str) -> IO[bytes]:
    """The text of a stored file: through a reader when it is sealed, as it is when it lies in the clear."""
    start = source.read(64)
    source.seek(0)
    if sealing.key_id(start) is None:
        return source
    return cast("IO[bytes]", sealing.Reader(source, name, lambda reason: damaged(name, reason)))


def _give(handle: int, like: Path) -> None:
    """To whom the file belongs that it takes the place of: root seals for the account that the site runs under."""
    if os.geteuid() == 0:
        owner = like.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)


def _heard(parts: Iterable[bytes], hasher: Any) -> Iterator[bytes]:
    for part in parts:
        hasher.update(part)
        yield part


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
