"""Posting to the outbox. Payloads carry references, never personal data: the sender looks the person up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onewindow.exchange.models import OutboxMessage


@dataclass(frozen=True, slots=True)
class Message:
    """`topic` says what happened (`case.accepted`, `applicant.notice`), `subject` of what, `payload` the details."""

    topic: str
    subject: str
    payload: Mapping[str, Any]


def rows(messages: Iterable[Message], now: datetime) -> list[OutboxMessage]:
    """The rows to write in the transaction of the change they tell of: they exist exactly when the change does."""
    return [
        OutboxMessage(topic=m.topic, subject=m.subject, payload=dict(m.payload), created_at=now, next_try_at=now)
        for m in messages
    ]
