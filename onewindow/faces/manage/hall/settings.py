"""The settings of a hall: what is set, at a glance, and the tabs that lead from one setting to the next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from onewindow.faces.manage.access import centres_for, held, managing, may_change, one
from onewindow.faces.manage.history import latest
from onewindow.faces.manage.page import page
from onewindow.hall import opening
from onewindow.hall.models import Hall, WindowClosure
from onewindow.people.changes import Area, Steward
from onewindow.places.models import Centre

TABS: Final = (
    ("", "现场"),
    ("figures", "数据"),
    ("settings", "设置"),
    ("hours", "办公时间"),
    ("queues", "队伍"),
    ("windows", "窗口和人"),
    ("rules", "规则"),
    ("terminals", "终端"),
)


def hall_centre(steward: Steward, key: str) -> Centre:
    """The centre, for whoever may read halls there. Raises Http404."""
    rows = Centre.objects.filter(held(steward, Area.HALL).on("division__code")).select_related("hall", "division")
    return one(rows, key=key)


def kept_centre(steward: Steward, key: str) -> Centre:
    """The centre, for whoever may see its settings to change them; the action asks again. Raises Http404."""
    return one(centres_for(steward).select_related("hall", "division"), key=key)


def hall_of(centre: Centre) -> Hall | None:
    found: Hall | None = getattr(centre, "hall", None)
    return found


def address(centre: Centre, part: str = "settings/") -> str:
    return f"/manage/hall/{centre.key}/{part}"


def crumbs(centre: Centre, *more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("大厅", "/manage/hall/"), (centre.name, address(centre)), *more]


def shell(
    request: HttpRequest, steward: Steward, centre: Centre, tab: str, template: str, context: Mapping[str, Any]
) -> HttpResponse:
    """A page of the settings with its tabs."""
    tabs = [
        {"label": label, "url": address(centre, f"{name}/" if name else ""), "current": name == tab}
        for name, label in TABS
    ]
    whole = {
        "centre": centre,
        "hall": hall_of(centre),
        "tabs": tabs,
        "may_change": may_change(steward, Area.CENTRES, centre.division_id),
        **context,
    }
    return page(request, steward, f"manage/hallset/{template}", whole, current="hall")


@require_safe
@managing(Area.HALL)
def settings(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    """What still has to be set before the hall gives tickets, and what is set."""
    centre = hall_centre(steward, key)
    hall, today = hall_of(centre), steward.today
    closures = WindowClosure.objects.filter(window__centre=centre, ends_at__gt=steward.now)
    counts = {
        "queues": centre.queues.filter(is_active=True).count(),
        "windows": centre.windows.filter(is_active=True).count(),
        "closures": closures.count(),
        "terminals": centre.terminals.filter(revoked_at__isnull=True).count(),
    }
    has_hours = bool(opening.plan(centre.pk).weekly)
    context = {
        **counts,
        "has_hours": has_hours,
        "hours": opening.words(centre.pk, today) if has_hours else "",
        "tomorrow": opening.words(centre.pk, today + dt.timedelta(days=1)) if has_hours else "",
        "steps": _steps(centre, counts, has_hours, hall is not None),
        "changes": latest(f"centre:{centre.pk}"),
    }
    return shell(request, steward, centre, "settings", "settings.html", context)


def _steps(centre: Centre, counts: Mapping[str, int], has_hours: bool, has_hall: bool) -> list[dict[str, Any]]:
    """What a hall needs before anybody can take a ticket; empty when it has all."""
    steps = [
        ("有启用的窗口", counts["windows"] > 0, f"/manage/centres/{centre.pk}/windows/new/", "新增窗口"),
        ("说明办公时间", has_hours, address(centre, "hours/edit/"), "填办公时间"),
        ("至少有一条队伍", counts["queues"] > 0, address(centre, "queues/new/"), "新增队伍"),
        ("开通取号和预约", has_hall, address(centre, "rules/edit/"), "开通大厅"),
    ]
    if all(done for _, done, _, _ in steps):
        return []
    return [{"words": words, "done": done, "url": url, "label": label} for words, done, url, label in steps]
