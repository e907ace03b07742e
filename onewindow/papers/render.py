"""Statutory papers as PDF and as plain text. Pure: no Django, no database, no clock.

The data reaches Typst as JSON in ``sys.inputs``; nothing a person typed is ever part of Typst source.
"""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import typst

from onewindow.papers import fonts
from onewindow.papers.compose import compose
from onewindow.papers.data import CHINA, PAPER_TITLES, PaperData, PaperError, PaperKind
from onewindow.papers.fit import column_widths, label_width, type_size
from onewindow.papers.plain import as_text
from onewindow.papers.qr import qr_svg
from onewindow.papers.seal import seal_svg
from onewindow.papers.sheet import Block, Facts, Grid, Sheet
from onewindow.papers.words import breakable

__all__ = ["PAPER_TITLES", "PaperData", "PaperError", "PaperKind", "render_pdf", "render_text", "warm"]

_TEMPLATES = Path(__file__).parent / "templates"
_compilers = threading.local()


def render_pdf(kind: PaperKind, data: PaperData, *, preview: bool = False) -> bytes:
    """The paper as PDF/A-2a; the same data gives the same bytes. ``preview`` prints 预览 across every page.

    Raises :class:`PaperError` when a legal element is missing. Safe to call from several threads.
    """
    sheet = compose(kind, data)
    stamp = datetime(data.issued_on.year, data.issued_on.month, data.issued_on.day, tzinfo=CHINA)
    inputs = {
        "sheet": json.dumps(_payload(sheet, data), ensure_ascii=False),
        "qr": qr_svg(data.verify_url),
        "seal": seal_svg(data.seal_name or data.issuing_body, data.seal_note, data.demo),
        "preview": "yes" if preview else "",
    }
    return _compile(sheet.layout, inputs, stamp)


def render_text(kind: PaperKind, data: PaperData) -> str:
    """The same facts as plain text, for people who cannot read a PDF and for messages."""
    return as_text(compose(kind, data))


def warm() -> None:
    """Load the fonts and templates for this thread, so that its first paper is as quick as the next."""
    from onewindow.papers.samples import sample

    for kind in (PaperKind.ACCEPTANCE, PaperKind.RECEIPT, PaperKind.CERTIFICATE):
        render_pdf(kind, sample(kind))


def _compile(layout: str, inputs: dict[str, str], stamp: datetime) -> bytes:
    """PDF/A-2a, which archives keep; a character that no font has forbids PDF/A, and then a plain tagged PDF."""
    compiler = _compiler(layout)
    try:
        pdf = compiler.compile(format="pdf", sys_inputs=inputs, timestamp=stamp, pdf_standards=["a-2a"])
    except typst.TypstError:
        pdf = compiler.compile(format="pdf", sys_inputs=inputs, timestamp=stamp)
    return cast(bytes, pdf)


def _payload(sheet: Sheet, data: PaperData) -> dict[str, Any]:
    size, day = type_size(sheet), data.issued_on
    words = cast(dict[str, Any], _breakable(asdict(sheet)))
    words["blocks"] = [_breakable(_measured(block, size)) for block in sheet.blocks]
    return words | {
        "size": size,
        "box-widths": sheet.box_widths,
        "day": [day.year, day.month, day.day],
        "serif": fonts.SERIF,
        "sans": fonts.SANS,
    }


def _measured(block: Block, size: float) -> dict[str, Any]:
    """A block with the widths that the template needs."""
    words = asdict(block)
    match block:
        case Facts():
            words |= {"lines": block.lines(), "label": label_width(block, size)}
        case Grid():
            words["widths"] = column_widths(block, size)
            words["narrow"] = [width == 0 for width in block.widths]
    return words


def _breakable(value: object) -> object:
    if isinstance(value, str):
        return breakable(value)
    if isinstance(value, dict):
        return {key: _breakable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_breakable(part) for part in value]
    return value


def _compiler(layout: str) -> typst.Compiler:
    """This thread's compiler for one template: a compiler refuses two calls at once, the fonts are shared."""
    mine: dict[str, typst.Compiler] = _compilers.__dict__.setdefault("by_layout", {})
    if layout not in mine:
        source = _TEMPLATES / f"{layout}.typ"
        mine[layout] = typst.Compiler(str(source), root=str(_TEMPLATES), font_paths=fonts.load())
    return mine[layout]
