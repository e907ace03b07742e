"""How large the type may be so that a paper stays on one page. Estimated: measuring would double the work. Pure.

The numbers are those of ``templates/lib.typ`` in points. A wrong estimate costs a second page, never a word.
"""

from __future__ import annotations

from math import ceil

from onewindow.papers.sheet import Block, Facts, Grid, Para, Points, Sheet, ems

_WIDTH = 442.0  # text column: 156 mm
_HEIGHT = 728.0  # text column: 257 mm
_SIZES = {"letter": (16.0, 15.0, 14.0, 13.0, 12.0), "form": (14.0, 13.0, 12.0), "certificate": (16.0,)}


def type_size(sheet: Sheet) -> float:
    """Body size in points: the first step at which the paper fits one page, else the full size on several."""
    sizes = _SIZES[sheet.layout]
    return next((size for size in sizes if _height(sheet, size) <= _HEIGHT), sizes[0])


def _height(sheet: Sheet, size: float) -> float:
    head = 95.0 + 24.0 * (_lines(sheet.title, _WIDTH, 25.0) - 1)
    salutation = size * 1.69 if sheet.salutation else 0.0
    lead = 12.0 + 29.0 * _lines(sheet.lead, _WIDTH - 15, 17.5) if sheet.lead else 0.0
    return head + salutation + lead + sum(_block(block, size) for block in sheet.blocks) + _foot(sheet)


def _foot(sheet: Sheet) -> float:
    share = (_WIDTH - 36.0) / max(sum(sheet.box_widths), 1.0)
    columns = [
        sum(1 + sum(_lines(line, share * width, 10.0) for line in points.lines) for points in column)
        for column, width in zip(sheet.box, sheet.box_widths, strict=True)
    ]
    return 112.0 + (22.0 + 15.0 * max(columns) if columns else 0.0)


def _small(size: float) -> float:
    return max(11.0, min(12.5, size * 0.82))


def _block(block: Block, size: float) -> float:
    match block:
        case Para(text):
            return _body(text, size)
        case Facts():
            small = _small(size)
            taken = (_lines(line[0][1], _WIDTH - 64, small) for line in block.lines())
            return 6.0 + sum((small + 7) * lines + small * 0.66 - 7 for lines in taken)
        case Grid():
            return _grid(block, size)
        case Points(heading, lines) if len(lines) == 1:
            return _body(f"{heading}：{lines[0]}", size) + 3.0
        case Points(_, lines):
            return size + 11.0 + sum(_body(line, size) for line in lines)
        case _:
            return 44.0


def _body(text: str, size: float) -> float:
    """Height of body text with the two-character indent, one gap a line."""
    return sum(_lines("　　" + line, _WIDTH, size) for line in text.split("\n")) * size * 1.69


def _grid(grid: Grid, size: float) -> float:
    small, widths = _small(size), column_widths(grid, size)
    inset = 9.0 if len(grid.rows) > 12 or size < 14.0 else 12.0
    rows = 0.0
    for row in grid.rows:
        most = max(_lines(cell, width - 14.0, small) for cell, width in zip(row, widths, strict=True))
        rows += inset - 6.0 + (small + 6.0) * most
    return 14.0 + inset + small + rows + (small + 8.0 if grid.caption else 0.0)


def column_widths(grid: Grid, size: float) -> list[float]:
    """Points for each column: a narrow one as wide as its longest cell, the others by their share of the rest.

    Typst could find the narrow ones itself, by laying every cell out twice.
    """
    small = _small(size)
    cells = list(zip(grid.columns, *grid.rows, strict=True))
    narrow = [0.0 if w else _narrow(cells[n], small) for n, w in enumerate(grid.widths)]
    share = (_WIDTH - sum(narrow)) / max(sum(grid.widths), 1)
    return [fixed or share * w for fixed, w in zip(narrow, grid.widths, strict=True)]


def _narrow(cells: tuple[str, ...], small: float) -> float:
    return min(max(map(ems, cells)) * small + 16.0, 110.0)


def label_width(facts: Facts, size: float) -> float:
    """Points for the labels of a list of facts."""
    return min(max((ems(label) for label, _ in facts.rows), default=4.0) * (_small(size) - 1.0) + 2.0, 110.0)


def _lines(text: str, width: float, size: float) -> int:
    return max(1, ceil(ems(text) * size / max(width, size)))
