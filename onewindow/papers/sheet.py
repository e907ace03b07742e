"""The neutral form of a paper: what stands where, in words. PDF and plain text are drawn from it, so they agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SHORT = 11.0


def ems(text: str) -> float:
    """Rough width of a text in ems: a Chinese character is one, a Latin one a little over half."""
    return sum(0.54 if ch < "\u2000" else 1.0 for ch in text)


@dataclass(frozen=True)
class Para:
    """One paragraph of body text."""

    text: str
    type: Literal["para"] = "para"


@dataclass(frozen=True)
class Facts:
    """Label and value pairs. Two short ones that follow each other share a line on the printed paper."""

    rows: tuple[tuple[str, str], ...]
    type: Literal["facts"] = "facts"

    def lines(self) -> list[list[tuple[str, str]]]:
        """The rows as printed lines of one or two pairs."""
        lines: list[list[tuple[str, str]]] = []
        for row in self.rows:
            if lines and len(lines[-1]) == 1 and ems(row[1]) <= SHORT and ems(lines[-1][0][1]) <= SHORT:
                lines[-1].append(row)
            else:
                lines.append([row])
        return lines


@dataclass(frozen=True)
class Grid:
    """A ruled table with a header that repeats on each page; ``widths`` are fractions, 0 = as wide as needed."""

    columns: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    type: Literal["grid"] = "grid"


@dataclass(frozen=True)
class Points:
    """A heading with the sentences that belong to it."""

    heading: str
    lines: tuple[str, ...]
    type: Literal["points"] = "points"


@dataclass(frozen=True)
class Signatures:
    """Lines that people sign by hand: one label a person, an optional name already known."""

    parties: tuple[tuple[str, str], ...]
    type: Literal["signatures"] = "signatures"


Block = Para | Facts | Grid | Points | Signatures


@dataclass(frozen=True)
class Sheet:
    """A whole paper.

    ``lead`` is the one bold sentence that says what the paper means for its reader; ``box`` holds the columns of the
    ruled box at the foot (remedies, contact, progress).
    """

    layout: Literal["letter", "form", "certificate"]
    title: str
    number: str
    body: str
    date: str
    salutation: str
    lead: str
    blocks: tuple[Block, ...]
    box: tuple[tuple[Points, ...], ...]
    box_widths: tuple[float, ...]
    code: str
    verify_url: str
    demo: bool = False
