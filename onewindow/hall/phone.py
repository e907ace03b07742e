"""Who stands in the hall may take a ticket on the phone: the code on the kiosk and on the screens changes every five
minutes, so that a photo of it sent to a friend at home is soon worth nothing."""

from __future__ import annotations

import hmac
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.conf import settings

from onewindow.hall.queues import HallMap
from onewindow.places.models import Centre

STEP_SECONDS: Final = 300
_LENGTH: Final = 20


def token(centre: Centre | HallMap | str, now: datetime) -> str:
    """The token of a hall (its centre, its layout or the centre's key) for the five minutes around `now`."""
    return _sealed(_key(centre), _step(now))


def check(centre: Centre | HallMap | str, offered: str, now: datetime) -> bool:
    """Whether this is the token of now or of the five minutes before. Any text is safe."""
    key, step = _key(centre), _step(now)
    given = offered.encode(errors="replace")
    return any(hmac.compare_digest(_sealed(key, known).encode(), given) for known in (step, step - 1))


def path(centre: Centre | HallMap | str, now: datetime) -> str:
    """Where the code leads: /ticket/new/CENTRE/?t=TOKEN, below the public address of the site."""
    return f"/ticket/new/{_key(centre)}/?t={token(centre, now)}"


def url(centre: Centre | HallMap | str, now: datetime) -> str:
    return f"{settings.OW_PUBLIC_URL}{path(centre, now)}"


def _key(centre: Centre | HallMap | str) -> str:
    if isinstance(centre, str):
        return centre
    return centre.centre_key if isinstance(centre, HallMap) else centre.key


def _step(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def _sealed(key: str, step: int) -> str:
    secret = f"hall phone ticket:{settings.SECRET_KEY}".encode()
    return hmac.new(secret, f"{key}:{step}".encode(), sha256).hexdigest()[:_LENGTH]
