"""The clock day by day, in plain Chinese: every day from the start to the due date, with the reason it counts or not.

This walks the days one after the other and does not use the closed form of ``clock.due``; tests hold the two together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from onewindow.clocks.calendar import Day, DayKind, WorkCalendar
from onewindow.clocks.reckon import Extension, Limit, Suspension, Unit, in_base_unit, leg_days, legs

_ONE = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day of the explanation.

    ``number`` is the day's place in the count (1, 2, …), None when the day is not counted. ``kind`` is one of
    start, workday, makeup_workday, day, extension (counted) · weekend, holiday, suspended, rolled (not counted).
    ``note`` says it in Chinese.
    """

    date: dt.date
    counted: bool
    number: int | None
    kind: str
    note: str


@dataclass(frozen=True, slots=True)
class _Leg:
    """A stretch of the count: ``days`` to count in all, of which those after ``own`` belong to an extension."""

    by_workday: bool
    days: int
    own: int

    def counts(self, day: Day) -> bool:
        return day.is_workday or not self.by_workday

    def line(self, day: Day, place: int, number: int) -> DayLine:
        """The line of a counted day that is the ``place``-th of this leg and the ``number``-th of all."""
        makeup = self.by_workday and day.kind is DayKind.MAKEUP
        kind = "makeup_workday" if makeup else "workday" if self.by_workday else "day"
        note = f"计入第{number}天"
        if place > self.own:
            kind, note = "extension", f"延期第{place - self.own}天（共{self.days - self.own}天）"
        return DayLine(day.date, True, number, kind, f"调休上班，{note}" if makeup else note)


def explain(
    limit: Limit,
    start: dt.date,
    *,
    suspensions: Sequence[Suspension] = (),
    extensions: Sequence[Extension] = (),
    calendar: WorkCalendar,
    until: dt.date | None = None,
    opening: str = "受理",
) -> list[DayLine]:
    """The days from ``start`` to the due date, both included; the last line is the due date.

    While an open suspension holds the clock the lines end with ``until`` (today), or without it with the first day
    of that suspension. ``opening`` names what happened on the first day (受理, 收件, 决定). Raises ``ClockError`` as
    ``clock.due`` does.
    """
    walk = _Walk(start, suspensions, calendar, opening)
    for index, leg in enumerate(legs(limit, extensions)):
        days = leg_days(leg, walk.day.toordinal())
        own = 0 if index else leg_days(in_base_unit(limit), walk.day.toordinal())
        if not walk.count(_Leg(leg.unit is Unit.WORKDAY, days, own), until):
            return [line for line in walk.lines if until is None or line.date <= max(start, until)]
    walk.roll()
    return walk.lines


class _Walk:
    """The state of one explanation: the day reached and the lines so far."""

    def __init__(self, start: dt.date, suspensions: Sequence[Suspension], calendar: WorkCalendar, opening: str) -> None:
        self.day = start
        self.number = 0
        self.calendar = calendar
        self.stops = [s for s in suspensions if not s.counts]
        self.records = [s for s in suspensions if s.counts]
        self.lines: list[DayLine] = []
        self.add(DayLine(start, False, None, "start", f"{opening}当日不计"))

    def add(self, line: DayLine) -> None:
        self.calendar.table(line.date.toordinal())  # raises beyond the last year that can be reckoned
        doubt = "（放假安排未公布，暂算）" if self.calendar.is_provisional(line.date) else ""
        self.lines.append(DayLine(line.date, line.counted, line.number, line.kind, line.note + doubt))

    def count(self, leg: _Leg, until: dt.date | None) -> bool:
        """Walk to the last day of the leg; False when an open suspension holds the clock before it."""
        place = 0
        while place < leg.days:
            if self.stuck(until):
                return False
            self.day += _ONE
            grounds = _grounds(self.stops, self.day)
            day = self.calendar.day(self.day)
            if grounds:
                self.add(DayLine(self.day, False, None, "suspended", f"已暂停：{grounds}"))
            elif leg.counts(day):
                place, self.number = place + 1, self.number + 1
                self.add(self.beside_records(leg.line(day, place, self.number)))
            else:
                self.add(DayLine(self.day, False, None, day.kind.value, _rest(day)))
        return True

    def stuck(self, until: dt.date | None) -> bool:
        """Whether an open suspension has begun and the lines have reached ``until``, or its first day without one."""
        opened = min((s.start for s in self.stops if s.end is None), default=None)
        return opened is not None and self.day >= opened and (until is None or self.day >= until)

    def beside_records(self, line: DayLine) -> DayLine:
        """Name the on-clock procedures of the day: they are shown, and do not stop the clock."""
        grounds = _grounds(self.records, line.date)
        note = f"{line.note}（{grounds}，不停表）" if grounds else line.note
        return DayLine(line.date, line.counted, line.number, line.kind, note)

    def roll(self) -> None:
        """From the last day to the next working day where it is a rest day (民法典 art. 203)."""
        last = self.lines.pop()
        day = self.calendar.day(self.day)
        if day.is_workday:
            self.lines.append(_due_on(last))
            return
        rest = _rest(day)
        note = f"{last.note}；末日逢{rest}，顺延"
        self.lines.append(DayLine(last.date, last.counted, last.number, last.kind, note))
        while True:
            self.day += _ONE
            day = self.calendar.day(self.day)
            if day.is_workday:
                break
            self.add(DayLine(self.day, False, None, "rolled", f"末日逢{_rest(day)}顺延"))
        self.add(DayLine(self.day, False, None, "rolled", "末日顺延到这一天，到期"))


def _due_on(line: DayLine) -> DayLine:
    """The last line of a limit that ends on a working day; a limit of no days ends on its starting day."""
    note = f"{line.note}，到期" if line.counted else line.note.replace("不计", "办结，到期")
    return DayLine(line.date, line.counted, line.number, line.kind, note)


def _grounds(suspensions: Sequence[Suspension], day: dt.date) -> str:
    """The grounds of the suspensions that cover ``day``, each once."""
    return "、".join(dict.fromkeys(s.ground for s in suspensions if s.start <= day and (s.end is None or day < s.end)))


def _rest(day: Day) -> str:
    return day.name or ("周末" if day.kind is DayKind.WEEKEND else "节假日")
