"""A hall large enough to be measured: two hundred open windows, each with a person and a token of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from django.utils import timezone

from onewindow.catalogue.models import Item
from onewindow.demo.places import HALL
from onewindow.hall import appointments, sessions
from onewindow.hall.memory import forget
from onewindow.hall.models import Hall
from onewindow.people.authority import Actor
from onewindow.people.models import Account, ApiToken, Posting
from onewindow.people.roles import Role
from onewindow.places.models import Centre, Window


@dataclass(frozen=True, slots=True)
class Counter:
    """A window, who sits there, and how their program signs in."""

    window: Window
    actor: Actor
    token: str


def counters(count: int) -> list[Counter]:
    """Windows that take everything, opened through the action. A second call adds what is missing.

    Services count as a minute each until they are measured, so that at no hour the kiosk says the day is full.
    """
    centre = Centre.objects.get(key=HALL)
    Hall.objects.filter(centre=centre).update(rules={"service_minutes": 1, "stop_margin": 0})
    Window.objects.bulk_create(
        [Window(centre=centre, code=f"W{n:03}", name="测量", kind="general") for n in range(count)],
        ignore_conflicts=True,
    )
    windows = list(Window.objects.filter(centre=centre, code__startswith="W").order_by("code")[:count])
    forget()
    return [_counter(n, window) for n, window in enumerate(windows)]


def _counter(number: int, window: Window) -> Counter:
    account, fresh = Account.objects.get_or_create(
        username=f"bench{number}", defaults={"name": f"测量{number}", "kind": "staff", "password": "!", "is_demo": True}
    )
    if fresh:
        Posting.objects.create(
            account=account,
            role=Role.CLERK,
            centre=window.centre,
            window=window,
            valid_from=timezone.localdate() - dt.timedelta(days=1),
        )
    actor = Actor.of(account)
    sessions.open_window(window, by=actor)
    return Counter(window, actor, ApiToken.issue(account))


def times(wanted: int) -> list[dt.datetime]:
    """So many bookable times, spread over the coming days, none promised to more people than are offered it."""
    now, days = timezone.now(), list[list[dt.datetime]]()
    centre = Centre.objects.get(key=HALL)
    for day in appointments.days(centre, None, "general", now):
        slots = appointments.offer(centre, None, "general", day.day, now) if day.free else []
        days.append([slot.starts for slot in slots for _ in range(slot.free // 3)])
    found = [at for row in zip_longest(*days) for at in row if at is not None]
    return found[:wanted]


def items() -> Sequence[str]:
    """Keys of what people come for."""
    return list(Item.objects.in_use().order_by("key").values_list("key", flat=True)[:20])
