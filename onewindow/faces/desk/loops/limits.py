"""The limits of a matter in words: 还剩 2 个工作日, 还剩 3 小时 20 分钟, 已超过 1 个工作日."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from onewindow.clocks import clock
from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.clock import SHANGHAI, local_date
from onewindow.clocks.models import Deadline
from onewindow.clocks.store import current_calendar
from onewindow.faces.design.words import SOON_WORKDAYS, workdays_words
from onewindow.loops.terms import HOURS

_END_OF_DAY: Final = time(23, 59)
_BY_HOURS_DAYS: Final = 3
"""Limits of hours that lie further off than this are told in working days."""


@dataclass(frozen=True, slots=True)
class LimitFace:
    """One open limit. `due` is the day; `moment` also the time of day, for limits of hours."""

    kind: str
    label: str
    rule: str
    words: str
    tone: str
    due: date | None
    moment: datetime | None
    late: bool


def faces(limits: list[Deadline], now: datetime) -> list[LimitFace]:
    """Open limits, the soonest first. No query but the calendar's."""
    calendar = current_calendar()
    return [_face(limit, now, calendar) for limit in limits]


def open_limits(kind: str, pk: int) -> list[Deadline]:
    """What runs for a matter, the soonest first. One query."""
    return list(Deadline.objects.of(kind, pk).open().order_by("due_at", "id"))


def _face(limit: Deadline, now: datetime, calendar: WorkCalendar) -> LimitFace:
    words, tone = due_words(limit.due_at, now, calendar)
    late = limit.due_at is not None and limit.due_at < now
    moment = limit.due_at if limit.limit_unit == "hour" else None
    return LimitFace(limit.kind, limit.label, limit.rule, words, tone, limit.due_on, moment, late)


def due_words(due: datetime | None, now: datetime, calendar: WorkCalendar | None = None) -> tuple[str, str]:
    """What is left until a due moment, and its tone. A moment within the day is told in working hours."""
    if due is None:
        return "已暂停", "paused"
    calendar = calendar or current_calendar()
    days = clock.remaining(local_date(due), local_date(now), calendar)
    if _in_the_day(due) and abs((local_date(due) - local_date(now)).days) <= _BY_HOURS_DAYS:
        return _hours(due, now, calendar)
    tone = "late" if days < 0 else "soon" if days <= SOON_WORKDAYS else "ontime"
    return workdays_words(days), tone


def _in_the_day(due: datetime) -> bool:
    return due.astimezone(SHANGHAI).time() < _END_OF_DAY


def _hours(due: datetime, now: datetime, calendar: WorkCalendar) -> tuple[str, str]:
    late = now > due
    left = working_time(*((due, now) if late else (now, due)), calendar)
    hours, minutes = divmod(int(left.total_seconds()) // 60, 60)
    words = " ".join(part for part in (f"{hours} 小时" if hours else "", f"{minutes} 分钟" if minutes else "") if part)
    if late:
        return f"已超过 {words or '片刻'}", "late"
    return f"还剩 {words or '不到 1 分钟'}", "soon" if left <= timedelta(hours=2) else "ontime"


def working_time(start: datetime, end: datetime, calendar: WorkCalendar) -> timedelta:
    """Working time (9:00–12:00, 13:00–17:00 of working days) between two moments; at most some weeks apart."""
    found, day = timedelta(), local_date(start)
    while day <= local_date(end):
        if calendar.is_workday(day):
            for opens, closes in HOURS:
                first = max(start, datetime.combine(day, opens, SHANGHAI))
                last = min(end, datetime.combine(day, closes, SHANGHAI))
                found += max(last - first, timedelta())
        day += timedelta(days=1)
    return found
