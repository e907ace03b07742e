"""What can still be booked: the layout, hours, closures and bookings of a hall, brought to the rules of slots.py.

A window may serve several lines, so its bookings are counted whichever line they are in; whoever books locks the
centre's day for that. Lanes are windows by number; a visitor is bound to a window only when called.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.utils import timezone

from onewindow.hall import opening, pace, slots
from onewindow.hall.hours import minute_of, moment
from onewindow.hall.models import Appointment, WindowClosure
from onewindow.hall.queues import HallMap, ItemInfo, QueueInfo, WindowInfo, hall_map, item_info
from onewindow.hall.slots import Busy, DayPlan, Slot
from onewindow.places.models import Centre
from onewindow.problems import FieldError, InvalidInput, RuleBroken

LONGEST: Final = 240
"""No booking holds a place longer than this many minutes, however long the service takes."""
_LANES: Final = 32768
WALK_IN: Final = "不预约也能办：大厅开门时直接来取号就行"


@dataclass(frozen=True)
class Service:
    """What somebody wants to book: the line, the item if one is named, and how many minutes it holds."""

    hall: HallMap
    queue: QueueInfo
    item: ItemInfo | None
    length: int
    windows: tuple[WindowInfo, ...]

    @property
    def rules(self) -> slots.Rules:
        return slots.Rules(1 - self.hall.rules.walk_in_share, self.hall.rules.slot_minutes, self.length)


@dataclass(frozen=True, slots=True)
class DayOffer:
    """`free`: how many of the day's times can still be booked; 0 with the reason."""

    day: date
    free: int
    why_not: str = ""


# ---- what is wanted -----------------------------------------------------------------------------------------------


def service(centre: Centre | int, item: ItemInfo | str | None, kind: str, now: datetime) -> Service:
    """Raises NotFound (no hall), InvalidInput (no such item or line), RuleBroken (not taken or not booked here)."""
    layout = hall_map(centre)
    wanted = _item(item)
    queue = layout.queue_for(kind, [wanted] if wanted else [])
    if not queue.takes_appointments:
        raise RuleBroken(f"「{queue.name}」不用预约", detail=WALK_IN)
    return _service_in(layout, queue, wanted, now)


def service_of(appointment: Appointment, now: datetime) -> Service:
    """The same of a booking that is there already: it stays in its line. Raises NotFound when that was closed."""
    layout = hall_map(appointment.centre_id)
    item = item_info(appointment.item.code) if appointment.item else None
    return _service_in(layout, layout.queue(appointment.queue_id), item, now)


def _service_in(layout: HallMap, queue: QueueInfo, item: ItemInfo | None, now: datetime) -> Service:
    step = layout.rules.slot_minutes
    minutes = pace.minutes(queue.pk, item.pk if item else None, now)
    length = min(slots.length_of(minutes, step), LONGEST // step * step)
    windows = layout.windows_of(queue, [item.department] if item else [], [item.pk] if item else [])
    return Service(layout, queue, item, length, windows)


def _item(given: ItemInfo | str | None) -> ItemInfo | None:
    if not given or isinstance(given, ItemInfo):
        return given or None
    try:
        return item_info(given)
    except InvalidInput as problem:
        raise InvalidInput(problem.title, [FieldError("item", "请重新选择事项")]) from None


def lane_of(window: int) -> int:
    """A window's number as a lane (the column is a small integer; two windows 32768 apart would share one)."""
    return window % _LANES


# ---- days ---------------------------------------------------------------------------------------------------------


def plans(
    wanted: Service, days: Sequence[date], *, without: int = 0, told: opening.Plan | None = None
) -> list[DayPlan]:
    """The days as slots.py knows them; two queries however many. `without`: a booking that is being moved.

    Windows that take less come first, so that those which take everything stay free longest.
    """
    said = told or opening.plan(wanted.hall.centre)
    own = sorted(wanted.windows, key=lambda window: (not window.departments, window.kind == "green", window.code))
    windows = tuple(lane_of(window.pk) for window in own)
    line = frozenset(lane_of(window.pk) for window in wanted.hall.windows_of(wanted.queue))
    closures = _closures([window.pk for window in wanted.hall.windows], days)
    booked = _booked(wanted.hall.centre, days, without)
    return [DayPlan(day, said.day(day), windows, line, closures, booked.get(day, ()), wanted.rules) for day in days]


def plan(wanted: Service, day: date, *, without: int = 0) -> DayPlan:
    return plans(wanted, [day], without=without)[0]


def settled_plan(wanted: Service, day: date, *, without: int = 0) -> DayPlan:
    """The same for whoever writes: nothing remembered, since the hours may have changed a moment ago."""
    return plans(wanted, [day], without=without, told=opening.fresh(wanted.hall.centre))[0]


def _closures(windows: Iterable[int], days: Sequence[date]) -> tuple[Busy, ...]:
    first, last = moment(min(days), 0), moment(max(days), 1440)
    found = WindowClosure.objects.filter(window__in=list(windows), starts_at__lt=last, ends_at__gt=first)
    rows = found.values_list("window_id", "starts_at", "ends_at")
    return tuple(Busy(lane_of(window), starts, ends) for window, starts, ends in rows)


def _booked(centre: int, days: Sequence[date], without: int) -> dict[date, tuple[Busy, ...]]:
    rows = Appointment.objects.filter(centre_id=centre, day__in=days, state__in=["booked", "arrived"])
    found: dict[date, list[Busy]] = {}
    for pk, day, lane, period in rows.values_list("pk", "day", "lane", "period"):
        if pk != without:
            found.setdefault(day, []).append(Busy(lane, period.lower, period.upper))
    return {day: tuple(busy) for day, busy in found.items()}


# ---- what is offered ----------------------------------------------------------------------------------------------


def horizon(layout: HallMap, now: datetime) -> list[date]:
    """The days that can be booked, today first."""
    today = timezone.localdate(now)
    return [today + timedelta(days=ahead) for ahead in range(layout.rules.horizon_days + 1)]


def offer(
    centre: Centre | int, item: ItemInfo | str | None, kind: str, day: date, now: datetime | None = None
) -> list[Slot]:
    """The times of a day with what is free at each; empty when closed or beyond the horizon. Raises as `service`."""
    at = now or timezone.now()
    wanted = service(centre, item, kind, at)
    return plan(wanted, day).slots(at) if day in horizon(wanted.hall, at) else []


def days(
    centre: Centre | int, item: ItemInfo | str | None, kind: str = "general", now: datetime | None = None
) -> list[DayOffer]:
    """Every day of the horizon, with how many times are free or why none is. Raises as `service`."""
    at = now or timezone.now()
    wanted = service(centre, item, kind, at)
    told = opening.plan(wanted.hall.centre)
    return [_day_offer(found, at, told) for found in plans(wanted, horizon(wanted.hall, at))]


def _day_offer(found: DayPlan, now: datetime, told: opening.Plan) -> DayOffer:
    free = sum(1 for _ in found.free_starts(now))
    if free:
        return DayOffer(found.day, free)
    if not found.opens:
        return DayOffer(found.day, 0, told.why_closed(found.day))
    over = all(moment(found.day, start) <= now for start in found.starts())
    return DayOffer(found.day, 0, slots.PAST if over else slots.FULL)


def free_times(wanted: Service, now: datetime) -> list[datetime]:
    """Every time that can still be booked, in order. Two queries."""
    found = plans(wanted, horizon(wanted.hall, now))
    return [time for day in found for time in day.free_starts(now)]


def nearest(free: Iterable[datetime], wished: datetime, most: int = 3) -> list[datetime]:
    """The first days with a free time, of each the one nearest the wished time of day: who chose an afternoon keeps it,
    and the people of a closed day are not all sent to the same quarter of an hour."""
    minute = minute_of(wished, timezone.localdate(wished))
    best: dict[date, datetime] = {}
    for time in free:
        day = timezone.localdate(time)
        rival = best.get(day)
        if rival is None or abs(minute_of(time, day) - minute) < abs(minute_of(rival, day) - minute):
            best[day] = time
    return [best[day] for day in sorted(best)][:most]
