"""A letter of authority ends on a day, so it has a limit like everything else that ends: one row a letter in force.

People lie below oversight, so their rows are brought in line from here, by statements over what differs: a letter
signed since, revoked, or over. Every minute before the sweep, and harmless when repeated.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.utils import timezone

SUBJECT: Final = "letter"
_WATCH: Final = """
INSERT INTO clocks_deadline (subject_kind, subject_id, kind, key, label, rule, limit_unit, start_on, due_at,
    provisional, paused_ground, outcome, centre_id, department_id)
SELECT 'letter', l.id, 'expiry', '', '授权书 ' || left(l.number, 60) || ' 到期', '授权书写明的期限', '', l.valid_from,
    ((l.valid_until + 1)::timestamp AT TIME ZONE %(zone)s) - interval '1 microsecond', false, '', '', p.centre_id,
    l.department_id
FROM people_authorisationletter l JOIN people_posting p ON p.id = l.posting_id
WHERE l.revoked_at IS NULL AND l.valid_until >= %(today)s
    AND NOT EXISTS (SELECT 1 FROM clocks_deadline d
        WHERE d.subject_kind = 'letter' AND d.subject_id = l.id AND d.kind = 'expiry' AND d.key = '')
ON CONFLICT (subject_kind, subject_id, kind, key) DO NOTHING"""
_SETTLE: Final = """
UPDATE clocks_deadline d SET settled_at = %(now)s, outcome = CASE WHEN l.revoked_at IS NULL THEN 'met' ELSE 'void' END
FROM people_authorisationletter l
WHERE d.subject_kind = 'letter' AND d.kind = 'expiry' AND d.settled_at IS NULL AND l.id = d.subject_id
    AND (l.revoked_at IS NOT NULL OR l.valid_until < %(today)s)"""


def watch(now: datetime | None = None) -> int:
    """Brings the limits of letters in line. Returns how many rows were written. Two statements."""
    now = now or timezone.now()
    values: dict[str, Any] = {
        "now": now,
        "today": timezone.localdate(now),
        "zone": timezone.get_default_timezone_name(),
    }
    written = 0
    with connection.cursor() as cursor:
        for statement in (_WATCH, _SETTLE):
            cursor.execute(statement, values)
            written += cursor.rowcount
    return written
