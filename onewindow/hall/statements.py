"""A ticket's changes, one statement each: the row, the period that ends, the period that begins, its wait's deadline.

A call in a full hall happens many times a second and holds locks only for its own length, so it is one round trip.
The periods are closed and opened in the same statement: at no moment is a ticket in two states or in none.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from onewindow.hall.lifecycle import LIVE, TicketState, Verb
from onewindow.hall.models import Ticket
from onewindow.hall.order import SQL as ORDER
from onewindow.people.rows import Part

_MOVED = Part("moved", Ticket)
_CHANGEABLE = {
    "window_id": "bigint",
    "account_id": "bigint",
    "queue_id": "bigint",
    "place_at": "timestamptz",
    "rank_at": "timestamptz",
    "called_at": "timestamptz",
    "started_at": "timestamptz",
    "ended_at": "timestamptz",
    "end_reason": "text",
    "priority": "text",
    "priority_note": "text",
    "misses": "int",
    "departments": "bigint[]",
    "items": "bigint[]",
}

MANNED = """
    SELECT s.id FROM hall_windowsession s
    WHERE s.window_id = %(window)s::bigint AND s.account_id = %(account)s::bigint AND s.closed_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM hall_windowpause u WHERE u.session_id = s.id AND u.ended_at IS NULL)
    FOR SHARE"""
"""The person's own open, unpaused session at the window; held against closing while the statement runs."""

NEXT_IN_LINE = f"""
    SELECT t.id, t.centre_id, t.queue_id FROM hall_ticket t
    WHERE t.centre_id = %(centre)s::bigint AND t.state = 'waiting' AND EXISTS (SELECT 1 FROM manned)
    AND (t.queue_id = ANY(%(queues)s::bigint[])
        OR (t.queue_id = ANY(%(for_priority)s::bigint[]) AND t.priority <> ''))
    AND NOT t.items && %(less)s::bigint[]
    AND (%(everything)s::boolean
        OR ((t.departments <@ %(departments)s::bigint[]
                OR (cardinality(t.items) > 0 AND t.items <@ %(more)s::bigint[]))
            AND (cardinality(t.departments) > 0 OR t.queue_id <> ALL(%(unsorted)s::bigint[]))))
    ORDER BY {ORDER}
    LIMIT 1 FOR UPDATE OF t SKIP LOCKED"""  # noqa: S608 - our own text
"""The first in line that the window may take; two windows that ask at once get two different people."""

THIS_TICKET = """
    SELECT t.id, t.centre_id, t.queue_id FROM hall_ticket t
    WHERE t.id = %(ticket)s::bigint AND t.state = ANY(%(from)s::text[]) FOR UPDATE"""

THIS_TICKET_TO_WINDOW = """
    SELECT t.id, t.centre_id, t.queue_id FROM hall_ticket t
    WHERE t.id = %(ticket)s::bigint AND t.centre_id = %(centre)s::bigint AND t.state = ANY(%(from)s::text[])
    AND EXISTS (SELECT 1 FROM manned) FOR UPDATE"""

AT_WINDOW = """
    SELECT t.id, t.centre_id, t.queue_id FROM hall_ticket t
    WHERE t.window_id = %(window)s::bigint AND t.account_id = %(account)s::bigint
    AND t.state = ANY(%(from)s::text[]) FOR UPDATE"""


def alone() -> AbstractContextManager[object]:
    """One statement is its own transaction; inside a larger one a failed statement is taken back to a savepoint."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def move(
    chosen: str,
    parameters: Mapping[str, Any],
    *,
    to: TicketState,
    verb: Verb,
    now: datetime,
    changes: Mapping[str, Any],
    window: int | None = None,
    account: int | None = None,
    item: int | None = None,
    reason: str = "",
    request: str | None = None,
) -> Ticket | None:
    """Moves the ticket that `chosen` finds, or returns None where it finds none. Raises IntegrityError when the window
    already has somebody (hall_one_at_window) or the request was made before."""
    values = {
        **parameters,
        **{f"set_{name}": value for name, value in changes.items()},
        "now": now,
        "state": to.value,
        "verb": verb.value,
        "window": parameters.get("window"),
        "period_window": window,
        "period_account": account,
        "item": item,
        "reason": reason[:100],
        "request": request,
        "ends": to not in LIVE,
    }
    statement = _statement(chosen, tuple(changes), settles=verb is not Verb.RETURN)
    for _ in range(_TRIES):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            row = cursor.fetchone()
        if row is None:
            return None
        if (moved := _MOVED.read(row)) is not None:
            return moved  # type: ignore[no-any-return]
    return None


_TRIES = 10
"""A statement that waited for another one sees the ticket as that left it, but the periods as they were before. It then
moves nothing and is asked again, with fresh eyes; it would have to wait as often again to come out empty."""


def _statement(chosen: str, changed: tuple[str, ...], *, settles: bool) -> str:
    sets = "".join(f", {name} = %(set_{name})s::{_CHANGEABLE[name]}" for name in changed)
    queue = "%(set_queue_id)s::bigint" if "queue_id" in changed else "next.queue_id"
    manned = f"manned AS ({MANNED}),\n" if "FROM manned" in chosen else ""
    settled = _SETTLED if settles else ""
    return f"""
WITH {manned}next AS ({chosen}),
closed AS (
    UPDATE hall_ticketperiod p SET ended_at = greatest(%(now)s::timestamptz, p.started_at)
    FROM next WHERE p.ticket_id = next.id AND p.ended_at IS NULL RETURNING p.ticket_id, p.ended_at),
opened AS (
    INSERT INTO hall_ticketperiod
        (ticket_id, centre_id, state, queue_id, window_id, account_id, item_id, started_at, ended_at, verb,
        reason, request)
    SELECT next.id, next.centre_id, %(state)s::text, {queue}, %(period_window)s::bigint, %(period_account)s::bigint,
        %(item)s::bigint, closed.ended_at, CASE WHEN %(ends)s::boolean THEN closed.ended_at END, %(verb)s::text,
        %(reason)s::text, %(request)s::text
    FROM next JOIN closed ON closed.ticket_id = next.id),
{settled}moved AS (
    UPDATE hall_ticket t SET state = %(state)s::text{sets} FROM closed WHERE t.id = closed.ticket_id RETURNING t.*)
SELECT {_MOVED.columns} FROM next LEFT JOIN moved ON moved.id = next.id"""  # noqa: S608 - names of our own models


_SETTLED = """settled AS (
    UPDATE clocks_deadline d SET settled_at = %(now)s::timestamptz,
        outcome = CASE WHEN %(verb)s::text = 'leave' THEN 'void'
            WHEN d.due_at < %(now)s::timestamptz THEN 'late' ELSE 'met' END
    FROM closed WHERE d.subject_kind = 'ticket' AND d.subject_id = closed.ticket_id AND d.settled_at IS NULL),
"""

DRAW_NUMBER = """
WITH lightly AS (SELECT CASE WHEN %(alone)s::boolean THEN set_config('synchronous_commit', 'off', true) END)
INSERT INTO papers_serial (key, last) SELECT %(key)s::text, 1 FROM lightly
ON CONFLICT (key) DO UPDATE SET last = papers_serial.last + 1 RETURNING last"""
"""Drawn by itself, before the ticket is written, so that visitors of one queue do not wait for each other's disk. It
need not be on disk at once: the ticket's own commit is later in the same log and carries it along."""

TAKE = """
WITH taken AS (
    INSERT INTO hall_ticket (centre_id, day, number, code, queue_id, state, visitor_id, appointment_id, source, purpose,
        priority, priority_note, taken_at, place_at, rank_at, end_reason, departments, items, misses, request)
    VALUES (%(centre)s, %(day)s, %(number)s, %(code)s, %(queue)s, 'waiting', %(visitor)s, %(appointment)s, %(source)s,
        %(purpose)s, %(priority)s, %(priority_note)s, %(now)s, %(place)s, %(rank)s, '', %(departments)s::bigint[],
        %(items)s::bigint[], 0, %(request)s)
    RETURNING *),
lined AS (
    INSERT INTO hall_ticketitem (ticket_id, position, item_id)
    SELECT taken.id, line.position, line.item
    FROM taken, unnest(%(lines)s::bigint[]) WITH ORDINALITY AS line(item, position)),
waits AS (
    INSERT INTO hall_ticketperiod (ticket_id, centre_id, state, queue_id, account_id, started_at, verb, reason)
    SELECT id, centre_id, 'waiting', queue_id, %(account)s::bigint, taken_at, 'take', %(override)s FROM taken),
limits AS (
    INSERT INTO clocks_deadline (subject_kind, subject_id, kind, key, label, rule, limit_n, limit_unit, start_on,
        due_at, warn_at, provisional, paused_ground, outcome, centre_id)
    SELECT 'ticket', id, 'wait', '', '等候叫号', %(rule)s, %(limit)s, 'minute', day,
        place_at + make_interval(mins => %(limit)s::int), place_at + make_interval(mins => %(limit)s::int * 2 / 3),
        false, '', '', centre_id FROM taken)
SELECT {columns} FROM taken AS moved"""


def take(values: Mapping[str, Any]) -> Ticket:
    """Writes a ticket with its lines, its first period and the limit of its wait. Raises IntegrityError."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE.format(columns=_MOVED.columns), dict(values))
        row = cursor.fetchone()
    return _MOVED.read(row)  # type: ignore[no-any-return]


def one_at_a_time(name: str) -> None:
    """Until the open transaction ends, nobody else passes here with this name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def draw_number(key: str) -> int:
    """The next number of a line on a day."""
    with connection.cursor() as cursor:
        cursor.execute(DRAW_NUMBER, {"key": key, "alone": not connection.in_atomic_block})
        (last,) = cursor.fetchone()
    return int(last)
