"""Taking in a file: told by its content, measured and digested while it streams, on disk before its row exists.

Whatever fails leaves nothing behind. Used by the API, the portal and the desk alike.
"""

from __future__ import annotations

import os
import re
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, cast

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from onewindow.cases.filetypes import FileType, NotOurs, tell
from onewindow.cases.models import StoredFile
from onewindow.people.authority import Actor
from onewindow.problems import FieldError, InvalidInput, TooLarge, TooMany

MAX_BYTES: Final = 20 * 1024**2
MAX_PENDING: Final = 200
"""Files that one account may have uploaded within a day without handing them in; also the most a case can take."""

_CHUNK: Final = 256 * 1024
_LONGEST_NAME: Final = 120
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')


def store(upload: UploadedFile[Any], *, by: Actor, pk: uuid.UUID | None = None) -> StoredFile:
    """Stores an upload and returns its row, bound to no case yet.

    `pk` may be given by a caller that can be repeated. Raises InvalidInput (empty, not PDF, JPG, PNG or OFD, content
    and name disagree, a zip that is a bomb), TooLarge (over 20 MB), TooMany (200 files waiting). Then nothing is left.
    """
    name = clean_name(upload.name)
    _check_size(upload)
    _check_count(by)
    kind = _kind(upload, name)
    pk = pk or uuid.uuid4()
    source = _Digesting(upload)
    path = f"{timezone.localdate():%Y/%m}/{pk.hex}.{kind.suffix}"
    try:
        path = default_storage.save(path, cast(Any, source))
        _make_durable(path)
        return StoredFile.objects.create(
            id=pk,
            name=_with_suffix(name, kind),
            media_type=kind.media_type,
            size=source.seen,
            digest=source.digest(),
            path=path,
            uploaded_by=by.account,
        )
    except BaseException:
        _forget(path)
        raise


def open_file(stored: StoredFile) -> IO[bytes]:
    """The stored bytes, to be read and closed by the caller. Raises FileNotFoundError when the storage lost them."""
    return cast("IO[bytes]", default_storage.open(stored.path, "rb"))


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


def _check_size(upload: UploadedFile[Any]) -> None:
    if not upload.size:
        raise InvalidInput("文件是空的", [FieldError("file", "请选择有内容的文件")])
    if upload.size > MAX_BYTES:
        raise _too_large()


def _too_large() -> TooLarge:
    return TooLarge("文件太大", [FieldError("file", f"一个文件最多 {MAX_BYTES // 1024**2} MB，请压缩或拆分后上传")])


def _check_count(by: Actor) -> None:
    since = timezone.now() - timedelta(days=1)
    waiting = StoredFile.objects.filter(uploaded_by=by.account, case__isnull=True, uploaded_at__gt=since)
    if waiting.count() >= MAX_PENDING:
        raise TooMany(f"您已经上传了 {MAX_PENDING} 个还没有提交的文件，请先提交或者明天再传")


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

    def __init__(self, upload: UploadedFile[Any]) -> None:
        super().__init__(upload.file, name=upload.name)
        self._source = cast("IO[bytes]", upload.file)
        self._hasher = Hash(SM3())
        self.seen = 0

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        self._source.seek(0)
        while part := self._source.read(_CHUNK):
            self.seen += len(part)
            if self.seen > MAX_BYTES:
                raise _too_large()
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


def _forget(path: str) -> None:
    with suppress(OSError):
        default_storage.delete(path)
