"""Rating a visit at the kiosk: by the code on one's own slip, or the slip's QR under the scanner.

The code proves that it was one's own visit, works once, and nothing of it stays in an address: from the pad on, a seal
that dies in minutes names the visit. Nobody of the house can open any of it (XY-13.2).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from onewindow.faces.kiosk import terminals
from onewindow.faces.kiosk.instead import qr
from onewindow.faces.kiosk.page import at_kiosk, show
from onewindow.faces.portal import throttle
from onewindow.faces.portal.access import account_of
from onewindow.faces.portal.rateform import RateForm, chosen, levels
from onewindow.faces.portal.throttle import Limit
from onewindow.hall.queues import HallMap
from onewindow.problems import InvalidInput, NotFound, Problem, TooMany
from onewindow.voice.models import Invitation
from onewindow.voice.ratings import bad as badratings
from onewindow.voice.ratings import giving as ratings
from onewindow.voice.ratings import invitations

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, HallMap, P], HttpResponse]
DIGITS: Final = 10
SLIP: Final = Limit("kiosk-slip", 60, 15)
"""Codes tried from one address; one in a million would hit."""
_LONGEST: Final = 200
_SALT: Final = "onewindow.faces.kiosk.rating"
_SEAL_SECONDS: Final = 300


def for_visitors(view: View[P]) -> Callable[..., HttpResponse]:
    """Refuses (and records) a staff session; says what is wrong on a page about rating."""

    @at_kiosk
    @wraps(view)
    def guarded(request: HttpRequest, layout: HallMap, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            ratings.refuse_staff(account_of(request), "open", f"{terminals.home(layout)}rate/"[:80])
            return view(request, layout, *args, **kwargs)
        except Problem as problem:
            return show(request, layout, "rate_problem.html", {"problem": problem}, status=problem.status)

    return guarded


@sensitive_post_parameters("digits")
@require_http_methods(["GET", "HEAD", "POST"])
@for_visitors
def ask(request: HttpRequest, layout: HallMap) -> HttpResponse:
    """The pad. Digits travel in the body; a scanner types the slip's QR into the same field."""
    typed, key = request.POST.get("digits", "")[:_LONGEST], request.POST.get("key", "")
    typed = typed[:-1] if key == "back" else "" if key == "clear" else typed + (key if key.isdigit() else "")[:1]
    context: dict[str, Any] = {
        "digits": typed[:DIGITS] if typed[:DIGITS].isdigit() else "",
        "keys": "123456789",
        "most": DIGITS,
        "problem": "",
    }
    if request.method == "POST" and not key:
        if not throttle.allowed(SLIP, throttle.address_of(request)):
            raise TooMany("试的次数太多了，请过几分钟再试，或者扫小票上的二维码用手机评")
        try:
            found = invitations.by_slip(layout.centre, typed, timezone.now())
            return HttpResponseRedirect(f"{terminals.home(layout)}rate/{_seal(found, layout)}/")
        except NotFound as problem:
            context["problem"] = problem.title
    return show(request, layout, "rate_ask.html", context, status=422 if context["problem"] else 200)


def _seal(invitation: Invitation, layout: HallMap) -> str:
    return signing.dumps([layout.centre, invitation.pk], salt=_SALT)


def _opened(seal: str, layout: HallMap) -> Invitation:
    """Raises NotFound (too old, not ours), NotNow (rated already)."""
    gone = NotFound("这一页过期了，请再输入一次评价码")
    try:
        centre, pk = signing.loads(seal, salt=_SALT, max_age=_SEAL_SECONDS)
    except (signing.BadSignature, TypeError, ValueError):
        raise gone from None
    rows = Invitation.objects.select_related("ticket__visitor")
    found = rows.filter(pk=pk, centre_id=layout.centre, channel="kiosk").first()
    if found is None or centre != layout.centre:
        raise gone
    invitations.check(found, timezone.now())
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@for_visitors
def rate(request: HttpRequest, layout: HallMap, seal: str) -> HttpResponse:
    """The five levels, what one wants to say, thanks. Nothing is chosen beforehand."""
    invitation = _opened(seal, layout)
    path = f"{terminals.home(layout)}rate/{seal}/"
    about = {"path": path, "number": invitation.ticket.number if invitation.ticket else ""}
    level = chosen(request)
    if level is None:
        return show(request, layout, "rate_level.html", {**about, "levels": levels(path)})
    sent = request.POST if request.method == "POST" else None
    form = RateForm(sent, level=level, at="hall", known=ratings.known_contact(invitation)[1], brief=True)
    if sent is not None and form.is_valid():
        try:
            return _thanks(request, layout, invitation, form.raw())
        except InvalidInput as problem:
            form.take(problem)
    status = 422 if sent is not None else 200
    return show(request, layout, "rate_form.html", {**about, "form": form}, status=status)


def _thanks(request: HttpRequest, layout: HallMap, invitation: Invitation, raw: dict[str, Any]) -> HttpResponse:
    """For a bad rating the code by which it can be followed, on this answer only."""
    given = ratings.rate(invitations.token_of(invitation), raw, by=account_of(request))
    follow = qr(badratings.url(given.loop)) if given.is_bad else ""
    return show(request, layout, "rate_thanks.html", {"follow": follow})
