"""The windows of the demonstration's halls: opened, paused and closed as the shifts say, in the order of time."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from onewindow.demo.hall_acts import Acts
from onewindow.demo.hall_day import Day
from onewindow.demo.hall_shifts import Pause, Shift
from onewindow.hall.models import Ticket
from onewindow.hall.queues import HallMap, WindowInfo, hall_map
from onewindow.people.authority import Actor
from onewindow.places.models import Window
from onewindow.problems import NotNow, Problem

Act = Callable[[dt.datetime], None]


@dataclass
class Desk:
    """A window with the simulated person at it, while a shift lasts."""

    window: Window
    info: WindowInfo
    layout: HallMap
    actor: Actor
    closes: dt.datetime
    paused: bool = False
    ticket: Ticket | None = None
    pause_due: Pause | None = None

    @property
    def person(self) -> int:
        assert self.actor.account is not None
        return self.actor.account.pk

    @property
    def free(self) -> bool:
        return self.ticket is None and not self.paused


@dataclass
class Tally:
    """What a run did, for tests and for the log."""

    acts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


class Clockwork:
    """Acts by their time. One that the hall does not allow is counted and forgotten: the next run sees how it is."""

    def __init__(self, since: dt.datetime) -> None:
        self.since, self.now, self.tally = since, since, Tally()
        self._heap: list[tuple[dt.datetime, int, str, Act]] = []
        self._order = itertools.count()

    def _at(self, moment: dt.datetime, name: str, act: Act) -> None:
        heapq.heappush(self._heap, (max(moment, self.now), next(self._order), name, act))

    def _play(self, until: dt.datetime) -> None:
        while self._heap and self._heap[0][0] <= until:
            self.now, _, name, act = heapq.heappop(self._heap)
            try:
                act(self.now)
                self.tally.acts[name] += 1
            except Problem as problem:
                self.tally.refused[f"{name}: {problem.title}"] += 1


class Windows(Clockwork):
    """Who sits where. A window without anybody at it asks `_call` whom to call."""

    def __init__(self, day: Day, since: dt.datetime, acts: Acts) -> None:
        super().__init__(since)
        self.day, self.house, self.acts = day, day.house, acts
        self._desks: dict[int, Desk] = {}

    def _call(self, desk: Desk, now: dt.datetime) -> None:
        raise NotImplementedError

    def _desk(self, window: Window, username: str, closes: dt.datetime) -> Desk:
        layout = hall_map(window.centre_id)
        actor = self.house.actor(username)
        desk = Desk(window, layout.window(window.pk), layout, actor, closes)
        self._desks[window.pk] = desk
        return desk

    def _open(self, shift: Shift, now: dt.datetime) -> None:
        window = self.house.windows.get((shift.centre, shift.window))
        if window is None or window.pk in self._desks or now >= shift.closes:
            return
        self.acts.open_window(window, self.house.actor(shift.username), now)
        desk = self._desk(window, shift.username, shift.closes)
        self._at(shift.closes, "close", lambda then: self._close(desk, then))
        self._plan_pauses(desk, shift)
        self._call(desk, now)

    def _plan_pauses(self, desk: Desk, shift: Shift) -> None:
        for pause in shift.pauses:
            if pause.starts > self.now:
                self._at(pause.starts, "pause", lambda now, pause=pause: self._pause(desk, pause, now))  # type: ignore[misc]

    def _pause(self, desk: Desk, pause: Pause, now: dt.datetime) -> None:
        """At once, or after whoever is at the window."""
        desk.pause_due = pause
        if self._here(desk) and desk.free:
            self._rest(desk, now)

    def _rest(self, desk: Desk, now: dt.datetime) -> None:
        pause, desk.pause_due = desk.pause_due, None
        if pause is not None and now < pause.ends:
            self.acts.pause_window(desk.window, desk.actor, pause.reason, now)
            desk.paused = True
            self._at(pause.ends, "resume", lambda then: self._resume_window(desk, then))

    def _resume_window(self, desk: Desk, now: dt.datetime) -> None:
        if not desk.paused or not self._here(desk):
            return
        self.acts.resume_window(desk.window, desk.actor, now)
        desk.paused = False
        self._call(desk, now)

    def _close(self, desk: Desk, now: dt.datetime) -> None:
        """Closes when nobody is there any more; whoever stepped aside is waited for."""
        if desk.ticket is not None or not self._here(desk):
            return
        try:
            self.acts.close_window(desk.window, desk.actor, now)
        except NotNow:
            self._at(now + dt.timedelta(minutes=1), "close later", lambda then: self._close(desk, then))
        else:
            del self._desks[desk.window.pk]
            self._open_if_due(desk.window, now)

    def _open_if_due(self, window: Window, now: dt.datetime) -> None:
        """The next shift, where the one before went on into it."""
        for shift in self.day.shifts:
            if shift.opens <= now < shift.closes and self.house.windows.get((shift.centre, shift.window)) == window:
                self._open(shift, now)

    def _here(self, desk: Desk) -> bool:
        return self._desks.get(desk.window.pk) is desk
