"""`/board/`: today at a glance for a division, a centre, a department or a person; and the big screen of the same."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from onewindow.faces.board import numbers
from onewindow.faces.board.below import COLUMNS, READ, parts_of
from onewindow.faces.board.heat import heat
from onewindow.faces.board.hurts import hurts, lines_now
from onewindow.faces.board.markup import body, day_row
from onewindow.faces.board.nearby import nearby
from onewindow.faces.board.page import page, scope_or_404
from onewindow.faces.board.scope import Scope, crumbs, home_of, is_me
from onewindow.faces.board.tiles import WEEKDAYS, rows_url, tiles
from onewindow.faces.board.unverified import how_many, unknown
from onewindow.faces.board.waiting import waits
from onewindow.faces.design.words import cn_short_date
from onewindow.faces.desk.access import staff
from onewindow.oversight.figures import REFRESHED, STANDING
from onewindow.oversight.models import Watermark
from onewindow.people.authority import Actor

STALE: Final = timedelta(minutes=15)
"""Figures older than this are said to be old."""
KEPT_SECONDS: Final = 30


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
    context = _head(scope)
    context |= {
        "crumbs": crumbs(actor, scope),
        "me": is_me(actor, scope),
        "body": _body("board/body.html", scope, (context["today"], context["stood"]), context["mark"]),
    }
    return page(request, actor, "board/board.html", context)


@require_safe
@staff
def screen(request: HttpRequest, actor: Actor, kind: str, key: str) -> HttpResponse:
    """The big screen: the same figures without scrolling, read from afar; its script fetches it anew every minute."""
    scope = scope_or_404(actor, kind, key)
    context = _head(scope)
    context["unverified"] = how_many(scope, context["today"])
    context["body"] = _body("board/wall.html", scope, (context["today"], context["stood"]), context["mark"])
    return render(request, "board/screen.html", context)


def _head(scope: Scope) -> dict[str, Any]:
    """When the figures were counted last, and the time of the server. One query."""
    now = timezone.now()
    today = timezone.localdate(now)
    marks = Watermark.objects.filter(key__in=[REFRESHED, STANDING], moment__isnull=False)
    known = {key: moment for key, moment in marks.values_list("key", "moment") if moment is not None}
    counted = min(known.values()) if len(known) == 2 else None
    return {
        "scope": scope,
        "today": today,
        "now": now,
        "weekday": WEEKDAYS[today.weekday()],
        "counted": counted,
        "mark": max(known.values()) if counted else None,
        "stood": timezone.localdate(known[STANDING]) if STANDING in known else today,
        "stale": counted is None or now - counted > STALE,
    }


def _body(template: str, scope: Scope, days: tuple[date, date], counted: datetime | None) -> SafeString:
    """The figures do not change between two counts: what was made of them is used again, for some seconds because of
    the lines of the hall. Who may see it was decided before."""
    if counted is None:  # noughts would look like good news
        return render_to_string("board/uncounted.html")
    return _kept(template, scope, days, counted, int(time.monotonic() // KEPT_SECONDS))


@lru_cache(maxsize=128)
def _kept(template: str, scope: Scope, days: tuple[date, date], counted: datetime, turn: int) -> SafeString:
    return _made(template, scope, *days)


def forget() -> None:
    """Makes every page anew: for tests and measurements."""
    _kept.cache_clear()


def _made(template: str, scope: Scope, today: date, stood: date) -> SafeString:
    now = timezone.now()
    read, table, lines = numbers.read(scope, today, stood), heat(scope, today), lines_now(scope, now)
    near = nearby(scope, today, stood, READ)
    context = {
        "scope": scope,
        "tiles": tiles(scope, read, table.on(today) or 0, table.next, waits(scope, today)),
        "unknown": unknown(scope, today),
        "heat": table,
        "hurts": hurts(scope, near, today, stood, now),
        "lines": lines,
        "trend": _trend(scope, read),
    }
    if template == "board/body.html":
        parts = parts_of(scope, near, today, stood)
        context |= {"parts": [part for part in parts if part.lines], "columns": COLUMNS}
    return render_to_string(template, context)


def _trend(scope: Scope, read: numbers.Numbers) -> SafeString:
    return body(
        day_row(
            f"{day.month}/{day.day}",
            cn_short_date(day),
            [(row[m], rows_url(scope, m, day) if row[m] else "") for m in numbers.TREND],
        )
        for day, row in read.trend.items()
    )
