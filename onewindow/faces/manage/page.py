"""What every page of the management face carries: the areas at the left, the person and post at the top."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from onewindow.faces.staff import frame
from onewindow.people.changes import Area, Steward, territory

_GROUPS: Final[list[tuple[str, list[tuple[Area, str, str]]]]] = [
    (
        "地方",
        [
            (Area.HALL, "大厅", "ticket"),
            (Area.CENTRES, "中心和窗口", "building-community"),
            (Area.DEPARTMENTS, "部门", "building-bank"),
        ],
    ),
    (
        "人",
        [
            (Area.STAFF, "人员和任职", "users"),
            (Area.LETTERS, "授权书", "signature"),
        ],
    ),
    (
        "规则",
        [
            (Area.ITEMS, "事项和版本", "files"),
            (Area.CALENDAR, "工作日历", "calendar"),
            (Area.RULES, "监察规则", "scale"),
        ],
    ),
    (
        "记录",
        [
            (Area.CHANGES, "改动记录", "history"),
            (Area.ACCESS, "访问记录", "shield-check"),
        ],
    ),
]


def page(
    request: HttpRequest,
    steward: Steward,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    current: str = "",
    status: int = 200,
) -> HttpResponse:
    """Renders a page. `current` is the area marked in the navigation. Costs no query of its own."""
    around = frame(steward.actor, "/manage/", search="/manage/search/")
    whole = {**around, "nav_groups": _navigation(steward, current), "steward": steward, **(context or {})}
    return render(request, template, whole, status=status)


def _navigation(steward: Steward, current: str) -> list[dict[str, Any]]:
    first = {"label": "要留意的事", "url": "/manage/", "icon": "bell", "current": current == "overview"}
    groups: list[dict[str, Any]] = [{"title": "", "links": [first]}]
    for title, areas in _GROUPS:
        links = [
            {"label": label, "url": f"/manage/{area.value}/", "icon": icon, "current": current == area}
            for area, label, icon in areas
            if territory(steward.actor, area)
        ]
        if links:
            groups.append({"title": title, "links": links})
    return groups
