"""Office time: moments when the hall is open, and hours that pass only then."""

from __future__ import annotations

import datetime as dt
import random
from typing import Final

from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.clock import SHANGHAI

_OPEN: Final = ((9.0, 12.0), (13.0, 17.0))
_DAY: Final = 7.0
WEEKDAY: Final = (1.12, 1.0, 0.95, 0.95, 0.98, 0.6, 0.6)
"""Monday is the busiest; Saturday and Sunday only as make-up working days."""

HOURS: Final = {9: 9.9, 10: 10.5, 11: 8.6, 13: 8.4, 14: 8.9, 15: 8.6, 16: 5.1}
"""Arrivals by hour: the morning peak, a lunch break, and few just before closing."""


class Office:
    """Working moments by the calendar; hours of work are 9–12 and 13–17."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self.calendar = calendar

    def days(self, last: dt.date, span: int) -> list[dt.date]:
        """The working days among the `span` days that end with `last`."""
        every = (last - dt.timedelta(days=n) for n in range(span - 1, -1, -1))
        return [day for day in every if self.calendar.is_workday(day)]

    def arrival(self, days: list[dt.date], chance: random.Random) -> dt.datetime:
        """When somebody comes to the hall."""
        day = chance.choices(days, [WEEKDAY[day.weekday()] for day in days])[0]
        hour = chance.choices(list(HOURS), list(HOURS.values()))[0]
        return at(day, hour + chance.random())

    def later(self, start: dt.datetime, hours: float) -> dt.datetime:
        """The moment this many working hours later."""
        day, clock = start.astimezone(SHANGHAI).date(), _hour(start)
        whole = int(hours // _DAY)
        if whole:
            day, hours = self.calendar.add_workdays(day, whole), hours - whole * _DAY
        if not self.calendar.is_workday(day):
            day, clock = self.calendar.next_workday(day), _OPEN[0][0]
        while True:
            for opens, closes in _OPEN:
                begin = max(clock, opens)
                if begin >= closes:
                    continue
                if begin + hours <= closes:
                    return at(day, begin + hours)
                hours -= closes - begin
            day, clock = self.calendar.add_workdays(day, 1), _OPEN[0][0]


def at(day: dt.date, hour: float) -> dt.datetime:
    """A moment of the day in Beijing time, to the second."""
    return dt.datetime.combine(day, dt.time(), SHANGHAI) + dt.timedelta(seconds=int(hour * 3600))


def _hour(moment: dt.datetime) -> float:
    local = moment.astimezone(SHANGHAI)
    return local.hour + local.minute / 60 + local.second / 3600
