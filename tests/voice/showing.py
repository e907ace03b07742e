"""Files for the tests of complaints: small real ones, kept as the faces keep them."""

from __future__ import annotations

import struct
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from onewindow.loops.engine import CITIZEN
from onewindow.people.authority import Actor
from onewindow.voice.complaints import evidence
from onewindow.voice.models import Evidence
from tests.cast import Cast

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + b"\0" * 17


def picture(name: str = "收据.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PNG)


def kept(cast: Cast, by: Actor = CITIZEN, upload: Any = None) -> Evidence:
    """A file that waits to be handed in."""
    return evidence.keep(upload or picture(), by, cast.centre)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)
