"""What every public page shows around its content: the centre, whether it is open, who is signed in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.store import current_calendar
from onewindow.faces.design.words import cn_short_date
from onewindow.hall import opening as hall_hours
from onewindow.hall.memory import remembered
from onewindow.hall.models import Hall
from onewindow.places.models import Centre

WEEKDAYS = "一二三四五六日"
_SPAN = re.compile(r"(\d{1,2})[:：](\d{2})\s*[—–\-~～至到]+\s*(\d{1,2})[:：](\d{2})")


def home_centre() -> Centre | None:
    """The hall this site belongs to."""
    return Centre.objects.filter(kind="service_centre", is_open=True).select_related("division").order_by("id").first()


@remembered(60)
def any_hall() -> bool:
    """Whether any place gives appointments and tickets: pages offer neither where nobody does."""
    return Hall.objects.filter(centre__is_open=True).exists()


def page(request: HttpRequest, template: str, context: dict[str, Any] | None = None, **options: Any) -> HttpResponse:
    """Renders a page of the portal with what its base needs. `options`: section, status."""
    centre = (context or {}).get("centre") or home_centre()
    name = f"一窗 · {centre.name.removesuffix('中心')}" if centre else "一窗 · 政务服务"
    around = {"site_name": name, "centre": centre, "section": options.get("section", "")}
    status = options.get("status", 200)
    return render(request, f"portal/{template}", {**around, **(context or {})}, status=status)


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether the hall is open: `today` in words, `tone` for its badge, `next` when it is closed for today."""

    today: str
    tone: str
    badge: str
    next: str = ""


def opening(centre: Centre | None, calendar: WorkCalendar | None = None, now: datetime | None = None) -> Opening | None:
    """Today's hours from the centre's own words (工作日 9:00—12:00，13:30—17:00) and the working-day calendar.

    None when the centre says nothing about its hours.
    """
    if centre is None:
        return None
    if calendar is None and (told := _told_by_hall(centre, timezone.localtime(now))) is not None:
        return told
    if not centre.hours:
        return None
    moment = timezone.localtime(now)
    known, spans = calendar or current_calendar(), _spans(centre.hours)
    if not spans:
        return Opening(centre.hours, "done", "办公时间")
    if not known.is_workday(moment.date()):
        return Opening(_rest_words(moment.date(), known), "done", "今天休息", _next_words(moment.date(), known, spans))
    minute = moment.hour * 60 + moment.minute
    words = f"今天{'，'.join(f'{_clock(a)}—{_clock(b)}' for a, b in spans)}"
    if any(a <= minute < b for a, b in spans):
        return Opening(words, "ontime", "现在开着")
    later = [a for a, _ in spans if a > minute]
    if later:
        return Opening(words, "soon", f"{_clock(later[0])} 开门")
    return Opening(words, "done", "今天已下班", _next_words(moment.date(), known, spans))


def _told_by_hall(centre: Centre, now: datetime) -> Opening | None:
    """Where the hall keeps its hours day by day, those are the truth. None where it does not."""
    if not hall_hours.plan(centre.pk).weekly:
        return None
    today = now.date()
    periods, words = hall_hours.opening(centre.pk, today), hall_hours.words(centre.pk, today, today)
    after = f"{hall_hours.next_words(centre.pk, now)} 开门"
    if not periods:
        return Opening(words, "done", "今天休息", after)
    words = f"今天 {words}"
    if any(period.starts <= now < period.ends for period in periods):
        return Opening(words, "ontime", "现在开着")
    if any(period.starts > now for period in periods):
        return Opening(words, "soon", after.removeprefix("今天 "))
    return Opening(words, "done", "今天已下班", after)


def _spans(hours: str) -> list[tuple[int, int]]:
    """(from, to) in minutes of the day."""
    return [(int(a) * 60 + int(b), int(c) * 60 + int(d)) for a, b, c, d in _SPAN.findall(hours)]


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


def _rest_words(day: date, calendar: WorkCalendar) -> str:
    name = calendar.day(day).name
    return f"今天{name}放假" if name else f"今天是星期{WEEKDAYS[day.weekday()]}，休息"


def _next_words(day: date, calendar: WorkCalendar, spans: list[tuple[int, int]]) -> str:
    soonest = calendar.add_workdays(day, 1)
    return f"{cn_short_date(soonest)}（星期{WEEKDAYS[soonest.weekday()]}）{_clock(spans[0][0])} 开门"
