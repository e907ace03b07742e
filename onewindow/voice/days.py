"""A day that somebody names as the end of a limit: it lies ahead, is worked, and is near enough to mean something."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils import timezone

from onewindow.clocks.store import current_calendar
from onewindow.loops.definition import Term
from onewindow.problems import FieldError, InvalidInput

LONGEST: Final = 60
"""Working days."""


def term_until(kind: str, label: str, day: dt.date, duty: str, now: dt.datetime, field: str = "until") -> Term:
    """The limit that ends with this day. Raises InvalidInput with a sentence for `field`."""
    today, calendar = timezone.localdate(now), current_calendar()
    if day <= today:
        raise _wrong(field, "日期要在今天以后")
    if day > today + dt.timedelta(days=3 * LONGEST):
        raise _wrong(field, f"日期太远了，最长 {LONGEST} 个工作日")
    if not calendar.is_workday(day):
        raise _wrong(field, f"{day.month}月{day.day}日休息，请选一个工作日")
    days = calendar.workdays_between(today, day)
    if days > LONGEST:
        raise _wrong(field, f"日期太远了，最长 {LONGEST} 个工作日")
    return Term(kind, label, days, duty)


def _wrong(field: str, words: str) -> InvalidInput:
    return InvalidInput(words, [FieldError(field, words)])
