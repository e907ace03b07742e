"""The figures of a hall over some days: big numbers first, then where the time goes, then who left. Also as CSV."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from onewindow.faces.design.ranges import RangeForm, asked, presets
from onewindow.faces.design.sheets import csv_file
from onewindow.faces.manage.access import managing
from onewindow.faces.manage.hall.live import hall_of, tabs
from onewindow.faces.manage.page import page
from onewindow.hall import figures
from onewindow.hall.figures import MOST_DAYS, Figures, Row
from onewindow.people.changes import Area, Steward

_WEEK: Final = 7
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
    return csv_file(f"hall-{centre.key}-{found.first}-{found.last}", _lines(found))


def _range(request: HttpRequest, steward: Steward) -> RangeForm:
    return asked(request, steward.today, days=_WEEK, most=MOST_DAYS)


def _presets(today: dt.date) -> list[tuple[str, str]]:
    return presets(today, [("今天", 0, 0), ("昨天", 1, 1), ("最近 7 天", 6, 0), ("最近 31 天", 30, 0)])


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


def _lines(found: Figures) -> Iterable[list[str | int]]:
    yield list(HEADINGS)
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
        yield from (_line(part, row) for row in rows)


def _line(part: str, row: Row) -> list[str | int]:
    measured = (row.wait, row.wait_ninety, row.wait_most, row.service, row.service_ninety)
    counted = (row.tickets, row.called, row.finished, row.left, row.within)
    return [part, row.label or part, *counted, *("" if one is None else f"{one:.1f}" for one in measured)]
