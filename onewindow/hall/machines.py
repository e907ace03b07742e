"""Which machine asks: the link that enrols it opens once, and from then on the machine shows its badge.

The badge dies with the terminal (revoked) and with the link (a new one was made), so that a machine that was lost, or a
photograph of a link, is worth nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from onewindow.hall.models import Terminal
from onewindow.places.models import Window
from onewindow.problems import NotFound

UNKNOWN: Final = "这个登记地址不对，或者已经用过、作废了，请在管理页给这台设备换一个新地址"
_SEEN_EVERY: Final = timedelta(minutes=1)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def new_token() -> tuple[str, str]:
    """A token, and its digest to keep."""
    token = secrets.token_urlsafe(32)
    return token, digest_of(token)


def to_enrol(centre: int, kind: str, token: str, window: Window | None = None) -> Terminal:
    """The terminal whose link this is and that no machine has taken yet. Raises NotFound. One query."""
    rows = Terminal.objects.filter(centre_id=centre, kind=kind, revoked_at__isnull=True, opened_at__isnull=True)
    found = rows.filter(digest=digest_of(token)).filter(_at(window)).first()
    if found is None:
        raise NotFound(UNKNOWN)
    return found


def enrol(terminal: Terminal, now: datetime) -> str:
    """This machine is the terminal; its badge, to be kept in a signed cookie. Raises NotFound where another machine
    was quicker."""
    rows = Terminal.objects.filter(pk=terminal.pk, digest=terminal.digest, opened_at__isnull=True)
    if not rows.filter(revoked_at__isnull=True).update(opened_at=now, seen_at=now):
        raise NotFound(UNKNOWN)
    return f"{terminal.pk}-{terminal.digest[:16]}"


def known(centre: int, kind: str, badge: str, now: datetime, window: Window | None = None) -> bool:
    """Whether this badge is that of a machine in use here; notes once a minute that it was seen. One
    or two queries."""
    key, _, digest = badge.partition("-")
    if not (key.isascii() and key.isdigit() and len(key) < 12 and len(digest) == 16):
        return False
    rows = Terminal.objects.filter(pk=int(key), centre_id=centre, kind=kind, revoked_at__isnull=True)
    found = rows.filter(_at(window), digest__startswith=digest, opened_at__isnull=False).first()
    if found is None:
        return False
    if found.seen_at is None or now - found.seen_at > _SEEN_EVERY:
        Terminal.objects.filter(pk=found.pk).update(seen_at=now)
    return True


def _at(window: Window | None) -> Q:
    return Q(window=window) if window is not None else Q()
