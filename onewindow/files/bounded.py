"""How much of an upload is read at all, on every page."""

from __future__ import annotations

from django.core.files.uploadhandler import FileUploadHandler

from onewindow.files.intake import MAX_BYTES


class Bounded(FileUploadHandler):
    """Drops what comes after the most that any file may be: whoever takes the file sees that it is too large and says
    so beside what was typed; the disk never sees the rest."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= MAX_BYTES else None

    def file_complete(self, file_size: int) -> None:
        return None
