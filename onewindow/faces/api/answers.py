"""What the API answers with: JSON by orjson, straight from plain values; the schemas only document it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from django.http import HttpResponse

from onewindow.clocks.clock import SHANGHAI
from onewindow.faces.filing import disposition

JSON = "application/json; charset=utf-8"


def answer(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    return HttpResponse(orjson.dumps(value), content_type=JSON, status=status, headers=dict(headers or {}))


def document(body: bytes | str, media_type: str, name: str, *, digest: str = "") -> HttpResponse:
    """A file to look at; `name` may be Chinese. Its digest is its ETag, because it never changes."""
    response = HttpResponse(body, content_type=media_type)
    response["Content-Disposition"] = disposition(name)
    if digest:
        response["ETag"] = f'"{digest}"'
    return response


def etag(version: int) -> str:
    """The version of a case as a strong entity tag."""
    return f'"{version}"'


def local(moment: datetime | None) -> datetime | None:
    """A stored moment in Beijing time, as every time in the API is written."""
    return moment.astimezone(SHANGHAI) if moment else None
