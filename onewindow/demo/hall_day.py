"""One day of the demonstration's halls: its plan, and the people, windows and bookings that the plan names."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Final

from onewindow.catalogue.models import Item
from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.store import current_calendar
from onewindow.demo import crowd, hall_shifts, hall_visits, plan
from onewindow.demo.hall_shifts import Shift
from onewindow.demo.hall_visits import Visit, Wanted
from onewindow.demo.office import at
from onewindow.demo.places import HALL
from onewindow.hall.access import COUNTERS, post_at
from onewindow.hall.models import Appointment
from onewindow.hall.queues import cannot_take
from onewindow.people.authority import Actor
from onewindow.people.crypto import blind_index
from onewindow.people.models import Account, Applicant
from onewindow.places.models import Centre, Window

KEY: Final = "demo:"
AHEAD: Final = 7
"""Nobody of the demonstration books further ahead than this many days."""


def request_key(day: dt.date, number: int) -> str:
    return f"{KEY}{day:%Y%m%d}:{number}"


class Day:
    """The plan of a date and whom it concerns. Rows are read when first asked for."""

    county: Final = HALL

    def __init__(self, date: dt.date, house: House) -> None:
        self.date, self.house = date, house
        working = current_calendar().is_workday(date)
        self.shifts: list[Shift] = hall_shifts.shifts(date, working, house.towns)
        self.visits: Sequence[Visit] = _visits(date, working, tuple(house.towns), house.wanted)
        self.people = hall_shifts.people(house.towns)

    @cached_property
    def bookings(self) -> dict[str, Appointment]:
        """Request key -> booking, of those who booked for this day; read anew for every stage."""
        keys = {self.booking_key(visit): request_key(self.date, visit.number) for visit in self.visits if visit.booked}
        rows = Appointment.objects.filter(request__in=keys).select_related("visitor", "item")
        return {keys[row.request or ""]: row for row in rows}

    def booking_key(self, visit: Visit) -> str:
        """As `appointments.book` keeps a request."""
        centre = self.house.centres[visit.centre].pk
        return hashlib.sha256(f"{centre}:{request_key(self.date, visit.number)}".encode()).hexdigest()

    def booked_at(self, visit: Visit) -> dt.datetime:
        """When they booked: some days before, at any hour people are awake."""
        assert visit.booked is not None
        chance = random.Random(f"booked {self.date} {visit.number}")
        return at(self.date - dt.timedelta(days=visit.booked), chance.uniform(7, 22.5))

    def slot(self, visit: Visit, minutes: int) -> dt.datetime:
        """The time they booked: the first slot after they come."""
        local = (visit.at + dt.timedelta(minutes=visit.number % 9)).astimezone(SHANGHAI)
        since = local.hour * 60 + local.minute
        return at(self.date, (since // minutes + 1) * minutes / 60)


@lru_cache(maxsize=12)
def _visits(date: dt.date, working: bool, towns: tuple[str, ...], wanted: tuple[Wanted, ...]) -> Sequence[Visit]:
    known = [one for one in crowd.visitors("natural") if one.username]
    return tuple(hall_visits.visits(date, working, towns, wanted, known))


class House:
    """The centres, windows and people of the demonstration; read once for all days of a run."""

    def __init__(self) -> None:
        county = Centre.objects.get(key=HALL)
        branches = Centre.objects.filter(parent=county, kind="township_centre", hall__isnull=False)
        self.centres: Mapping[str, Centre] = {c.key: c for c in [county, *branches.order_by("key")]}
        self.towns = [key for key in self.centres if key != HALL]
        rows = Window.objects.filter(centre__in=self.centres.values(), is_active=True).select_related("centre")
        self.windows = {(window.centre.key, window.code): window for window in rows}
        self.wanted = _wanted()
        self._actors: dict[str, Actor] = {}

    def actor(self, username: str) -> Actor:
        if username not in self._actors:
            self._actors[username] = Actor.of(Account.objects.get(username=username))
        return self._actors[username]

    @cached_property
    def applicants(self) -> Mapping[str, Applicant]:
        """Identity number -> who it is, of those who give it."""
        numbers = {blind_index("id", one.id_number): one for one in crowd.visitors("natural") if one.username}
        found = Applicant.objects.filter(id_index__in=numbers)
        return {numbers[row.id_index].id_number: row for row in found if row.name == numbers[row.id_index].name}

    @property
    def guide(self) -> Actor:
        return self.actor("guide2")

    def cannot(self, actor: Actor, window: Window) -> frozenset[int]:
        """Items the person has not learned yet."""
        return cannot_take(post_at(actor, window.centre_id, roles=COUNTERS, window=window.pk).pk)


def _wanted() -> tuple[Wanted, ...]:
    items = Item.objects.in_use().select_related("current").order_by("key")
    return tuple(
        Wanted(item.key, plan.popularity(item), item.current.spec.immediate, bool(item.current.spec.delegable.town))
        for item in items
        if item.current is not None
    )
