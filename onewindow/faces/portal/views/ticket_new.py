"""A ticket taken on the phone by whoever stands in the hall and scans the code there: the kiosk's steps, small."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from onewindow.faces.kiosk.choosing import (
    GENERAL,
    MOST_ITEMS,
    all_shut,
    choice_of,
    claims,
    key_of,
    new_key,
    plan,
    take_input,
    tiles,
    to_bring,
)
from onewindow.faces.kiosk.directory import clean_query, directory
from onewindow.faces.kiosk.instead import ways
from onewindow.faces.kiosk.page import View, chosen, in_hall
from onewindow.faces.kiosk.standing import by_code
from onewindow.faces.portal import throttle
from onewindow.faces.portal.site import page
from onewindow.faces.portal.throttle import Limit
from onewindow.hall import phone, tickets
from onewindow.hall.lifecycle import LIVE
from onewindow.hall.models import Ticket
from onewindow.hall.queues import HallMap
from onewindow.problems import NotFound, NotNow, Problem, Refused, RuleBroken, TooMany

P = ParamSpec("P")

TAKE: Final = Limit("phone-take", 120, 15)
"""Tickets from one address: the phones in a hall may share one."""
_HERE: Final = "ow_hall"
"""This phone was in the hall when it scanned the code: so long it may choose."""
_MINE: Final = "ow_ticket"
_HERE_SECONDS: Final = 30 * 60
_MINE_SECONDS: Final = 12 * 3600
_SALT: Final = "onewindow.faces.portal.ticket"
_MOST_SHOWN: Final = 20
EXPIRED: Final = "二维码每五分钟换一次，这一个过期了。请再扫一次取号机或大屏上的二维码"


def on_phone(view: View[P]) -> Callable[..., HttpResponse]:
    """A page for a phone that has just seen the hall's code; a refusal says what else one can do."""

    @wraps(view)
    def seen(request: HttpRequest, layout: HallMap, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        scanned = _refuse_outside(request, layout)
        response = view(request, layout, *args, **kwargs)
        if scanned:
            _remember(response, layout, _HERE, layout.centre_key, _HERE_SECONDS)
        return response

    return in_hall(seen, unknown=_unknown, trouble=_cannot)


def _unknown(request: HttpRequest, problem: NotFound) -> HttpResponse:
    context = {"title": problem.title, "why": "请再扫一次大厅里的二维码"}
    return page(request, "ticket/cannot.html", context, status=404)


def _refuse_outside(request: HttpRequest, layout: HallMap) -> bool:
    """Whether the code was scanned just now; otherwise it was within half an hour. Raises Refused."""
    if not layout.rules.phone_tickets:
        raise Refused("这里没有开通手机取号，请到取号机或导办台取号")
    if phone.check(layout, request.GET.get("t", "")[:40], timezone.now()):
        return True
    if _told(request, _HERE, _HERE_SECONDS) != layout.centre_key:
        raise Refused(EXPIRED)
    return False


def _cannot(request: HttpRequest, layout: HallMap, problem: Problem) -> HttpResponse:
    choice = chosen(request)
    context = {
        "title": "请换个地方，或者换个办法" if isinstance(problem, RuleBroken) else "没有取到号",
        "why": problem.title,
        "errors": problem.errors,
        "ways": ways(layout, choice.kind, choice.items, timezone.now()),
        "again": "" if isinstance(problem, Refused) else _base(layout),
        "mine": _mine(request, layout),
    }
    return page(request, "ticket/cannot.html", context, status=problem.status)


def _base(layout: HallMap) -> str:
    return f"/ticket/new/{layout.centre_key}/"


# ---- three steps --------------------------------------------------------------------------------------------------


@require_safe
@on_phone
def start(request: HttpRequest, layout: HallMap) -> HttpResponse:
    """What for."""
    now = timezone.now()
    offers = tickets.offers(layout.centre, now)
    context: dict[str, Any] = {
        "layout": layout,
        "tiles": tiles(layout, offers, _base(layout)),
        "closed": tickets.closed_words(layout, now),
        "mine": _mine(request, layout),
        "ways": ways(layout, GENERAL, (), now) if all_shut(offers) else (),
    }
    return page(request, "ticket/new.html", context)


@require_safe
@on_phone
def items(request: HttpRequest, layout: HallMap) -> HttpResponse:
    """Which item: those taken most here, or what was searched for."""
    choice, known = choice_of(request.GET), directory(layout)
    typed = clean_query(request.GET.get("q", ""))
    rows = known.find(typed) if typed else known.here
    context = {
        "base": _base(layout),
        "choice": choice,
        "typed": typed,
        "title": f"找「{typed}」" if typed else "大家常办的",
        "rows": [(entry, choice.with_item(entry.key).query) for entry in rows[:_MOST_SHOWN]],
    }
    return page(request, "ticket/items.html", context)


@require_safe
@on_phone
def confirm(request: HttpRequest, layout: HallMap) -> HttpResponse:
    """The last page before the ticket; where the line is closed, why, and what else one can do."""
    choice, now = choice_of(request.GET), timezone.now()
    told = plan(layout, choice, now)
    if told.why_not:
        raise NotNow(told.why_not)
    context = {
        "base": _base(layout),
        "choice": choice,
        "plan": told,
        "items": [(entry, choice.without(entry.key).query) for entry in told.entries],
        "more": choice.kind == GENERAL and len(choice.items) < MOST_ITEMS,
        "key": new_key(),
        "claims": claims(layout),
        "bring": to_bring(told.entries),
    }
    return page(request, "ticket/confirm.html", context)


@require_POST
@on_phone
def take(request: HttpRequest, layout: HallMap) -> HttpResponse:
    """Gives the ticket; one phone has one at a time, and the same form sent twice gives the same one."""
    if not throttle.allowed(TAKE, throttle.address_of(request)):
        raise TooMany("取号的人太多了，请过几分钟再试，或者到取号机取号")
    choice, key = choice_of(request.POST), key_of(request.POST, f"phone:{layout.centre}")
    mine = _mine(request, layout)
    if mine is not None and mine.request != key:
        raise RuleBroken(f"这部手机已经取过号了：{mine.number}（{mine.state_label}）")
    given = tickets.take(layout.centre, take_input(choice, request.POST), source="phone", request=key)
    response = HttpResponseRedirect(f"/ticket/{given.code}/")
    response.status_code = 303
    _remember(response, layout, _MINE, given.code, _MINE_SECONDS)
    return response


# ---- what this phone remembers ------------------------------------------------------------------------------------


def _mine(request: HttpRequest, layout: HallMap) -> Ticket | None:
    """The live ticket that this phone took here today. At most one query."""
    code = _told(request, _MINE, _MINE_SECONDS)
    ticket = by_code(code) if code else None
    if ticket is None or ticket.centre_id != layout.centre or ticket.state not in LIVE:
        return None
    return ticket if ticket.day == timezone.localdate() else None


def _told(request: HttpRequest, name: str, seconds: int) -> str:
    value: str | None = request.get_signed_cookie(name, default="", salt=_SALT, max_age=seconds)
    return value or ""


def _remember(response: HttpResponse, layout: HallMap, name: str, value: str, seconds: int) -> None:
    response.set_signed_cookie(
        name,
        value,
        salt=_SALT,
        max_age=seconds,
        path=_base(layout),
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )
