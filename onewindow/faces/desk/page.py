"""What every desk page carries: the work lists at the left with their counts, the person and post at the top."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from onewindow.faces.desk.hall.bar import GUIDES, call_bar, hall_postings
from onewindow.faces.desk.loops import nav
from onewindow.faces.desk.worklists import WorkList, lists_for, tallies
from onewindow.faces.staff import frame
from onewindow.people.authority import Actor
from onewindow.people.roles import Role

_RECEIVERS = frozenset({Role.CLERK, Role.TOWNSHIP_CLERK})


def page(
    request: HttpRequest,
    actor: Actor,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    current: str = "",
    status: int = 200,
) -> HttpResponse:
    """Renders a desk page. `current` is the key of the list or place marked in the navigation. One query for counts,
    and one for the call bar where this person may sit at a window of a hall."""
    lists, given = lists_for(actor), dict(context or {})
    if "call_bar" not in given:
        given["call_bar"] = call_bar(actor)
    whole = {**frame(actor, "/desk/"), "nav_groups": _navigation(actor, lists, current), "actor": actor, **given}
    return render(request, template, whole, status=status)


def _navigation(actor: Actor, lists: list[WorkList], current: str) -> list[dict[str, Any]]:
    counted = tallies(actor, lists)
    groups: list[dict[str, Any]] = []
    first: list[dict[str, Any]] = []
    if actor.roles & _RECEIVERS:
        first.append({"label": "窗口收件", "url": "/desk/intake/", "icon": "plus", "current": current == "intake"})
    if Role.EXIT_CLERK in actor.roles or Role.TOWNSHIP_CLERK in actor.roles:
        first.append({"label": "统一出件", "url": "/desk/exit/", "icon": "package", "current": current == "exit"})
    first += _of_the_hall(actor, current)
    if first:
        groups.append({"title": "", "links": first})
    for title, todo in (("待办", True), ("跟踪", False)):
        links = [
            {
                "label": one.title,
                "url": f"/desk/?list={one.key}",
                "icon": one.icon,
                "count": counted[one.key].total if one.key in counted else None,
                "late": counted[one.key].late if one.key in counted else 0,
                "current": current == one.key,
            }
            for one in lists
            if one.todo is todo
        ]
        if links:
            groups.append({"title": title, "links": links})
    if of_loops := nav.links(actor, current):
        groups.append({"title": "监督和评价", "links": of_loops})
    return groups


def _of_the_hall(actor: Actor, current: str) -> list[dict[str, Any]]:
    """叫号 and 导办, where this person's centre has a hall."""
    posts = hall_postings(actor)
    links: list[dict[str, Any]] = []
    if posts:
        links.append({"label": "叫号", "url": "/desk/hall/", "icon": "speakerphone", "current": current == "hall"})
    if any(Role(post.role) in GUIDES for post in posts):
        links.append(
            {"label": "导办", "url": "/desk/hall/guide/", "icon": "help-circle", "current": current == "guide"}
        )
    return links
