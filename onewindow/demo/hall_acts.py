"""What the people of the demonstration do in a hall, through its own actions. `hall_record.Record` writes the same
rows for a past day all at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import transaction

from onewindow.hall import calling, onward, sessions, tickets
from onewindow.hall.models import Appointment, Ticket
from onewindow.hall.pace import average_wait
from onewindow.hall.tickets import Source
from onewindow.people.authority import Actor
from onewindow.places.models import Centre, Window


class Acts:
    """The verbs of `hall.tickets` and `hall.calling` as the simulation uses them; each raises what they raise."""

    def average_wait(self, centre: int, now: dt.datetime) -> float:
        return average_wait(centre, now)

    def open_window(self, window: Window, by: Actor, now: dt.datetime) -> None:
        sessions.open_window(window, by=by, now=now)

    def close_window(self, window: Window, by: Actor, now: dt.datetime) -> None:
        sessions.close_window(window, by=by, now=now)

    def pause_window(self, window: Window, by: Actor, reason: str, now: dt.datetime) -> None:
        sessions.pause_window(window, by=by, reason=reason, now=now)

    def resume_window(self, window: Window, by: Actor, now: dt.datetime) -> None:
        sessions.resume_window(window, by=by, now=now)

    def take(
        self, centre: Centre, form: dict[str, Any], source: Source, by: Actor | None, now: dt.datetime, request: str
    ) -> Ticket:
        return tickets.take(centre, form, source=source, by=by, now=now, request=request)

    def check_in(self, booked: Appointment, source: Source, by: Actor | None, now: dt.datetime) -> Ticket:
        return tickets.check_in(booked, source=source, by=by, now=now)

    def call_first(
        self, window: Window, by: Actor, first: Ticket, line: Collection[int], now: dt.datetime
    ) -> Ticket | None:
        """The next, as the hall chooses; nobody when that is not one of `line`. `first` is whom we expect."""
        with transaction.atomic():
            called = calling.call_next(window, by=by, now=now)
            if called is not None and called.pk not in line:  # somebody real came in this very moment
                transaction.set_rollback(True)
                return None
        return called

    def call(self, window: Window, ticket: Ticket, by: Actor, now: dt.datetime) -> Ticket:
        return calling.call(window, ticket, by=by, now=now)

    def recall(self, window: Window, by: Actor, now: dt.datetime) -> Ticket:
        return calling.recall(window, by=by, now=now)

    def start(self, window: Window, by: Actor, now: dt.datetime) -> Ticket:
        return calling.start(window, by=by, now=now)

    def miss(self, window: Window, by: Actor, now: dt.datetime) -> Ticket:
        return calling.miss(window, by=by, now=now)

    def hold(self, window: Window, by: Actor, reason: str, now: dt.datetime) -> Ticket:
        return calling.hold(window, by=by, reason=reason, now=now)

    def resume(self, window: Window, ticket: Ticket, by: Actor, now: dt.datetime) -> Ticket:
        return calling.resume(window, ticket, by=by, now=now)

    def transfer(self, window: Window, by: Actor, queue: int, reason: str, now: dt.datetime) -> Ticket:
        return onward.transfer(window, by=by, queue=queue, reason=reason, now=now)

    def finish(self, window: Window, by: Actor, now: dt.datetime) -> Ticket:
        return onward.finish(window, by=by, now=now)

    def leave(self, ticket: Ticket, now: dt.datetime, reason: str = "visitor") -> Ticket:
        return tickets.leave(ticket, by=None, now=now, reason=reason)

    def give_back(self, ticket: Ticket, by: Actor | None, now: dt.datetime) -> Ticket:
        return onward.give_back(ticket, by=by, now=now)
