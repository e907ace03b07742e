"""The moments of a deadline row: when its last day ends, and when to warn."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.clock import SHANGHAI


def end_of_day(day: date) -> datetime:
    """The last moment of a day in Beijing time."""
    return datetime.combine(day, time.max, SHANGHAI)


def warn_moment(due: date, calendar: WorkCalendar) -> datetime:
    """One working day ahead: the start of the working day before the due day."""
    day = due - timedelta(days=1)
    while not calendar.is_workday(day) and (due - day).days < 15:
        day -= timedelta(days=1)
    return datetime.combine(day, time.min, SHANGHAI)
