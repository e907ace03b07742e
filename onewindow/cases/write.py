"""The rows of one action in one statement: event, secret, deadlines, papers, outbox, idempotency and the case itself.

An action touches seven tables. Sent row by row that is a dozen round trips, and most of an intake's time; sent as JSON
to one statement it is one (docs/adr/0003). The rows are built from the models, so that a new column is named once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from django.db import connection, models

from onewindow.cases.models import Case, CaseEvent, IdempotentRequest
from onewindow.clocks.models import Deadline
from onewindow.exchange.models import OutboxMessage
from onewindow.papers.models import Paper
from onewindow.people.crypto import encrypt

Row = dict[str, Any]
_DEADLINE_KEY = ("subject_kind", "subject_id", "kind", "key")
_NEVER_CHANGES = frozenset(
    {"id", "number", "query_number", "item_id", "item_version_id", "centre_id", "applicant_id", "created_at"}
)


@dataclass(frozen=True, slots=True)
class Rows:
    """Everything one action writes. `sealed` is the text of the event's personal part, if it has one."""

    case: Case
    event: CaseEvent
    sealed: str | None
    deadlines: Sequence[Deadline]
    papers: Sequence[Paper]
    messages: Sequence[OutboxMessage]
    request: IdempotentRequest | None


def write(rows: Rows, *, fresh: bool) -> None:
    """Runs the statement in the caller's transaction. Raises IntegrityError, as for a repeated Idempotency-Key."""
    with connection.cursor() as cursor:
        cursor.execute(statement(fresh=fresh), _parameters(rows))


def _parameters(rows: Rows) -> dict[str, str | int]:
    """The rows as the statement takes them: one JSON text per table."""
    return {
        "event": _json(_row(rows.event)),
        "secret": _json([] if rows.sealed is None else [{"body": "\\x" + encrypt(rows.sealed).hex()}]),
        "deadlines": _json(map(_row, rows.deadlines)),
        "papers": _json(map(_row, rows.papers)),
        "messages": _json(map(_row, rows.messages)),
        "requests": _json([] if rows.request is None else [_row(rows.request)]),
        "case": _json(_row(rows.case)),
        "id": rows.case.pk,
    }


def reserve_pk(key: str) -> tuple[int, int]:
    """The id of a new case ahead of its insert, and the next serial under the key: one round trip."""
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE, [key])
        pk, serial = cursor.fetchone()
    return int(pk), int(serial)


_RESERVE = """
INSERT INTO papers_serial (key, last) VALUES (%s, 1)
ON CONFLICT (key) DO UPDATE SET last = papers_serial.last + 1
RETURNING nextval(pg_get_serial_sequence('cases_case', 'id')), last
"""


@cache
def _fields(model: type[models.Model], *, key: bool = False) -> tuple[models.Field[Any, Any], ...]:
    return tuple(f for f in model._meta.concrete_fields if key or not f.primary_key)


def _row(row: models.Model) -> Row:
    """Column -> value of a model instance, as JSON that PostgreSQL reads back into the same row type."""
    return {str(f.column): _column(f, getattr(row, f.attname)) for f in _fields(type(row), key=isinstance(row, Case))}


def _column(field: models.Field[Any, Any], value: Any) -> Any:
    if value is None or isinstance(field, models.JSONField):
        return value
    if isinstance(field, models.BinaryField):
        return "\\x" + (encrypt(value) if isinstance(value, str) else bytes(value)).hex()
    return value


def _json(value: Row | Iterable[Row]) -> str:
    return orjson.dumps(value if isinstance(value, dict) else list(value)).decode()


def _columns(model: type[models.Model], *, key: bool = False) -> str:
    return ", ".join(f'"{f.column}"' for f in _fields(model, key=key))


def _insert(model: type[models.Model], parameter: str, *, key: bool = False) -> str:
    table, columns = model._meta.db_table, _columns(model, key=key)
    return (
        f"INSERT INTO {table} ({columns}) SELECT {columns} "  # noqa: S608 - names of our own models
        f"FROM jsonb_populate_recordset(NULL::{table}, %({parameter})s::jsonb)"
    )


@cache
def statement(*, fresh: bool) -> str:
    """The SQL of an action: for a new case it ends with an insert, later with an update."""
    rest = [f.column for f in _fields(Deadline) if f.column not in _DEADLINE_KEY]
    again = ", ".join(f'"{c}" = excluded."{c}"' for c in rest)
    return f"""
WITH told AS ({_insert(CaseEvent, "event").replace("populate_recordset", "populate_record")} RETURNING id),
sealed AS (INSERT INTO cases_eventsecret (event_id, body)
    SELECT told.id, secret.body FROM told, jsonb_populate_recordset(NULL::cases_eventsecret, %(secret)s::jsonb) secret),
limits AS ({_insert(Deadline, "deadlines")} ON CONFLICT ({", ".join(_DEADLINE_KEY)}) DO UPDATE SET {again}),
issued AS ({_insert(Paper, "papers")}),
posted AS ({_insert(OutboxMessage, "messages")}),
remembered AS ({_insert(IdempotentRequest, "requests")})
{_case(fresh)}"""  # noqa: S608 - names of our own models


def _case(fresh: bool) -> str:
    if fresh:
        return _insert(Case, "case", key=True).replace("populate_recordset", "populate_record") + " WHERE %(id)s > 0"
    columns = ", ".join(f'"{f.column}"' for f in _fields(Case) if f.column not in _NEVER_CHANGES)
    return (
        f"UPDATE cases_case SET ({columns}) = (SELECT {columns} "  # noqa: S608 - names of our own models
        "FROM jsonb_populate_record(NULL::cases_case, %(case)s::jsonb)) WHERE id = %(id)s"
    )


__all__ = ["Rows", "reserve_pk", "statement", "write"]
