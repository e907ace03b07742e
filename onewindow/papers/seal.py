"""The round seal of an issuing body as SVG: a picture for print, not an electronic signature. Pure."""

from __future__ import annotations

from functools import lru_cache
from math import cos, pi, sin
from xml.sax.saxutils import escape

RED = "#c8161d"
_SIZE = 420  # tenths of a millimetre: the seals of county bodies measure 42 mm (国发〔1999〕25号)
_MIDDLE = _SIZE / 2


@lru_cache(maxsize=512)
def seal_svg(body: str, note: str = "", demo: bool = False) -> str:
    """A seal with the body's name on the upper arc, a star, and the note (``行政许可专用章``) below.

    A demo seal carries 示例 in place of the star so that nobody takes it for a real one.
    """
    parts = [
        f'<circle cx="{_MIDDLE}" cy="{_MIDDLE}" r="202" fill="none" stroke="{RED}" stroke-width="12"/>',
        _demo_mark() if demo else f'<polygon points="{_star(62)}"/>',
        _arc(body),
        _note(note),
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}" width="42mm" height="42mm">'
    font = 'font-family="Noto Serif SC, Noto Serif CJK SC, serif" font-weight="700" text-anchor="middle"'
    return f"{head}<g fill='{RED}' {font}>{''.join(parts)}</g></svg>"


def _star(radius: float) -> str:
    def point(n: int) -> str:
        reach = radius if n % 2 == 0 else radius * 0.382
        angle = -pi / 2 + n * pi / 5
        return f"{_MIDDLE + reach * cos(angle):.1f},{_MIDDLE + reach * sin(angle):.1f}"

    return " ".join(point(n) for n in range(10))


def _arc(text: str) -> str:
    """The name along the rim, from lower left over the top: 250 degrees at most, glyphs shrinking as it grows."""
    count = max(len(text), 1)
    step = min(25.0, 245.0 / count)
    size = min(52.0, 2 * pi * 165 * step / 360 * 0.9)
    start = -step * (count - 1) / 2
    return "".join(
        f'<text x="{_MIDDLE}" y="{40 + size * 0.86:.1f}" font-size="{size:.1f}"'
        f' transform="rotate({start + n * step:.2f} {_MIDDLE} {_MIDDLE})">{escape(ch)}</text>'
        for n, ch in enumerate(text)
        if not ch.isspace()
    )


def _note(text: str) -> str:
    if not text:
        return ""
    size = min(36.0, 215 / len(text))
    return f'<text x="{_MIDDLE}" y="352" font-size="{size:.1f}">{escape(text)}</text>'


def _demo_mark() -> str:
    return f'<text x="{_MIDDLE}" y="166" font-size="48" letter-spacing="8">示例</text>'
