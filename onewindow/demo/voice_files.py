"""Photographs and papers of the demonstration's complaints, drawn here: a slip of paper with a few lines."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import typst
from django.core.files.uploadedfile import SimpleUploadedFile

from onewindow.papers.fonts import load
from onewindow.people.authority import Actor
from onewindow.places.models import Centre
from onewindow.voice.complaints import evidence

_SLIP: Final = """#set page(width: 11cm, height: auto, margin: 1cm, fill: rgb("#f7f3e8"))
#set text(font: "Noto Serif SC", size: 13pt)
#set par(leading: 0.9em)
"""


def kept(lines: list[str], name: str, by: Actor, centre: Centre, now: datetime) -> str:
    """Draws the lines as a picture and keeps it; returns the number under which a move hands it in."""
    text = _SLIP + " \\\n".join(f"#{_quoted(line)}" for line in lines)
    drawn: Any = typst.compile(text.encode(), format="png", ppi=110.0, font_paths=load())
    one = evidence.keep(SimpleUploadedFile(name, drawn), by, centre)
    type(one).objects.filter(pk=one.pk).update(uploaded_at=now)
    return str(one.pk)


def _quoted(line: str) -> str:
    escaped = line.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
