"""A request to the hall at most once per Idempotency-Key, with the same errors as for cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from onewindow.cases.actions import Idempotency
from onewindow.cases.models import IdempotentRequest
from onewindow.digest import sm3
from onewindow.faces.api.reading import idempotency
from onewindow.faces.api.security import caller
from onewindow.people.authority import record_refusal
from onewindow.problems import InvalidInput, Problem, Refused

Done = TypeVar("Done")

_TABLE: Final = IdempotentRequest._meta.db_table
_CLAIM: Final = """
INSERT INTO {table} (account_id, key, request_digest, created_at)
SELECT %(account)s::bigint, %(key)s::text, %(digest)s::text, %(now)s::timestamptz {lightly}
ON CONFLICT (account_id, key) DO NOTHING RETURNING id"""
_CLAIM_AT_ONCE: Final = _CLAIM.format(table=_TABLE, lightly="")
_CLAIM_LIGHTLY: Final = _CLAIM.format(
    table=_TABLE, lightly="FROM (SELECT set_config('synchronous_commit', 'off', true)) AS lightly"
)
"""Not forced to disk by itself: the commit of what is done is later in the same log and carries it along."""


def once(request: HttpRequest, data: Any, act: Callable[[str | None], Done]) -> Done:
    """Runs `act(name)`; `name` tells this request from all others (None without a key).

    For what keeps the name with what it wrote and gives the first result to a repeat: the key is taken first and given
    back when `act` refuses. Raises InvalidInput for a key that was used for another request.
    """
    key, account = idempotency(request, data), caller(request).account
    if key is None or account is None:
        return act(None)
    fresh = _claimed(account.pk, key, _CLAIM_LIGHTLY)
    try:
        return act(_name(account.pk, key))
    except Problem:
        if fresh:
            IdempotentRequest.objects.filter(account_id=account.pk, key=key.key).delete()
        raise


def once_together(
    request: HttpRequest,
    data: Any,
    act: Callable[[], Done],
    again: Callable[[], Done],
    *,
    verb: str,
    subject: str,
    room: str = "hall",
) -> Done:
    """Runs `act()` in one transaction with the key, for what keeps no name: a repeat is answered by `again()`.

    A refusal stays on record (as `room.verb`), although the transaction around it is undone.
    """
    key, by = idempotency(request, data), caller(request)
    if key is None or by.account is None:
        return act()
    try:
        with transaction.atomic():
            return act() if _claimed(by.account.pk, key, _CLAIM_AT_ONCE) else again()
    except Refused as refusal:
        record_refusal(by, f"{room}.{verb}", subject, refusal.title)
        raise


def _name(account: int, key: Idempotency) -> str:
    """At most 80 characters, whatever the caller's key."""
    return f"{account}:{sm3(key.key.encode())}"


def _claimed(account: int, key: Idempotency, statement: str) -> bool:
    """Whether the key is new; waits for another request that is taking it. Raises InvalidInput."""
    given: dict[str, Any] = {"account": account, "key": key.key, "digest": key.request, "now": timezone.now()}
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        if cursor.fetchone():
            return True
    first = IdempotentRequest.objects.filter(account_id=account, key=key.key).first()
    if first is not None and first.request_digest != key.request:
        raise InvalidInput("这个 Idempotency-Key 已经用在另一个请求上，请换一个")
    return False
