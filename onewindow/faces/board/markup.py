"""The bodies of the large tables as HTML, written here and not in templates: they are hundreds of cells a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe


def body(rows: Iterable[str]) -> SafeString:
    """A <tbody> of rows that the functions below have made; they escape every text."""
    return mark_safe(f"<tbody>{''.join(rows)}</tbody>")


def linked(words: Any, url: str) -> str:
    return f'<a href="{escape(url)}">{escape(str(words))}</a>' if url else escape(str(words))


def heat_row(row: Any) -> str:
    """The first cell is what is overdue. How much it is stands there as a word too."""
    cells = "".join(
        f'<td data-heat="{cell.step}"{"" if at else " data-late"}>{_heat_cell(cell)}</td>'
        for at, cell in enumerate(row.cells)
    )
    return f'<tr><th scope="row">{linked(row.name, row.url)}</th>{cells}</tr>'


def _heat_cell(cell: Any) -> str:
    word = f"<small>{cell.word}</small>" if cell.word else ""
    if cell.url:
        return f'<a href="{escape(cell.url)}">{cell.value}{word}</a>'
    zero = "" if cell.value else ' class="board-zero"'
    return f"<span{zero}>{cell.value}{word}</span>"


def day_row(short: str, words: str, cells: Sequence[tuple[int, str]]) -> str:
    inside = "".join(f'<td class="ow-right">{linked(value, url)}</td>' for value, url in cells)
    return f'<tr><th scope="row" data-day="{escape(short)}">{escape(words)}</th>{inside}</tr>'


def place_row(name: str, url: str, cells: Sequence[tuple[str, int]], *, quiet: bool) -> str:
    inside = "".join(
        f'<td class="ow-right{" board-late" if value and key == "overdue" else ""}">{value}</td>'
        for key, value in cells
    )
    mark = ' class="board-quiet"' if quiet else ""
    return f'<tr{mark}><th scope="row">{linked(name, url)}</th>{inside}</tr>'
