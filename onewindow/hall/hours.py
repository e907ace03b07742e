"""When a hall is open on a day: its week, its exceptions and the national calendar. Pure.

Times are minutes after midnight, Shanghai, so that a closing at 24:00 is 1440. A public holiday closes the hall; a
make-up working day (调休上班) has the hours of its own weekday where that has regular ones, else those of Friday; what
was said for the day itself goes before all of it.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from onewindow.clocks.calendar import DayKind, WorkCalendar
from onewindow.clocks.reckon import SHANGHAI

REGULAR, EXTENDED = "regular", "extended"
WEEKDAYS: Final = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
_FRIDAY: Final = 4
_TIME: Final = re.compile(r"([0-9]{1,2})[:点]([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Open:
    """One stretch of opening, [starts, ends), aware, Shanghai. `kind` is regular or extended (延时服务)."""

    starts: dt.datetime
    ends: dt.datetime
    kind: str = REGULAR


@dataclass(frozen=True, slots=True)
class Hours:
    """[opens, closes) in minutes after midnight."""

    opens: int
    closes: int
    kind: str = REGULAR

    def __str__(self) -> str:
        return f"{clock_time(self.opens)}–{clock_time(self.closes)}"


@dataclass(frozen=True, slots=True)
class Weekly:
    """Hours of a weekday (0 = Monday) on the days of [valid_from, valid_until]; no end: until told otherwise."""

    weekday: int
    hours: Hours
    valid_from: dt.date
    valid_until: dt.date | None = None

    def on(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Special:
    """A day that differs from its week; no periods: closed."""

    periods: tuple[Hours, ...]
    reason: str


def day(day: dt.date, weekly: Iterable[Weekly], special: Special | None, calendar: WorkCalendar) -> tuple[Open, ...]:
    """The stretches of opening of a day, in order; empty when closed."""
    periods = special.periods if special else _of_the_week(day, weekly, calendar)
    return tuple(_open(day, hours) for hours in sorted(periods, key=lambda hours: hours.opens))


def why_closed(day: dt.date, special: Special | None, calendar: WorkCalendar) -> str:
    """Why a day without opening has none, in a word or two: 国庆节, 周末, or what was said for the day."""
    if special:
        return special.reason
    known = calendar.day(day)
    if known.kind is DayKind.HOLIDAY:
        return known.name or "节假日"
    return "周末" if known.kind is DayKind.WEEKEND else "这一天没有安排办公时间"


def _of_the_week(day: dt.date, weekly: Iterable[Weekly], calendar: WorkCalendar) -> list[Hours]:
    kind = calendar.day(day).kind
    if kind is DayKind.HOLIDAY:
        return []
    valid = [row for row in weekly if row.on(day)]
    own = [row.hours for row in valid if row.weekday == day.weekday()]
    if kind is DayKind.MAKEUP and not any(hours.kind == REGULAR for hours in own):
        return [row.hours for row in valid if row.weekday == _FRIDAY]
    return own


def _open(day: dt.date, hours: Hours) -> Open:
    return Open(moment(day, hours.opens), moment(day, hours.closes), hours.kind)


# ---- minutes and words --------------------------------------------------------------------------------------------


def moment(day: dt.date, minutes: int) -> dt.datetime:
    """The moment so many minutes after midnight; 1440 is the next midnight."""
    return dt.datetime.combine(day, dt.time(), SHANGHAI) + dt.timedelta(minutes=minutes)


def minute_of(at: dt.datetime, day: dt.date) -> int:
    """Minutes from the day's midnight to a moment, rounded down; negative before, above 1440 after the day."""
    return int((at - moment(day, 0)).total_seconds() // 60)


def clock_time(minutes: int) -> str:
    """9:00, 13:30, 24:00."""
    return f"{minutes // 60}:{minutes % 60:02}"


def read_time(text: str) -> int:
    """Minutes after midnight from what was typed: 9:00, 09:00, 9：00. Raises ValueError with a Chinese sentence."""
    found = _TIME.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise ValueError("时间请写成 9:00 或 13:30 这样")
    hour, minute = int(found[1]), int(found[2])
    if minute > 59 or hour * 60 + minute > 1440:
        raise ValueError("没有这个时刻，请写 0:00 到 24:00 之间的时间")
    return hour * 60 + minute


def day_words(day: dt.date, today: dt.date) -> str:
    """今天, 明天, or 11月23日（星期一）; with the year when it is another."""
    near = {0: "今天", 1: "明天"}.get((day - today).days)
    year = "" if day.year == today.year else f"{day.year}年"
    return near or f"{year}{day.month}月{day.day}日（{WEEKDAYS[day.weekday()]}）"


def words(periods: Sequence[Open], day: dt.date) -> str:
    """9:00–12:00，13:00–17:00；延时 17:00–18:00. Empty for a closed day."""

    def spell(kind: str) -> str:
        chosen = [Hours(minute_of(o.starts, day), minute_of(o.ends, day)) for o in periods if o.kind == kind]
        return "，".join(map(str, chosen))

    regular, extended = spell(REGULAR), spell(EXTENDED)
    return "；".join(part for part in (regular, f"延时 {extended}" if extended else "") if part)


def overlapping(periods: Sequence[Hours]) -> tuple[Hours, Hours] | None:
    """Two stretches of one day that overlap, or None. Touching ones (17:00, 17:00) do not."""
    ordered = sorted(periods, key=lambda hours: (hours.opens, hours.closes))
    return next(((a, b) for a, b in pairwise(ordered) if b.opens < a.closes), None)
