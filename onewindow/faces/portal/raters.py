"""Who rates from where: the device's own mark, and nobody who works here."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from onewindow.faces.portal import throttle
from onewindow.faces.portal.access import account_of
from onewindow.faces.portal.site import page
from onewindow.faces.portal.throttle import Limit
from onewindow.people.crypto import blind_index
from onewindow.problems import NotFound, Problem, Refused
from onewindow.voice.ratings import giving as ratings

COOKIE: Final = "ow_rater"
_SALT: Final = "onewindow.faces.portal.raters"
_YEAR: Final = 365 * 86400
UNKNOWN: Final = Limit("voice-unknown", 60, 15)
"""Links and codes that lead nowhere, from one address; a right one is never counted."""
GIVEN: Final = Limit("voice-given", 60, 60)
"""Ratings from one address: a whole hall may stand behind one."""

View = Callable[..., HttpResponse]


def for_citizens(view: View) -> View:
    """Refuses (and records) a staff session; says every other problem on a page of its own. Never cached."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            ratings.refuse_staff(account_of(request), "open", request.path[:80])
            answer = view(request, *args, **kwargs)
        except Refused:
            answer = page(request, "voice/staff.html", status=403)
        except NotFound as problem:
            seldom = throttle.allowed(UNKNOWN, throttle.address_of(request))
            answer = _problem(request, problem, 404 if seldom else 429)
        except Problem as problem:
            answer = _problem(request, problem, problem.status)
        answer["Cache-Control"] = "no-store"
        return answer

    return guarded


def _problem(request: HttpRequest, problem: Problem, status: int) -> HttpResponse:
    return page(request, "voice/problem.html", {"problem": problem, "section": "voice"}, status=status)


def rater_of(request: HttpRequest) -> str:
    """A blind index of the account that is signed in, else of the device; without either, of the address."""
    account = account_of(request)
    if account is not None:
        return blind_index("rater", f"account:{account.pk}")
    device = request.get_signed_cookie(COOKIE, default="", salt=_SALT)
    return blind_index("rater", f"device:{device}" if device else f"address:{throttle.address_of(request)}")


def mark(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Gives the device its mark with the first form it is shown."""
    if not request.get_signed_cookie(COOKIE, default="", salt=_SALT):
        response.set_signed_cookie(
            COOKIE,
            secrets.token_urlsafe(12),
            salt=_SALT,
            max_age=_YEAR,
            path="/voice/",
            httponly=True,
            samesite="Lax",
            secure=settings.HTTPS,
        )
    return response
