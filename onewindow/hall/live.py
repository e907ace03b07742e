"""The hall as it stands, or as it stood: lines with what to expect, windows, the day's figures, what goes wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from onewindow.hall import looks, opening
from onewindow.hall.estimate import Pace, Wait, mixed, wait, words
from onewindow.hall.hours import Open
from onewindow.hall.lifecycle import TicketState
from onewindow.hall.looks import Line, Manned, Today
from onewindow.hall.models import EmergencyCall, Ticket, WaitAlarm
from onewindow.hall.order import protected_before
from onewindow.hall.pace import average_wait, pace
from onewindow.hall.queues import HallMap, QueueInfo, WindowInfo, hall_map

_SOON: Final = looks.DUE_SOON.total_seconds() / 60


@dataclass(frozen=True, slots=True)
class QueueWait:
    """A line: `wait` is what somebody who takes a ticket now must expect, `longest` how long the first stands there.

    `windows_open` are manned, not paused and serve the line; minutes.
    """

    queue: QueueInfo
    waiting: int
    windows_open: int
    wait: Wait | None
    longest: float

    @property
    def words(self) -> str:
        return words(self.wait)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ticket stands: people before it in its line, and the windows that may call it, open ones first."""

    ahead: int
    wait: Wait | None
    windows: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class WindowState:
    """`state`: serving, called, free, paused or closed; `since` when that began."""

    window: WindowInfo
    state: str
    who: str = ""
    number: str = ""
    since: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole hall at one moment. `live`: now, not a moment of the past."""

    layout: HallMap
    at: datetime
    live: bool
    hours: tuple[Open, ...]
    queues: tuple[QueueWait, ...]
    windows: tuple[WindowState, ...]
    today: Today
    alarms: tuple[WaitAlarm, ...]
    emergencies: tuple[EmergencyCall, ...]

    @property
    def open_now(self) -> bool:
        return any(stretch.starts <= self.at < stretch.ends for stretch in self.hours)

    @property
    def waiting(self) -> int:
        return sum(line.waiting for line in self.queues)

    @property
    def working(self) -> int:
        """Windows that are open and not paused."""
        return sum(one.state not in {"closed", "paused"} for one in self.windows)


def waits(centre: int, now: datetime) -> list[QueueWait]:
    """Every line of the hall. Two queries, and those of `pace` when it is not remembered. Raises NotFound."""
    lines, manned = looks.lines(centre, now, live=True), looks.manned(centre, now, live=True)
    return _waits(hall_map(centre), lines, manned, pace(centre, now), now)


def snapshot(centre: int, at: datetime | None = None) -> Snapshot:
    """The hall now, or as it stood `at` a past moment. At most six queries besides what is remembered."""
    live, at = at is None, at or timezone.now()
    layout = hall_map(centre)
    lines, manned = looks.lines(centre, at, live=live), looks.manned(centre, at, live=live)
    return Snapshot(
        layout=layout,
        at=at,
        live=live,
        hours=hours_at(centre, at, live=live),
        queues=tuple(_waits(layout, lines, manned, pace(centre, at), at)),
        windows=tuple(_window(window, manned.get(window.pk)) for window in layout.windows),
        today=looks.today(centre, at),
        alarms=tuple(_then(WaitAlarm.objects.filter(queue__centre_id=centre), at).select_related("queue")),
        emergencies=tuple(emergencies(centre, at)),
    )


def hours_at(centre: int, at: datetime, *, live: bool) -> tuple[Open, ...]:
    """The opening of that day as it was promised then, or as it is now where nothing had been said yet."""
    told = opening.plan(centre) if live else opening.plan(centre, at)
    if not (told.weekly or told.special):
        told = opening.plan(centre)
    return told.day(timezone.localdate(at))


def emergencies(centre: int, at: datetime) -> QuerySet[EmergencyCall]:
    """The calls for help that were open at that moment, newest first."""
    rows = EmergencyCall.objects.filter(centre_id=centre, called_at__lte=at)
    still = rows.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=at))
    return still.select_related("window", "called_by", "answered_by").order_by("-called_at", "-pk")[:20]


def place(ticket: Ticket, now: datetime) -> Place:
    """Where the ticket stands. At most three queries besides what is remembered."""
    layout = hall_map(ticket.centre_id)
    if ticket.state != TicketState.WAITING:
        return _not_waiting(ticket, layout)
    protected = protected_before(now, average_wait(ticket.centre_id, now), layout.rules)
    before = looks.ahead(ticket.centre_id, ticket.pk, ticket.place_at, ticket.rank_at, protected)
    manned = looks.manned(ticket.centre_id, now, live=True)
    queue = layout.queue(ticket.queue_id)
    able = [
        window
        for window in layout.windows_of(queue, ticket.departments, ticket.items)
        if (window.kind != "green" or ticket.priority) and window.takes(queue, ticket.departments, ticket.items)
    ]
    working = _working(able, manned)
    lines = {pk: Line(waiting=number) for pk, number in before.items()}
    found = _expected(layout, queue, working, lines, manned, pace(ticket.centre_id, now))
    ahead = before.get(queue.pk, 0)
    names = [window.name for window in able if window.pk in working]
    names += [window.name for window in able if window.pk not in working]
    return Place(ahead, found, tuple(names), _sentence(ahead, found))


def _sentence(ahead: int, found: Wait | None) -> str:
    if ahead == 0:
        return "下一个就是您，请在窗口附近等候" if found is not None else f"您排在第一位。{words(found)}"
    return f"前面还有 {ahead} 位，{words(found)}"


def _not_waiting(ticket: Ticket, layout: HallMap) -> Place:
    there = next((f"{one.code} {one.name}" for one in layout.windows if one.pk == ticket.window_id), "窗口")
    sentences = {
        TicketState.CALLED: f"请到 {there}",
        TicketState.SERVING: f"正在 {there} 办理",
        TicketState.HELD: f"手续还没办完，请尽快回到 {there}",
        TicketState.MISSED: "叫过您的号，您没有到窗口。要继续办，请到导办台重新排队",
        TicketState.FINISHED: "已经办完",
        TicketState.LEFT: "这个号已经结束。要办事请重新取号",
    }
    return Place(0, None, (), sentences[TicketState(ticket.state)])


# ---- what to expect -----------------------------------------------------------------------------------------------


def _waits(
    layout: HallMap, lines: Mapping[int, Line], manned: Mapping[int, Manned], paces: Mapping[int, Pace], now: datetime
) -> list[QueueWait]:
    found = []
    for queue in layout.queues:
        line, working = lines.get(queue.pk, Line()), _ordinary(layout, queue, manned)
        expected = _expected(layout, queue, working, lines, manned, paces)
        longest = max((now - line.first).total_seconds() / 60, 0.0) if line.first else 0.0
        found.append(QueueWait(queue, line.waiting, len(working), expected, longest))
    return found


def _expected(
    layout: HallMap,
    queue: QueueInfo,
    working: frozenset[int],
    lines: Mapping[int, Line],
    manned: Mapping[int, Manned],
    paces: Mapping[int, Pace],
) -> Wait | None:
    """Behind the people of `lines`, those of other lines counted by the share of their windows that are ours too.

    People booked for the next hour come before somebody who comes now, as far as the hour lasts.
    """
    own = paces.get(queue.pk, Pace(layout.rules.service_minutes, layout.rules.service_minutes, 0))
    parts, due = [], 0.0
    for other in layout.queues:
        line = lines.get(other.pk, Line())
        theirs = working if other.pk == queue.pk else _ordinary(layout, other, manned)
        share = len(theirs & working) / len(theirs) if theirs else 0.0
        due += line.due * share
        parts.append((line.waiting * share, paces.get(other.pk, own)))
    ahead = sum(share for share, _ in parts)
    whole = mixed(parts) if ahead > 0 else own
    busy = sum(manned[window].state != "" for window in working)

    def behind(people: float) -> Wait | None:
        return wait(people, len(working), whole.mean, whole.deviation, busy, measured=whole.measured or None)

    first = behind(ahead)
    if first is None or not due:
        return first
    return behind(ahead + due * min(first.expected / _SOON, 1.0))


def _ordinary(layout: HallMap, queue: QueueInfo, manned: Mapping[int, Manned]) -> frozenset[int]:
    return _working(layout.ordinary_windows(queue), manned)


def _working(windows: Iterable[WindowInfo], manned: Mapping[int, Manned]) -> frozenset[int]:
    return frozenset(one.pk for one in windows if one.pk in manned and manned[one.pk].paused is None)


def _window(window: WindowInfo, there: Manned | None) -> WindowState:
    if there is None:
        return WindowState(window, "closed")
    if there.state:
        return WindowState(window, there.state, there.who, there.number, there.since, there.pause_reason)
    if there.paused:
        return WindowState(window, "paused", there.who, "", there.paused, there.pause_reason)
    return WindowState(window, "free", there.who, "", there.opened)


def _then(rows: QuerySet[WaitAlarm], at: datetime) -> QuerySet[WaitAlarm]:
    began = rows.filter(started_at__lte=at).order_by("started_at")
    return began.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at))
