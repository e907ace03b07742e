"""The append-only ledger: making entries, reading them back, and their digests. The table refuses UPDATE and DELETE."""

from __future__ import annotations

import secrets
from typing import Any

from onewindow.cases.lifecycle import Action
from onewindow.cases.models import Case, CaseEvent
from onewindow.cases.projection import Event
from onewindow.clocks.clock import SHANGHAI
from onewindow.digest import GENESIS, canonical, event_digest, sm3
from onewindow.people.authority import Permit


def entry(case: Case, event: Event, permit: Permit, secret: dict[str, Any] | None) -> tuple[CaseEvent, str | None]:
    """The event after the case's head, with its digest, and the text of its personal part. Nothing is written yet."""
    sealed, secret_digest = _seal(secret)
    row = CaseEvent(
        case_id=case.pk,
        seq=event.seq,
        action=event.action.value,
        at=event.at,
        actor_id=event.account,
        role=event.role,
        posting_id=permit.posting.pk if permit.posting else None,
        letter_id=permit.letter.pk if permit.letter else None,
        channel=event.channel,
        data=event.data,
        secret_digest=secret_digest,
        previous=case.head_digest or GENESIS,
    )
    row.digest = event_digest(row.previous, content(row, case.number))
    return row, sealed


def _seal(secret: dict[str, Any] | None) -> tuple[str | None, str]:
    """The personal part as text with a random salt, so that its digest cannot be tried out against guesses."""
    if secret is None:
        return None, ""
    text = canonical({"salt": secrets.token_hex(16), **secret}).decode()
    return text, sm3(text.encode())


def content(row: CaseEvent, number: str) -> dict[str, Any]:
    """Everything the digest covers, in a form that survives the round trip through the database."""
    return {
        "case": number,
        "seq": row.seq,
        "action": row.action,
        "at": row.at.astimezone(SHANGHAI).isoformat(),
        "actor": row.actor_id,
        "role": row.role,
        "posting": row.posting_id,
        "letter": row.letter_id,
        "channel": row.channel,
        "data": row.data,
        "secret": row.secret_digest,
    }


def as_event(row: CaseEvent) -> Event:
    """The stored row as the projection reads it."""
    return Event(
        seq=row.seq,
        action=Action(row.action),
        at=row.at.astimezone(SHANGHAI),
        account=row.actor_id,
        role=row.role,
        channel=row.channel,
        data=row.data,
    )
