"""What happens to bookings when time passes or the hall changes, and nobody acts: places are given back, people are
reminded, and whoever booked a time that no longer exists is told and offered others. Each may run twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.outbox import Message, rows
from onewindow.hall import bookable, messages, opening, slots
from onewindow.hall.hours import minute_of
from onewindow.hall.models import Appointment, Hall, WindowClosure
from onewindow.hall.queues import hall_map
from onewindow.hall.rules import DEFAULTS, HallRules
from onewindow.hall.slots import bits
from onewindow.places.models import Centre
from onewindow.problems import Problem

_BATCH: Final = 500
_LEAST_GRACE: Final = timedelta(minutes=5)
_QUIET: Final = (21, 8)
"""Nobody is reminded between these hours of the evening and the morning."""
_Chosen = Callable[[Appointment], bool]


def lock_day(centre: int, day: date) -> None:
    """Until the transaction ends nobody else books this day of this centre."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"hall.day:{centre}:{day}"])


def tell(told: Iterable[Message], now: datetime) -> None:
    OutboxMessage.objects.bulk_create(rows(told, now))


# ---- time passes --------------------------------------------------------------------------------------------------


def release_due(now: datetime) -> int:
    """Gives back the places of those who did not come in time; they are told. Returns how many.

    Whoever was to choose another time and let the day pass is taken off the list as well, without a message.
    """
    stale = Appointment.objects.filter(state="displaced", day__lt=timezone.localdate(now))
    stale.update(state="cancelled", ended_at=now, end_reason="大厅没有开放，没有改期")
    late = Appointment.objects.filter(
        state="booked", day__lte=timezone.localdate(now), period__startswith__lt=now - _LEAST_GRACE
    )

    def due(one: Appointment) -> bool:
        return bool(one.starts_at + timedelta(minutes=_rules(one).release_minutes) < now)

    return _each_batch(late, due, "missed", now, state="missed", ended_at=now, end_reason="没有到场")


def remind_due(now: datetime) -> int:
    """Reminds everybody whose time comes near, once; not at night. Returns how many."""
    if not _QUIET[1] <= timezone.localtime(now).hour < _QUIET[0]:
        return 0
    furthest = max((hall.told.reminder_hours for hall in Hall.objects.only("rules")), default=0)
    soon = Appointment.objects.filter(
        state="booked",
        reminded_at__isnull=True,
        day__gte=timezone.localdate(now),
        period__startswith__gt=now,
        period__startswith__lte=now + timedelta(hours=furthest),
    )

    def due(one: Appointment) -> bool:
        return bool(one.starts_at - now <= timedelta(hours=_rules(one).reminder_hours))

    return _each_batch(soon, due, "reminder", now, reminded_at=now)


def _each_batch(found: Any, due: _Chosen, turn: str, now: datetime, **values: Any) -> int:
    """The rows, batch by batch, each locked, changed and told of in one transaction; rows held by others wait."""
    done, last = 0, 0
    while True:
        with transaction.atomic():
            locked = found.select_for_update(of=("self",), skip_locked=True).select_related("centre__hall")
            batch = list(locked.filter(pk__gt=last).order_by("pk")[:_BATCH])
            chosen = [one for one in batch if due(one)]
            Appointment.objects.filter(pk__in=[one.pk for one in chosen]).update(**values)
            tell([messages.message(one, turn) for one in chosen], now)
        done += len(chosen)
        if len(batch) < _BATCH:
            return done
        last = batch[-1].pk


def _rules(one: Appointment) -> HallRules:
    hall: Hall | None = getattr(one.centre, "hall", None)
    return hall.told if hall else DEFAULTS


# ---- the hall changes ---------------------------------------------------------------------------------------------


def displace(centre: Centre | int, day: date, now: datetime) -> int:
    """Looks at the day's bookings anew, after its hours or windows changed. Returns how many must move.

    Outside the hours: the person is asked to choose another time. Inside, but counting on a window that is shut: the
    booking quietly counts on another one that is free, if there is any.
    """
    key = centre if isinstance(centre, int) else centre.pk
    with transaction.atomic():
        lock_day(key, day)
        booked = _future(key, day, now)
        fits = _fitting(key, day, opening.fresh(key), _closures(now, window__centre_id=key))
        unfit = [one for one in booked if not fits(one.lane, one.period) and not _kept(one, now)]
        Appointment.objects.filter(pk__in=[one.pk for one in unfit]).update(state="displaced")
        tell(_displaced(unfit, now), now)
    return len(unfit)


def displace_due(now: datetime) -> int:
    """The same for every day with bookings: a holiday was announced, a window was switched off. Returns how many.

    One query for all bookings to come and one for all closures; each hall's hours and windows are remembered.
    """
    rows = Appointment.objects.filter(state="booked", day__gte=timezone.localdate(now))
    closures = _closures(now)
    tests: dict[tuple[int, date], _Fits] = {}
    wrong: set[tuple[int, date]] = set()
    for centre, day, lane, period in rows.values_list("centre_id", "day", "lane", "period"):
        if (centre, day) not in tests:
            tests[centre, day] = _fitting(centre, day, opening.plan(centre), closures)
        if period.upper > now and not tests[centre, day](lane, period):
            wrong.add((centre, day))
    return sum(displace(centre, day, now) for centre, day in sorted(wrong))


_Fits = Callable[[int, Any], bool]
_Shut = tuple[int, datetime, datetime]


def _future(centre: int, day: date, now: datetime) -> Sequence[Appointment]:
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("item")
    found = rows.filter(centre_id=centre, day=day, state="booked", period__endswith__gt=now)
    return list(found.order_by("booked_at", "pk"))


def _fitting(centre: int, day: date, told: opening.Plan, closures: Iterable[_Shut]) -> _Fits:
    """Whether a booking lies within the day's hours, at a window that is there and not planned to be shut then."""
    hours = 0
    for low, high in slots.stretches(told.day(day), day):
        hours |= bits(low, high)
    try:
        lanes = {bookable.lane_of(window.pk): hours for window in hall_map(centre).windows}
    except Problem:  # the hall is gone
        lanes = {}
    for window, starts, ends in closures:
        lane = bookable.lane_of(window)
        if lane in lanes:
            lanes[lane] &= ~bits(minute_of(starts, day), slots.minute_up(ends, day))

    def fits(lane: int, period: Any) -> bool:
        span = bits(minute_of(period.lower, day), slots.minute_up(period.upper, day))
        return lanes.get(lane, 0) & span == span

    return fits


def _closures(now: datetime, **where: int) -> list[_Shut]:
    """Window, beginning and end of what is planned to be shut and not over."""
    found = WindowClosure.objects.filter(ends_at__gt=now, **where)
    return list(found.values_list("window_id", "starts_at", "ends_at"))


def _kept(one: Appointment, now: datetime) -> bool:
    """Whether another window takes the booking over at the same time; what was promised goes before walk-in room."""
    try:
        plan = bookable.settled_plan(bookable.service_of(one, now), one.day, without=one.pk)
    except Problem:  # its line or its item is no longer there
        return False
    start = minute_of(one.starts_at, one.day)
    lane = plan.any_lane(start, slots.minute_up(one.ends_at, one.day) - start)
    if lane is None:
        return False
    Appointment.objects.filter(pk=one.pk).update(lane=lane)
    return True


def _displaced(unfit: Sequence[Appointment], now: datetime) -> list[Message]:
    """What they are told, each with three other times; the free times of a service are read once."""
    free: dict[tuple[int, int | None], list[datetime]] = {}
    told = []
    for one in unfit:
        key = (one.queue_id, one.item_id)
        if key not in free:
            free[key] = free_for(one, now)
        times = [time.isoformat() for time in bookable.nearest(free[key], one.starts_at)]
        message = messages.message(one, "displaced")
        told.append(Message(message.topic, message.subject, {**message.payload, "times": times}))
    return told


def free_for(one: Appointment, now: datetime) -> list[datetime]:
    """Every time to which the booking could move; none where its line or item is no longer there."""
    try:
        return bookable.free_times(bookable.service_of(one, now), now)
    except Problem:
        return []
