"""Moments of the last working days, and the people of the cast as they act in them."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Any

from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.store import current_calendar
from onewindow.demo.office import Office, at
from onewindow.loops import engine
from onewindow.loops.definition import Loop
from onewindow.loops.engine import CITIZEN
from onewindow.people.authority import Actor
from onewindow.people.models import Account
from onewindow.people.roles import Role

_SPAN = 90


class Days:
    """`days.ago(3, 10.5)`: half past ten, three working days before the last one that has begun."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now
        self.office = Office(current_calendar())
        self._actors: dict[str, Actor] = {}

    @cached_property
    def _past(self) -> list[dt.date]:
        """Working days before today: whatever happens on one of them has happened."""
        yesterday = self.now.astimezone(SHANGHAI).date() - dt.timedelta(days=1)
        return self.office.days(yesterday, _SPAN)

    def ago(self, workdays: int, hour: float = 10.0) -> dt.datetime:
        """0 is the last working day before today."""
        return at(self._past[-1 - workdays], hour)

    def actor(self, username: str) -> Actor:
        if username not in self._actors:
            self._actors[username] = Actor.of(Account.objects.get(username=username))
        return self._actors[username]

    def lead(self, department: int) -> str:
        """Somebody who leads the department and is not there in name only."""
        rows = Account.objects.filter(
            postings__department_id=department, postings__role__in=[Role.CHIEF.value, Role.HEAD.value], is_demo=True
        )
        found = rows.exclude(username="chief2").order_by("postings__role", "id").values_list("username", flat=True)
        return str(found[0])

    def do(self, loop: Loop, row: Any, action: str, who: str, when: dt.datetime, /, **data: Any) -> Any:
        """A move by somebody of the cast; nobody is the citizen."""
        by = self.actor(who) if who else CITIZEN
        return engine.perform(loop, row, action, by=by, data=data, now=when)
