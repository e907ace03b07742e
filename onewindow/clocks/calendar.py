"""The working-day calendar: which days count, and how many lie between two dates.

A working day is a Monday–Friday that is not a holiday, or a make-up working day (调休上班), as the State Council's
yearly notice says (行政许可法 art. 82). A year without a published notice is reckoned as Monday–Friday less the
fixed-date holidays of 全国年节及纪念日放假办法 (2024), and every answer about it is provisional: an intake in December
must never fail because next year's notice is still to come.

Pure: no Django, no database, no clock of its own.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2299
_NEAR_YEARS: Final = (2015, 2045)
_FIXED_HOLIDAYS: Final = {
    (1, 1): "元旦",
    (5, 1): "劳动节",
    (5, 2): "劳动节",
    (10, 1): "国庆节",
    (10, 2): "国庆节",
    (10, 3): "国庆节",
}
_SHIPPED: Final = Path(__file__).parent / "data" / "holidays.csv"


class ClockError(ValueError):
    """A date or a limit that no clock can reckon with. The message is Chinese and may be shown to a person."""


class DayKind(StrEnum):
    """What a date is in the working-day calendar."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKEUP = "makeup_workday"


_WORKING: Final = frozenset({DayKind.WORKDAY, DayKind.MAKEUP})


@dataclass(frozen=True, slots=True)
class Day:
    """One date: its kind, its name (国庆节, 春节调休上班, or empty) and whether its year is still unpublished."""

    date: dt.date
    kind: DayKind
    name: str
    provisional: bool

    @property
    def is_workday(self) -> bool:
        return self.kind in _WORKING


class DayTable:
    """Prefix sums over a run of years. Positions are days since 1 January of the first year.

    ``before[p]`` is the number of working days at positions below ``p`` (one entry more than there are days);
    ``workdays[k]`` is the position of the k-th working day, from 0. Immutable once built.
    """

    __slots__ = ("before", "origin", "size", "workdays")

    def __init__(
        self, first_year: int, last_year: int, working: Mapping[int, bool], unpublished: Collection[int]
    ) -> None:
        self.origin = dt.date(first_year, 1, 1).toordinal()
        self.size = dt.date(last_year, 12, 31).toordinal() - self.origin + 1
        flags = [(self.origin + p - 1) % 7 < 5 for p in range(self.size)]
        for year in range(first_year, last_year + 1):
            if year in unpublished:
                for month, day in _FIXED_HOLIDAYS:
                    flags[dt.date(year, month, day).toordinal() - self.origin] = False
        for ordinal, works in working.items():
            if 0 <= ordinal - self.origin < self.size:
                flags[ordinal - self.origin] = works
        self.before: list[int] = [0]
        self.workdays: list[int] = []
        for position, works in enumerate(flags):
            if works:
                self.workdays.append(position)
            self.before.append(len(self.workdays))

    def covers(self, ordinal: int) -> bool:
        return 0 <= ordinal - self.origin < self.size


class WorkCalendar:
    """Answers about working days, each in constant time from prefix sums.

    ``special`` holds the dates that differ from plain Monday–Friday, with kind and name; ``published`` the years
    whose notice is known. Dates outside 1900–2299 raise ``ClockError``. Instances are safe to share between threads.
    """

    def __init__(self, special: Mapping[dt.date, tuple[DayKind, str]], published: Collection[int]) -> None:
        self._special = {day: (DayKind(kind), name) for day, (kind, name) in special.items()}
        self._published = frozenset(published)
        self._near = self._build(*_NEAR_YEARS)
        self._wide: DayTable | None = None

    @classmethod
    def shipped(cls) -> WorkCalendar:
        """The calendar that comes with the package (2019–2026, see data/README.md). One instance per process."""
        return _shipped()

    @property
    def published(self) -> frozenset[int]:
        return self._published

    @property
    def special(self) -> Mapping[dt.date, tuple[DayKind, str]]:
        """The days that differ from plain Monday–Friday, as given."""
        return self._special

    def day(self, d: dt.date) -> Day:
        kind, name = self._special.get(d) or self._plain(d)
        return Day(d, kind, name, d.year not in self._published)

    def is_workday(self, d: dt.date) -> bool:
        ordinal = d.toordinal()
        table = self.table(ordinal)
        position = ordinal - table.origin
        return table.before[position + 1] > table.before[position]

    def is_provisional(self, d: dt.date) -> bool:
        """Whether the notice for the year of ``d`` is still to come, so that ``d`` may yet change its kind."""
        return d.year not in self._published

    def next_workday(self, d: dt.date) -> dt.date:
        """The first working day on or after ``d``."""
        ordinal = d.toordinal()
        table = self.table(ordinal)
        return self._nth(ordinal, table.before[ordinal - table.origin])

    def add_workdays(self, start: dt.date, n: int) -> dt.date:
        """The n-th working day after ``start``; ``start`` itself is never counted. ``n`` = 0 gives ``start``.

        A negative ``n`` counts backwards: the n-th working day before ``start``.
        """
        if n == 0:
            return start
        ordinal = start.toordinal()
        table = self.table(ordinal)
        position = ordinal - table.origin
        return self._nth(ordinal, table.before[position + 1] + n - 1 if n > 0 else table.before[position] + n)

    def workdays_between(self, start: dt.date, end: dt.date) -> int:
        """How many working days d there are with start < d <= end; negative when ``end`` lies before ``start``."""
        low, high = start.toordinal(), end.toordinal()
        table = self.table(low, high)
        return table.before[high - table.origin + 1] - table.before[low - table.origin + 1]

    def table(self, *ordinals: int) -> DayTable:
        """The smallest table that covers the given proleptic ordinals (``date.toordinal()``)."""
        if all(self._near.covers(ordinal) for ordinal in ordinals):
            return self._near
        wide = self.wide_table()
        if not all(wide.covers(ordinal) for ordinal in ordinals):
            raise ClockError(f"日期超出可以推算的范围（{FIRST_YEAR}年至{LAST_YEAR}年）。")
        return wide

    def wide_table(self) -> DayTable:
        """The table over every year that can be reckoned; built when first needed."""
        if self._wide is None:
            self._wide = self._build(FIRST_YEAR, LAST_YEAR)
        return self._wide

    def _nth(self, ordinal: int, index: int) -> dt.date:
        """The working day with this index in the table that covers ``ordinal``, or in the wide one beyond its ends."""
        table = self.table(ordinal)
        if not 0 <= index < len(table.workdays):
            wide = self.wide_table()
            index += wide.before[table.origin - wide.origin]
            table = wide
        if not 0 <= index < len(table.workdays):
            raise ClockError(f"期限太长，推算结果超出{LAST_YEAR}年。")
        return dt.date.fromordinal(table.origin + table.workdays[index])

    def _plain(self, d: dt.date) -> tuple[DayKind, str]:
        fixed = _FIXED_HOLIDAYS.get((d.month, d.day)) if d.year not in self._published else None
        if fixed:
            return DayKind.HOLIDAY, fixed
        return (DayKind.WORKDAY if d.weekday() < 5 else DayKind.WEEKEND), ""

    def _build(self, first_year: int, last_year: int) -> DayTable:
        working = {day.toordinal(): kind in _WORKING for day, (kind, _) in self._special.items()}
        unpublished = frozenset(range(first_year, last_year + 1)) - self._published
        return DayTable(first_year, last_year, working, unpublished)


def read_holidays(lines: Iterator[str]) -> tuple[dict[dt.date, tuple[DayKind, str]], frozenset[int]]:
    """Special days and published years from CSV lines ``year,date,kind,name``. Raises ``ClockError`` on a bad row."""
    special: dict[dt.date, tuple[DayKind, str]] = {}
    years: set[int] = set()
    for number, row in enumerate(csv.DictReader(lines), start=2):
        try:
            special[dt.date.fromisoformat(row["date"])] = (DayKind(row["kind"]), row["name"])
            years.add(int(row["year"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ClockError(f"放假安排第{number}行读不懂，请检查年份、日期和类型。") from error
    return special, frozenset(years)


@cache
def _shipped() -> WorkCalendar:
    with _SHIPPED.open(encoding="utf-8", newline="") as lines:
        return WorkCalendar(*read_holidays(lines))
