"""How long one waits now, line by line, in words: for everybody who would rather just come (Hunan measure, 35)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from onewindow.faces.portal.booking import day_words, time_words
from onewindow.hall import live, opening
from onewindow.hall.live import QueueWait
from onewindow.hall.queues import hall_map
from onewindow.places.models import Centre
from onewindow.problems import NotFound


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a hall. `own`: the one for what the visitor came to ask about."""

    letter: str
    name: str
    ahead: str
    wait: str
    own: bool


@dataclass(frozen=True, slots=True)
class Waits:
    """What a hall is like at `at`. `closed` says when it opens next; empty while it is open. `idle` are the names of
    the lines that no open window serves just now."""

    place: Centre
    at: datetime
    closed: str
    lines: list[Line]
    idle: list[str]


def waits_at(place: Centre | None, now: datetime | None = None, queue: int | None = None) -> Waits | None:
    """None where there is no hall. `queue` is marked and put first."""
    if place is None:
        return None
    moment = now or timezone.now()
    try:
        hall_map(place)
    except NotFound:
        return None
    found = live.waits(place.pk, moment)
    rows = [_line(one, queue) for one in found if one.wait is not None or one.waiting or one.queue.pk == queue]
    shown = {row.name for row in rows}
    return Waits(
        place=place,
        at=moment,
        closed=closed_words(place, moment),
        lines=sorted(rows, key=lambda line: not line.own),
        idle=[one.queue.name for one in found if one.queue.name not in shown],
    )


def closed_words(place: Centre, now: datetime) -> str:
    """Empty while the hall is open, otherwise 现在不办公，11月23日 星期一 9:00 开门."""
    if opening.now_open(place.pk, now) is not None:
        return ""
    soon = opening.next_open(place.pk, now)
    if soon is None:
        return "现在不办公，近期没有安排"
    return f"现在不办公，{day_words(timezone.localdate(soon.starts))} {time_words(soon.starts)} 开门"


def _line(one: QueueWait, own: int | None) -> Line:
    ahead = f"{one.waiting} 人在等" if one.waiting else "没有人在等"
    return Line(one.queue.letter, one.queue.name, ahead, one.words, one.queue.pk == own)
