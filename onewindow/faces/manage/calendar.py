"""The working calendar: a year at a glance, which years are published, and a template for the next notice."""

from __future__ import annotations

import calendar as months
import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from onewindow.clocks.calendar import DayKind, WorkCalendar
from onewindow.clocks.models import CalendarYear, Deadline
from onewindow.clocks.store import current_calendar
from onewindow.faces.manage.access import managing
from onewindow.faces.manage.lists import number
from onewindow.faces.manage.models import CalendarNotice
from onewindow.faces.manage.page import page
from onewindow.people.changes import Area, Steward, may_manage

_KINDS: Final = {
    DayKind.WORKDAY: "上班",
    DayKind.WEEKEND: "周末",
    DayKind.HOLIDAY: "放假",
    DayKind.MAKEUP: "调休上班",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of a month's sheet; `mark` is the character beside the number."""

    day: int
    kind: str
    mark: str
    title: str
    today: bool


@require_safe
@managing(Area.CALENDAR)
def calendar(request: HttpRequest, steward: Steward) -> HttpResponse:
    known = current_calendar()
    asked = number(request.GET.get("year"))
    year = asked if asked is not None and 2000 <= asked <= 2099 else steward.today.year
    imported = {row.year: row for row in CalendarYear.objects.all()}
    context = {
        "year": year,
        "years": _years(known, steward.today.year, year),
        "published": year in known.published,
        "imported": imported.get(year),
        "months": [_month(known, year, month, steward.today) for month in range(1, 13)],
        "special": _special(known, year),
        "figures": _figures(known, year),
        "provisional": Deadline.objects.open().filter(provisional=True).count(),
        "notices": CalendarNotice.objects.defer("content").select_related("account").order_by("-id")[:10],
        "may_change": may_manage(steward.actor, Area.CALENDAR, ""),
    }
    return page(request, steward, "manage/calendar.html", context, current="calendar")


def _years(known: WorkCalendar, this: int, shown: int) -> list[dict[str, Any]]:
    found = sorted({*known.published, this, this + 1, shown}, reverse=True)
    return [{"year": year, "published": year in known.published, "current": year == shown} for year in found]


def _month(known: WorkCalendar, year: int, month: int, today: dt.date) -> dict[str, Any]:
    weeks = [
        [_cell(known, dt.date(year, month, day), today) if day else None for day in week]
        for week in months.Calendar().monthdayscalendar(year, month)
    ]
    return {"number": month, "weeks": weeks}


def _cell(known: WorkCalendar, date: dt.date, today: dt.date) -> Cell:
    day = known.day(date)
    mark = {"holiday": "休", "makeup_workday": "班"}.get(day.kind.value, "")
    title = f"{date.month}月{date.day}日 {_KINDS[day.kind]}" + (f"：{day.name}" if day.name else "")
    return Cell(date.day, day.kind.value, mark, title, date == today)


def _special(known: WorkCalendar, year: int) -> list[dict[str, Any]]:
    """Holidays run together: 国庆节 10月1日—7日, 7 天; and each make-up day."""
    runs: list[dict[str, Any]] = []
    for date in _days(year):
        day = known.day(date)
        if day.kind not in {DayKind.HOLIDAY, DayKind.MAKEUP}:
            continue
        last = runs[-1] if runs else None
        if last and last["name"] == day.name and last["kind"] is day.kind and (date - last["to"]).days == 1:
            last["to"], last["days"] = date, last["days"] + 1
        else:
            runs.append({"name": day.name, "kind": day.kind, "from": date, "to": date, "days": 1})
    return [{**run, "label": _KINDS[run["kind"]], "holiday": run["kind"] is DayKind.HOLIDAY} for run in runs]


def _figures(known: WorkCalendar, year: int) -> list[tuple[str, str]]:
    kinds = [known.day(date).kind for date in _days(year)]
    holidays, makeup = kinds.count(DayKind.HOLIDAY), kinds.count(DayKind.MAKEUP)
    working = kinds.count(DayKind.WORKDAY) + makeup
    return [("工作日", f"{working} 天"), ("法定节假日和调休放假", f"{holidays} 天"), ("调休上班", f"{makeup} 天")]


def _days(year: int) -> list[dt.date]:
    first = dt.date(year, 1, 1)
    return [first + dt.timedelta(days=n) for n in range((dt.date(year + 1, 1, 1) - first).days)]


@require_safe
@managing(Area.CALENDAR)
def template(request: HttpRequest, steward: Steward) -> HttpResponse:
    """A CSV to fill in: the headings, and the fixed-date holidays of next year as a start."""
    year = steward.today.year + 1
    known = WorkCalendar({}, ())
    rows = ["年份,日期,类型,名称"]
    rows += [
        f"{year},{date},放假,{known.day(date).name}" for date in _days(year) if known.day(date).kind is DayKind.HOLIDAY
    ]
    response = HttpResponse("\ufeff" + "\r\n".join(rows) + "\r\n", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="holidays-{year}.csv"'
    return response
