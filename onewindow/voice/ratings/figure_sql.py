"""What the figures of ratings ask the database. Every question reads an index that holds all it needs (voice_rated…,
voice_asked…), so its cost follows the ratings of the days asked for, not those stored."""

from __future__ import annotations

from typing import Final

CUTS: Final = ("centre", "item", "department", "window", "person", "channel", "target", "phase", "month")
"""One table each; the order of GROUPING's bits, the first the highest."""
_ROWS: Final = ("centre_id", "item_id", "department_id", "window_id", "person_id")
_COLUMNS: Final = (*_ROWS, "channel", "target", "phase", "month")
ASKED_CUTS: Final = ("centre", "department", "window", "person", "phase", "month")
_ASKED_COLUMNS: Final = ("centre_id", "department_id", "window_id", "person_id", "phase", "month")
_MONTH: Final = "width_bucket({0}, %(months)s::timestamptz[])"
"""Which of the months asked for, from 1; comparing moments costs a tenth of spelling out the month of each row."""


def _sets(columns: tuple[str, ...]) -> str:
    return f"GROUPING({', '.join(columns)}), COALESCE({', '.join(f'{one}::text' for one in columns)})"


def _by(columns: tuple[str, ...]) -> str:
    return f"GROUP BY GROUPING SETS ((), {', '.join(f'({one})' for one in columns)})"


def bit(cuts: tuple[str, ...], name: str) -> int:
    """What GROUPING says of the rows of one cut; without a name, of the whole."""
    full = (1 << len(cuts)) - 1
    return full if not name else full ^ (1 << (len(cuts) - 1 - cuts.index(name)))


def rated(column: str) -> str:
    """`column` is centre_id, department_id or person_id. Rows: cut, key, how often levels 1 to 5, how many defaults."""
    levels = ", ".join(f"count(*) FILTER (WHERE level = {n} AND NOT is_default)" for n in range(1, 6))
    return (
        f"SELECT {_sets(_COLUMNS)}, {levels}, count(*) FILTER (WHERE is_default) "  # noqa: S608
        f"FROM (SELECT {', '.join(_ROWS)}, channel, target, phase, level, is_default, "
        f"{_MONTH.format('at')} AS month FROM voice_rating "
        f"WHERE {column} = ANY(%(keys)s::bigint[]) AND at >= %(since)s AND at < %(until)s) AS given {_by(_COLUMNS)}"
    )


def asked(column: str) -> str:
    """Rows: cut, key, how many were asked to rate, how many of them did."""
    return (
        f"SELECT {_sets(_ASKED_COLUMNS)}, count(*), count(*) FILTER (WHERE used_at IS NOT NULL AND NOT silent) "  # noqa: S608
        "FROM (SELECT centre_id, department_id, window_id, person_id, phase, used_at, silent, "
        f"{_MONTH.format('made_at')} AS month FROM voice_invitation "
        f"WHERE {column} = ANY(%(keys)s::bigint[]) AND made_at >= %(since)s AND made_at < %(until)s "
        f"AND channel IN ('qr', 'online')) AS invited {_by(_ASKED_COLUMNS)}"
    )


def labels(column: str) -> str:
    """Rows: label, how often."""
    return (
        "SELECT label, count(*) FROM voice_rating, unnest(labels) AS label "  # noqa: S608
        f"WHERE {column} = ANY(%(keys)s::bigint[]) AND at >= %(since)s AND at < %(until)s AND NOT is_default "
        "GROUP BY label ORDER BY 2 DESC, 1"
    )


def flagged(column: str) -> str:
    """One number: ratings that look as if somebody of the house had given them."""
    return (
        "SELECT count(*) FROM voice_ratingflag f JOIN voice_rating r ON r.id = f.rating_id "  # noqa: S608
        f"WHERE r.{column} = ANY(%(keys)s::bigint[]) AND r.at >= %(since)s AND r.at < %(until)s AND NOT r.is_default"
    )


LOOPS: Final = """
SELECT count(*), count(*) FILTER (WHERE contacted = 'met'), count(*) FILTER (WHERE contacted = 'late'),
  count(*) FILTER (WHERE contacted = 'open'), count(*) FILTER (WHERE finding = 'true'),
  count(*) FILTER (WHERE finding = 'mistaken'), count(*) FILTER (WHERE finding = 'malicious'),
  count(*) FILTER (WHERE finding = 'true' AND mended), count(*) FILTER (WHERE told),
  count(*) FILTER (WHERE revisited), count(*) FILTER (WHERE satisfied), count(*) FILTER (WHERE NOT satisfied),
  count(*) FILTER (WHERE appealed), count(*) FILTER (WHERE closed_at IS NOT NULL)
FROM ({rows}) AS loops
"""
LOOP_ROWS: Final = """
SELECT b.id, b.rating_id, b.finding, b.satisfied, b.closed_at,
  (SELECT CASE WHEN d.settled_at IS NULL THEN CASE WHEN d.due_at < %(now)s THEN 'late' ELSE 'open' END
     ELSE d.outcome END FROM clocks_deadline d WHERE d.subject_kind = 'rating' AND d.subject_id = b.id
     AND d.kind = 'contact' ORDER BY d.id LIMIT 1) AS contacted,
  COALESCE(s.mended, false) AS mended, COALESCE(s.told, false) AS told,
  COALESCE(s.revisited, false) AS revisited, COALESCE(s.appealed, false) AS appealed
FROM voice_badrating b LEFT JOIN LATERAL (
  SELECT bool_or(action = 'mend' AND state = 'mended') AS mended, bool_or(action = 'tell') AS told,
    bool_or(action IN ('revisit', 'confirm')) AS revisited, bool_or(action = 'appeal') AS appealed
  FROM loops_loopstep WHERE subject_kind = 'rating' AND subject_id = b.id) AS s ON true
WHERE b.{column} = ANY(%(keys)s::bigint[]) AND b.opened_at >= %(since)s AND b.opened_at < %(until)s
"""
LOOP_FACTS: Final = {
    "opened": "true",
    "in_time": "contacted = 'met'",
    "late": "contacted = 'late'",
    "waiting": "contacted = 'open'",
    "true": "finding = 'true'",
    "mistaken": "finding = 'mistaken'",
    "malicious": "finding = 'malicious'",
    "mended": "finding = 'true' AND mended",
    "told": "told",
    "revisited": "revisited",
    "content": "satisfied",
    "not_content": "NOT satisfied",
    "appealed": "appealed",
    "closed": "closed_at IS NOT NULL",
}
"""What a row of bad ratings can be narrowed to, each the same words as its number above."""


def loops(column: str) -> str:
    return LOOPS.format(rows=LOOP_ROWS.format(column=column))


def loop_ratings(column: str, fact: str) -> str:
    """The ratings whose loop is so far."""
    return f"SELECT rating_id FROM ({LOOP_ROWS.format(column=column)}) AS loops WHERE {LOOP_FACTS[fact]}"  # noqa: S608
