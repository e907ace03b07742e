"""Who stood where at a moment: now, from the live rows; or then, from the periods that held at that moment.

Each look is one query with a bound on how far back it reads, however many visits there were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from onewindow.hall.pace import midnight

NEVER_CLOSED: Final = timedelta(days=14)
"""Sessions and kept waits older than this are not looked for when a past moment is read."""
DUE_SOON: Final = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Line:
    """People waiting, since when the first of them, and people booked for the next hour who are not there yet."""

    waiting: int = 0
    first: datetime | None = None
    due: int = 0


@dataclass(frozen=True, slots=True)
class Manned:
    """An open window: who sits there since when, the pause if any, and the ticket at it."""

    window: int
    who: str
    opened: datetime
    paused: datetime | None
    pause_reason: str
    number: str
    state: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Today:
    """The day so far. Waits are of those who were called, in minutes; None before anybody was."""

    tickets: int
    finished: int
    left: int
    booked: int
    wait: float | None
    wait_ninety: float | None
    longest: float | None
    service: float | None


_THEN: Final = "{0}.started_at <= %(at)s AND ({0}.ended_at IS NULL OR {0}.ended_at > %(at)s)"
_DUE: Final = """
SELECT queue_id, 0, NULL::timestamptz, count(*) FROM hall_appointment
WHERE centre_id = %(centre)s AND day = %(day)s AND state IN ('booked', 'arrived', 'missed')
  AND lower(period) > %(at)s AND lower(period) <= %(soon)s AND booked_at <= %(at)s
  AND (arrived_at IS NULL OR arrived_at > %(at)s) AND (ended_at IS NULL OR ended_at > %(at)s)
GROUP BY queue_id"""
_LINES_NOW: Final = f"""
SELECT queue_id, count(*), min(place_at), 0 FROM hall_ticket
WHERE centre_id = %(centre)s AND state = 'waiting' GROUP BY queue_id
UNION ALL {_DUE}"""  # noqa: S608 - our own text
_LINES_THEN: Final = f"""
SELECT p.queue_id, count(*), min(least(t.place_at, p.started_at)), 0
FROM hall_ticketperiod p JOIN hall_ticket t ON t.id = p.ticket_id
WHERE p.centre_id = %(centre)s AND p.state = 'waiting' AND p.started_at >= %(since)s AND {_THEN.format("p")}
GROUP BY p.queue_id
UNION ALL {_DUE}"""  # noqa: S608 - our own text
_AT_WINDOW_NOW: Final = """
SELECT window_id, number, state, coalesce(CASE state WHEN 'serving' THEN started_at END, called_at) AS since
FROM hall_ticket WHERE centre_id = %(centre)s AND state IN ('called', 'serving')"""
_AT_WINDOW_THEN: Final = f"""
SELECT DISTINCT ON (p.window_id) p.window_id, t.number, p.state, p.started_at AS since
FROM hall_ticketperiod p JOIN hall_ticket t ON t.id = p.ticket_id
WHERE p.centre_id = %(centre)s AND p.state IN ('called', 'serving') AND p.started_at >= %(midnight)s
  AND {_THEN.format("p")}
ORDER BY p.window_id, p.started_at DESC"""  # noqa: S608 - our own text
_MANNED: Final = """
WITH there AS ({there})
SELECT s.window_id, a.name, s.opened_at, u.started_at, coalesce(u.reason, ''), coalesce(there.number, ''),
       coalesce(there.state, ''), there.since
FROM hall_windowsession s
JOIN places_window w ON w.id = s.window_id JOIN people_account a ON a.id = s.account_id
LEFT JOIN hall_windowpause u ON u.session_id = s.id AND {pause}
LEFT JOIN there ON there.window_id = s.window_id
WHERE w.centre_id = %(centre)s AND {session}"""
_MANNED_NOW: Final = _MANNED.format(there=_AT_WINDOW_NOW, pause="u.ended_at IS NULL", session="s.closed_at IS NULL")
_MANNED_THEN: Final = _MANNED.format(
    there=_AT_WINDOW_THEN,
    pause=_THEN.format("u"),
    session="s.opened_at >= %(since)s AND s.opened_at <= %(at)s AND (s.closed_at IS NULL OR s.closed_at > %(at)s)",
)
_AHEAD: Final = """
SELECT queue_id, count(*) FROM hall_ticket
WHERE centre_id = %(centre)s AND state = 'waiting' AND id <> %(ticket)s
  AND (place_at > %(protected)s, CASE WHEN place_at <= %(protected)s THEN place_at ELSE rank_at END, id)
    < (%(exposed)s, %(mine)s, %(ticket)s)
GROUP BY queue_id"""
_TODAY: Final = """
WITH spent AS (
    SELECT p.state, extract(epoch FROM p.ended_at - p.started_at) / 60 AS minutes
    FROM hall_ticketperiod p JOIN hall_ticket t ON t.id = p.ticket_id
    WHERE p.centre_id = %(centre)s AND p.state IN ('waiting', 'serving') AND p.started_at >= %(midnight)s
      AND p.started_at <= %(at)s AND p.ended_at <= %(at)s
      AND NOT (p.state = 'waiting' AND t.state = 'left' AND t.ended_at = p.ended_at))
SELECT count(*), count(*) FILTER (WHERE state = 'finished' AND ended_at <= %(at)s),
       count(*) FILTER (WHERE state = 'left' AND ended_at <= %(at)s), count(appointment_id),
       (SELECT avg(minutes) FROM spent WHERE state = 'waiting'),
       (SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY minutes) FROM spent WHERE state = 'waiting'),
       (SELECT max(minutes) FROM spent WHERE state = 'waiting'),
       (SELECT avg(minutes) FROM spent WHERE state = 'serving')
FROM hall_ticket WHERE centre_id = %(centre)s AND day = %(day)s AND taken_at <= %(at)s"""


def lines(centre: int, at: datetime, *, live: bool) -> dict[int, Line]:
    """Queue -> who waits there. One query."""
    found: dict[int, Line] = {}
    for queue, waiting, first, due in _rows(_LINES_NOW if live else _LINES_THEN, _given(centre, at)):
        known = found.get(queue, Line())
        found[queue] = Line(known.waiting + waiting, first or known.first, known.due + due)
    return found


def manned(centre: int, at: datetime, *, live: bool) -> dict[int, Manned]:
    """Window -> who sits there and whom they serve. One query."""
    rows = _rows(_MANNED_NOW if live else _MANNED_THEN, _given(centre, at))
    return {row[0]: Manned(*row) for row in rows}


def ahead(centre: int, ticket: int, place: datetime, rank: datetime, protected: datetime) -> dict[int, int]:
    """Queue -> how many there come before this waiting ticket, by the order of the call. One query."""
    exposed = place > protected
    given = {
        "centre": centre,
        "ticket": ticket,
        "protected": protected,
        "exposed": exposed,
        "mine": rank if exposed else place,
    }
    return dict(_rows(_AHEAD, given))


def today(centre: int, at: datetime) -> Today:
    """One query; reads no more than the periods of that day."""
    (row,) = _rows(_TODAY, _given(centre, at))
    counted, measured = row[:4], (None if one is None else float(one) for one in row[4:])
    return Today(*counted, *measured)


def _given(centre: int, at: datetime) -> dict[str, Any]:
    day = midnight(at)
    return {
        "centre": centre,
        "at": at,
        "soon": at + DUE_SOON,
        "since": day - NEVER_CLOSED,
        "midnight": day,
        "day": day.date(),
    }


def _rows(statement: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
