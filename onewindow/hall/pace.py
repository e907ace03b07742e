"""How fast the lines of a hall move: what services took, and how long people lately waited. Read from the periods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from onewindow.hall.estimate import Pace, pace_of
from onewindow.hall.memory import remembered
from onewindow.hall.models import Queue
from onewindow.hall.queues import hall_map

TODAY_MOST: Final = 30
"""Today's services counted at most: the pace of now, not of the morning."""
TODAY_LEAST: Final = 8
"""With fewer services today the last days say more."""
_BACK: Final = timedelta(days=14)
_MOST: Final = 200
_RECENT: Final = timedelta(hours=1)
_STEP: Final = 10

# A visitor takes a window from the call to the end; time held is the window's own. At most _MOST services a line are
# read, newest first, from the index hall_services, however many there were.
_SERVICES: Final = """
SELECT queue, max(ended_at), sum(minutes) + coalesce(min(called), 0)
FROM (
    SELECT line.pk AS queue, served.ticket_id, served.ended_at, served.minutes,
        (SELECT sum(extract(epoch FROM walk.ended_at - walk.started_at)) / 60
           FROM hall_ticketperiod walk
          WHERE walk.ticket_id = served.ticket_id AND walk.window_id = served.window_id AND walk.state = 'called'
            AND walk.ended_at <= served.ended_at) AS called
    FROM unnest(%(queues)s::bigint[]) AS line(pk), LATERAL (
        SELECT ticket_id, window_id, ended_at, extract(epoch FROM ended_at - started_at) / 60 AS minutes
        FROM hall_ticketperiod
        WHERE queue_id = line.pk AND state = 'serving' AND ended_at <= %(now)s AND ended_at > %(since)s
          AND (%(item)s::bigint IS NULL OR item_id = %(item)s::bigint)
        ORDER BY ended_at DESC LIMIT %(most)s
    ) AS served
) AS visit
GROUP BY queue, ticket_id
ORDER BY 2 DESC
"""
_WAITS: Final = """
SELECT avg(extract(epoch FROM ended_at - started_at) / 60) FILTER (WHERE ended_at > %(recent)s),
       avg(extract(epoch FROM ended_at - started_at) / 60)
FROM hall_ticketperiod
WHERE centre_id = %(centre)s AND state = 'waiting' AND started_at >= %(midnight)s AND started_at < %(now)s
  AND ended_at <= %(now)s
"""


def pace(centre: int, now: datetime) -> dict[int, Pace]:
    """Of every line of the centre: from today's last services, else those of 14 days, else as the hall's rules say.

    To ten seconds, so that pages of the same moment ask once. One query. Raises NotFound where there is no hall.
    """
    return _pace(centre, stepped(now))


def minutes(queue: int, item: int | None, now: datetime | None = None) -> float:
    """What one service of the item takes in that line, else one of the line, in minutes."""
    return _minutes(queue, item, stepped(now or timezone.now(), seconds=600))


def average_wait(centre: int, now: datetime) -> float:
    """Minutes that those waited who were called in the last hour, else today; 0 when nobody was called yet."""
    return _average_wait(centre, stepped(now))


def midnight(now: datetime) -> datetime:
    """The beginning of the hall's day."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def stepped(now: datetime, seconds: int = _STEP) -> datetime:
    """The moment, rounded down, so that what is remembered can be found again."""
    return datetime.fromtimestamp(now.timestamp() // seconds * seconds, tz=now.tzinfo)


@remembered(_STEP)
def _pace(centre: int, now: datetime) -> dict[int, Pace]:
    layout = hall_map(centre)
    queues = [queue.pk for queue in layout.queues]
    measured = _measured(queues, None, now)
    return {queue: _of(measured.get(queue, ()), layout.rules.service_minutes, now) for queue in queues}


@remembered(600)
def _minutes(queue: int, item: int | None, now: datetime) -> float:
    centre = Queue.objects.values_list("centre_id", flat=True).get(pk=queue)
    known = pace(centre, now).get(queue)
    usual = known.mean if known else hall_map(centre).rules.service_minutes
    if item is None:
        return usual
    rows = _measured([queue], item, now).get(queue, ())
    return pace_of([taken for _, taken in rows], usual).mean if len(rows) >= TODAY_LEAST else usual


@remembered(_STEP)
def _average_wait(centre: int, now: datetime) -> float:
    with connection.cursor() as cursor:
        cursor.execute(_WAITS, {"centre": centre, "now": now, "midnight": midnight(now), "recent": now - _RECENT})
        recent, today = cursor.fetchone()
    return float(next((found for found in (recent, today) if found is not None), 0.0))


def _of(rows: Sequence[tuple[datetime, float]], assumed: float, now: datetime) -> Pace:
    begin = midnight(now)
    today = [taken for ended, taken in rows if ended >= begin]
    if len(today) >= TODAY_LEAST:
        return pace_of(today[:TODAY_MOST], assumed)
    return pace_of([taken for _, taken in rows], assumed)


def _measured(queues: list[int], item: int | None, now: datetime) -> dict[int, list[tuple[datetime, float]]]:
    """Line -> (end, minutes) of its services, newest first."""
    found: dict[int, list[tuple[datetime, float]]] = {}
    given: dict[str, Any] = {"queues": queues, "item": item, "now": now, "since": now - _BACK, "most": _MOST}
    with connection.cursor() as cursor:
        cursor.execute(_SERVICES, given)
        for queue, ended, taken in cursor.fetchall():
            found.setdefault(queue, []).append((ended, float(taken)))
    return found
