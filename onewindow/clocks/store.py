"""The calendar of this installation: the years that the operator has imported, and for the others the shipped one.

Kept in memory, because every due date needs it: a process looks for a newer import at most every five seconds, with
one query. Whoever imports a notice calls `forget()`, so that the same process sees it at once.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Max

from onewindow.clocks.calendar import DayKind, WorkCalendar
from onewindow.clocks.models import CalendarDay, CalendarYear

RECHECK_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Kept:
    calendar: WorkCalendar
    imported_at: datetime | None
    checked: float


_lock = threading.Lock()
_kept: _Kept | None = None


def current_calendar() -> WorkCalendar:
    """The calendar in force. No query when it was checked within the last five seconds."""
    kept = _kept
    if kept is not None and time.monotonic() - kept.checked < RECHECK_SECONDS:
        return kept.calendar
    with _lock:
        return _recheck().calendar


def forget() -> None:
    """Makes the next call read the tables again: after an import, and once more when its transaction commits."""
    _drop()
    transaction.on_commit(_drop)


def _drop() -> None:
    global _kept
    _kept = None


def _recheck() -> _Kept:
    global _kept
    latest: datetime | None = CalendarYear.objects.aggregate(latest=Max("imported_at"))["latest"]
    if _kept is not None and _kept.imported_at == latest:
        _kept = _Kept(_kept.calendar, latest, time.monotonic())
    else:
        _kept = _Kept(_read(), latest, time.monotonic())
    return _kept


def _read() -> WorkCalendar:
    """Imported years, and the shipped ones for the rest: importing next year's notice must not unpublish this year."""
    shipped = WorkCalendar.shipped()
    years = frozenset(CalendarYear.objects.values_list("year", flat=True))
    if not years:
        return shipped
    rows = CalendarDay.objects.values_list("date", "kind", "name")
    special = {day: found for day, found in shipped.special.items() if day.year not in years}
    special |= {day: (DayKind(kind), name) for day, kind, name in rows}
    return WorkCalendar(special, years | shipped.published)
