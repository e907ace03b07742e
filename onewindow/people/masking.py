"""Masking of personal data for the screen. Pure; a mask never shows more than half of what it was given."""

from __future__ import annotations

import unicodedata

_STAR = "*"
_SURNAME_PAIRS = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶"
    "太叔申屠公孙慕容仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良"
    "漆雕乐正宰父谷梁拓跋夹谷轩辕令狐段干百里呼延东郭南门羊舌微生左丘东门西门第五"
)
_DOUBLE_SURNAMES = frozenset(_SURNAME_PAIRS[i : i + 2] for i in range(0, len(_SURNAME_PAIRS), 2))


def visible_text(value: object) -> str:
    """The characters a person can see: no control, zero-width or bidirectional marks, ends trimmed."""
    text = "" if value is None else str(value)
    return "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"}).strip()


def mask_name(value: object) -> str:
    """张三 -> 张*, 欧阳锋 -> 欧阳*, 买买提·艾力 -> 买**·**; a name of one character is hidden altogether."""
    glyphs = _glyphs(visible_text(value))
    keep = 2 if len(glyphs) > 2 and "".join(glyphs[:2]) in _DOUBLE_SURNAMES else 1
    if len(glyphs) < 2:
        return _STAR * len(glyphs)
    shown = [g if i < keep or g in "·•・ " else _STAR for i, g in enumerate(glyphs)]
    return "".join(shown)


def mask_id(value: object) -> str:
    """430922199001011234 -> 4309**********1234; shorter document numbers keep one at the front and two at the end."""
    text = visible_text(value)
    if len(text) >= 15:
        return _middle(text, 4, 4)
    return _middle(text, 1, 2) if len(text) >= 7 else _STAR * len(text)


def mask_phone(value: object) -> str:
    """13812341234 -> 138****1234, +86 and separators dropped; a landline keeps its last three digits."""
    text = "".join(c for c in visible_text(value) if c.isascii() and c.isdigit())
    if len(text) in {13, 15} and text.lstrip("0").startswith("86"):
        text = text[-11:]
    if len(text) == 11 and text.startswith("1"):
        return _middle(text, 3, 4)
    return _middle(text, 0, 3) if len(text) >= 7 else _STAR * len(text)


def _middle(text: str, front: int, back: int) -> str:
    return text[:front] + _STAR * (len(text) - front - back) + text[len(text) - back :]


def _glyphs(text: str) -> list[str]:
    """Characters with their combining marks and variation selectors, so that a rare glyph is never cut in two."""
    glyphs: list[str] = []
    for char in text:
        joined = glyphs and unicodedata.category(char) in {"Mn", "Mc", "Me"}
        if joined:
            glyphs[-1] += char
        else:
            glyphs.append(char)
    return glyphs
