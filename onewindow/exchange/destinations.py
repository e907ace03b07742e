"""Where a message goes. Most go to `OW_OUTBOX_URL` as they are; a room above may send its own topics elsewhere, in the
form the other side asks for, and signed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings
from django.db.models import Q

from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.notices import notice


@dataclass(frozen=True, slots=True)
class Signing:
    """The name of our key at the receiver, and the key."""

    key_id: str
    secret: str


@dataclass(frozen=True)
class Destination:
    """`topics` it is for; empty: all that no other destination takes. Without an address its messages wait."""

    name: str
    topics: tuple[str, ...]
    address: Callable[[], str]
    body: Callable[[OutboxMessage], dict[str, Any]]
    signing: Callable[[], Signing | None] = lambda: None

    def takes(self) -> Q:
        """The filter on messages."""
        if self.topics:
            return _any_of(self.topics)
        others = [topic for other in _known.values() for topic in other.topics]
        return ~_any_of(others) if others else Q()


def _any_of(topics: tuple[str, ...] | list[str]) -> Q:
    found = Q(pk__in=[])
    for topic in topics:
        found |= Q(topic__startswith=topic)
    return found


def _plain(message: OutboxMessage) -> dict[str, Any]:
    """What the general receiver gets: the message, and to whom to tell what, looked up at the moment of sending."""
    return {
        "id": message.pk,
        "topic": message.topic,
        "subject": message.subject,
        "at": message.created_at.isoformat(),
        "payload": message.payload,
        **notice(message),
    }


GENERAL: Final = Destination("general", (), lambda: settings.OW_OUTBOX_URL, _plain)
_known: dict[str, Destination] = {GENERAL.name: GENERAL}


def destination(new: Destination) -> None:
    """A room above says where its topics go."""
    _known[new.name] = new


def destinations() -> list[Destination]:
    return list(_known.values())


def signed(body: bytes, signing: Signing, now: datetime, nonce: str = "") -> dict[str, str]:
    """Headers that prove who sent these bytes, and when: HMAC-SM3 over moment, nonce and body, joined by line feeds.

    The receiver refuses an old moment and a nonce it has seen, so that nobody can send a caught request again.
    """
    stamp, nonce = str(int(now.timestamp())), nonce or secrets.token_hex(16)
    mac = HMAC(signing.secret.encode(), SM3())
    mac.update(b"\n".join([stamp.encode(), nonce.encode(), body]))
    return {
        "X-OW-Key": signing.key_id,
        "X-OW-Timestamp": stamp,
        "X-OW-Nonce": nonce,
        "X-OW-Signature": mac.finalize().hex(),
    }
