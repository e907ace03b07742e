"""The sweep's two statements. Set-based, so that ten thousand limits that end at midnight are one question."""

from __future__ import annotations

from typing import Final

RAISE: Final = """
WITH probe AS (
    SELECT * FROM unnest(
        %(p_rule)s::bigint[], %(p_code)s::text[], %(p_name)s::text[], %(p_level)s::text[], %(p_subject)s::text[],
        %(p_kind)s::text[], %(p_unit)s::text[], %(p_low)s::int[], %(p_high)s::int[], %(p_since)s::timestamptz[],
        %(p_upto)s::timestamptz[], %(p_past)s::boolean[], %(p_tell)s::text[], %(p_mark)s::text[])
    AS p(rule, code, name, level, subject, kind, unit, low, high, since, upto, past, tell, mark)),
due AS (
    SELECT probe.*, d.id AS deadline, d.subject_id, d.due_at, d.label, d.rule AS basis, d.centre_id, d.department_id
    FROM probe JOIN clocks_deadline d ON d.kind = probe.kind AND d.settled_at IS NULL
        AND d.due_at > probe.since AND d.due_at <= probe.upto
    WHERE d.subject_kind = probe.subject AND (probe.unit = '' OR (d.limit_unit = probe.unit
        AND d.limit_n BETWEEN probe.low AND probe.high)) AND (probe.past OR d.due_at >= %(now)s::timestamptz)
    UNION
    SELECT probe.*, d.id, d.subject_id, d.due_at, d.label, d.rule, d.centre_id, d.department_id
    FROM clocks_deadline d JOIN probe ON d.kind = probe.kind AND d.subject_kind = probe.subject
        AND d.due_at <= probe.upto
    WHERE d.touched_at >= %(touched)s::timestamptz
        AND (d.settled_at IS NULL OR (probe.past AND d.outcome = 'late'))
        AND (probe.unit = '' OR (d.limit_unit = probe.unit AND d.limit_n BETWEEN probe.low AND probe.high))
        AND (probe.past OR d.due_at >= %(now)s::timestamptz)),
fired AS (
    SELECT nextval(pg_get_serial_sequence('oversight_alert', 'id')) AS id, due.*,
        due.code || ':' || due.deadline || ':' || to_char(due.due_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MI') AS key,
        coalesce(c.number, t.number, k.number, b.number, i.number, q.number, a.number, '') AS subject_number,
        coalesce(c.assignee_id, k.person_id, b.person_id, i.person_id, q.person_id, a.person_id) AS person
    FROM due
    LEFT JOIN cases_case c ON due.subject = 'case' AND c.id = due.subject_id
    LEFT JOIN hall_ticket t ON due.subject = 'ticket' AND t.id = due.subject_id
    LEFT JOIN voice_complaint k ON due.subject = 'complaint' AND k.id = due.subject_id
    LEFT JOIN voice_badrating b ON due.subject = 'rating' AND b.id = due.subject_id
    LEFT JOIN voice_systemicissue i ON due.subject = 'issue' AND i.id = due.subject_id
    LEFT JOIN voice_consultation q ON due.subject = 'consultation' AND q.id = due.subject_id
    LEFT JOIN oversight_alert a ON due.subject = 'alert' AND a.id = due.subject_id
    WHERE due.centre_id IS NOT NULL AND (due.centre_id = ANY(%(centres)s::bigint[])) <> %(all)s::boolean
        AND NOT EXISTS (SELECT 1 FROM oversight_alert old WHERE old.key = due.code || ':' || due.deadline || ':'
            || to_char(due.due_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MI'))),
raised AS (
    INSERT INTO oversight_alert (id, number, rule_id, level, subject_kind, subject_id, subject_number, deadline, due_at,
        key, title, evidence, tell, disputed, accounted, centre_id, department_id, person_id, state, version, opened_at,
        next_due_at)
    SELECT id, 'J' || %(stamp)s::text || '-' || lpad(id::text, 6, '0'), rule, level, subject, subject_id,
        subject_number, deadline, due_at, key, left(name || '：' || label, 160),
        jsonb_build_object('limit', label, 'kind', kind, 'basis', basis, 'due_at', due_at),
        string_to_array(tell, ',')::varchar[], false, false, centre_id, department_id, person,
        CASE WHEN level = ANY(%(cards)s::text[]) THEN 'open' ELSE 'told' END, 1, %(now)s::timestamptz,
        CASE WHEN level = ANY(%(cards)s::text[]) THEN %(explain_due)s::timestamptz END
    FROM fired ON CONFLICT (key) DO NOTHING
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

SETTLE: Final = """
WITH over AS (
    SELECT a.id, a.version FROM clocks_deadline d
    JOIN oversight_alert a ON a.deadline = d.id AND a.closed_at IS NULL AND a.state = 'told'
    WHERE d.touched_at >= %(touched)s::timestamptz AND (d.settled_at IS NOT NULL OR d.due_at IS DISTINCT FROM a.due_at)
    FOR UPDATE OF a),
settled AS (
    UPDATE oversight_alert a SET state = 'settled', closed_at = %(now)s::timestamptz, version = a.version + 1
    FROM over WHERE a.id = over.id RETURNING a.id, a.version),
told AS (
    INSERT INTO loops_loopstep (subject_kind, subject_id, seq, action, label, state, at, role, data)
    SELECT %(loop)s::text, id, version, 'settle', '消除', 'settled', %(now)s::timestamptz, 'system', '{}'::jsonb
    FROM settled)
SELECT count(*) FROM settled"""
