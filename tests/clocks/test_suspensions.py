"""Time that does not count: hearings, tests, expert reviews (行政许可法 art. 45)."""

from __future__ import annotations

import datetime as dt

import pytest
from clock_world import CALENDAR, day, days, limits, months, situations, starts, suspensions_near, workdays
from hypothesis import given
from hypothesis import strategies as st

from onewindow.clocks.calendar import ClockError
from onewindow.clocks.clock import Due, Extension, Limit, Suspension, Unit, due

START = day("2025-06-03")  # a Tuesday, far from holidays until 10-01
FAR = dt.date.max


def stop(first: str, end: str | None, ground: str = "听证", *, counts: bool = False) -> Suspension:
    return Suspension(day(first), None if end is None else day(end), ground, counts)


def end(limit: Limit, *suspensions: Suspension) -> dt.date | None:
    return due(limit, START, suspensions=suspensions, calendar=CALENDAR).date


def test_the_first_day_of_a_suspension_does_not_count_and_the_resume_day_does() -> None:
    assert end(workdays(5)) == day("2025-06-10")
    assert end(workdays(5), stop("2025-06-05", "2025-06-06")) == day("2025-06-11")


def test_overlapping_suspensions_suspend_their_union_once() -> None:
    union = end(workdays(10), stop("2025-06-05", "2025-06-19"))
    overlapping = stop("2025-06-05", "2025-06-13"), stop("2025-06-10", "2025-06-19", "检测")
    assert end(workdays(10), *overlapping) == union == day("2025-07-01")
    assert end(workdays(10), *reversed(overlapping)) == union


def test_a_suspension_inside_another_changes_nothing() -> None:
    outer = stop("2025-06-05", "2025-06-19")
    assert end(workdays(10), outer, stop("2025-06-09", "2025-06-11", "检测")) == end(workdays(10), outer)


def test_suspensions_that_touch_are_one() -> None:
    assert end(days(10), stop("2025-06-05", "2025-06-09"), stop("2025-06-09", "2025-06-12")) == end(
        days(10), stop("2025-06-05", "2025-06-12")
    )


def test_a_suspension_that_is_over_before_the_start_changes_nothing() -> None:
    assert end(workdays(5), stop("2025-05-01", "2025-06-04")) == day("2025-06-10")


def test_a_suspension_that_began_before_the_start_counts_only_after_it() -> None:
    assert end(workdays(5), stop("2025-05-01", "2025-06-05")) == day("2025-06-11")


def test_a_suspension_of_no_days_changes_nothing() -> None:
    assert end(workdays(5), stop("2025-06-05", "2025-06-05")) == day("2025-06-10")


def test_a_suspension_of_only_rest_days_does_not_move_working_days_but_moves_natural_days() -> None:
    weekend = stop("2025-06-07", "2025-06-09")
    assert end(workdays(5), weekend) == end(workdays(5))
    assert (end(days(10)), end(days(10), weekend)) == (day("2025-06-13"), day("2025-06-16"))


def test_a_suspension_after_the_due_date_changes_nothing() -> None:
    assert end(workdays(5), stop("2025-06-11", "2025-07-11")) == day("2025-06-10")


def test_a_suspension_from_the_last_day_moves_it() -> None:
    assert end(workdays(5), stop("2025-06-10", "2025-06-12")) == day("2025-06-12")


def test_suspended_days_move_the_end_of_months_before_it_rolls() -> None:
    assert end(months(1)) == day("2025-07-03")
    assert end(months(1), stop("2025-06-10", "2025-06-12")) == day("2025-07-07")  # 07-05 is a Saturday


def test_a_suspension_reached_only_because_of_an_earlier_one_also_moves_the_end() -> None:
    first, second = stop("2025-06-04", "2025-06-11"), stop("2025-06-13", "2025-06-20")
    assert end(workdays(5), second) == end(workdays(5))
    assert end(workdays(5), first, second) == day("2025-06-24")


def test_the_roll_of_the_last_day_looks_only_at_working_days() -> None:
    assert end(days(11), stop("2025-06-15", "2025-06-18")) == day("2025-06-16")  # 06-14 is a Saturday


def test_an_open_suspension_pauses_the_clock_and_says_why() -> None:
    found = due(workdays(5), START, suspensions=[stop("2025-06-05", None)], calendar=CALENDAR)
    assert found == Due(None, provisional=False, paused=True, paused_ground="听证")


def test_two_open_suspensions_are_both_named() -> None:
    both = [stop("2025-06-06", None, "专家评审"), stop("2025-06-05", None), stop("2025-06-06", None, "专家评审")]
    assert due(workdays(5), START, suspensions=both, calendar=CALENDAR).paused_ground == "听证、专家评审"


def test_an_open_suspension_after_the_due_date_does_not_hide_that_it_was_missed() -> None:
    found = due(workdays(5), START, suspensions=[stop("2025-06-11", None)], calendar=CALENDAR)
    assert found == Due(day("2025-06-10"), provisional=False, paused=False, paused_ground="")


def test_a_procedure_that_counts_never_stops_the_clock_not_even_while_open() -> None:
    assert end(workdays(5), stop("2025-06-05", "2025-06-10", counts=True)) == day("2025-06-10")
    assert end(workdays(5), stop("2025-06-05", None, counts=True)) == day("2025-06-10")


def test_a_limit_on_the_spot_cannot_be_suspended() -> None:
    assert end(Limit(0, Unit.SPOT), stop("2025-06-01", None)) == START


def test_a_resume_before_the_suspension_is_refused() -> None:
    with pytest.raises(ClockError, match="早于暂停日"):
        stop("2025-06-05", "2025-06-04")


@given(situations(), st.data())
def test_adding_a_suspension_never_makes_a_date_earlier(
    situation: tuple[Limit, dt.date, list[Suspension], list[Extension]], data: st.DataObject
) -> None:
    limit, start, suspensions, extensions = situation
    more = data.draw(suspensions_near(start))
    before = due(limit, start, suspensions=suspensions, extensions=extensions, calendar=CALENDAR)
    after = due(limit, start, suspensions=[*suspensions, *more], extensions=extensions, calendar=CALENDAR)
    assert (after.date or FAR) >= (before.date or FAR)


@given(limits, starts, st.data())
def test_the_order_of_suspensions_does_not_matter(limit: Limit, start: dt.date, data: st.DataObject) -> None:
    suspensions = data.draw(suspensions_near(start))
    shuffled = data.draw(st.permutations(suspensions))
    ends = [due(limit, start, suspensions=given_, calendar=CALENDAR).date for given_ in (suspensions, shuffled)]
    assert ends[0] == ends[1]
