"""Which times can be booked: capacity, the room that walk-ins keep, closures, long services. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onewindow.hall import slots
from onewindow.hall.hours import Open, moment
from onewindow.hall.slots import Busy, DayPlan, Rules

DAY = dt.date(2026, 11, 23)
NIGHT = moment(DAY, 0)


def at(clock: str) -> dt.datetime:
    hour, minute = map(int, clock.split(":"))
    return moment(DAY, hour * 60 + minute)


def spell(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


def busy(lane: int, starts: str, ends: str) -> Busy:
    return Busy(lane, at(starts), at(ends))


def plan(
    windows: tuple[int, ...] = (1, 2, 3, 4),
    *booked: Busy,
    opens: tuple[tuple[str, str], ...] = (("9:00", "12:00"), ("13:00", "17:00")),
    length: int = 15,
    share: float = 0.5,
    closures: tuple[Busy, ...] = (),
    line: frozenset[int] = frozenset(),
) -> DayPlan:
    stretches = tuple(Open(at(a), at(b)) for a, b in opens)
    return DayPlan(DAY, stretches, windows, line or frozenset(windows), closures, booked, Rules(share, 15, length))


def fill(day: DayPlan, starts: Any = None) -> DayPlan:
    """Books whatever can be booked, in order of time (or at these minutes), one after the other."""
    booked = list(day.booked)
    for start in list(day.starts()) if starts is None else starts:
        while True:
            now = _with(day, booked)
            lane = now.lane(start)
            if lane is None:
                break
            booked.append(Busy(lane, moment(DAY, start), moment(DAY, start + day.rules.length)))
    return _with(day, booked)


def _with(day: DayPlan, booked: list[Busy]) -> DayPlan:
    return DayPlan(day.day, day.opens, day.windows, day.line, day.closures, tuple(booked), day.rules)


def promised(day: DayPlan, hour: int) -> int:
    """Minutes of the clock hour that are promised, over all windows."""
    return sum((mask & slots.bits(hour * 60, hour * 60 + 60)).bit_count() for mask in day.taken.values())


def test_half_of_the_windows_are_offered_in_every_slot() -> None:
    offered = plan().slots(NIGHT)
    assert {slot.free for slot in offered} == {2}
    assert offered[0].starts == at("9:00")
    assert offered[-1].ends == at("17:00")
    assert len(offered) == (3 + 4) * 4


def test_nothing_is_offered_during_lunch_or_past_closing() -> None:
    long = [slot.starts for slot in plan(length=45).slots(NIGHT)]
    assert at("11:15") in long
    assert at("11:30") not in long
    assert at("12:00") not in long
    assert long[-1] == at("16:15")


def test_regular_and_extended_hours_that_touch_are_one_stretch() -> None:
    seam = plan(opens=(("16:00", "17:00"), ("17:00", "18:00")), length=30)
    assert at("16:45") in [slot.starts for slot in seam.slots(NIGHT)]


def test_one_window_is_bookable_for_half_of_every_hour_only() -> None:
    day = fill(plan((1,)))
    assert [promised(day, hour) for hour in range(9, 18)] == [30, 30, 30, 0, 30, 30, 30, 30, 0]


def test_who_comes_without_booking_keeps_half_of_every_hour_however_much_is_booked() -> None:
    day = fill(plan((1, 2, 3)))
    for hour in (9, 10, 11, 13, 14, 15, 16):
        assert 0 < promised(day, hour) <= 90


def test_a_hall_that_wants_no_bookings_has_none() -> None:
    assert {slot.free for slot in plan(share=0.0).slots(NIGHT)} == {0}


def test_a_taken_slot_is_full_and_says_so() -> None:
    day = plan((1, 2), busy(1, "9:30", "9:45"))
    by_start = {slot.starts: slot for slot in day.slots(NIGHT)}
    assert (by_start[at("9:30")].free, by_start[at("9:30")].why_not) == (0, slots.FULL)
    assert by_start[at("9:45")].free == 1


def test_what_is_past_says_so() -> None:
    found = plan().slots(at("9:15"))
    assert [slot.why_not for slot in found[:3]] == [slots.PAST, slots.PAST, ""]
    assert next(iter(plan().free_starts(at("9:15")))) == at("9:30")


def test_a_window_shut_by_plan_is_not_counted_on() -> None:
    shut = (busy(1, "9:00", "12:00"), busy(2, "9:00", "12:00"))
    day = plan((1, 2, 3, 4), closures=shut)
    assert day.free(9 * 60) == 1
    assert day.lane(9 * 60) in (3, 4)
    assert day.free(13 * 60) == 2


def test_no_slot_reaches_into_a_closure_and_a_fully_shut_hour_says_so() -> None:
    day = plan((1,), closures=(Busy(1, at("10:00"), at("10:59") + dt.timedelta(seconds=30)),), length=30)
    why = {spell(int((slot.starts - NIGHT).total_seconds() // 60)): slot.why_not for slot in day.slots(NIGHT)}
    assert why["9:30"] == ""
    assert why["9:45"] == why["10:00"] == why["10:45"] == slots.SHUT
    assert why["11:00"] == ""


def test_all_windows_shut_all_day() -> None:
    day = plan((1,), closures=(busy(1, "0:00", "23:59"),))
    assert {slot.why_not for slot in day.slots(NIGHT)} == {slots.SHUT}


def test_no_window_at_all() -> None:
    assert {slot.free for slot in plan(()).slots(NIGHT)} == {0}
    assert plan((), opens=()).slots(NIGHT) == []


def test_a_service_longer_than_its_hours_share_is_charged_to_the_next_hour() -> None:
    """One window, half bookable, three quarters of an hour: what 9:00 takes too much is missing at 10:00."""
    day = fill(plan((1,), length=45))
    assert [booking.starts for booking in day.booked] == [at("9:00"), at("10:45"), at("13:00"), at("14:45")]
    after = plan((1,), busy(1, "9:00", "9:45"))
    assert (after.free(10 * 60), fill(after).free(10 * 60 + 15)) == (1, 0)
    assert promised(fill(after), 10) == 15


def test_a_long_service_never_begins_where_the_rest_of_the_day_cannot_bear_it() -> None:
    starts = [slot.starts for slot in plan((1,), length=60).slots(NIGHT) if slot.free]
    assert starts
    assert max(starts) == at("15:30")


def test_windows_shared_with_other_services_count_only_once() -> None:
    """Windows 1 and 2 take everything, 3 only this item; somebody else has booked 1 and 2 already."""
    day = plan((3, 1, 2), busy(1, "9:00", "9:15"), line=frozenset({1, 2, 3, 4}))
    assert day.free(9 * 60) == 0
    assert day.lane(9 * 60 + 15) == 3


def test_two_services_at_different_windows_do_not_block_each_other() -> None:
    own = plan((3, 4), busy(1, "9:00", "9:15"), line=frozenset({1, 2, 3, 4}))
    assert own.lane(9 * 60) == 3


def test_minutes_to_whole_slots() -> None:
    assert [slots.length_of(minutes, 15) for minutes in (0.5, 10, 15, 15.0000000001, 15.2, 44)] == [
        15,
        15,
        15,
        15,
        30,
        45,
    ]


@settings(max_examples=60, deadline=None)
@given(
    windows=st.integers(1, 5),
    share=st.sampled_from([0.2, 0.5, 0.8]),
    length=st.sampled_from([15, 30, 45, 60, 90]),
    order=st.randoms(use_true_random=False),
)
def test_whatever_is_booked_walk_ins_keep_their_share_and_nobody_is_booked_twice(
    windows: int, share: float, length: int, order: Any
) -> None:
    empty = plan(tuple(range(windows)), share=share, length=length)
    starts = list(empty.starts())
    order.shuffle(starts)
    day = fill(empty, starts)
    total = sum(mask.bit_count() for mask in day.taken.values())
    assert total == length * len(day.booked), "two bookings on one lane at once"
    assert total <= share * windows * 7 * 60
    for minute in range(9 * 60, 17 * 60, 15):
        at_once = sum(1 for mask in day.taken.values() if mask >> minute & 1)
        assert at_once <= max(1, int(share * windows))
    if length <= share * windows * 60:
        assert all(promised(day, hour) <= share * windows * 60 for hour in range(24))


@pytest.mark.parametrize(("starts", "ends"), [(-60, 0), (1440, 1500), (600, 600), (700, 600)])
def test_bits_outside_the_day_are_none(starts: int, ends: int) -> None:
    assert slots.bits(starts, ends) == 0
