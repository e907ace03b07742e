"""A visitor's ticket on their own phone, by its link: where they stand, when they are called, and leaving the line."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.faces.kiosk.standing import by_code, standing
from onewindow.faces.portal import throttle
from onewindow.faces.portal.inviting import of_visit
from onewindow.faces.portal.site import page
from onewindow.faces.portal.throttle import Limit
from onewindow.hall import tickets
from onewindow.hall.models import Ticket
from onewindow.problems import NotNow

UNKNOWN: Final = Limit("ticket-unknown", 60, 15)
"""Links that lead nowhere, from one address; a right link is never counted."""


@never_cache
@require_safe
def show(request: HttpRequest, code: str) -> HttpResponse:
    """The ticket as it stands now. Six queries at most."""
    ticket = by_code(code)
    if ticket is None:
        return _missing(request)
    told = standing(ticket, timezone.now())
    context = {"told": told, "centre": ticket.centre, "invited": of_visit(request, ticket, told.now)}
    return page(request, "ticket/show.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, code: str) -> HttpResponse:
    """Asks once more, for it cannot be undone; then the place goes to the next."""
    ticket = by_code(code)
    if ticket is None:
        return _missing(request)
    told = standing(ticket, timezone.now())
    if not told.may_leave:
        return HttpResponseRedirect(told.path)
    if request.method != "POST":
        return page(request, "ticket/leave.html", {"told": told, "centre": ticket.centre})
    return _left(ticket, told.path)


def _left(ticket: Ticket, path: str) -> HttpResponse:
    """Twice is once; somebody who was called to the window meanwhile sees that instead."""
    with suppress(NotNow):
        tickets.leave(ticket, by=None)
    response = HttpResponseRedirect(path)
    response.status_code = 303
    return response


def _missing(request: HttpRequest) -> HttpResponse:
    seldom = throttle.allowed(UNKNOWN, throttle.address_of(request))
    return page(request, "ticket/missing.html", status=404 if seldom else 429)
