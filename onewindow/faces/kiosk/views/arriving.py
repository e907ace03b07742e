"""Somebody who booked arrives: the booking's number, or the last four digits of the phone and one's own name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from onewindow.faces.kiosk import terminals
from onewindow.faces.kiosk.page import ARRIVE, TAKE, at_kiosk, refuse_when_many, show
from onewindow.faces.kiosk.views.taking import NOT_ENROLLED, handed_over
from onewindow.hall import tickets
from onewindow.hall.models import Appointment
from onewindow.hall.queues import HallMap
from onewindow.problems import NotFound, Refused

MOST_DIGITS: Final = 6
"""A booking's number has six digits, the tail of a phone four."""
_TAIL: Final = 4
_MOST: Final = 6
_SALT: Final = "onewindow.faces.kiosk.arriving"
_SEAL_SECONDS: Final = 180
_UNKNOWN: Final = "没有找到今天的预约。请核对预约号或手机号后四位；没有预约也可以直接取号"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A booking as anybody may see it who knows four digits: a masked name and a time, not what it is for."""

    name: str
    at: datetime
    seal: str


@require_http_methods(["GET", "HEAD", "POST"])
@at_kiosk
def find(request: HttpRequest, layout: HallMap) -> HttpResponse:
    """The number pad, and who it may be. Digits travel in the body, so that no address bar keeps them."""
    digits, key = _digits(request.POST.get("digits", "")), request.POST.get("key", "")
    digits = digits[:-1] if key == "back" else "" if key == "clear" else (digits + _digits(key))[:MOST_DIGITS]
    context: dict[str, object] = {"digits": digits, "keys": "123456789", "problem": ""}
    if request.method == "POST" and not key:
        refuse_when_many(request, ARRIVE)
        found = candidates(layout, digits, timezone.now())
        if found:
            return show(request, layout, "who.html", {"candidates": found})
        context["problem"] = _UNKNOWN if len(digits) in {_TAIL, MOST_DIGITS} else "请输入六位预约号，或者手机号后四位"
    return show(request, layout, "appointment.html", context, status=422 if context["problem"] else 200)


def _digits(typed: str) -> str:
    return "".join(c for c in typed[:20] if c.isascii() and c.isdigit())[:MOST_DIGITS]


def candidates(layout: HallMap, digits: str, now: datetime) -> list[Candidate]:
    """Today's bookings with this number, or of phones that end so; the next in time first. One query."""
    rows = Appointment.objects.filter(centre_id=layout.centre, day=timezone.localdate(now)).select_related("visitor")
    if len(digits) == MOST_DIGITS:
        fits = list(rows.filter(number=digits, state__in=["booked", "missed", "arrived"]))
    elif len(digits) == _TAIL:  # four digits are soon guessed: they never lead to a ticket that was already given
        booked = rows.filter(state__in=["booked", "missed"]).order_by("period")
        fits = [one for one in booked if str(one.visitor.phone or "").endswith(digits)]
    else:
        return []
    return [Candidate(one.visitor.masked, one.starts_at, _seal(one, layout)) for one in fits[:_MOST]]


def _seal(booked: Appointment, layout: HallMap) -> str:
    """Names a booking for three minutes without telling its code or number."""
    return signing.dumps([layout.centre, booked.pk], salt=_SALT)


@require_POST
@at_kiosk
def check_in(request: HttpRequest, layout: HallMap) -> HttpResponse:
    """The ticket of the booking; a second touch gives the same one."""
    refuse_when_many(request, TAKE)
    if not terminals.may_give(request, layout):
        raise Refused(NOT_ENROLLED)
    booked = _opened(request.POST.get("who", ""), layout)
    return handed_over(layout, tickets.check_in(booked, source="kiosk"))


def _opened(seal: str, layout: HallMap) -> Appointment:
    """Raises NotFound for a seal that is too old or not ours."""
    try:
        centre, pk = signing.loads(seal, salt=_SALT, max_age=_SEAL_SECONDS)
    except (signing.BadSignature, TypeError, ValueError):
        raise NotFound("这一页过期了，请再查一次预约") from None
    booked: Appointment | None = Appointment.objects.filter(pk=pk, centre_id=layout.centre).first()
    if centre != layout.centre or booked is None:
        raise NotFound("这一页过期了，请再查一次预约")
    return booked
