"""Whether a line can still serve somebody today: the time its windows have left, and who already counts on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import orjson
from django.db import connection
from django.utils import timezone

from onewindow.hall import opening
from onewindow.hall.pace import pace
from onewindow.hall.queues import HallMap, QueueInfo


@dataclass(frozen=True, slots=True)
class Load:
    """What is going on now: people waiting and booked (still to come today) per line, and the manned windows.

    `repeated` is the ticket that the same request took before.
    """

    waiting: Mapping[int, int]
    booked: Mapping[int, int]
    manned: frozenset[int]
    repeated: int | None = None


# Every ticket asks this first, so it is one statement.
_LOAD: Final = """
SELECT (SELECT id FROM hall_ticket WHERE request = %(request)s::text),
    (SELECT jsonb_object_agg(line.queue_id, line.n) FROM (
        SELECT queue_id, count(*) AS n FROM hall_ticket
        WHERE centre_id = %(centre)s::bigint AND state = 'waiting' GROUP BY queue_id) line),
    (SELECT jsonb_object_agg(line.queue_id, line.n) FROM (
        SELECT queue_id, count(*) AS n FROM hall_appointment
        WHERE centre_id = %(centre)s::bigint AND day = %(day)s::date AND state = 'booked'
            AND upper(period) > %(now)s::timestamptz GROUP BY queue_id) line),
    (SELECT array_agg(s.window_id) FROM hall_windowsession s JOIN places_window w ON w.id = s.window_id
        WHERE w.centre_id = %(centre)s::bigint AND s.closed_at IS NULL)"""


def load(centre: int, now: datetime, request: str | None = None) -> Load:
    """One query."""
    values: dict[str, Any] = {"centre": centre, "now": now, "day": timezone.localdate(now), "request": request}
    with connection.cursor() as cursor:
        cursor.execute(_LOAD, values)
        repeated, waiting, booked, manned = cursor.fetchone()
    return Load(_counts(waiting), _counts(booked), frozenset(manned or ()), repeated)


def _counts(found: str | None) -> dict[int, int]:
    return {int(queue): n for queue, n in orjson.loads(found).items()} if found else {}


def places_left(layout: HallMap, queue: QueueInfo, now: datetime, busy: Load) -> int:
    """How many more people the line can serve before the last closing today; 0 and less: none.

    Early in the day every window that could open counts; towards its end those that are open, or, where none is, those
    that could. A window shared with other lines counts for this one only with the time the others leave. Whoever is in
    line or booked comes first.
    """
    left = opening.minutes_left(layout.centre, now)
    minutes = left - layout.rules.stop_margin
    if left > layout.rules.manned_minutes:
        busy = replace(busy, manned=frozenset())
    windows = _windows(layout, queue, busy)
    means = {pk: one.mean for pk, one in pace(layout.centre, now).items()}
    wanted = sum(
        _people(other, busy) * means.get(other.pk, layout.rules.service_minutes) * _share(layout, other, windows, busy)
        for other in layout.queues
    )
    mean = means.get(queue.pk, layout.rules.service_minutes)
    return int((len(windows) * minutes - wanted) // mean)


def _people(queue: QueueInfo, busy: Load) -> int:
    return busy.waiting.get(queue.pk, 0) + busy.booked.get(queue.pk, 0)


def _windows(layout: HallMap, queue: QueueInfo, busy: Load) -> frozenset[int]:
    able = frozenset(window.pk for window in layout.ordinary_windows(queue))
    return able & busy.manned or able


def _share(layout: HallMap, other: QueueInfo, windows: frozenset[int], busy: Load) -> float:
    """The part of another line's work that falls on these windows."""
    theirs = _windows(layout, other, busy)
    return len(theirs & windows) / len(theirs) if theirs else 0.0
