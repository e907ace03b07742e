"""Chinese wording helpers for papers: dates, counts, and the cleaning of what people typed. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

# Characters that are invisible or reorder the line: on a statutory paper they could make a name read
# differently from what is stored, so they never reach it. Variation selectors stay: rare names need them.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]"
)
_PLAIN = re.compile("[ -~、-〗一-鿿！-～《》“”‘’·…—]*")
_LONG_RUN = re.compile(r"[!-~\u00a1-\u024f]{21,}")
ZERO_WIDTH_SPACE = "\u200b"


def clean(text: str) -> str:
    """Text as it may stand on a paper: NFC, no control, invisible or direction characters, no stray surrogates.

    Line breaks are kept as ``\\n``; tabs become spaces; a lone surrogate becomes U+FFFD.
    """
    if _PLAIN.fullmatch(text):  # nearly every text there is
        return text.strip()
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").replace("\u2029", "\n")
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", text.replace("\u2028", "\n")))
    return "".join(_printable(ch) for ch in text).strip()


def clean_line(text: str) -> str:
    """:func:`clean` for a value that must stay on one line: line breaks become spaces."""
    return " ".join(clean(text).split("\n"))


def _printable(ch: str) -> str:
    code = ord(ch)
    if ch == "\n":
        return ch
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF or unicodedata.category(ch) == "Cc":
        return ""
    return ch


def breakable(text: str) -> str:
    """Let a run of more than twenty Latin characters break anywhere, so that no word leaves its column."""
    return _LONG_RUN.sub(lambda run: ZERO_WIDTH_SPACE.join(run.group()), text)


def chinese_date(day: date) -> str:
    """``2026年11月22日``."""
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_time(moment: datetime) -> str:
    """``2026年11月22日 9:05`` (24 hours), in the zone the value carries."""
    return f"{chinese_date(moment)} {moment.hour}:{moment.minute:02d}"


def numbered(lines: tuple[str, ...]) -> tuple[str, ...]:
    """``1. …`` before each line; a single line stays as it is."""
    if len(lines) < 2:
        return lines
    return tuple(f"{n}. {line}" for n, line in enumerate(lines, 1))


def sentence(text: str) -> str:
    """The text closed by a full stop, unless it already ends in one."""
    return text if text.endswith(("。", "！", "？", "；", "：", ".")) else f"{text}。"


def joined(names: tuple[str, ...] | list[str]) -> str:
    """Names set side by side: ``甲、乙、丙``."""
    return "、".join(names)
