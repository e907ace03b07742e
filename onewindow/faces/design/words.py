"""Dates, times and remaining working days in the words of ux.md. Only time zone and today come from the server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

SOON_WORKDAYS = 2
"""From how many remaining working days on a clock counts as "due soon"."""


def as_date(value: object) -> date | None:
    """A date from a date, an aware or naive datetime or ISO text; None when it is none of these."""
    if isinstance(value, datetime):
        return _local(value).date()
    if isinstance(value, date):
        return value
    moment = as_datetime(value)
    return moment.date() if moment else None


def as_datetime(value: object) -> datetime | None:
    """A local datetime from a datetime or ISO text; None when it is neither."""
    if isinstance(value, datetime):
        return _local(value)
    if not isinstance(value, str):
        return None
    try:
        return _local(datetime.fromisoformat(value.strip()))
    except (ValueError, OverflowError):
        return None


def _local(value: datetime) -> datetime:
    try:
        return timezone.localtime(value) if timezone.is_aware(value) else value
    except (OverflowError, ValueError):  # a moment at the very edge of the calendar has no local form
        return value


def cn_date(value: object) -> str:
    """2026年11月22日; text that is no date comes back as it is, None as nothing."""
    day = as_date(value)
    return f"{day.year}年{day.month}月{day.day}日" if day else _text(value)


def cn_short_date(value: object) -> str:
    """11月27日 in the current year, with its year in any other."""
    day = as_date(value)
    if day is None:
        return _text(value)
    return f"{day.month}月{day.day}日" if day.year == timezone.localdate().year else cn_date(day)


def cn_datetime(value: object) -> str:
    """2026年11月22日 09:05, 24-hour, in the server's time zone."""
    moment = as_datetime(value)
    return f"{cn_date(moment)} {moment:%H:%M}" if moment else cn_date(value)


def cn_time(value: object) -> str:
    """09:05, 24-hour, in the server's time zone."""
    moment = as_datetime(value)
    return f"{moment:%H:%M}" if moment else _text(value)


def workdays_words(value: object) -> str:
    """Remaining working days in words: 还剩 3 个工作日 · 今天到期 · 已超过 2 个工作日."""
    days = as_int(value)
    if days is None:
        return _text(value)
    if days == 0:
        return "今天到期"
    return f"还剩 {days} 个工作日" if days > 0 else f"已超过 {-days} 个工作日"


def percent(value: object) -> str:
    """A share as a number of per cent with one digit, never rounded up: 99.96 % is not all of them."""
    return f"{int(float(value) * 1000 + 1e-9) / 10:g}" if isinstance(value, int | float) else ""


def as_int(value: object) -> int | None:
    """A whole number from a number or its text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None


def _text(value: object) -> str:
    return "" if value is None else str(value)


@dataclass(frozen=True)
class ClockWords:
    """What a clock says: ``tone`` (ontime, soon, late, paused, done), an icon and the words."""

    tone: str
    icon: str
    words: str
    due: str = ""
    provisional: bool = False


def clock_words(
    remaining: int | None, due_date: object, paused_ground: str, settled: object, provisional: bool
) -> ClockWords:
    """The state of one clock. ``remaining`` counts working days; ``settled`` is a flag, a day or words."""
    if settled:
        return ClockWords("done", "circle-check", _settled_words(settled))
    if paused_ground:
        return ClockWords("paused", "clock-pause", f"已暂停：{paused_ground}", "", provisional)
    if remaining is None:
        return ClockWords(
            "done", "clock", "还没开始计时" if not as_date(due_date) else f"{cn_short_date(due_date)}到期"
        )
    due = f"（{cn_short_date(due_date)}到期）" if as_date(due_date) and remaining != 0 else ""
    tone, icon = clock_tone(remaining)
    return ClockWords(tone, icon, workdays_words(remaining), due, provisional)


def clock_tone(remaining: int) -> tuple[str, str]:
    """Tone and icon for a number of remaining working days."""
    if remaining < 0:
        return "late", "alert-circle"
    return ("soon", "alert-triangle") if remaining <= SOON_WORKDAYS else ("ontime", "clock")


def _settled_words(settled: object) -> str:
    day = None if isinstance(settled, bool) else as_date(settled)
    if day:
        return f"{cn_short_date(day)}办结"
    return settled if isinstance(settled, str) else "已办结"
