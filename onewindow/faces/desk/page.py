"""What every desk page carries: the work lists at the left with their counts, the person and post at the top."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from onewindow.faces.desk.hall.bar import GUIDES, call_bar, hall_postings
from onewindow.faces.desk.loops import nav
from onewindow.faces.desk.worklists import WorkList, lists_for, tallies
from onewindow.people.authority import Actor
from onewindow.people.models import Posting
from onewindow.people.roles import LABELS, Role

_RECEIVERS = frozenset({Role.CLERK, Role.TOWNSHIP_CLERK})
_MANAGERS = frozenset({Role.MANAGER, Role.ADMIN, Role.EDITOR, Role.PUBLISHER, Role.SUPERVISOR})
_BOARD = frozenset({Role.MANAGER, Role.SUPERVISOR, Role.GOVERNMENT_HEAD, Role.HEAD, Role.CHIEF})


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
    whole = {**chrome(actor), "nav_groups": _navigation(actor, lists, current), "actor": actor, **given}
    return render(request, template, whole, status=status)


def chrome(actor: Actor) -> dict[str, Any]:
    """The frame around the page; costs no query."""
    posting = actor.posting
    return {
        "account_name": actor.name,
        "account_posting": posting_words(posting) if posting else "没有在岗的任职",
        "account_links": [
            {"label": "我的岗位和授权", "url": "/desk/account/", "icon": "license"},
            {"label": "我的看板", "url": "/board/me/", "icon": "chart-bar"},
        ],
        "search_url": "/desk/search/",
        "faces": _faces(actor),
    }


def posting_words(posting: Posting) -> str:
    """桃江县市场监督管理局 · 部门审查员."""
    where = posting.department.name if posting.department else posting.centre.name
    window = f" · {posting.window.code}" if posting.window else ""
    return f"{where}{window} · {LABELS[Role(posting.role)]}"


def manages(actor: Actor) -> bool:
    """Whether this person has something to do under /manage/."""
    return bool(actor.roles & _MANAGERS)


def _faces(actor: Actor) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"label": "办件", "url": "/desk/", "current": True}]
    if manages(actor):
        found.append({"label": "管理", "url": "/manage/"})
    if actor.roles & _BOARD:
        found.append({"label": "看板", "url": "/board/"})
    return found if len(found) > 1 else []


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
