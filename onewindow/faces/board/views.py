"""`/board/`: today at a glance for a division, a centre, a department or a person; and the big screen of the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from onewindow.faces.board import numbers
from onewindow.faces.board.below import COLUMNS, parts_of
from onewindow.faces.board.heat import heat
from onewindow.faces.board.hurts import hurts, lines_now
from onewindow.faces.board.page import page, scope_or_404
from onewindow.faces.board.scope import Scope, crumbs, home_of, is_me
from onewindow.faces.board.tiles import WEEKDAYS, rows_url, tiles
from onewindow.faces.desk.access import staff
from onewindow.faces.desk.page import manages
from onewindow.oversight.figures import REFRESHED, STANDING
from onewindow.oversight.models import Watermark
from onewindow.people.authority import Actor

STALE: Final = timedelta(minutes=15)
"""Figures older than this are said to be old."""


@require_safe
@staff
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    return redirect(f"/board/{home_of(actor)}")


@require_safe
@staff
def screen_home(request: HttpRequest, actor: Actor) -> HttpResponse:
    return redirect(f"/board/{home_of(actor)}screen/")


@require_safe
@staff
def me(request: HttpRequest, actor: Actor) -> HttpResponse:
    return redirect(f"/board/person/{actor.account.pk if actor.account else 0}/")


@require_safe
@staff
def board(request: HttpRequest, actor: Actor, kind: str, key: str) -> HttpResponse:
    """The page. Everything on it comes from rolled-up rows, the open cards and the lines of one hall."""
    scope = scope_or_404(actor, kind, key)
    now = timezone.now()
    context = _shown(scope, now)
    context |= {
        "crumbs": crumbs(actor, scope),
        "me": is_me(actor, scope),
        "parts": [part for part in parts_of(scope, context["today"]) if part.lines],
        "columns": COLUMNS,
        "can_manage": manages(actor),
    }
    return page(request, actor, "board/board.html", context)


@require_safe
@staff
def screen(request: HttpRequest, actor: Actor, kind: str, key: str) -> HttpResponse:
    """The big screen: the same figures without scrolling, read from afar; its script fetches it anew every minute."""
    scope = scope_or_404(actor, kind, key)
    return render(request, "board/screen.html", _shown(scope, timezone.now()))


def _shown(scope: Scope, now: datetime) -> dict[str, Any]:
    today = timezone.localdate(now)
    read, table, lines = numbers.read(scope, today), heat(scope, today), lines_now(scope, now)
    return {
        "scope": scope,
        "today": today,
        "weekday": WEEKDAYS[today.weekday()],
        "now": now,
        "tiles": tiles(scope, read, table.on(today) or 0, table.next, hall=lines is not None),
        "unknown": unknown(scope),
        "heat": table,
        "hurts": hurts(scope, today, now),
        "lines": lines,
        "trend": _trend(scope, read),
        **_age(now),
    }


def _trend(scope: Scope, read: numbers.Numbers) -> list[dict[str, Any]]:
    return [
        {
            "day": day,
            "cells": [{"value": row[m], "url": rows_url(scope, m, day) if row[m] else ""} for m in numbers.TREND],
        }
        for day, row in read.trend.items()
    ]


def _age(now: datetime) -> dict[str, Any]:
    """When the figures were counted last. One query."""
    marks = Watermark.objects.filter(key__in=[REFRESHED, STANDING], moment__isnull=False)
    known = [moment for moment in marks.values_list("moment", flat=True) if moment is not None]
    counted = min(known) if len(known) == 2 else None
    return {"counted": counted, "stale": counted is None or now - counted > STALE}


def unknown(scope: Scope) -> list[dict[str, str]]:
    """What cannot be computed, and why; it is said, not left out."""
    found = [
        {
            "label": "窗口外另行办理的件（明进暗不进）",
            "why": "只有部门自己的业务系统知道没有进大厅的件。没有接上部门系统，就没有可以比对的数。",
        }
    ]
    if scope.kind != "person":
        found.append(
            {"label": "电话里当场答复的咨询", "why": "没有登记的电话不留痕迹，只数得到登记下来的咨询。"},
        )
    return found
