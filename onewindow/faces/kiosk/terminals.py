"""What the machine in the hall remembers, in its own cookies: that it is enrolled, that it prints, and, until the
visitor is gone, that the controls are low, that it speaks, and which ticket it has just given."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from onewindow.hall import machines
from onewindow.hall.queues import HallMap

ENROLLED: Final = "ow_terminal"
PRINTS: Final = "ow_kiosk_print"
LOW: Final = "ow_kiosk_low"
VOICE: Final = "ow_kiosk_voice"
GIVEN: Final = "ow_kiosk_ticket"
VISIT: Final = (LOW, VOICE, GIVEN)
"""Gone when the next visitor comes."""
SHOWN_FOR: Final = timedelta(minutes=3)
"""A ticket can be looked at on the machine that gave it for so long."""
_SALT: Final = "onewindow.faces.kiosk"
_YEARS: Final = 10 * 365 * 86400


def home(layout: HallMap) -> str:
    return f"/kiosk/{layout.centre_key}/"


def remember(response: HttpResponse, layout: HallMap, name: str, value: str, *, seconds: int | None = None) -> None:
    """A cookie for this hall's kiosk only; without `seconds` until the browser closes or the next visitor comes."""
    response.set_signed_cookie(
        name,
        value,
        salt=_SALT,
        max_age=seconds,
        path=home(layout),
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )


def told(request: HttpRequest, name: str) -> str:
    """What the machine remembers under this name; empty for nothing and for what was tampered with."""
    value: str | None = request.get_signed_cookie(name, default="", salt=_SALT)
    return value or ""


def forget(response: HttpResponse, layout: HallMap, *names: str) -> None:
    for name in names:
        response.delete_cookie(name, path=home(layout), samesite="Lax")


def always(response: HttpResponse, layout: HallMap, name: str, value: str) -> None:
    remember(response, layout, name, value, seconds=_YEARS)


# ---- enrolment ----------------------------------------------------------------------------------------------------


def may_give(request: HttpRequest, layout: HallMap) -> bool:
    """Whether this machine may give tickets: any where the rules are open, else an enrolled one. One query for a
    machine that was enrolled, and one a minute to note that it is there."""
    badge = told(request, ENROLLED)
    known = bool(badge) and machines.known(layout.centre, "kiosk", badge, timezone.now())
    return known or not layout.rules.enrolled_only


def fresh(taken_at: datetime, now: datetime | None = None) -> bool:
    return (now or timezone.now()) - taken_at < SHOWN_FOR
