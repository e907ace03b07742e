"""Bookings of the hall on stage, as people make them: the day before, for half past nine on Monday."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from onewindow.hall import appointments
from onewindow.hall.models import Appointment
from tests.cast import FOOD
from tests.hall.stage import MONDAY, Stage

SUNDAY_NOON = dt.datetime(2026, 11, 22, 12, tzinfo=timezone.get_default_timezone())
TUESDAY = MONDAY + dt.timedelta(days=1)


def person(n: int = 0, **changes: Any) -> dict[str, Any]:
    return {"name": f"来访{n}", "phone": f"1990001{n:04}", **changes}


def wish(stage: Stage, clock: str = "9:30", n: int = 0, day: dt.date = MONDAY, **changes: Any) -> dict[str, Any]:
    return {"item": FOOD, "at": stage.at(clock, day), **person(n), **changes}


def book(stage: Stage, clock: str = "9:30", n: int = 0, **more: Any) -> Appointment:
    options = {key: more.pop(key) for key in ("by", "channel", "request", "now") if key in more}
    return appointments.book(
        stage.cast.centre, wish(stage, clock, n, **more), **{"by": None, "now": SUNDAY_NOON, **options}
    )
