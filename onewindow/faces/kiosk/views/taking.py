"""From the first touch to the ticket: what for, which item, and the number."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from onewindow.faces.kiosk import terminals
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
from onewindow.faces.kiosk.directory import LONGEST_QUERY, Directory, Entry, clean_query, directory, pages
from onewindow.faces.kiosk.instead import qr, ways
from onewindow.faces.kiosk.page import TAKE, at_kiosk, refuse_when_many, show
from onewindow.faces.kiosk.standing import by_code, standing
from onewindow.hall import opening, phone, tickets
from onewindow.hall.models import Ticket
from onewindow.hall.queues import HallMap
from onewindow.problems import Refused

SIZE: Final = 8
_KEYS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NOT_ENROLLED: Final = "这台设备还没有登记为取号机，不能取号。请到大厅里的取号机或导办台取号"


@require_safe
@at_kiosk
def start(request: HttpRequest, layout: HallMap) -> HttpResponse:
    """The first page: purposes, or when the hall opens and what else one can do."""
    if not terminals.may_give(request, layout):
        return show(request, layout, "not_enrolled.html", {"why": NOT_ENROLLED}, status=403)
    now = timezone.now()
    offers = tickets.offers(layout.centre, now)
    context: dict[str, Any] = {
        "tiles": tiles(layout, offers, terminals.home(layout)),
        "hours": opening.words(layout.centre, timezone.localdate(now)),
        "closed": tickets.closed_words(layout, now),
        "phone_qr": qr(phone.url(layout, now)) if layout.rules.phone_tickets else "",
    }
    if all_shut(offers):
        context["ways"] = ways(layout, GENERAL, (), now)
    response = show(request, layout, "start.html", context)
    terminals.forget(response, layout, *({terminals.GIVEN} & request.COOKIES.keys()))
    return _printing(request, layout, response)


def _printing(request: HttpRequest, layout: HallMap, response: HttpResponse) -> HttpResponse:
    """`?print=1` once: this machine has a printer; `?print=0`: it has none any more."""
    wanted = request.GET.get("print")
    if wanted == "1":
        terminals.always(response, layout, terminals.PRINTS, "1")
    elif wanted == "0":
        terminals.forget(response, layout, terminals.PRINTS)
    return response


# ---- which item ---------------------------------------------------------------------------------------------------


@require_GET
@at_kiosk
def items(request: HttpRequest, layout: HallMap) -> HttpResponse:
    """The items taken most here, a department's, or what was searched for; on screen keys add a letter each."""
    choice, known = choice_of(request.GET), directory(layout)
    typed = _typed(request)
    shelf = request.GET.get("department", "")
    rows = _rows(known, typed, shelf)
    shown, number, last = pages(rows, request.GET.get("page", "1"), SIZE)
    context: dict[str, Any] = {
        "choice": choice,
        "typed": typed,
        "title": _list_title(known, typed, shelf),
        "rows": [(entry, choice.with_item(entry.key).query) for entry in shown],
        "found": len(rows),
        "number": number,
        "last": last,
        "keys": _KEYS,
        "shelves": known.shelves if request.GET.get("by") == "department" else (),
        "shelf": shelf if shelf.isdigit() else "",
    }
    return show(request, layout, "items.html", context)


def _typed(request: HttpRequest) -> str:
    """The field and the key that was pressed: a letter, `back` for one less, `clear` for nothing."""
    typed, key = clean_query(request.GET.get("q", "")), request.GET.get("key", "")
    if key == "back":
        return typed[:-1]
    if key == "clear":
        return ""
    return (typed + key)[:LONGEST_QUERY] if len(key) == 1 and key in _KEYS else typed


def _rows(known: Directory, typed: str, shelf: str) -> tuple[Entry, ...]:
    if typed:
        return known.find(typed)
    return known.of_department(int(shelf)) if shelf.isascii() and shelf.isdigit() and len(shelf) < 10 else known.here


def _list_title(known: Directory, typed: str, shelf: str) -> str:
    if typed:
        return f"找「{typed}」"
    return next((one.name for one in known.shelves if str(one.pk) == shelf), "大家常办的")


# ---- the ticket ---------------------------------------------------------------------------------------------------


@require_GET
@at_kiosk
def confirm(request: HttpRequest, layout: HallMap) -> HttpResponse:
    """The last page before the ticket; where the line is closed, why, and what else one can do."""
    choice, now = choice_of(request.GET), timezone.now()
    told = plan(layout, choice, now)
    context: dict[str, Any] = {
        "choice": choice,
        "plan": told,
        "items": [(entry, choice.without(entry.key).query) for entry in told.entries],
        "may": terminals.may_give(request, layout),
        "more": choice.kind == GENERAL and len(choice.items) < MOST_ITEMS,
    }
    if told.why_not:
        return show(request, layout, "closed.html", {**context, "ways": ways(layout, choice.kind, choice.items, now)})
    context |= {"key": new_key(), "claims": claims(layout), "bring": to_bring(told.entries)}
    return show(request, layout, "confirm.html", context)


@require_POST
@at_kiosk
def take(request: HttpRequest, layout: HallMap) -> HttpResponse:
    """Gives the ticket; the same form sent twice gives the same one."""
    refuse_when_many(request, TAKE)
    if not terminals.may_give(request, layout):
        raise Refused(NOT_ENROLLED)
    choice = choice_of(request.POST)
    key = key_of(request.POST, f"kiosk:{layout.centre}")
    given = tickets.take(layout.centre, take_input(choice, request.POST), source="kiosk", request=key)
    return handed_over(layout, given)


def handed_over(layout: HallMap, given: Ticket) -> HttpResponse:
    """To the page of the ticket; only this machine, until its next visitor, may look at it there."""
    response = HttpResponseRedirect(f"{terminals.home(layout)}ticket/{given.code}/")
    response.status_code = 303
    terminals.remember(response, layout, terminals.GIVEN, given.code)
    return response


@require_http_methods(["GET", "HEAD"])
@at_kiosk
def ticket(request: HttpRequest, layout: HallMap, code: str) -> HttpResponse:
    """The number, large, with the code for the phone. Gone when the visitor is."""
    now = timezone.now()
    mine = terminals.told(request, terminals.GIVEN) == code
    given = by_code(code) if mine else None
    if given is None or given.centre_id != layout.centre or not terminals.fresh(given.taken_at, now):
        return HttpResponseRedirect(f"{terminals.home(layout)}again/")
    told = standing(given, now)
    return show(request, layout, "ticket.html", {"told": told, "qr": qr(told.url)})
