"""A hall for the tests of the public site: open every day of the week, so that no test depends on today's weekday."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.utils import timezone

from onewindow.hall import appointments
from onewindow.hall.models import Appointment, Hall, Queue, WeeklyHours
from onewindow.people.authority import Actor
from onewindow.places.models import Centre, Window
from tests.cast import FOOD, Cast

PERSON = {"name": "李小花", "phone": "19912345678"}


@dataclass
class Place:
    """A hall with a line for everything and one for questions."""

    centre: Centre
    hall: Hall

    def free(self, item: str | None = FOOD, kind: str = "general", skip: int = 0) -> dt.datetime:
        """The first time of the first later day on which anything is free."""
        now = timezone.now()
        days = [one.day for one in appointments.days(self.centre, item, kind, now) if one.free]
        later = [day for day in days if day > timezone.localdate(now)]
        slots = appointments.offer(self.centre, item, kind, later[skip], now)
        return next(slot.starts for slot in slots if slot.free)

    def book(self, by: Actor | None = None, item: str | None = FOOD, **more: Any) -> Appointment:
        raw = {"item": item, "at": self.free(item, more.get("kind", "general")), **PERSON, **more}
        return appointments.book(self.centre, raw, by=by)


def open_hall(cast: Cast, centre: Centre | None = None, **rules: Any) -> Place:
    place = centre or cast.centre
    hall = Hall.objects.create(centre=place, rules=rules)
    if not place.windows.exists():
        Window.objects.create(centre=place, code="A01", name="综合窗口", kind="general")
    Window.objects.create(centre=place, code="C01", name="咨询窗口", kind="consulting")
    Queue.objects.create(centre=place, letter="A", name="综合", kind="general")
    Queue.objects.create(centre=place, letter="C", name="咨询", kind="consulting")
    first = dt.date(2020, 1, 1)
    WeeklyHours.objects.bulk_create(
        WeeklyHours(centre=place, weekday=day, opens=opens, closes=closes, valid_from=first)
        for day in range(7)
        for opens, closes in ((540, 720), (780, 1020))
    )
    return Place(place, hall)


def local(moment: dt.datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


def address(place: Place, at: dt.datetime, what: str = f"item={FOOD}") -> str:
    """The last page of a booking."""
    day = timezone.localdate(at).isoformat()
    return f"/appointments/new/?{what}&place={place.centre.key}&day={day}&at={local(at)}"


def send(client: Client, url: str, **changes: str) -> Any:
    return client.post(url, {**PERSON, "id_type": "id_card", "once": "0" * 32, "go": "book", **changes})
