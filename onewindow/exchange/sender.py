"""Takes waiting messages to where they belong. Without an address configured they wait; nothing is lost or invented."""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from onewindow.exchange.models import OutboxMessage

log = logging.getLogger(__name__)
MOST_TRIES = 12
_TIMEOUT = 10
_BATCH = 200


class NotSent(Exception):
    """The receiver did not take the message; the text says why."""


def send_waiting(now: datetime | None = None) -> int:
    """Sends what is due to `OW_OUTBOX_URL` as JSON posts, oldest first. Returns how many were taken."""
    address = settings.OW_OUTBOX_URL
    if not address:
        return 0
    at = now or timezone.now()
    sent, held = 0, set()
    due = OutboxMessage.objects.filter(state="waiting", next_try_at__lte=at).order_by("id").values_list("pk", "subject")
    for pk, subject in list(due[:_BATCH]):
        if subject in held:
            continue  # an earlier message of the same subject failed: order per subject is kept
        if _send_one(pk, address, at):
            sent += 1
        else:
            held.add(subject)
    return sent


def _send_one(pk: int, address: str, now: datetime) -> bool:
    with transaction.atomic():
        message = OutboxMessage.objects.select_for_update(skip_locked=True).filter(pk=pk, state="waiting").first()
        if message is None:
            return True
        try:
            _post(address, message)
        except NotSent as failure:
            _postpone(message, str(failure), now)
            return False
        message.state, message.sent_at = "sent", now
        message.save(update_fields=["state", "sent_at"])
    return True


def _postpone(message: OutboxMessage, why: str, now: datetime) -> None:
    message.tries += 1
    message.error = why[:300]
    message.next_try_at = now + timedelta(seconds=min(30 * 2**message.tries, 6 * 3600))
    if message.tries >= MOST_TRIES:
        message.state = "dead"
        log.error("message given up", extra={"message": message.pk, "topic": message.topic})
    message.save(update_fields=["tries", "error", "next_try_at", "state"])


def _post(address: str, message: OutboxMessage) -> None:
    body = {
        "id": message.pk,
        "topic": message.topic,
        "subject": message.subject,
        "at": message.created_at.isoformat(),
        "payload": message.payload,
    }
    request = urllib.request.Request(
        address, json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
            if response.status >= 300:
                raise NotSent(f"HTTP {response.status}")
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        raise NotSent(str(error)) from error
