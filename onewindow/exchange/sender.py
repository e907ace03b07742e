"""Takes waiting messages to where they belong. Without an address configured they wait; nothing is lost or invented.

Delivery is at least once: the receiver knows a repeat by `id`, which also stands in the Idempotency-Key header.
Messages of one subject arrive in their order: a message is sent only when no earlier one of its subject still waits.
"""

from __future__ import annotations

import http.client
import json
import logging
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from onewindow.exchange.destinations import Destination, destinations, signed
from onewindow.exchange.models import OutboxMessage

log = logging.getLogger(__name__)
MOST_TRIES = 12
SECONDS_TO_ANSWER = 10
GIVE_UP_ROUND_AFTER = 5
"""Failures in a row after which a round ends: a receiver that is down should not cost ten seconds a subject."""
_BATCH = 200
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=60), timedelta(hours=6)


class NotSent(Exception):
    """The receiver did not take the message; the text says why."""


def send_waiting(now: datetime | None = None) -> int:
    """Sends what is due, oldest first, to where it belongs. Returns how many were taken.

    Each destination has its own round: one that is down does not hold up the others.
    """
    at = now or timezone.now()
    return sum(_round(where, at) for where in destinations() if where.address())


def _round(where: Destination, now: datetime) -> int:
    sent, failures = 0, 0
    while heads := list(_heads(where, now).values_list("pk", flat=True)[:_BATCH]):
        taken = 0
        for pk in heads:
            done = _send_one(pk, where, now)
            taken += done is True
            failures = failures + 1 if done is False else 0
            if failures >= GIVE_UP_ROUND_AFTER:
                return sent + taken
        if not taken:
            break
        sent += taken
    return sent


def _heads(where: Destination, now: datetime) -> QuerySet[OutboxMessage]:
    """The first waiting message of each subject, where its next try is due."""
    waiting = OutboxMessage.objects.filter(state="waiting")
    earlier = waiting.filter(subject=OuterRef("subject"), pk__lt=OuterRef("pk"))
    return waiting.filter(where.takes(), ~Exists(earlier), next_try_at__lte=now).order_by("pk")


def _send_one(pk: int, where: Destination, now: datetime) -> bool | None:
    """True when taken, False when not, None when another worker has it."""
    with transaction.atomic():
        message = OutboxMessage.objects.select_for_update(skip_locked=True).filter(pk=pk, state="waiting").first()
        if message is None:
            return None
        try:
            _post(where, message)
        except NotSent as failure:
            _postpone(message, str(failure), now)
            return False
        message.tries += 1
        message.state, message.sent_at, message.error = "sent", now, ""
        message.save(update_fields=["tries", "state", "sent_at", "error"])
    return True


def replay(messages: QuerySet[OutboxMessage], now: datetime | None = None) -> int:
    """Puts messages that were given up back in line, with all their tries. Returns how many."""
    at = now or timezone.now()
    return messages.filter(state="dead").update(state="waiting", tries=0, next_try_at=at, error="")


def _postpone(message: OutboxMessage, why: str, now: datetime) -> None:
    """A pause that doubles from one minute to six hours; after twelve tries the message is given up and kept."""
    message.next_try_at = now + min(_FIRST_PAUSE * 2**message.tries, _LONGEST_PAUSE)
    message.tries += 1
    message.error = why[:300]
    if message.tries >= MOST_TRIES:
        message.state = "dead"
        log.error("message given up", extra={"message_id": message.pk, "topic": message.topic})
    message.save(update_fields=["tries", "error", "next_try_at", "state"])


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirected POST would arrive as an empty GET and count as taken."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirects)


def _post(where: Destination, message: OutboxMessage) -> None:
    body = json.dumps(where.body(message), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": f"outbox-{message.pk}"}
    if (signing := where.signing()) is not None:
        headers |= signed(body, signing, timezone.now())
    request = urllib.request.Request(where.address(), body, headers)
    try:
        with _opener.open(request, timeout=SECONDS_TO_ANSWER):
            pass  # anything but 2xx is raised as HTTPError
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, OSError) as error:
        raise NotSent(str(error) or type(error).__name__) from error
