"""Giving out files. One that was handed in may hold anything, so the browser gets no chance to run it."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from onewindow.files.intake import open_file
from onewindow.files.models import FileRow
from onewindow.problems import Damaged
from onewindow.tracing import request_id

_SHOWN: Final = frozenset({"application/pdf", "image/jpeg", "image/png"})


def file_answer(stored: FileRow | None, *, download: bool = False) -> HttpResponseBase:
    """The bytes as they came, shown by the browser where that is safe. Raises Http404 for one that is not there; one
    that was changed on the disk is not given out, and the page says so."""
    if stored is None:
        raise Http404
    try:
        handle = open_file(stored)
    except FileNotFoundError:
        raise Http404 from None
    except Damaged as damaged:
        words = {"problem": damaged, "request_id": request_id.get()}
        return HttpResponse(render_to_string("damaged.html", words), status=damaged.status)
    inline = stored.media_type in _SHOWN and not download
    response = FileResponse(handle, content_type=stored.media_type if inline else "application/octet-stream")
    response["Content-Disposition"] = disposition(stored.name, inline=inline)
    if stored.media_type != "application/pdf":  # a sandbox would keep the browser's own viewer from showing a PDF
        response["Content-Security-Policy"] = "sandbox; default-src 'none'; img-src 'self'"
    return response


def pdf_answer(body: bytes, name: str) -> HttpResponse:
    """A PDF of ours shown in the browser."""
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = disposition(name)
    return response


def disposition(name: str, *, inline: bool = True) -> str:
    """With a Chinese file name for saving (RFC 6266)."""
    return f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}"


def size_words(size: int) -> str:
    """1.2 MB, 340 KB."""
    if size >= 1024 * 1024:
        return f"{size / 1024 / 1024:.1f} MB"
    return f"{max(size // 1024, 1)} KB" if size else ""
