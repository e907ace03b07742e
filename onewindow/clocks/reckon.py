"""The arithmetic under the statutory clock: limits, suspensions, and counting days that no suspension covers.

``clock.py`` is what other rooms import; this module holds the pieces it shares with ``explain.py`` and ``batch.py``.
Days are proleptic ordinals (``date.toordinal()``) inside, dates at the edge. Pure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from onewindow.clocks.calendar import LAST_YEAR, ClockError, WorkCalendar

# China has had one offset and no summer time since 1991; a fixed offset needs no time-zone database.
SHANGHAI: Final = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")
NEVER: Final = 1 << 40  # an ordinal after every date: the end of a suspension that is still open


class Unit(StrEnum):
    """The unit a limit is counted in. A year is twelve months; ``SPOT`` is the same day."""

    WORKDAY = "workday"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    SPOT = "spot"


LONGEST: Final = {Unit.WORKDAY: 36_500, Unit.DAY: 36_500, Unit.MONTH: 1_200, Unit.YEAR: 100, Unit.SPOT: 0}
UNIT_WORDS: Final = {Unit.WORKDAY: "个工作日", Unit.DAY: "日", Unit.MONTH: "个月", Unit.YEAR: "年"}


@dataclass(frozen=True, slots=True)
class Limit:
    """``n`` units of time. Raises ``ClockError`` for a negative or absurd number; ``SPOT`` has ``n`` = 0."""

    n: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 0 <= self.n <= LONGEST[self.unit]:
            raise ClockError(f"期限的数量应在0到{LONGEST[self.unit]}之间。")

    def __str__(self) -> str:
        return "当场" if self.unit is Unit.SPOT else f"{self.n}{UNIT_WORDS[self.unit]}"


@dataclass(frozen=True, slots=True)
class Suspension:
    """Days from ``start`` up to but not including ``end`` do not count; ``end`` None is still open.

    ``counts`` True is only a record of a procedure that runs on the clock: it never stops it.
    """

    start: dt.date
    end: dt.date | None
    ground: str
    counts: bool = False

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ClockError(f"恢复日（{self.end}）早于暂停日（{self.start}）。")


@dataclass(frozen=True, slots=True)
class Extension:
    """An amount added to the limit, and the ground it was granted on."""

    limit: Limit
    ground: str


def local_date(moment: dt.datetime) -> dt.date:
    """The date in Asia/Shanghai of an aware moment; only this date matters to a clock, not the hour."""
    if moment.tzinfo is None:
        raise ClockError("时间没有标明时区，无法确定是哪一天。")
    return moment.astimezone(SHANGHAI).date()


def legs(limit: Limit, extensions: Sequence[Extension]) -> list[Limit]:
    """The limit with the extensions of its own unit added, then each other extension as a leg of its own."""
    if not extensions:
        return [in_base_unit(limit)]
    found = [in_base_unit(limit)]
    for extension in extensions:
        added = in_base_unit(extension.limit)
        if added.unit is found[0].unit:
            found[0] = Limit(found[0].n + added.n, added.unit)
        else:
            found.append(added)
    return found


def in_base_unit(limit: Limit) -> Limit:
    """Years as months, on the spot as no day: three units remain."""
    if limit.unit is Unit.YEAR:
        return Limit(limit.n * 12, Unit.MONTH)
    return Limit(0, Unit.DAY) if limit.unit is Unit.SPOT else limit


def merged(suspensions: Sequence[Suspension]) -> list[tuple[int, int]]:
    """The union of the off-clock suspensions: sorted, disjoint, non-empty [start, end) ordinals."""
    spans = sorted(
        (s.start.toordinal(), NEVER if s.end is None else s.end.toordinal()) for s in suspensions if not s.counts
    )
    union: list[tuple[int, int]] = []
    for first, end in spans:
        if end == first:
            continue
        if union and first <= union[-1][1]:
            union[-1] = (union[-1][0], max(end, union[-1][1]))
        else:
            union.append((first, end))
    return union


def open_grounds(suspensions: Sequence[Suspension]) -> str:
    """The grounds of all open suspensions that stop the clock, each once, earliest first."""
    waiting = sorted((s for s in suspensions if s.end is None and not s.counts), key=lambda s: s.start)
    return "、".join(dict.fromkeys(s.ground for s in waiting))


def leg_days(leg: Limit, begin: int) -> int:
    """How many countable days the leg has: for months, the natural days up to the corresponding day."""
    return add_months(to_date(begin), leg.n).toordinal() - begin if leg.unit is Unit.MONTH else leg.n


def leg_end(leg: Limit, begin: int, stops: Sequence[tuple[int, int]], calendar: WorkCalendar) -> int | None:
    """The un-rolled last day of a leg that starts after ``begin`` (ordinals); None when an open stop holds it."""
    days = leg_days(leg, begin)
    if days == 0:
        return begin
    by_workday = leg.unit is Unit.WORKDAY
    for first, end in stops:
        if end <= begin + 1:
            continue
        before = max(begin, first - 1)
        free = _span(by_workday, begin, before, calendar)
        if free >= days:
            break
        if end == NEVER:
            return None
        days, begin = days - free, end - 1
    return calendar.add_workdays(to_date(begin), days).toordinal() if by_workday else begin + days


def counted(unit: Unit, begin: int, until: int, stops: Sequence[tuple[int, int]], calendar: WorkCalendar) -> int:
    """How many countable days d there are with begin < d <= until that no stop covers (ordinals)."""
    by_workday = unit is Unit.WORKDAY
    edges = [begin]
    for first, end in stops:
        edges += [min(max(first - 1, begin), until), min(max(end - 1, begin), until)]
    edges.append(until)
    return sum(_span(by_workday, low, high, calendar) for low, high in list(pairwise(edges))[::2])


def _span(by_workday: bool, begin: int, until: int, calendar: WorkCalendar) -> int:
    if not by_workday:
        return until - begin
    table = calendar.table(begin, until)
    return table.before[until - table.origin + 1] - table.before[begin - table.origin + 1]


def add_months(day: dt.date, months: int) -> dt.date:
    """The corresponding day ``months`` later, or the last day of that month where it has none (民法典 art. 202)."""
    years, month = divmod(day.month - 1 + months, 12)
    if day.year + years > LAST_YEAR:
        raise ClockError(f"期限太长，推算结果超出{LAST_YEAR}年。")
    first = dt.date(day.year + years, month + 1, 1)
    length = ((first + dt.timedelta(days=31)).replace(day=1) - first).days
    return first.replace(day=min(day.day, length))


def to_date(ordinal: int) -> dt.date:
    try:
        return dt.date.fromordinal(ordinal)
    except (ValueError, OverflowError) as error:
        raise ClockError(f"期限太长，推算结果超出{LAST_YEAR}年。") from error
