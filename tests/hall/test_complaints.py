"""What users of other systems complain about, each as a test by its name: hours, bookings and the room of walk-ins.

The complaints about calling and about screens are in test_complaints_calling.py and test_complaints_screens.py.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from onewindow.exchange.models import OutboxMessage
from onewindow.hall import appointments, changes, memory
from onewindow.hall.messages import notice
from onewindow.hall.models import Appointment, DayHours, WeeklyHours, WindowClosure
from onewindow.people.changes import Steward
from onewindow.problems import InvalidInput, RuleBroken
from tests.cast import FOOD, Cast
from tests.hall.bookings import SUNDAY_NOON, TUESDAY, book
from tests.hall.stage import MONDAY, Stage, build

FRIDAY_BEFORE = SUNDAY_NOON - dt.timedelta(days=2)


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return build(cast)


@pytest.fixture
def manager(cast: Cast) -> Steward:
    return Steward(cast.actor("manager1"), SUNDAY_NOON)


def test_slots_released_for_a_closed_office(stage: Stage, cast: Cast, manager: Steward) -> None:
    """A weekend, a national holiday, lunch, a day closed by the manager, all windows shut: nothing can be booked."""
    changes.set_day(cast.centre, {"day": TUESDAY, "reason": "停电检修"}, by=manager)
    holiday = dt.date(2027, 1, 1)
    new_year = stage.at("12:00", dt.date(2026, 12, 28))
    for code in ("A01", "A02", "A03"):
        times = {"starts_at": stage.at("0:00", MONDAY), "ends_at": stage.at("23:59", MONDAY), "reason": "培训"}
        WindowClosure.objects.create(window=stage.windows[code], **times)
    for day, now in (
        (MONDAY, SUNDAY_NOON),
        (TUESDAY, SUNDAY_NOON),
        (MONDAY + dt.timedelta(days=5), SUNDAY_NOON),
        (holiday, new_year),
    ):
        assert sum(slot.free for slot in appointments.offer(cast.centre, FOOD, "general", day, now)) == 0
        with pytest.raises(RuleBroken):
            book(stage, "9:30", day=day, now=now)
    with pytest.raises(InvalidInput):
        book(stage, "12:30", day=TUESDAY + dt.timedelta(days=1))


def test_slots_stay_after_the_office_closed_that_day(stage: Stage, cast: Cast, manager: Steward) -> None:
    """The offer follows the change at once, also where hours are remembered for some seconds."""
    before = {one.day: one.free for one in appointments.days(cast.centre, FOOD, now=SUNDAY_NOON)}
    changes.set_day(cast.centre, {"day": MONDAY, "reason": "检修"}, by=manager)
    after = {one.day: one for one in appointments.days(cast.centre, FOOD, now=SUNDAY_NOON)}
    assert before[MONDAY] > 0
    assert (after[MONDAY].free, after[MONDAY].why_not) == (0, "检修")


def test_another_process_closed_the_day_a_moment_ago(stage: Stage, cast: Cast) -> None:
    """What this process remembers of the hours decides no booking."""
    appointments.days(cast.centre, FOOD, now=SUNDAY_NOON)
    DayHours.objects.create(centre=cast.centre, day=MONDAY, periods=[], reason="检修")
    with pytest.raises(RuleBroken, match="不办公"):
        book(stage)


def test_overlapping_opening_hours(stage: Stage, cast: Cast, manager: Steward) -> None:
    """Refused with both named; and kept out by the database itself, whatever writes there."""
    rows = [{"weekday": 0, "opens": "9:00", "closes": "12:00"}, {"weekday": 0, "opens": "11:30", "closes": "17:00"}]
    with pytest.raises(InvalidInput) as refused:
        changes.set_weekly(cast.centre, {"valid_from": TUESDAY, "rows": rows}, by=manager)
    assert refused.value.errors[0].message == "星期一的 9:00–12:00 和 11:30–17:00 重叠了，请改其中一个"
    clash = WeeklyHours(centre=cast.centre, weekday=0, opens=600, closes=660, valid_from=MONDAY)
    with pytest.raises(IntegrityError, match="hall_hours_overlap"), transaction.atomic():
        clash.save()
    periods = [{"opens": "9:00", "closes": "12:00"}, {"opens": "9:00", "closes": "12:00"}]
    with pytest.raises(InvalidInput, match="改一改"):
        changes.set_day(cast.centre, {"day": MONDAY, "reason": "半天", "periods": periods}, by=manager)


def test_link_to_change_or_cancel_dead(stage: Stage) -> None:
    """The same link through every turn: booked, moved, reminded, displaced, moved again, cancelled."""
    made = book(stage, now=FRIDAY_BEFORE)
    appointments.move(made, stage.at("10:30"), by=None, now=FRIDAY_BEFORE)
    appointments.remind_due(stage.at("20:00", SUNDAY_NOON.date()))
    DayHours.objects.create(centre=stage.cast.centre, day=MONDAY, periods=[], reason="检修")
    memory.forget()
    appointments.displace_due(SUNDAY_NOON)
    appointments.move(Appointment.objects.get(), stage.at("10:30", TUESDAY), by=None, now=SUNDAY_NOON)
    appointments.cancel(Appointment.objects.get(), by=None, now=SUNDAY_NOON)
    messages = list(OutboxMessage.objects.order_by("id"))
    turns = ["booked", "moved", "reminder", "displaced", "moved", "cancelled"]
    assert [message.topic for message in messages] == [f"hall.{turn}" for turn in turns]
    assert all(f"/appointments/{made.code}/" in notice(message)["text"] for message in messages)
    assert Appointment.objects.get(code=made.code).pk == made.pk


@pytest.mark.parametrize("people", [1, 2, 3])
def test_walk_ins_always_keep_room(stage: Stage, people: int) -> None:
    """However many book, of all windows together at least the walk-in share of every hour is promised to nobody."""
    for code in ("A01", "A02", "A03")[people:]:
        stage.windows[code].is_active = False
        stage.windows[code].save()
    memory.forget()
    n = 0
    for slot in appointments.offer(stage.cast.centre, FOOD, "general", MONDAY, SUNDAY_NOON):
        while True:
            n += 1
            try:
                book(stage, f"{slot.starts:%H:%M}", n)
            except RuleBroken:
                break
    promised: dict[int, float] = defaultdict(float)
    for period in Appointment.objects.values_list("period", flat=True):
        promised[timezone.localtime(period.lower).hour] += 15
    assert set(promised) == {9, 10, 11, 13, 14, 15, 16}
    assert all(0 < minutes <= people * 60 * 0.5 for minutes in promised.values())


def test_reminder_not_twice(stage: Stage) -> None:
    """However often the sweep runs, and whatever is reset by a change of hours in between."""
    book(stage, now=FRIDAY_BEFORE)
    for minute in range(0, 60, 5):
        appointments.remind_due(stage.at(f"16:{minute:02}", SUNDAY_NOON.date()))
        appointments.displace_due(SUNDAY_NOON)
    appointments.remind_due(stage.at("9:00"))
    assert OutboxMessage.objects.filter(topic="hall.reminder").count() == 1
