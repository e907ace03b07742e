"""The statements that roll up: what happened on a day, what stands open now, what falls due in the coming days.

Each builds the whole truth of its days from the rows themselves and then writes only what differs, so running one
twice changes nothing, and a row that came late or was moved is right as soon as its day is counted again.
"""

from __future__ import annotations

from typing import Final

_LOCAL: Final = "({} AT TIME ZONE 'Asia/Shanghai')::date"
_ONE: Final = "1::numeric"

EVENT_MEASURES: Final = {
    "submit": "submitted",
    "receive": "received",
    "give_notice": "notices",
    "accept": "accepted",
    "accept_deferred": "accepted",
    "deem_accepted": "accepted",
    "decide": "decided",
    "withdraw": "withdrawn",
    "deem_withdrawn": "withdrawn",
}
"""Ledger action -> what it counts as. A decision also counts as `on_time` or `late`."""
LATE: Final = (
    "EXISTS (SELECT FROM clocks_deadline d WHERE d.subject_kind = 'case' AND d.subject_id = c.id "
    "AND d.kind IN ('promised', 'statutory') AND d.outcome = 'late')"
)
"""Decided after the promised or the statutory day."""
_STAFF: Final = "CASE WHEN e.role NOT IN ('applicant', 'system') THEN e.actor_id END"

_EVENTS: Final = f"""
SELECT {_LOCAL.format("e.at")} AS day, c.centre_id, c.department_id, {_STAFF} AS person_id, c.item_id, m.measure,
    {_ONE} AS value
FROM cases_caseevent e
JOIN cases_case c ON c.id = e.case_id
JOIN unnest(%(actions)s::text[], %(meanings)s::text[]) AS k(action, meaning) ON k.action = e.action
CROSS JOIN LATERAL (
    SELECT k.meaning AS measure
    UNION ALL SELECT CASE WHEN {LATE} THEN 'late' ELSE 'on_time' END WHERE e.action = 'decide') m
WHERE e.at >= %(since)s::timestamptz AND e.at < %(until)s::timestamptz"""  # noqa: S608 - our own text

_CARDS: Final = f"""
SELECT {_LOCAL.format("opened_at")}, centre_id, department_id, person_id, NULL::bigint, level, {_ONE}
FROM oversight_alert WHERE opened_at >= %(since)s::timestamptz AND opened_at < %(until)s::timestamptz"""  # noqa: S608

_RATINGS: Final = f"""
SELECT {_LOCAL.format("r.at")}, r.centre_id, r.department_id, r.person_id, r.item_id, m.measure, {_ONE}
FROM places_centre c
JOIN voice_rating r ON r.centre_id = c.id AND r.at >= %(since)s::timestamptz AND r.at < %(until)s::timestamptz
CROSS JOIN LATERAL (
    SELECT CASE WHEN r.is_default THEN 'default_ratings' ELSE 'ratings' END AS measure
    UNION ALL SELECT 'bad_ratings' WHERE r.level <= %(bad)s::int AND NOT r.is_default) m"""  # noqa: S608

_COMPLAINTS: Final = f"""
SELECT {_LOCAL.format("m.at")}, centre_id, coalesce(against_id, department_id), person_id, item_id, m.measure, {_ONE}
FROM voice_complaint
CROSS JOIN LATERAL (VALUES ('complaints', opened_at), ('complaints_closed', closed_at)) AS m(measure, at)
WHERE m.at >= %(since)s::timestamptz AND m.at < %(until)s::timestamptz"""  # noqa: S608

_CONSULTATIONS: Final = f"""
SELECT {_LOCAL.format("opened_at")}, centre_id, department_id, NULL::bigint, item_id, 'consultations', {_ONE}
FROM voice_consultation
WHERE opened_at >= %(since)s::timestamptz AND opened_at < %(until)s::timestamptz"""  # noqa: S608

_ONLY_DEPARTMENT: Final = "CASE WHEN cardinality(t.departments) = 1 THEN t.departments[1] END"
_TICKETS: Final = f"""
SELECT t.day, t.centre_id, {_ONLY_DEPARTMENT}, t.account_id, NULL::bigint, m.measure, {_ONE}
FROM hall_hall h
JOIN hall_ticket t ON t.centre_id = h.centre_id AND t.day >= %(first)s::date AND t.day <= %(last)s::date
CROSS JOIN LATERAL (
    SELECT 'tickets' AS measure
    UNION ALL SELECT 'walk_ins' WHERE t.appointment_id IS NULL
    UNION ALL SELECT 'left' WHERE t.state = 'left') m"""  # noqa: S608

_WAITS: Final = f"""
SELECT {_LOCAL.format("p.started_at")}, p.centre_id, {_ONLY_DEPARTMENT}, NULL::bigint, NULL::bigint, m.measure, m.value
FROM hall_hall h
JOIN hall_ticketperiod p ON p.centre_id = h.centre_id AND p.state = 'waiting' AND p.ended_at IS NOT NULL
    AND p.started_at >= %(since)s::timestamptz AND p.started_at < %(until)s::timestamptz
JOIN hall_ticket t ON t.id = p.ticket_id AND NOT (t.state = 'left' AND t.ended_at = p.ended_at)
CROSS JOIN LATERAL (
    VALUES ('waits', 1::numeric), ('waiting_seconds', extract(epoch FROM p.ended_at - p.started_at))
) AS m(measure, value)"""  # noqa: S608

FLOWS: Final = " UNION ALL ".join((_EVENTS, _CARDS, _RATINGS, _COMPLAINTS, _CONSULTATIONS, _TICKETS, _WAITS))
"""What happened: day, centre, department, person, item, measure, value."""

# ---- what stands open now ------------------------------------------------------------------------------------------

OURS: Final = "d.subject_kind <> 'ticket' AND NOT (d.subject_kind = 'case' AND d.kind IN ('correction', 'deferred'))"
"""Limits that somebody of the house must keep: not the applicant's own, and not the minutes of a wait in line."""
_MATTER: Final = """
FROM clocks_deadline d
LEFT JOIN cases_case c ON d.subject_kind = 'case' AND c.id = d.subject_id
LEFT JOIN oversight_alert a ON d.subject_kind = 'alert' AND a.id = d.subject_id"""
_OVERDUE: Final = f"""
SELECT DISTINCT %(today)s::date, d.centre_id, d.department_id, coalesce(c.assignee_id, a.person_id), c.item_id,
    'overdue', {_ONE}, d.subject_kind, d.subject_id
{_MATTER}
WHERE d.settled_at IS NULL AND d.due_at < %(now)s::timestamptz AND d.centre_id IS NOT NULL AND {OURS}"""
_OPEN: Final = """
SELECT %(today)s::date, centre_id, department_id, {person}, {item}, {measure}, count(*)::numeric
FROM {table} WHERE {where} GROUP BY 2, 3, 4, 5, 6"""


def _open(table: str, measure: str, where: str = "closed_at IS NULL", person: str = "person_id", item: str = "") -> str:
    return _OPEN.format(table=table, measure=measure, where=where, person=person, item=item or "NULL::bigint")


STOCKS: Final = " UNION ALL ".join(
    (
        "SELECT day, centre_id, department_id, person_id, item_id, measure, value FROM "  # noqa: S608 - our own text
        f"({_OVERDUE}) AS late(day, centre_id, department_id, person_id, item_id, measure, value, kind, id)",
        _open("cases_case", "'open'", "desk <> '' AND state <> 'draft'", "assignee_id"),
        _open("oversight_alert", "'open_' || level"),
        _open("voice_badrating", "'open_bad_ratings'"),
        _open("voice_complaint", "'open_complaints'"),
        _open("voice_consultation", "'open_consultations'", person="NULL::bigint"),
    )
)

# ---- writing -------------------------------------------------------------------------------------------------------

_SAME: Final = (
    "k.day = f.day AND k.centre_id = f.centre_id AND coalesce(k.department_id, 0) = coalesce(f.department_id, 0) "
    "AND coalesce(k.person_id, 0) = coalesce(f.person_id, 0)"
)


def _write(facts: str) -> str:
    """Sums `facts` into the four grains and makes the table say the same for these days and measures."""
    return f"""
WITH fact (day, centre_id, department_id, person_id, item_id, measure, value) AS ({facts}),
counted AS (
    SELECT day, centre_id, department_id, person_id, item_id, measure, round(sum(value))::bigint AS value
    FROM fact
    GROUP BY GROUPING SETS ((day, centre_id, measure), (day, centre_id, measure, department_id),
        (day, centre_id, measure, department_id, item_id), (day, centre_id, measure, department_id, person_id))
    HAVING CASE GROUPING(department_id, person_id, item_id)
        WHEN 7 THEN true WHEN 3 THEN department_id IS NOT NULL WHEN 1 THEN person_id IS NOT NULL
        ELSE item_id IS NOT NULL AND measure = ANY(%(by_item)s::text[]) END),
gone AS (
    DELETE FROM oversight_figure f
    WHERE f.day >= %(first)s::date AND f.day <= %(last)s::date AND f.measure = ANY(%(measures)s::text[])
        AND NOT EXISTS (SELECT FROM counted k
            WHERE k.measure = f.measure AND coalesce(k.item_id, 0) = coalesce(f.item_id, 0) AND {_SAME})
    RETURNING 1),
told AS (
    INSERT INTO oversight_figure AS f (day, centre_id, department_id, person_id, item_id, measure, value)
    SELECT day, centre_id, department_id, person_id, item_id, measure, value FROM counted
    ON CONFLICT ON CONSTRAINT oversight_one_figure DO UPDATE SET value = excluded.value
    WHERE f.value <> excluded.value RETURNING 1)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM told)"""  # noqa: S608 - our own text


COUNT_FLOWS: Final = _write(FLOWS)
COUNT_STOCKS: Final = _write(STOCKS)

COUNT_DUE: Final = f"""
WITH matter AS (
    SELECT DISTINCT CASE WHEN d.due_at < %(now)s::timestamptz THEN %(overdue)s::date
        ELSE {_LOCAL.format("d.due_at")} END AS day,
        d.centre_id, d.department_id, coalesce(c.assignee_id, a.person_id) AS person_id, d.subject_kind, d.subject_id
    {_MATTER}
    WHERE d.settled_at IS NULL AND d.due_at <= %(horizon)s::timestamptz AND d.centre_id IS NOT NULL AND {OURS}),
counted AS (
    SELECT day, centre_id, department_id, person_id, count(*) AS value FROM matter
    GROUP BY GROUPING SETS ((day, centre_id), (day, centre_id, department_id),
        (day, centre_id, department_id, person_id))
    HAVING CASE GROUPING(department_id, person_id)
        WHEN 3 THEN true WHEN 1 THEN department_id IS NOT NULL ELSE person_id IS NOT NULL END),
gone AS (
    DELETE FROM oversight_duefigure f WHERE NOT EXISTS (SELECT FROM counted k WHERE {_SAME}) RETURNING 1),
told AS (
    INSERT INTO oversight_duefigure AS f (day, centre_id, department_id, person_id, value)
    SELECT day, centre_id, department_id, person_id, value FROM counted
    ON CONFLICT ON CONSTRAINT oversight_one_due DO UPDATE SET value = excluded.value
    WHERE f.value <> excluded.value RETURNING 1)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM told)"""  # noqa: S608 - our own text

# ---- which days changed --------------------------------------------------------------------------------------------

SOURCES: Final = {
    "events": ("cases_caseevent", _LOCAL.format("at")),
    "steps": ("loops_loopstep", _LOCAL.format("at")),
    "ratings": ("voice_rating", _LOCAL.format("at")),
    "tickets": ("hall_ticket", "day"),
}
"""Append-only rows (and tickets) whose numbers tell what is new: table, and the day a row counts on."""
MOVED: Final = f"""
SELECT DISTINCT {_LOCAL.format("o.at")} FROM cases_caseevent o
WHERE o.case_id IN (SELECT case_id FROM cases_caseevent
    WHERE id > %(mark)s AND action IN ('transfer', 'recompute', 'revoke'))
UNION SELECT DISTINCT {_LOCAL.format("opened_at")} FROM voice_complaint
WHERE id IN (SELECT subject_id FROM loops_loopstep WHERE id > %(steps)s AND subject_kind = 'complaint')
UNION SELECT DISTINCT {_LOCAL.format("opened_at")} FROM voice_consultation
WHERE id IN (SELECT subject_id FROM loops_loopstep WHERE id > %(steps)s AND subject_kind = 'consultation')
UNION SELECT DISTINCT {_LOCAL.format("opened_at")} FROM oversight_alert
WHERE id IN (SELECT subject_id FROM loops_loopstep WHERE id > %(steps)s AND subject_kind = 'alert')"""  # noqa: S608
"""Earlier days that count differently since a row moved: a case to another department or to other limits, a matter
to another department."""
