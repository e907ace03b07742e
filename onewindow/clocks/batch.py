"""Many due dates at once: the arithmetic of ``clock.due`` over numpy columns, a million in well under a second.

Used when a year's notice is imported and every open deadline is recomputed, and by the benchmarks. A row's
suspensions are a slice of two long columns (``Stops``); ``merge`` makes any such slices disjoint and sorted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from onewindow.clocks.calendar import LAST_YEAR, ClockError, DayTable, WorkCalendar
from onewindow.clocks.reckon import LONGEST, Extension, Limit, Suspension, Unit, legs

Ints: TypeAlias = NDArray[np.int64]
Dates: TypeAlias = NDArray[np.datetime64]

UNIT_CODES: Final = {Unit.WORKDAY: 0, Unit.DAY: 1, Unit.MONTH: 2, Unit.YEAR: 3, Unit.SPOT: 4}
_WORKDAY, _DAY, _MONTH, _YEAR, _SPOT = range(5)
_EPOCH: Final = dt.date(1970, 1, 1).toordinal()
_NEVER: Final = 1 << 22  # days after 1970, past every date: the end of a suspension that is still open
_LIFT: Final = 1 << 23  # wider than the span of all days including _NEVER
_HELD: Final = 1 << 40  # a count that no limit reaches


@dataclass(frozen=True, slots=True)
class Stops:
    """Off-clock suspensions of many rows: row i owns ``starts[offsets[i]:offsets[i+1]]`` and the same ``ends``.

    Days are datetime64[D], half-open [start, end); NaT as end means still open. ``offsets`` has one entry more than
    there are rows. They may overlap and come in any order: ``due_many`` merges them.
    """

    offsets: Ints
    starts: Dates
    ends: Dates


def due_many(
    starts: Dates,
    n: NDArray[Any],
    units: NDArray[Any],
    *,
    added: NDArray[Any] | None = None,
    further: Sequence[tuple[NDArray[Any], NDArray[Any]]] = (),
    stops: Stops | None = None,
    calendar: WorkCalendar,
) -> Dates:
    """The due date of every row as datetime64[D]; NaT where an open suspension holds the clock.

    ``starts`` are starting days, ``n`` and ``units`` (``UNIT_CODES``) the limits, ``added`` the extensions in the
    limit's own unit, ``further`` columns (n, units) of extensions in another unit, in order, with n = 0 where a row
    has none. Raises ``ClockError`` for columns that do not fit together and for results beyond the year 2299.
    """
    total = np.asarray(n, np.int64) + (0 if added is None else np.asarray(added, np.int64))
    columns = [(total, np.asarray(units)), *((np.asarray(m, np.int64), np.asarray(u)) for m, u in further)]
    begins = _days(starts)
    _check(len(begins), columns, stops)
    if not len(begins):
        return starts.astype("datetime64[D]")
    table = calendar.table(*_extremes(begins, stops))
    spans = None if stops is None else _spans(merge(stops))
    finders: tuple[Callable[[], DayTable], ...] = (lambda: table, calendar.wide_table)
    for find_table in finders:
        try:
            return _reckon(_Grid(find_table()), begins, columns, spans)
        except _TooShortError:
            continue
    raise ClockError(f"期限太长，推算结果超出{LAST_YEAR}年。")


def provisional_many(dues: Dates, calendar: WorkCalendar) -> NDArray[np.bool_]:
    """Which due dates lie in a year whose notice is not published; False for NaT."""
    years = dues.astype("datetime64[Y]").astype(np.int64) + 1970
    found: NDArray[np.bool_] = ~np.isin(years, list(calendar.published)) & ~np.isnat(dues)
    return found


@dataclass(frozen=True, slots=True)
class Columns:
    """The arguments of ``due_many`` for rows of limits, starts, suspensions and extensions."""

    starts: Dates
    n: Ints
    units: Ints
    further: list[tuple[Ints, Ints]]
    stops: Stops

    def due(self, calendar: WorkCalendar) -> Dates:
        return due_many(self.starts, self.n, self.units, further=self.further, stops=self.stops, calendar=calendar)


def pack(rows: Iterable[tuple[Limit, dt.date, Sequence[Suspension], Sequence[Extension]]]) -> Columns:
    """Columns from (limit, start, suspensions, extensions) rows as ``clock.due`` takes them."""
    starts: list[dt.date] = []
    plans: list[list[Limit]] = []
    stopped: list[list[Suspension]] = []
    for limit, start, suspensions, extensions in rows:
        starts.append(start)
        plans.append(legs(limit, extensions))
        stopped.append([s for s in suspensions if not s.counts])
    longest = max((len(plan) for plan in plans), default=1)
    (n, units), *further = [_leg_column(plans, place) for place in range(longest)]
    flat = [s for row in stopped for s in row]
    offsets = np.zeros(len(stopped) + 1, np.int64)
    np.cumsum([len(row) for row in stopped], out=offsets[1:])
    stops = Stops(offsets, _dates([s.start for s in flat]), _dates([s.end for s in flat]))
    return Columns(_dates(starts), n, units, further, stops)


def merge(stops: Stops) -> Stops:
    """The union of each row's suspensions: sorted, disjoint, without empty ones. Vectorised, O(n log n)."""
    rows = np.repeat(np.arange(len(stops.offsets) - 1), np.diff(stops.offsets))
    spans = _spans(stops)
    first, end = spans.starts + rows * _LIFT, spans.ends + rows * _LIFT
    if np.any(end < first):
        raise ClockError("有一段暂停的恢复日早于暂停日。")
    # Lifting each row above the one before lets one sort and one running maximum serve all rows.
    if np.all(end > first) and np.all(first[1:] > end[:-1]):
        return stops
    kept = np.flatnonzero(end > first)
    order = kept[np.argsort(first[kept], kind="stable")]
    first, rows, reach = first[order], rows[order], np.maximum.accumulate(end[order])
    fresh = np.ones(len(order), bool)
    fresh[1:] = first[1:] > reach[:-1]
    last = np.append(np.flatnonzero(fresh)[1:], len(order))[: int(fresh.sum())] - 1
    union = (reach - rows * _LIFT)[last]
    offsets = np.zeros(len(stops.offsets), np.int64)
    np.cumsum(np.bincount(rows[fresh], minlength=len(offsets) - 1), out=offsets[1:])
    days = union.astype("datetime64[D]")
    days[union == _NEVER] = np.datetime64("NaT")
    return Stops(offsets, (first - rows * _LIFT)[fresh].astype("datetime64[D]"), days)


# ---- inside -----------------------------------------------------------------------------------------------------


class _TooShortError(Exception):
    """A result lies beyond the table in use."""


@dataclass(frozen=True, slots=True)
class _Spans:
    """``Stops`` as days after 1970; an open end is ``_NEVER``."""

    offsets: Ints
    starts: Ints
    ends: Ints


class _Grid:
    """A calendar table as numpy columns; days here are days after 1970, as everywhere in this module."""

    def __init__(self, table: DayTable) -> None:
        self.origin = table.origin - _EPOCH
        self.size = table.size
        self.before = np.asarray(table.before, np.int64)
        self.workdays = np.asarray(table.workdays, np.int64) + self.origin

    def workdays_until(self, days: Ints) -> Ints:
        """Working days from the start of the table up to and including each day."""
        found: Ints = self.before[np.minimum(days - self.origin, self.size - 1) + 1]
        return found

    def workday(self, index: Ints) -> Ints:
        """The working day with each index."""
        if len(index) and index.max() >= len(self.workdays):
            raise _TooShortError
        found: Ints = self.workdays[index]
        return found

    def roll(self, days: Ints) -> Ints:
        """The first working day on or after each day."""
        if days.max() >= self.origin + self.size:
            raise _TooShortError
        return self.workday(self.before[days - self.origin])


def _reckon(grid: _Grid, begins: Ints, columns: list[tuple[Ints, NDArray[Any]]], spans: _Spans | None) -> Dates:
    """The legs one after the other, then the roll of the last day."""
    at = begins.copy()
    held = np.zeros(len(at), bool)
    for n, units in columns:
        amounts = _leg_days(at, n, units)
        for by_workday in (True, False):
            rows = np.flatnonzero(((units == _WORKDAY) == by_workday) & (amounts > 0) & ~held)
            ends = _leg_ends(grid, by_workday, at[rows], amounts[rows], rows, spans)
            held[rows] = ends == _NEVER
            at[rows] = np.where(ends == _NEVER, at[rows], ends)
    dues = grid.roll(at).astype("datetime64[D]")
    dues[held] = np.datetime64("NaT")
    return dues


def _leg_days(at: Ints, n: Ints, units: NDArray[Any]) -> Ints:
    """How many countable days each leg has: for months, the natural days up to the corresponding day."""
    amounts = n.copy()
    rows = np.flatnonzero((units == _MONTH) | (units == _YEAR))
    months = np.where(units[rows] == _YEAR, 12, 1) * n[rows]
    days = at[rows].astype("datetime64[D]")
    month = days.astype("datetime64[M]")
    target = month + months
    length = (target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")
    place = np.minimum(days - month.astype("datetime64[D]"), length - 1)
    amounts[rows] = (target.astype("datetime64[D]") + place - days).astype(np.int64)
    return amounts


def _leg_ends(grid: _Grid, by_workday: bool, begins: Ints, amounts: Ints, rows: Ints, spans: _Spans | None) -> Ints:
    """The un-rolled last day of a leg of each row, ``_NEVER`` where an open suspension holds it."""
    count = grid.workdays_until if by_workday else _every_day
    goals = count(begins) + amounts
    if spans is not None:
        _push(goals, count, begins, rows, spans)
    held = goals >= _HELD
    free = np.where(held, 0, goals)
    ends = grid.workday(free - 1) if by_workday else free
    return np.where(held, _NEVER, ends)


def _push(goals: Ints, count: Callable[[Ints], Ints], begins: Ints, rows: Ints, spans: _Spans) -> None:
    """Move each goal by the countable days that its suspensions take, the k-th suspension of all rows at a time."""
    live = np.arange(len(rows))
    slot, stop = spans.offsets[rows], spans.offsets[rows + 1]
    while len(live := live[slot[live] < stop[live]]):
        begin, here = begins[live], slot[live]
        last = spans.ends[here] - 1
        low = count(np.maximum(spans.starts[here] - 1, begin))
        lost = np.where(last >= _NEVER - 1, _HELD, count(np.maximum(last, begin)) - low)
        goals[live] += np.where(low < goals[live], lost, 0)
        slot[live] += 1


def _extremes(begins: Ints, stops: Stops | None) -> list[int]:
    """The earliest and latest ordinals among the starting days and the suspensions that are not open."""
    known = [begins]
    if stops is not None:
        known += [_days(stops.starts), _days(stops.ends[~np.isnat(stops.ends)])]
    return [int(edge) + _EPOCH for days in known if len(days) for edge in (days.min(), days.max())]


def _every_day(days: Ints) -> Ints:
    return days


def _spans(stops: Stops) -> _Spans:
    ends = _days(stops.ends)
    ends[np.isnat(stops.ends)] = _NEVER
    return _Spans(stops.offsets, _days(stops.starts), ends)


def _days(dates: Dates) -> Ints:
    """Days after 1970, in a fresh array."""
    return dates.astype("datetime64[D]").astype(np.int64)


def _dates(days: Sequence[dt.date | None]) -> Dates:
    return np.array(days, dtype="datetime64[D]")


def _leg_column(plans: list[list[Limit]], place: int) -> tuple[Ints, Ints]:
    """The ``place``-th leg of every row; rows with fewer legs get a leg of no days."""
    found = [plan[place] if place < len(plan) else Limit(0, Unit.DAY) for plan in plans]
    return np.array([leg.n for leg in found], np.int64), np.array([UNIT_CODES[leg.unit] for leg in found], np.int64)


def _check(rows: int, columns: list[tuple[Ints, NDArray[Any]]], stops: Stops | None) -> None:
    """Refuse columns of different lengths, unknown units, absurd numbers and offsets that do not fit."""
    longest = np.array([LONGEST[unit] for unit in UNIT_CODES])
    for n, units in columns:
        if n.shape != (rows,) or units.shape != (rows,):
            raise ClockError("批量推算的各列长度不一致。")
        if rows and (units.min() < 0 or units.max() >= len(longest)):
            raise ClockError("批量推算中有不认识的期限单位。")
        if np.any((n < 0) | (n > longest[units])):
            raise ClockError("批量推算中有超出范围的期限数量。")
    if stops is None:
        return
    fits = len(stops.offsets) == rows + 1 and stops.offsets[0] == 0 and np.all(np.diff(stops.offsets) >= 0)
    if not fits or not stops.offsets[-1] == len(stops.starts) == len(stops.ends):
        raise ClockError("批量推算的暂停记录与各行对不上。")
