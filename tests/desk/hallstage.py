"""A hall that is open now: a Monday at ten, whatever the clock of the machine says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.utils import timezone

from onewindow.hall import calling, memory, sessions, tickets
from onewindow.hall.models import Ticket
from onewindow.places.models import Window
from tests.cast import Cast
from tests.hall.stage import MONDAY, Stage, build

TEN = dt.datetime.combine(MONDAY, dt.time(10), tzinfo=timezone.get_default_timezone())


@dataclass
class OpenHall:
    """The stage of the hall's own tests, with a clock that the test turns, and the verbs by name."""

    cast: Cast
    stage: Stage
    moment: list[dt.datetime] = field(default_factory=lambda: [TEN])

    @property
    def centre(self) -> int:
        return self.cast.centre.pk

    @property
    def now(self) -> dt.datetime:
        return self.moment[0]

    def later(self, minutes: float) -> None:
        self.moment[0] += dt.timedelta(minutes=minutes)
        memory.forget()

    def window(self, code: str = "A01") -> Window:
        return self.stage.windows[code]

    def take(self, *items: str, who: str = "guide1", **more: Any) -> Ticket:
        raw = {"items": items, **more}
        return tickets.take(self.centre, raw, source="guide", by=self.cast.actor(who), now=self.now)

    def open(self, who: str = "clerk1", code: str = "A01") -> None:
        sessions.open_window(self.window(code), by=self.cast.actor(who), now=self.now)

    def call(self, who: str = "clerk1", code: str = "A01") -> Ticket:
        found = calling.call_next(self.window(code), by=self.cast.actor(who), now=self.now)
        assert found is not None
        return found

    def start(self, who: str = "clerk1", code: str = "A01") -> Ticket:
        return calling.start(self.window(code), by=self.cast.actor(who), now=self.now)


@contextmanager
def opened(cast: Cast, monkeypatch: pytest.MonkeyPatch, **rules: Any) -> Iterator[OpenHall]:
    memory.forget()
    found = OpenHall(cast, build(cast, **rules))
    monkeypatch.setattr(timezone, "now", lambda: found.moment[0])
    yield found
    memory.forget()
