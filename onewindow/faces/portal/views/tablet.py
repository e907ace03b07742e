"""The rating screen of a window: at rest until a visit ends there, then the form of that visit, then at rest again.

Only a machine that was enrolled for the window (管理 > 大厅 > 终端) shows it; a browser in which somebody of the house
is signed in never does (XY-13.2).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.faces.portal import throttle
from onewindow.faces.portal.access import account_of
from onewindow.faces.portal.rateform import RateForm, chosen, levels
from onewindow.faces.portal.throttle import Limit
from onewindow.hall import machines
from onewindow.papers.qr import qr_svg
from onewindow.places.models import Window
from onewindow.problems import InvalidInput, NotFound, NotNow, Problem, Refused
from onewindow.voice.models import Invitation
from onewindow.voice.ratings import bad as badratings
from onewindow.voice.ratings import giving as ratings
from onewindow.voice.ratings import invitations

COOKIE: Final = "ow_tablet"
SKIPPED: Final = "ow_tablet_no"
"""Remembers which visit the visitor did not want to rate, until the next one ends."""
IDLE_SECONDS: Final = 30
FORM_FOR: Final = timedelta(minutes=5)
"""A form that was opened may be finished for so long after the visit's end."""
ENROL: Final = Limit("tablet-enrol", 20, 15)
_SALT: Final = "onewindow.faces.portal.tablet"
_YEARS: Final = 10 * 365 * 86400
_NOT_SET_UP: Final = "这台评价屏还没有登记"

Show = Callable[..., HttpResponse]


def home(window: Window) -> str:
    return f"/voice/tablet/{window.centre.key}/{window.code}/"


def at_tablet(show: Show) -> Show:
    """Finds the window; refuses staff (recorded) and machines that were not set up; problems become quiet pages."""

    @wraps(show)
    def shown(request: HttpRequest, centre: str, window: str, **more: Any) -> HttpResponse:
        place = None
        try:
            ratings.refuse_staff(account_of(request), "open", request.path[:80])
            place = _window(centre, window)
            answer = show(request, place, **more)
        except Problem as problem:
            answer = _page(request, place, "problem.html", {"problem": problem}, status=problem.status)
        answer["Cache-Control"] = "no-store"
        return answer

    return shown


def _window(centre: str, code: str) -> Window:
    rows = Window.objects.select_related("centre").filter(is_active=True, centre__hall__isnull=False)
    known = "\0" not in centre + code
    found: Window | None = rows.filter(centre__key=centre[:40], code=code[:10]).first() if known else None
    if found is None:
        raise NotFound("没有这个窗口")
    return found


def _page(
    request: HttpRequest, window: Window | None, template: str, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    around = {
        "window": window,
        "home": home(window) if window else "",
        "site_name": window.centre.name if window else "一窗",
        "idle": IDLE_SECONDS,
    }
    return render(request, f"portal/voice/tablet/{template}", {**around, **(context or {})}, status=status)


# ---- setting it up ------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@at_tablet
def enrol(request: HttpRequest, window: Window, token: str) -> HttpResponse:
    """Opened on the machine that stands at this window; the button makes it the window's rating screen, once."""
    if not throttle.allowed(ENROL, throttle.address_of(request)):
        raise NotFound("试的次数太多了，请过一会儿再来")
    terminal = machines.to_enrol(window.centre_id, "window_screen", token, window)
    if request.method != "POST":
        return _page(request, window, "enrol.html", {"terminal": terminal, "path": request.path})
    badge = machines.enrol(terminal, timezone.now())
    answer = HttpResponseRedirect(home(window))
    answer.set_signed_cookie(
        COOKIE,
        badge,
        salt=_SALT,
        max_age=_YEARS,
        path=home(window),
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )
    return answer


def _set_up(request: HttpRequest, window: Window) -> None:
    """Raises Refused. One query, and one a minute to note that the machine is there."""
    badge = str(request.get_signed_cookie(COOKIE, default="", salt=_SALT) or "")
    if not badge or not machines.known(window.centre_id, "window_screen", badge, timezone.now(), window):
        raise Refused(_NOT_SET_UP)


# ---- at rest ------------------------------------------------------------------------------------------------------


def _path(request: HttpRequest, window: Window) -> str:
    """The form of the visit that has just ended here; empty while there is none, and once the visitor said no to it.
    At most four queries."""
    found = invitations.for_tablet(window, timezone.now())
    if found is None or request.COOKIES.get(SKIPPED) == found.digest[:12]:
        return ""
    return f"{home(window)}rate/{invitations.token_of(found)}/"


@require_safe
@at_tablet
def show(request: HttpRequest, window: Window) -> HttpResponse:
    _set_up(request, window)
    path = _path(request, window)
    return HttpResponseRedirect(path) if path else _page(request, window, "rest.html")


@require_safe
@at_tablet
def state(request: HttpRequest, window: Window) -> HttpResponse:
    """What the machine asks every two seconds: `{"rate": address}`, empty while nobody is to be asked."""
    _set_up(request, window)
    return JsonResponse({"rate": _path(request, window)})


# ---- the form -----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@at_tablet
def rate(request: HttpRequest, window: Window, token: str) -> HttpResponse:
    """One touch for the level, as many as one likes for the labels, one to give it. Over: back to rest."""
    _set_up(request, window)
    try:
        invitation = _open_here(window, token)
    except (NotFound, NotNow):
        return HttpResponseRedirect(home(window))
    path = f"{home(window)}rate/{token}/"
    about = {"path": path, "token": token, "number": invitation.ticket.number if invitation.ticket else ""}
    level = chosen(request)
    if level is None:
        return _page(request, window, "level.html", {**about, "levels": levels(path)})
    form = _form(request, invitation, level)
    if request.method == "POST" and form.is_valid():
        try:
            given = ratings.rate(token, form.raw(), by=account_of(request))
        except NotNow:
            return HttpResponseRedirect(home(window))
        except InvalidInput as problem:
            form.take(problem)
        else:
            follow = f"?follow={given.loop.code}" if given.is_bad else ""
            return HttpResponseRedirect(f"{home(window)}thanks/{follow}")
    return _page(request, window, "rate.html", {**about, "form": form}, status=422 if request.method == "POST" else 200)


def _open_here(window: Window, token: str) -> Invitation:
    """Raises NotFound (another window's, a phone's, nobody's), NotNow (rated, too late)."""
    now = timezone.now()
    found = invitations.find(token)
    ended = found.ticket.ended_at if found.ticket else None
    if found.channel != "tablet" or found.ticket is None or found.ticket.window_id != window.pk or ended is None:
        raise NotFound(invitations.GONE)
    invitations.check(found, now)
    if now - ended > FORM_FOR:
        raise NotNow("已经过了在窗口评价的时间")
    return found


def _form(request: HttpRequest, invitation: Invitation, level: int) -> RateForm:
    sent = request.POST if request.method == "POST" else None
    return RateForm(sent, level=level, at="hall", known=ratings.known_contact(invitation)[1], brief=True)


@require_safe
@at_tablet
def thanks(request: HttpRequest, window: Window) -> HttpResponse:
    """For a bad rating also the code by which it can be followed, to take along."""
    _set_up(request, window)
    follow = request.GET.get("follow", "")
    svg = ""
    if follow:
        row = badratings.by_code(follow)
        svg = mark_safe(qr_svg(badratings.url(row)))
    answer = _page(request, window, "thanks.html", {"qr": svg})
    if skipped := request.GET.get("skip", ""):
        digest = invitations.digest_of(skipped)[:12]
        answer.set_cookie(SKIPPED, digest, max_age=120, path=home(window), httponly=True, samesite="Lax")
    return answer
