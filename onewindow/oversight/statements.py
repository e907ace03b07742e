"""The sweep's two statements. Set-based, so that ten thousand limits that end at midnight are one question."""

from __future__ import annotations

from typing import Final

from onewindow.oversight.raising import RAISED

_LIMIT: Final = "d.id AS deadline, d.subject_id, d.due_at, d.label, d.rule AS basis, d.centre_id, d.department_id"
_DUE: Final = """
WITH probe AS (
    SELECT * FROM unnest(
        %(p_rule)s::bigint[], %(p_code)s::text[], %(p_name)s::text[], %(p_level)s::text[], %(p_subject)s::text[],
        %(p_kind)s::text[], %(p_unit)s::text[], %(p_lengths)s::text[], %(p_since)s::timestamptz[],
        %(p_upto)s::timestamptz[], %(p_past)s::boolean[], %(p_tell)s::text[], %(p_mark)s::text[])
    AS p(rule, code, name, level, subject, kind, unit, lengths, since, upto, past, tell, mark)),
asked AS MATERIALIZED (
    SELECT probe.*, n FROM probe LEFT JOIN LATERAL unnest(string_to_array(lengths, ',')::int[]) AS n ON true),
touched AS MATERIALIZED (
    SELECT * FROM clocks_deadline d WHERE d.touched_at >= %(touched)s::timestamptz
        AND d.due_at <= (SELECT max(upto) FROM probe) AND (d.settled_at IS NULL OR d.outcome = 'late')),
found AS (
    SELECT asked.*, d.* FROM asked CROSS JOIN LATERAL (
        SELECT {limit} FROM clocks_deadline d
        WHERE d.kind = asked.kind AND d.settled_at IS NULL AND d.due_at > asked.since AND d.due_at <= asked.upto
            AND d.subject_kind = asked.subject
        OFFSET 0) d
    WHERE asked.since < asked.upto AND asked.unit = ''
    UNION ALL
    SELECT asked.*, d.* FROM asked CROSS JOIN LATERAL (
        SELECT {limit} FROM clocks_deadline d
        WHERE d.kind = asked.kind AND d.limit_unit = asked.unit AND d.limit_n = asked.n AND d.settled_at IS NULL
            AND d.due_at AT TIME ZONE 'UTC' > asked.since AT TIME ZONE 'UTC'
            AND d.due_at AT TIME ZONE 'UTC' <= asked.upto AT TIME ZONE 'UTC' AND d.subject_kind = asked.subject
        OFFSET 0) d
    WHERE asked.since < asked.upto AND asked.unit <> ''
    UNION ALL
    SELECT asked.*, {limit} FROM touched d
    JOIN asked ON d.kind = asked.kind AND d.subject_kind = asked.subject AND d.due_at <= asked.upto
    WHERE asked.unit = '' AND (d.settled_at IS NULL OR asked.past)
    UNION ALL
    SELECT asked.*, {limit} FROM touched d
    JOIN asked ON d.kind = asked.kind AND d.subject_kind = asked.subject AND d.limit_unit = asked.unit
        AND d.limit_n = asked.n AND d.due_at <= asked.upto
    WHERE asked.unit <> '' AND (d.settled_at IS NULL OR asked.past)),
due AS (
    SELECT * FROM found WHERE past OR due_at >= %(now)s::timestamptz),
fired AS (
    SELECT nextval(pg_get_serial_sequence('oversight_alert', 'id')) AS id, due.*,
        due.code || ':' || due.deadline || ':' || to_char(due.due_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MI') AS key,
        coalesce(CASE due.subject
            WHEN 'case' THEN (SELECT number FROM cases_case WHERE id = due.subject_id)
            WHEN 'ticket' THEN (SELECT number FROM hall_ticket WHERE id = due.subject_id)
            WHEN 'complaint' THEN (SELECT number FROM voice_complaint WHERE id = due.subject_id)
            WHEN 'rating' THEN (SELECT number FROM voice_badrating WHERE id = due.subject_id)
            WHEN 'issue' THEN (SELECT number FROM voice_systemicissue WHERE id = due.subject_id)
            WHEN 'consultation' THEN (SELECT number FROM voice_consultation WHERE id = due.subject_id)
            WHEN 'alert' THEN (SELECT number FROM oversight_alert WHERE id = due.subject_id)
            WHEN 'letter' THEN (SELECT left(number, 50) FROM people_authorisationletter WHERE id = due.subject_id)
            WHEN 'change' THEN (SELECT number FROM catalogue_changerequest WHERE id = due.subject_id)
        END, '') AS subject_number,
        CASE due.subject
            WHEN 'case' THEN (SELECT assignee_id FROM cases_case WHERE id = due.subject_id)
            WHEN 'complaint' THEN (SELECT person_id FROM voice_complaint WHERE id = due.subject_id)
            WHEN 'rating' THEN (SELECT person_id FROM voice_badrating WHERE id = due.subject_id)
            WHEN 'alert' THEN (SELECT person_id FROM oversight_alert WHERE id = due.subject_id)
            WHEN 'change' THEN (SELECT person_id FROM catalogue_changerequest
                WHERE id = due.subject_id AND due.department_id IS NOT NULL)
            WHEN 'letter' THEN (SELECT p.account_id FROM people_authorisationletter l
                JOIN people_posting p ON p.id = l.posting_id WHERE l.id = due.subject_id)
        END AS person
    FROM due
    WHERE due.centre_id IS NOT NULL AND (due.centre_id = ANY(%(centres)s::bigint[])) <> %(all)s::boolean),
alarm AS (
    SELECT id, rule, level, subject, subject_id, subject_number, deadline, due_at, key,
        CASE WHEN position(label IN name) > 0 THEN name ELSE name || '：' || label END AS title,
        jsonb_build_object('limit', label, 'kind', kind, 'basis', basis, 'due_at', due_at) AS evidence,
        string_to_array(tell, ',')::varchar[] AS tell, centre_id, department_id, person
    FROM fired),
""".replace("{limit}", _LIMIT)
RAISE: Final = _DUE + RAISED

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
