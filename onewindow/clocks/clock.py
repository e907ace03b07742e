"""The statutory clock: when a time limit ends, and why, day by day.

A due date is a pure function of the limit, the day it starts, the suspensions, the extensions and the working-day
calendar. The conventions (docs/clock.md says them in Chinese):

* the starting day is not counted (民法典 art. 201);
* working days: the end is the n-th working day (行政许可法 art. 82);
* natural days and months: an end on a rest day rolls to the next working day (民法典 art. 202, 203);
* a suspension covers [start, end) and none of its days is counted (行政许可法 art. 45); overlapping suspensions
  suspend their union; the roll of the last day looks only at working days, after suspended days have moved the end;
* an extension adds to the limit, counting goes on from the start, and the first end is not rolled (行政许可法 art. 42).
  An extension in another unit is counted on from the un-rolled end, in its own unit, in the order granted;
* a limit on the spot ends on its starting day, or on the next working day when that is a rest day.

The cost is a lookup per suspension, not a loop per day; ``explain`` walks the days only when asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from onewindow.clocks.calendar import ClockError, WorkCalendar
from onewindow.clocks.explain import DayLine, explain
from onewindow.clocks.reckon import (
    NEVER,
    SHANGHAI,
    Extension,
    Limit,
    Suspension,
    Unit,
    counted,
    leg_days,
    leg_end,
    legs,
    local_date,
    merged,
    open_grounds,
    to_date,
)

__all__ = [
    "SHANGHAI",
    "Acceptance",
    "ClockError",
    "DayLine",
    "Due",
    "Extension",
    "Limit",
    "NoticeRule",
    "Suspension",
    "Unit",
    "acceptance",
    "due",
    "explain",
    "local_date",
    "notice_deadline",
    "remaining",
    "used_share",
]


@dataclass(frozen=True)
class Due:
    """When a limit ends. ``date`` is None while an open suspension holds the clock (``paused``).

    ``provisional``: the date lies in a year whose notice is not published and may move when it is.
    """

    date: dt.date | None
    provisional: bool
    paused: bool
    paused_ground: str


def due(
    limit: Limit,
    start: dt.date,
    *,
    suspensions: Sequence[Suspension] = (),
    extensions: Sequence[Extension] = (),
    calendar: WorkCalendar,
) -> Due:
    """When ``limit`` ends that starts on ``start`` (the acceptance day, itself not counted).

    A suspension that begins after the end changes nothing, open or not: what is overdue stays overdue.
    Raises ``ClockError`` only when the result lies beyond the year 2299.
    """
    stops = merged(suspensions) if suspensions else []
    ordinal: int | None = start.toordinal()
    for leg in legs(limit, extensions):
        if ordinal is None:
            break
        ordinal = leg_end(leg, ordinal, stops, calendar)
    if ordinal is None:
        return Due(None, False, True, open_grounds(suspensions))
    day = calendar.next_workday(to_date(ordinal))
    return Due(day, calendar.is_provisional(day), False, "")


def remaining(due_date: dt.date, today: dt.date, calendar: WorkCalendar) -> int:
    """Working days left: 0 = due today, 3 = three more working days, −2 = overdue by two working days.

    On the rest days right after a missed due date the answer is −1, never 0: overdue must not look like today.
    """
    left = calendar.workdays_between(today, due_date)
    return min(left, -1) if today > due_date else left


def used_share(
    limit: Limit,
    start: dt.date,
    today: dt.date,
    *,
    suspensions: Sequence[Suspension] = (),
    extensions: Sequence[Extension] = (),
    calendar: WorkCalendar,
) -> float:
    """The share of the limit (extensions included) used up at the end of ``today``: 0.0 at the start, 1.0 on the
    un-rolled last day, still 1.0 until the due date, and above 1 when overdue. Suspended days use nothing."""
    stops = merged(suspensions)
    begin, until = start.toordinal(), today.toordinal()
    used = total = 0
    for leg in legs(limit, extensions):
        end = leg_end(leg, begin, stops, calendar)
        total += leg_days(leg, begin)
        used += counted(leg.unit, begin, max(begin, min(until, NEVER if end is None else end)), stops, calendar)
        begin = NEVER if end is None else end
        if end is None:
            break
    if begin != NEVER:
        last = calendar.next_workday(to_date(begin)).toordinal()
        used += counted(limit.unit, last, max(last, until), stops, calendar)
    return used / total if total else float(until >= start.toordinal()) + used


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """How long the one-time notice may take, and what silence means.

    ``deemed``: ``from_receipt`` (no notice in time: accepted from the receipt date, 行政许可法 art. 32),
    ``same_visit`` (no written refusal on the spot: accepted, 不动产登记暂行条例 art. 17), or ``none``.
    """

    n: int
    unit: Unit
    deemed: str

    def __post_init__(self) -> None:
        Limit(self.n, self.unit)
        if self.deemed not in ("from_receipt", "same_visit", "none"):
            raise ClockError(f"未一次性告知的后果不认识：{self.deemed[:40]}。")


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The day the clock starts, or None while there is none; ``deemed`` when the law and not a clerk set it."""

    on: dt.date | None
    deemed: bool


def notice_deadline(received: dt.date, rule: NoticeRule, calendar: WorkCalendar) -> dt.date:
    """The last day for the one-time notice. On the spot means the receipt date, rest day or not."""
    if rule.unit is Unit.SPOT:
        return received
    deadline = due(Limit(rule.n, rule.unit), received, calendar=calendar).date
    assert deadline is not None  # nothing suspends a notice
    return deadline


def acceptance(
    received: dt.date,
    accepted: dt.date | None,
    notice: dt.date | None,
    supplied: dt.date | None = None,
    *,
    rule: NoticeRule,
    calendar: WorkCalendar,
    today: dt.date | None = None,
) -> Acceptance:
    """From which day the case counts as accepted (行政许可法 art. 32; 不动产登记暂行条例 art. 17).

    ``accepted``: date of the acceptance paper; ``notice``: date of the first one-time notice; ``supplied``: when the
    correction came in, which alone starts no clock. With neither paper by the deadline the case is deemed accepted
    on the receipt date, whatever later papers say. Give ``today`` to ask while the deadline may still be running;
    without it the notice period is taken to be over.
    """
    earliest = min(day for day in (accepted, notice, supplied, received) if day is not None)
    if earliest < received:
        raise ClockError(f"受理、告知或补正的日期（{earliest}）早于收件日（{received}）。")
    deadline = notice_deadline(received, rule, calendar)
    in_time = (accepted is not None and accepted <= deadline) or (notice is not None and notice <= deadline)
    if in_time or rule.deemed == "none":
        return Acceptance(accepted, False)
    if today is not None and today <= deadline:
        return Acceptance(None, False)
    return Acceptance(received, True)
