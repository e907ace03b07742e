"""Tables to take away: CSV with a mark, so that spreadsheets read the Chinese, and no cell that acts as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any, Final

from django.http import HttpResponse

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(cell: Any) -> Any:
    """A text that a spreadsheet would take for a formula is marked as text; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def csv_file(name: str, rows: Iterable[Iterable[Any]]) -> HttpResponse:
    """`name` without .csv, plain ASCII."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([safe(cell) for cell in row] for row in rows)
    response = HttpResponse("\ufeff" + written.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
