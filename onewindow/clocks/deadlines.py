"""Writing deadline rows: the owner computes them, this keeps the table equal to what was computed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.models import Deadline

_KEY = ("subject_kind", "subject_id", "kind", "key")
_REST = [field.name for field in Deadline._meta.concrete_fields if field.name not in {*_KEY, "id"}]


def end_of_day(day: date) -> datetime:
    """The last moment of a day in Beijing time."""
    return datetime.combine(day, time.max, SHANGHAI)


def warn_moment(due: date, calendar: WorkCalendar) -> datetime:
    """One working day ahead: the start of the working day before the due day."""
    day = due - timedelta(days=1)
    while not calendar.is_workday(day) and (due - day).days < 15:
        day -= timedelta(days=1)
    return datetime.combine(day, time.min, SHANGHAI)


def write(rows: Iterable[Deadline], *, fresh: bool = False) -> None:
    """Inserts or replaces the rows by (subject, kind, key) in one statement; `fresh` when none can exist yet."""
    found = list(rows)
    if not found:
        return
    if fresh:
        Deadline.objects.bulk_create(found)
        return
    Deadline.objects.bulk_create(found, update_conflicts=True, unique_fields=_KEY, update_fields=_REST)
