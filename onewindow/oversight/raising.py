"""How an alarm comes into being, whoever found it: the row, its first step, a card's first limit, the message.

Set-based, for the sweep of limits and for what conduct checks find: whoever raises writes a CTE `alarm` in front of
`RAISED`, with the columns named in `COLUMNS`, and gets back how many of each level are new. A key raises once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson
from django.db import connection
from django.utils import timezone

from onewindow.clocks.calendar import WorkCalendar
from onewindow.loops.terms import due_at
from onewindow.oversight.cards import CARD, EXPLAIN
from onewindow.oversight.models import CARDS, LEVELS, Alert, Rule

COLUMNS: Final = (
    "id, rule, level, subject, subject_id, subject_number, deadline, due_at, key, title, evidence, tell, centre_id, "
    "department_id, person"
)
RAISED: Final = """
raised AS (
    INSERT INTO oversight_alert (id, number, rule_id, level, subject_kind, subject_id, subject_number, deadline, due_at,
        key, title, evidence, tell, disputed, accounted, centre_id, department_id, person_id, state, version, opened_at,
        next_due_at)
    SELECT id, 'J' || %(stamp)s::text || '-' || lpad(id::text, 6, '0'), rule, level, subject, subject_id,
        subject_number, deadline, due_at, key, left(title, 160), evidence, tell, false, false, centre_id,
        department_id, person,
        CASE WHEN level = ANY(%(cards)s::text[]) THEN 'open' ELSE 'told' END, 1, %(now)s::timestamptz,
        CASE WHEN level = ANY(%(cards)s::text[]) THEN %(explain_due)s::timestamptz END
    FROM alarm ON CONFLICT (key) DO NOTHING
    RETURNING id, number, level, state, centre_id, department_id, title),
told AS (
    INSERT INTO loops_loopstep (subject_kind, subject_id, seq, action, label, state, at, role, data)
    SELECT %(loop)s::text, id, 1, 'open', '发出', state, %(now)s::timestamptz, 'system', '{}'::jsonb FROM raised),
terms AS (
    INSERT INTO clocks_deadline (subject_kind, subject_id, kind, key, label, rule, limit_n, limit_unit, start_on,
        due_at, warn_at, provisional, paused_ground, outcome, centre_id, department_id)
    SELECT %(loop)s::text, id, %(explain_kind)s::text, '1', %(explain_label)s::text, %(explain_duty)s::text,
        %(explain_n)s::int, 'workday', %(today)s::date, %(explain_due)s::timestamptz, NULL, false, '', '', centre_id,
        department_id
    FROM raised WHERE state = 'open'),
posted AS (
    INSERT INTO exchange_outboxmessage (topic, subject, payload, created_at, next_try_at, tries, state, error)
    SELECT 'oversight.' || level, 'alert:' || number, jsonb_build_object('alert', number), %(now)s::timestamptz,
        %(now)s::timestamptz, 0, 'waiting', '' FROM raised)
SELECT level, count(*) FROM raised GROUP BY level"""

_FOUND: Final = f"""
WITH alarm AS (
    SELECT nextval(pg_get_serial_sequence('oversight_alert', 'id')) AS id, f.rule, f.level, f.subject, f.subject_id,
        f.subject_number, NULL::bigint AS deadline, NULL::timestamptz AS due_at, f.key, f.title, f.evidence,
        ARRAY(SELECT jsonb_array_elements_text(f.tell))::varchar[] AS tell, f.centre_id, f.department_id, f.person
    FROM jsonb_to_recordset(%(found)s::jsonb) AS f(rule bigint, level text, subject text, subject_id bigint,
        subject_number text, key text, title text, evidence jsonb, tell jsonb, centre_id bigint, department_id bigint,
        person bigint)),
{RAISED}"""  # noqa: S608 - our own text


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm to be raised under a rule. `key` says what it is about, once and for all; `evidence` is shown."""

    rule: Rule
    key: str
    subject: str
    subject_id: int
    subject_number: str
    centre: int
    department: int | None
    person: int | None
    title: str
    evidence: dict[str, Any] = field(default_factory=dict)


def frame(now: datetime, calendar: WorkCalendar) -> dict[str, Any]:
    """The parameters that `RAISED` needs."""
    return {
        "now": now,
        "stamp": f"{timezone.localtime(now):%y%m%d}",
        "cards": sorted(CARDS),
        "explain_due": due_at(EXPLAIN, now, calendar),
        "explain_kind": EXPLAIN.kind,
        "explain_label": EXPLAIN.label,
        "explain_duty": EXPLAIN.duty,
        "explain_n": EXPLAIN.n,
        "today": timezone.localdate(now),
        "loop": CARD.key,
    }


def raise_all(alarms: Sequence[Alarm], now: datetime, calendar: WorkCalendar) -> dict[str, int]:
    """Raises what was not raised before, in the caller's transaction; two queries. Returns how many of each level."""
    raised = dict.fromkeys([level for level, _ in LEVELS], 0)
    by_key = {alarm.key: alarm for alarm in alarms}
    for key in Alert.objects.filter(key__in=sorted(by_key)).values_list("key", flat=True) if by_key else ():
        del by_key[key]
    if by_key:
        with connection.cursor() as cursor:
            cursor.execute(_FOUND, {**frame(now, calendar), "found": _json(by_key.values())})
            raised |= dict(cursor.fetchall())
    return raised


def _json(alarms: Any) -> str:
    return orjson.dumps([_row(alarm) for alarm in alarms]).decode()


def _row(alarm: Alarm) -> dict[str, Any]:
    return {
        "rule": alarm.rule.pk,
        "level": alarm.rule.level,
        "subject": alarm.subject,
        "subject_id": alarm.subject_id,
        "subject_number": alarm.subject_number,
        "key": alarm.key,
        "title": alarm.title,
        "evidence": alarm.evidence,
        "tell": alarm.rule.body["tell"],
        "centre_id": alarm.centre,
        "department_id": alarm.department,
        "person": alarm.person,
    }


__all__ = ["COLUMNS", "RAISED", "Alarm", "frame", "raise_all"]
