"""Reading papers back, for the tests."""

from __future__ import annotations

from io import BytesIO

from pypdf import PdfReader


def pages(pdf: bytes) -> list[str]:
    """The text of each page without white space, so that line breaks of the layout do not matter."""
    return ["".join(page.extract_text().replace("\u200b", "").split()) for page in PdfReader(BytesIO(pdf)).pages]


def words(pdf: bytes) -> str:
    return "".join(pages(pdf))


def squeezed(text: str) -> str:
    return "".join(text.split())
