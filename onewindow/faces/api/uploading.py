"""Files through the API: one at a time into the house, as a download out of it."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase

from onewindow.faces.api.problems import UnsupportedMedia
from onewindow.faces.api.reading import idempotency
from onewindow.faces.api.security import caller
from onewindow.faces.filing import disposition
from onewindow.files.intake import MAX_BYTES, open_file
from onewindow.files.models import FileRow
from onewindow.problems import FieldError, InvalidInput, NotFound, TooLarge


class _Bounded(FileUploadHandler):
    """Stops reading an upload as soon as it is longer than any file may be."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.seen = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.seen += len(raw_data)
        if self.seen > MAX_BYTES:
            raise StopUpload(connection_reset=True)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def one_file(request: HttpRequest) -> UploadedFile[Any]:
    """The one file of a multipart request, in the field `file`. Raises UnsupportedMedia, TooLarge, InvalidInput."""
    if request.content_type != "multipart/form-data":
        raise UnsupportedMedia("请用 multipart/form-data 上传文件")
    guard = _Bounded(request)
    request.upload_handlers.insert(0, guard)
    files = request.FILES.getlist("file")
    if guard.seen > MAX_BYTES:
        raise TooLarge("文件太大", [FieldError("file", f"一个文件最多 {MAX_BYTES // 1024**2} MB")])
    if len(files) != 1 or len(request.FILES) != 1:
        raise InvalidInput("请一次上传一个文件", [FieldError("file", "请选择文件，字段名用 file")])
    return files[0]


def named_by_key(request: HttpRequest, kind: str = "") -> uuid.UUID | None:
    """The number that a file gets from the caller's Idempotency-Key, the same each time; None without a key."""
    key, account = idempotency(request, {}), caller(request).account
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}{account.pk if account else 0}:{key.key}") if key else None


def shown(stored: FileRow) -> dict[str, Any]:
    """As FileShape says it."""
    return {
        "id": str(stored.pk),
        "name": stored.name,
        "media_type": stored.media_type,
        "size": stored.size,
        "digest": stored.digest,
    }


def as_uuid(text: str) -> uuid.UUID:
    """Raises NotFound: what cannot exist is not looked for."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound("没有这个文件，或者您不能查看") from None


def as_download(stored: FileRow | None) -> HttpResponseBase:
    """The bytes as they came, never to be run by a browser. Raises NotFound, Damaged."""
    if stored is None:
        raise NotFound("没有这个文件，或者您不能查看")
    try:
        response = FileResponse(open_file(stored), content_type=stored.media_type)
    except FileNotFoundError:
        raise NotFound("这个文件不在存储里了，请联系中心") from None
    response["Content-Disposition"] = disposition(stored.name, inline=False)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["ETag"] = f'"{stored.digest}"'
    return response
