"""Taking in a file: told by its content, measured and digested while it streams, on disk before its row exists.

Whatever fails leaves nothing behind. The rooms that keep files put their own limits before it.
"""

from __future__ import annotations

import os
import re
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, TypeVar, cast

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils import timezone

from onewindow.files.models import FileRow
from onewindow.files.sealing import Reader
from onewindow.files.storage import damaged
from onewindow.files.types import FileType, NotOurs, tell
from onewindow.people.authority import Actor
from onewindow.problems import FieldError, InvalidInput, TooLarge, TooMany

Row = TypeVar("Row", bound=FileRow)
MAX_BYTES: Final = 20 * 1024**2
"""The most that any file may be; a room may ask for less."""

_CHUNK: Final = 256 * 1024
_LONGEST_NAME: Final = 120
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')


def take_in(
    model: type[Row],
    upload: UploadedFile[Any],
    *,
    by: Actor,
    pk: uuid.UUID | None = None,
    most: int = MAX_BYTES,
    **columns: Any,
) -> Row:
    """Stores an upload of at most `most` bytes and returns its row in the table of `model`, with `columns` as given.

    `pk` may be given by a caller that can be repeated. Raises InvalidInput (empty, not PDF, JPG, PNG or OFD, content
    and name disagree, a zip that is a bomb), TooLarge. Then nothing is left.
    """
    name = clean_name(upload.name)
    _check_size(upload, most)
    kind = _kind(upload, name)
    pk = pk or uuid.uuid4()
    source = _Digesting(upload, most)
    path = f"{timezone.localdate():%Y/%m}/{pk.hex}.{kind.suffix}"
    try:
        path = default_storage.save(path, cast(Any, source))
        _make_durable(path)
        return model._default_manager.create(
            id=pk,
            name=_with_suffix(name, kind),
            media_type=kind.media_type,
            size=source.seen,
            digest=source.digest(),
            path=path,
            uploaded_by=by.account,
            **columns,
        )
    except BaseException:
        forget(path)
        raise


def refuse_hoarding(waiting: QuerySet[Any], most: int) -> None:
    """Raises TooMany for whoever has so many files waiting that nothing was done with yet."""
    if waiting.count() >= most:
        raise TooMany(f"您已经上传了 {most} 个还没有提交的文件，请先提交或者明天再传")


def open_file(stored: FileRow) -> IO[bytes]:
    """The stored bytes, every one of them checked, to be read and closed by the caller.

    Raises FileNotFoundError when the storage lost them and Damaged when they are not what was taken in.
    """
    file = cast("IO[bytes]", default_storage.open(stored.path, "rb"))
    try:
        check(file, stored)
    except BaseException:
        file.close()
        raise
    return file


def check(file: IO[bytes], stored: FileRow) -> None:
    """A sealed file tells by itself that it is whole. One in the clear has to fit the digest of its row, or whoever
    reaches the disk could put a clear one in its place."""
    reader = getattr(file, "file", file)
    if isinstance(reader, Reader):
        reader.check()
    elif _digest(file) != stored.digest:
        raise damaged(stored.path, "与登记的摘要不符")
    file.seek(0)


def _digest(file: IO[bytes]) -> str:
    hasher = Hash(SM3())
    while part := file.read(_CHUNK):
        hasher.update(part)
    return hasher.finalize().hex()


def forget(path: str) -> None:
    """Takes the bytes away; what is not there any more does no harm."""
    with suppress(OSError):
        default_storage.delete(path)


def clean_name(name: str | None) -> str:
    """The last part of a name without anything that hides, turns or escapes; never empty, at most 120 characters."""
    last = PurePosixPath((name or "").replace("\\", "/")).name
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c) not in _HIDDEN)
    shown = _UNSAFE.sub("_", shown).strip().rstrip(".")
    stem, dot, suffix = shown.rpartition(".")
    if not dot:
        return shown[:_LONGEST_NAME] or "文件"
    return f"{stem.strip(' .')[: _LONGEST_NAME - 10] or '文件'}.{suffix[:9]}"


_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def _with_suffix(name: str, kind: FileType) -> str:
    return name if PurePosixPath(name).suffix else f"{name}.{kind.suffix}"


def _check_size(upload: UploadedFile[Any], most: int) -> None:
    if not upload.size:
        raise InvalidInput("文件是空的", [FieldError("file", "请选择有内容的文件")])
    if upload.size > most:
        raise too_large(most)


def too_large(most: int) -> TooLarge:
    return TooLarge("文件太大", [FieldError("file", f"一个文件最多 {most // 1024**2} MB，请压缩或拆分后上传")])


def _kind(upload: UploadedFile[Any], name: str) -> FileType:
    """What the content is. Raises InvalidInput when it is none of ours, or when the name says something else."""
    try:
        kind = tell(cast("IO[bytes]", upload.file))
    except NotOurs as why:
        raise InvalidInput("这个文件不能上传", [FieldError("file", str(why))]) from None
    suffix = PurePosixPath(name).suffix.lower().lstrip(".")
    if suffix and suffix not in kind.suffixes:
        message = f"名字写的是 .{suffix}，内容却是 {kind.label}，请用原来的文件重新上传"
        raise InvalidInput("文件的名字和内容不一致", [FieldError("file", message)])
    return kind


class _Digesting(File):  # type: ignore[type-arg]
    """Streams an upload once: counts and digests what passes, and stops what turns out longer than it said."""

    def __init__(self, upload: UploadedFile[Any], most: int) -> None:
        super().__init__(upload.file, name=upload.name)
        self._source = cast("IO[bytes]", upload.file)
        self._hasher = Hash(SM3())
        self._most = most
        self.seen = 0

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        self._source.seek(0)
        while part := self._source.read(_CHUNK):
            self.seen += len(part)
            if self.seen > self._most:
                raise too_large(self._most)
            self._hasher.update(part)
            yield part

    def digest(self) -> str:
        return self._hasher.finalize().hex()


def _make_durable(path: str) -> None:
    """Flushes the file and its folders where the storage is a disk: what we acknowledged survives a power cut."""
    try:
        where = Path(default_storage.path(path))
    except NotImplementedError:
        return
    for one in (where, *list(where.parents)[:3]):
        handle = os.open(one, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
