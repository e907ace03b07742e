"""When a hall is open: what is promised now, and what was promised at any moment before.

A centre's week and its exceptional days are read together and kept for ten seconds, so that a page may ask for sixty
days with no more than two queries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone

from onewindow.clocks.store import current_calendar
from onewindow.hall import hours
from onewindow.hall.hours import Hours, Open, Special, Weekly
from onewindow.hall.memory import remembered
from onewindow.hall.models import DayHours, WeeklyHours

_LOOK_AHEAD: Final = 60


@dataclass(frozen=True)
class Plan:
    """All that is said of a centre's hours at one moment."""

    weekly: tuple[Weekly, ...]
    special: dict[date, Special]

    def day(self, day: date) -> tuple[Open, ...]:
        return hours.day(day, self.weekly, self.special.get(day), current_calendar())

    def why_closed(self, day: date) -> str:
        return hours.why_closed(day, self.special.get(day), current_calendar())


def plan(centre_id: int, as_of: datetime | None = None) -> Plan:
    """What is said now (remembered for ten seconds), or what was said at `as_of`. Two queries at most."""
    return _plan_now(centre_id) if as_of is None else _read(centre_id, as_of)


def fresh(centre_id: int) -> Plan:
    """What is said now, from the tables: for whoever decides on it under a lock."""
    return _read(centre_id, None)


@remembered(10)
def _plan_now(centre_id: int) -> Plan:
    return _read(centre_id, None)


def _read(centre_id: int, as_of: datetime | None) -> Plan:
    """A centre that is closed for good has no hours now; what it promised before stays readable."""
    said = Q(ended_at__isnull=True, centre__is_open=True)
    if as_of is not None:
        said = Q(said_at__lte=as_of) & (Q(ended_at__isnull=True) | Q(ended_at__gt=as_of))
    weekly = WeeklyHours.objects.filter(said, centre_id=centre_id).order_by("weekday", "opens")
    days = DayHours.objects.filter(said, centre_id=centre_id)
    return Plan(tuple(map(weekly_of, weekly)), {row.day: special_of(row) for row in days})


def weekly_of(row: WeeklyHours) -> Weekly:
    return Weekly(row.weekday, Hours(row.opens, row.closes, row.kind), row.valid_from, row.valid_until)


def special_of(row: DayHours) -> Special:
    stored: list[list[Any]] = row.periods
    return Special(tuple(Hours(opens, closes, kind) for opens, closes, kind in stored), row.reason)


# ---- answers ------------------------------------------------------------------------------------------------------


def opening(centre_id: int, day: date, as_of: datetime | None = None) -> tuple[Open, ...]:
    """The stretches of opening of a day, in order. `as_of`: what was promised at that moment."""
    return plan(centre_id, as_of).day(day)


def now_open(centre_id: int, now: datetime) -> Open | None:
    """The stretch in which `now` lies."""
    periods = opening(centre_id, timezone.localdate(now))
    return next((period for period in periods if period.starts <= now < period.ends), None)


def next_open(centre_id: int, now: datetime) -> Open | None:
    """The next stretch that begins after `now`, within 60 days."""
    told, today = plan(centre_id), timezone.localdate(now)
    for ahead in range(_LOOK_AHEAD + 1):
        for period in told.day(today + timedelta(days=ahead)):
            if period.starts > now:
                return period
    return None


def minutes_left(centre_id: int, now: datetime) -> float:
    """Open minutes from now until the last closing today, without the lunch break; 0.0 when all is over."""
    periods = opening(centre_id, timezone.localdate(now))
    left = sum(((period.ends - max(period.starts, now)) for period in periods if period.ends > now), timedelta())
    return left.total_seconds() / 60


def words(centre_id: int, day: date, today: date | None = None) -> str:
    """「9:00–12:00，13:00–17:00；延时 17:00–18:00」, or 「今天不办公：国庆节」; another day is named by its date."""
    told = plan(centre_id)
    found = hours.words(told.day(day), day)
    named = hours.day_words(day, today or timezone.localdate())
    return found or f"{named}不办公：{told.why_closed(day)}"


def next_words(centre_id: int, now: datetime) -> str:
    """When it opens next: 今天 13:00, 明天 9:00, 11月23日（星期一） 9:00; 近期没有安排 when nobody said."""
    found = next_open(centre_id, now)
    if found is None:
        return "近期没有安排"
    day = timezone.localdate(found.starts)
    time = hours.clock_time(hours.minute_of(found.starts, day))
    return f"{hours.day_words(day, timezone.localdate(now))} {time}"
