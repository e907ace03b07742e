"""The figures of divisions: the sums of their centres' figures, so that the board of a province reads a few rows.

figures.py calls this in the transaction in which it counts, under its lock; what is here follows from the figures of
the centres alone, so it can be made anew from them at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from django.db import connection

from onewindow.oversight import place_sql as sql
from onewindow.oversight.models import Watermark

HURTING: Final = ("late", "overdue")
"""Measures that a division also keeps by item."""
SHOWN: Final = 31
"""Days that are summed anew when a centre comes, goes or moves to another division: as far as a board looks back."""
_LIE: Final = "figures.places"


def add_up(first: date, last: date, measures: Iterable[str]) -> int:
    """Sums the centres' figures of these days (both included). Returns how many rows changed."""
    asked = list(measures)
    by_item = [measure for measure in HURTING if measure in asked]
    return run(sql.SUM_FIGURES, {"first": first, "last": last, "measures": asked, "by_item": by_item})


def add_up_due() -> int:
    return run(sql.SUM_DUE, {})


def follow_centres(today: date, measures: Iterable[str]) -> int:
    """Where a centre came, went or moved since the last count: the days that boards show, and what falls due."""
    lies = run(sql.WHERE_CENTRES_LIE, {})
    if Watermark.objects.filter(key=_LIE, number=lies).exists():
        return 0
    changed = add_up(today - timedelta(days=SHOWN), today, measures) + add_up_due()
    Watermark.objects.update_or_create(key=_LIE, defaults={"number": lies})
    return changed


def run(statement: str, values: dict[str, Any]) -> int:
    """One statement that tells how many figures it changed, or another single number."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.fetchone()[0])


__all__ = ["HURTING", "SHOWN", "add_up", "add_up_due", "follow_centres", "run"]
