"""Whether a line can still serve somebody today: the time its windows have left, and who already counts on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count
from django.utils import timezone

from onewindow.hall import opening
from onewindow.hall.models import Appointment, Ticket, WindowSession
from onewindow.hall.pace import pace
from onewindow.hall.queues import HallMap, QueueInfo

_NOTHING: Final = (0, 0)


@dataclass(frozen=True, slots=True)
class Load:
    """What is going on now: people waiting and booked (still to come today) per line, and the manned windows."""

    waiting: Mapping[int, int]
    booked: Mapping[int, int]
    manned: frozenset[int]


def load(centre: int, now: datetime) -> Load:
    """Three small queries."""
    waiting = Ticket.objects.waiting().filter(centre_id=centre).values_list("queue").annotate(n=Count("pk"))
    booked = (
        Appointment.objects.filter(
            centre_id=centre, day=timezone.localdate(now), state="booked", period__endswith__gt=now
        )
        .values_list("queue")
        .annotate(n=Count("pk"))
    )
    sessions = WindowSession.objects.filter(window__centre_id=centre, closed_at__isnull=True)
    return Load(dict(waiting), dict(booked), frozenset(sessions.values_list("window_id", flat=True)))


def places_left(layout: HallMap, queue: QueueInfo, now: datetime, busy: Load) -> int:
    """How many more people the line can serve before the last closing today; 0 and less: none.

    Windows that are manned count, or, where none is, those that could be. A window shared with other lines counts for
    this one only with the time the others leave. Whoever is in line or booked comes first.
    """
    minutes = opening.minutes_left(layout.centre, now) - layout.rules.stop_margin
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
    able = frozenset(window.pk for window in layout.windows_of(queue) if window.kind != "green")
    return able & busy.manned or able


def _share(layout: HallMap, other: QueueInfo, windows: frozenset[int], busy: Load) -> float:
    """The part of another line's work that falls on these windows."""
    theirs = _windows(layout, other, busy)
    return len(theirs & windows) / len(theirs) if theirs else 0.0
