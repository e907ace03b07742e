"""A year whose notice is not published gives a provisional date, never an error (an intake in December must work)."""

from __future__ import annotations

import datetime as dt

import pytest
from clock_world import CALENDAR, day, days, workdays
from hypothesis import given
from hypothesis import strategies as st

from onewindow.clocks.calendar import DayKind, WorkCalendar
from onewindow.clocks.clock import due, explain


def test_a_december_intake_whose_limit_crosses_into_an_unpublished_year_is_provisional() -> None:
    found = due(workdays(20), day("2026-12-31"), calendar=CALENDAR)
    assert (found.date, found.provisional) == (day("2027-01-29"), True)


def test_a_limit_that_ends_on_the_last_published_day_is_not_provisional() -> None:
    found = due(workdays(3), day("2026-12-28"), calendar=CALENDAR)
    assert (found.date, found.provisional) == (day("2026-12-31"), False)


def test_a_roll_over_new_year_makes_the_date_provisional() -> None:
    holiday = WorkCalendar({day("2026-12-31"): (DayKind.HOLIDAY, "元旦")}, published=[2026])
    found = due(days(3), day("2026-12-28"), calendar=holiday)
    assert (found.date, found.provisional) == (day("2027-01-04"), True)


@pytest.mark.parametrize("date", ["2027-01-01", "2028-05-01", "2028-05-02", "2027-10-01", "2029-10-02", "2028-10-03"])
def test_the_fixed_date_holidays_of_an_unpublished_year_are_holidays(date: str) -> None:
    found = CALENDAR.day(day(date))
    assert (found.kind, found.provisional) == (DayKind.HOLIDAY, True)
    assert found.name in {"元旦", "劳动节", "国庆节"}


def test_the_other_days_of_national_day_week_are_working_days_until_the_notice_comes() -> None:
    assert CALENDAR.is_workday(day("2027-10-04"))


def test_publishing_a_year_ends_the_doubt_and_moves_the_date() -> None:
    spring = {day(f"2027-02-{n:02}"): (DayKind.HOLIDAY, "春节") for n in range(5, 12)}
    published = WorkCalendar({**CALENDAR.special, **spring}, {*CALENDAR.published, 2027})
    before = due(workdays(10), day("2027-01-29"), calendar=CALENDAR)
    after = due(workdays(10), day("2027-01-29"), calendar=published)
    assert (before.date, before.provisional) == (day("2027-02-12"), True)
    assert (after.date, after.provisional) == (day("2027-02-19"), False)


def test_the_explanation_marks_the_days_that_may_still_change() -> None:
    lines = explain(workdays(3), day("2026-12-30"), calendar=CALENDAR)
    assert [(line.date.year, "暂算" in line.note) for line in lines][:2] == [(2026, False)] * 2
    assert all("暂算" in line.note for line in lines if line.date.year == 2027)
    assert lines[-1].date.year == 2027


@given(st.dates(dt.date(2027, 1, 1), dt.date(2200, 1, 1)), st.integers(0, 100))
def test_no_far_year_is_an_error(start: dt.date, n: int) -> None:
    assert due(workdays(n), start, calendar=CALENDAR).provisional
