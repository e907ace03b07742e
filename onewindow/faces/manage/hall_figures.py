"""The figures of a hall over some days: big numbers first, then where the time goes, then who left. Also as CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from onewindow.faces.design.forms import PlainForm
from onewindow.faces.manage.access import managing
from onewindow.faces.manage.hall_live import hall_of, tabs
from onewindow.faces.manage.page import page
from onewindow.hall import figures
from onewindow.hall.figures import MOST_DAYS, Figures, Row
from onewindow.people.changes import Area, Steward

_WEEK: Final = 7
_FIRST: Final = dt.date(2000, 1, 1)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
HEADINGS: Final = (
    "分类",
    "名称",
    "取号",
    "叫到",
    "办完",
    "离开",
    "限时内叫到",
    "平均等候（分钟）",
    "九成的人等候不超过（分钟）",
    "最长等候（分钟）",
    "平均办理（分钟）",
    "九成的人办理不超过（分钟）",
)


class RangeForm(PlainForm):
    since = forms.DateField(label="开始日期", widget=forms.DateInput(attrs={"type": "date", "class": "ow-input"}))
    until = forms.DateField(label="结束日期", widget=forms.DateInput(attrs={"type": "date", "class": "ow-input"}))

    def __init__(self, today: dt.date, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.today = today

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        since, until = told.get("since"), told.get("until")
        if since and not _FIRST <= since <= self.today:
            self.add_error("since", "请选今天或者以前的日子。")
        if until and until > self.today:
            self.add_error("until", "请选今天或者以前的日子。")
        if since and until and until < since:
            self.add_error("until", "结束日期早于开始日期，请改一改。")
        if since and until and (until - since).days >= MOST_DAYS:
            self.add_error("until", f"一次最多看 {MOST_DAYS} 天，请把两个日期改近一些。")
        return told


@require_safe
@managing(Area.HALL)
def shown(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    centre, form = hall_of(steward, key), _range(request, steward)
    context: dict[str, Any] = {**tabs(centre, "figures"), "form": form, "presets": _presets(steward.today)}
    status = 200
    if form.is_valid():
        found = figures.day(centre.pk, form.cleaned_data["since"], form.cleaned_data["until"])
        context |= {"figures": found, "cuts": _cuts(found), "gone_hours": _gone_hours(found)}
        context["query"] = f"since={found.first}&until={found.last}"
    else:
        status = 400
    return page(request, steward, "manage/hall_figures.html", context, current="hall", status=status)


@require_safe
@managing(Area.HALL)
def download(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    """The same as CSV (UTF-8 with a mark, so that Excel reads the Chinese). The page says what is wrong with dates."""
    centre, form = hall_of(steward, key), _range(request, steward)
    if not form.is_valid():
        return redirect(f"/manage/hall/{centre.key}/figures/?{request.GET.urlencode()}")
    found = figures.day(centre.pk, form.cleaned_data["since"], form.cleaned_data["until"])
    response = HttpResponse("\ufeff" + _csv(found), content_type="text/csv; charset=utf-8")
    name = f"hall-{centre.key}-{found.first}-{found.last}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _range(request: HttpRequest, steward: Steward) -> RangeForm:
    """What the address asks for; a week up to today when it asks for nothing, one day when it names one."""
    week = {"since": f"{steward.today - dt.timedelta(days=_WEEK - 1)}", "until": f"{steward.today}"}
    asked = {name: request.GET[name] for name in week if request.GET.get(name)}
    if not asked:
        return RangeForm(steward.today, week)
    only = next(iter(asked.values()))
    return RangeForm(steward.today, {"since": only, "until": only, **asked})


def _presets(today: dt.date) -> list[tuple[str, str]]:
    def back(days: int) -> dt.date:
        return today - dt.timedelta(days=days)

    spans = [("今天", back(0), today), ("昨天", back(1), back(1)), ("最近 7 天", back(6), today)]
    return [(label, f"since={first}&until={last}") for label, first, last in [*spans, ("最近 31 天", back(30), today)]]


def _cuts(found: Figures) -> list[dict[str, Any]]:
    """The tables, each with its bars drawn against the longest mean wait in it."""
    tables = [
        ("queues", "按队伍", "队伍", found.queues),
        ("items", "按事项", "事项", found.items),
        ("windows", "按窗口", "窗口", found.windows),
        ("hours", "按取号的钟点", "钟点", found.hours),
        ("days", "按日子", "日子", found.days if len(found.days) > 1 else ()),
    ]
    return [
        {"key": key, "title": title, "heading": heading, "rows": _barred(rows)}
        for key, title, heading, rows in tables
        if rows
    ]


def _barred(rows: Iterable[Row]) -> list[dict[str, Any]]:
    listed = list(rows)
    most = max([*(row.wait or 0.0 for row in listed), *(row.service or 0.0 for row in listed), 1.0])
    return [
        {
            "row": row,
            "wait_bar": f"{100 * (row.wait or 0.0) / most:.1f}",
            "service_bar": f"{100 * (row.service or 0.0) / most:.1f}",
        }
        for row in listed
    ]


def _gone_hours(found: Figures) -> list[dict[str, Any]]:
    most = max([*found.gone_hours.values(), 1])
    return [
        {"hour": f"{hour}:00–{hour + 1}:00", "number": number, "bar": f"{100 * number / most:.1f}"}
        for hour, number in found.gone_hours.items()
    ]


def _csv(found: Figures) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    parts: list[tuple[str, Iterable[Row]]] = [
        ("全部", [found.whole]),
        ("未预约", [found.walk_ins]),
        ("预约", [found.booked]),
        ("队伍", found.queues),
        ("事项", found.items),
        ("窗口", found.windows),
        ("钟点", found.hours),
        ("日子", found.days),
    ]
    for part, rows in parts:
        writer.writerows(_line(part, row) for row in rows)
    return written.getvalue()


def _line(part: str, row: Row) -> list[str | int]:
    measured = (row.wait, row.wait_ninety, row.wait_most, row.service, row.service_ninety)
    counted = (row.tickets, row.called, row.finished, row.left, row.within)
    return [part, _safe(row.label or part), *counted, *("" if one is None else f"{one:.1f}" for one in measured)]


def _safe(text: str) -> str:
    """A name that a spreadsheet would take for a formula is marked as text."""
    return f"'{text}" if text.startswith(_FORMULA) else text
