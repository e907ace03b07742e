"""The working-day calendar: what a day is, and prefix sums against walking."""

from __future__ import annotations

import datetime as dt

import pytest
from clock_world import CALENDAR, ONE, day, plain_workday
from hypothesis import given
from hypothesis import strategies as st

from onewindow.clocks.calendar import ClockError, Day, DayKind, WorkCalendar, read_holidays

# Wider than the table that is built at once (2015–2045), so that its edges are crossed.
dates = st.dates(dt.date(2010, 1, 1), dt.date(2050, 12, 31))


@pytest.mark.parametrize(
    ("date", "kind", "name"),
    [
        ("2025-09-26", DayKind.WORKDAY, ""),
        ("2025-09-27", DayKind.WEEKEND, ""),
        ("2025-09-28", DayKind.MAKEUP, "国庆节调休上班"),
        ("2025-10-01", DayKind.HOLIDAY, "国庆节"),
        ("2025-10-06", DayKind.HOLIDAY, "中秋节"),
        ("2026-02-28", DayKind.MAKEUP, "春节调休上班"),
    ],
)
def test_a_day_has_its_kind_and_name(date: str, kind: DayKind, name: str) -> None:
    assert CALENDAR.day(day(date)) == Day(day(date), kind, name, provisional=False)


def test_every_day_of_thirty_years_is_what_the_file_says() -> None:
    at = dt.date(2012, 1, 1)
    while at.year < 2050:
        assert CALENDAR.is_workday(at) == CALENDAR.day(at).is_workday == plain_workday(at), at
        at += ONE


@given(dates)
def test_the_next_workday_is_the_first_one_met_when_walking(start: dt.date) -> None:
    at = start
    while not plain_workday(at):
        at += ONE
    assert CALENDAR.next_workday(start) == at


@given(dates, st.integers(0, 300))
def test_adding_working_days_is_walking_them(start: dt.date, n: int) -> None:
    at, left = start, n
    while left:
        at += ONE
        left -= plain_workday(at)
    assert CALENDAR.add_workdays(start, n) == at


@given(dates, st.integers(1, 300))
def test_adding_negative_working_days_walks_back(start: dt.date, n: int) -> None:
    at, left = start, n
    while left:
        at -= ONE
        left -= plain_workday(at)
    assert CALENDAR.add_workdays(start, -n) == at


@given(dates, st.integers(0, 700))
def test_working_days_between_are_those_met_when_walking(start: dt.date, length: int) -> None:
    end = start + dt.timedelta(days=length)
    walked = sum(plain_workday(start + dt.timedelta(days=i)) for i in range(1, length + 1))
    assert CALENDAR.workdays_between(start, end) == walked
    assert CALENDAR.workdays_between(end, start) == -walked


def test_counting_runs_on_beyond_the_table_built_at_once() -> None:
    assert CALENDAR.add_workdays(day("2045-12-29"), 1) == day("2046-01-02")
    assert CALENDAR.add_workdays(day("2015-01-02"), -1) == day("2014-12-31")
    assert CALENDAR.next_workday(day("2045-12-31")) == day("2046-01-02")


@pytest.mark.parametrize("date", [dt.date.min, day("1899-12-31"), day("2300-01-01"), dt.date.max])
def test_a_date_that_cannot_be_reckoned_is_refused_in_chinese(date: dt.date) -> None:
    with pytest.raises(ClockError, match="日期超出可以推算的范围"):
        CALENDAR.is_workday(date)
    with pytest.raises(ClockError, match="日期超出可以推算的范围"):
        CALENDAR.next_workday(date)


def test_a_count_beyond_the_last_year_is_refused_in_chinese() -> None:
    with pytest.raises(ClockError, match="期限太长"):
        CALENDAR.add_workdays(day("2299-12-30"), 10)


def test_the_operator_can_declare_any_day_a_holiday_or_a_working_day() -> None:
    calendar = WorkCalendar(
        {
            day("2027-03-08"): (DayKind.HOLIDAY, "临时放假"),
            day("2027-05-01"): (DayKind.MAKEUP, "临时上班"),
        },
        published=(),
    )
    assert not calendar.is_workday(day("2027-03-08"))
    assert calendar.is_workday(day("2027-05-01")), "a declared day wins over a fixed-date holiday"


def test_the_shipped_calendar_is_read_once_and_covers_2019_to_2026() -> None:
    assert WorkCalendar.shipped() is WorkCalendar.shipped()
    assert WorkCalendar.shipped().published == frozenset(range(2019, 2027))
    assert len(WorkCalendar.shipped().special) == 290


@pytest.mark.parametrize(
    "row", ["2027,2027-13-01,holiday,元旦", "2027,2027-01-01,rest,元旦", "二〇二七,2027-01-01,holiday,元旦", "2027"]
)
def test_a_bad_row_of_a_notice_is_named_by_its_line(row: str) -> None:
    with pytest.raises(ClockError, match="第3行"):
        read_holidays(iter(["year,date,kind,name", "2027,2027-01-01,holiday,元旦", row]))


def test_a_notice_is_read_from_csv() -> None:
    special, years = read_holidays(iter(["year,date,kind,name", "2027,2027-01-01,holiday,元旦"]))
    assert special == {day("2027-01-01"): (DayKind.HOLIDAY, "元旦")}
    assert years == {2027}
