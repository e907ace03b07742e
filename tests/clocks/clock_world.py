"""What the clock tests share: the calendar, hypothesis strategies, and a clock that walks day by day."""

from __future__ import annotations

import csv
import datetime as dt
from calendar import monthrange
from collections.abc import Sequence
from pathlib import Path

from hypothesis import strategies as st

import onewindow.clocks
from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.clock import Extension, Limit, NoticeRule, Suspension, Unit

CALENDAR = WorkCalendar.shipped()
CASES = Path(__file__).with_name("clock_cases.yaml")
ONE = dt.timedelta(days=1)
PERMIT = NoticeRule(5, Unit.WORKDAY, "from_receipt")
REGISTRATION = NoticeRule(0, Unit.SPOT, "same_visit")

with (Path(onewindow.clocks.__file__).parent / "data" / "holidays.csv").open(encoding="utf-8", newline="") as _lines:
    _ROWS = {dt.date.fromisoformat(row["date"]): row["kind"] for row in csv.DictReader(_lines)}
_FIXED = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def workdays(n: int) -> Limit:
    return Limit(n, Unit.WORKDAY)


def days(n: int) -> Limit:
    return Limit(n, Unit.DAY)


def months(n: int) -> Limit:
    return Limit(n, Unit.MONTH)


def plain_workday(d: dt.date) -> bool:
    """Whether ``d`` is a working day, straight from the rows of the file and the fixed-date holidays."""
    if d in _ROWS:
        return _ROWS[d] == "makeup_workday"
    unpublished = not 2019 <= d.year <= 2026
    return d.weekday() < 5 and not (unpublished and (d.month, d.day) in _FIXED)


def due_by_walking(
    limit: Limit, start: dt.date, suspensions: Sequence[Suspension], extensions: Sequence[Extension]
) -> dt.date | None:
    """The due date by looking at every single day; None while an open suspension holds the clock."""
    at = start
    for n, unit in _plan(limit, extensions):
        left = (_months_later(at, n) - at).days if unit is Unit.MONTH else n
        while left:
            at += ONE
            covering = [s for s in suspensions if not s.counts and s.start <= at and (s.end is None or at < s.end)]
            if any(s.end is None for s in covering):
                return None
            if not covering and (unit is not Unit.WORKDAY or plain_workday(at)):
                left -= 1
    while not plain_workday(at):
        at += ONE
    return at


def _plan(limit: Limit, extensions: Sequence[Extension]) -> list[tuple[int, Unit]]:
    """Amounts and units in order: the limit with what extends it in its own unit, then the other extensions."""
    amounts = [limit, *(extension.limit for extension in extensions)]
    plain = [
        (a.n * 12, Unit.MONTH) if a.unit is Unit.YEAR else (0, Unit.DAY) if a.unit is Unit.SPOT else (a.n, a.unit)
        for a in amounts
    ]
    own = plain[0][1]
    return [(sum(n for n, unit in plain if unit is own), own), *((n, unit) for n, unit in plain if unit is not own)]


def _months_later(at: dt.date, n: int) -> dt.date:
    year, month = divmod(at.year * 12 + at.month - 1 + n, 12)
    return dt.date(year, month + 1, min(at.day, monthrange(year, month + 1)[1]))


starts = st.dates(dt.date(2018, 6, 1), dt.date(2028, 6, 30))
limits = st.one_of(
    st.builds(Limit, st.integers(0, 60), st.sampled_from([Unit.WORKDAY, Unit.DAY])),
    st.builds(Limit, st.integers(0, 14), st.just(Unit.MONTH)),
    st.builds(Limit, st.integers(0, 2), st.just(Unit.YEAR)),
    st.just(Limit(0, Unit.SPOT)),
)
extensions_given = st.lists(
    st.builds(Extension, limits.filter(lambda limit: limit.unit is not Unit.YEAR), st.just("案情复杂")), max_size=2
)


@st.composite
def suspensions_near(draw: st.DrawFn, start: dt.date, *, open_ended: bool = True) -> list[Suspension]:
    """Up to five suspensions around ``start``: before it, overlapping, empty, on the clock, and open ones."""
    found = []
    for _ in range(draw(st.integers(0, 5))):
        first = start + dt.timedelta(days=draw(st.integers(-20, 90)))
        length = draw(st.integers(0, 40))
        end = None if open_ended and draw(st.integers(0, 9)) == 0 else first + dt.timedelta(days=length)
        ground = draw(st.sampled_from(["听证", "检测", "专家评审"]))
        found.append(Suspension(first, end, ground, counts=draw(st.integers(0, 4)) == 0))
    return found


@st.composite
def situations(draw: st.DrawFn, *, open_ended: bool = True) -> tuple[Limit, dt.date, list[Suspension], list[Extension]]:
    """A limit, its starting day, suspensions and extensions."""
    start = draw(starts)
    suspensions = draw(suspensions_near(start, open_ended=open_ended))
    return draw(limits), start, suspensions, draw(extensions_given)
