"""When a term of a loop ends: working days, or working hours of a day of 9:00–12:00 and 13:00–17:00. Pure.

A matter that comes in outside working hours counts from the next hour that is one.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from onewindow.clocks import clock
from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.clock import SHANGHAI, Limit, Unit
from onewindow.clocks.deadlines import end_of_day
from onewindow.loops.definition import Term

HOURS: Final = ((time(9), time(12)), (time(13), time(17)))


def due_at(term: Term, start: datetime, calendar: WorkCalendar) -> datetime:
    """The last moment: of the n-th working day after the start's, or the n-th working hour from the start on."""
    if term.unit == "hour":
        return after_hours(start, timedelta(hours=term.n), calendar)
    found = clock.due(
        Limit(term.n, Unit.WORKDAY), clock.local_date(start), suspensions=(), extensions=(), calendar=calendar
    )
    assert found.date is not None
    return end_of_day(found.date)


def after_hours(start: datetime, length: timedelta, calendar: WorkCalendar) -> datetime:
    """The moment at which so much working time has passed."""
    local, left = start.astimezone(SHANGHAI), length
    day: date = local.date()
    while True:
        if calendar.is_workday(day):
            for opens, closes in HOURS:
                begins = max(local, datetime.combine(day, opens, SHANGHAI))
                ends = datetime.combine(day, closes, SHANGHAI)
                if begins < ends:
                    if left <= ends - begins:
                        return begins + left
                    left -= ends - begins
        day += timedelta(days=1)
        local = datetime.combine(day, time.min, SHANGHAI)
