"""The hours of a day: week, exceptions, holidays, make-up days; and times as people write them. Pure."""

from __future__ import annotations

import datetime as dt

import pytest

from onewindow.clocks.calendar import WorkCalendar
from onewindow.hall import hours
from onewindow.hall.hours import EXTENDED, Hours, Open, Special, Weekly

FROM = dt.date(2026, 1, 1)
MORNING, AFTERNOON, EVENING = Hours(540, 720), Hours(780, 1020), Hours(1020, 1080, EXTENDED)
SATURDAY_SERVICE = Weekly(5, Hours(540, 660, EXTENDED), FROM)
WEEK = tuple(Weekly(day, part, FROM) for day in range(5) for part in (MORNING, AFTERNOON))
SHORT_FRIDAY = (*(row for row in WEEK if row.weekday != 4), Weekly(4, MORNING, FROM))
MONDAY = dt.date(2026, 11, 23)
NATIONAL_DAY, MAKEUP_SATURDAY, MAKEUP_SUNDAY = dt.date(2026, 10, 1), dt.date(2026, 10, 10), dt.date(2026, 9, 20)


def day(day: dt.date, weekly: tuple[Weekly, ...] = WEEK, special: Special | None = None) -> str:
    return hours.words(hours.day(day, weekly, special, WorkCalendar.shipped()), day)


def test_a_working_day_has_its_lunch_gap() -> None:
    assert day(MONDAY) == "9:00–12:00，13:00–17:00"
    opens = hours.day(MONDAY, WEEK, None, WorkCalendar.shipped())
    assert [type(period) for period in opens] == [Open, Open]
    assert opens[0].starts.isoformat() == "2026-11-23T09:00:00+08:00"


def test_extended_hours_are_named_apart() -> None:
    assert day(MONDAY, (*WEEK, Weekly(0, EVENING, FROM))) == "9:00–12:00，13:00–17:00；延时 17:00–18:00"
    assert day(MONDAY, (Weekly(0, EVENING, FROM),)) == "延时 17:00–18:00"


def test_closed_at_weekends_and_on_holidays_even_with_a_saturday_service() -> None:
    assert day(dt.date(2026, 11, 22)) == ""
    assert day(NATIONAL_DAY) == ""
    assert day(dt.date(2026, 10, 3), (*WEEK, SATURDAY_SERVICE)) == ""


def test_a_make_up_day_has_the_hours_of_friday_unless_its_weekday_has_regular_ones() -> None:
    assert day(MAKEUP_SATURDAY, SHORT_FRIDAY) == "9:00–12:00"
    assert day(MAKEUP_SUNDAY, SHORT_FRIDAY) == "9:00–12:00"
    assert day(MAKEUP_SATURDAY, (*SHORT_FRIDAY, SATURDAY_SERVICE)) == "9:00–12:00"
    assert day(MAKEUP_SATURDAY, (*WEEK, Weekly(5, Hours(600, 660), FROM))) == "10:00–11:00"


def test_what_was_said_for_the_day_goes_before_week_and_holiday() -> None:
    assert day(NATIONAL_DAY, special=Special((MORNING,), "节日值班")) == "9:00–12:00"
    assert day(MONDAY, special=Special((), "停电检修")) == ""


def test_hours_count_only_on_their_days() -> None:
    summer = Weekly(0, Hours(480, 720), dt.date(2026, 7, 1), dt.date(2026, 8, 31))
    assert day(dt.date(2026, 8, 31), (summer,)) == "8:00–12:00"
    assert day(dt.date(2026, 9, 7), (summer,)) == ""
    assert day(dt.date(2026, 6, 29), (summer,)) == ""


def test_why_a_day_is_closed() -> None:
    def why(day: dt.date, special: Special | None = None) -> str:
        return hours.why_closed(day, special, WorkCalendar.shipped())

    assert why(NATIONAL_DAY) == "国庆节"
    assert why(dt.date(2026, 11, 22)) == "周末"
    assert why(MONDAY) == "这一天没有安排办公时间"
    assert why(MONDAY, Special((), "停电检修")) == "停电检修"


def test_a_day_may_end_at_midnight() -> None:
    opens = hours.day(MONDAY, (Weekly(0, Hours(1380, 1440), FROM),), None, WorkCalendar.shipped())
    assert opens[0].ends == hours.moment(MONDAY + dt.timedelta(days=1), 0)
    assert hours.words(opens, MONDAY) == "23:00–24:00"


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("9:00", 540), ("09:00", 540), (" 13：30 ", 810), ("９:０５", 545), ("0:00", 0), ("24:00", 1440), ("8点30", 510)],
)
def test_times_as_people_type_them(typed: str, minutes: int) -> None:
    assert hours.read_time(typed) == minutes


@pytest.mark.parametrize(
    "typed", ["", "9", "9:0", "24:01", "25:00", "9:60", "-1:00", "٩:٠٠", "9:00\u202e", "9:00:00", "九点"]
)
def test_what_is_no_time(typed: str) -> None:
    with pytest.raises(ValueError, match="请"):
        hours.read_time(typed)


def test_overlapping_stretches_are_found_and_touching_ones_are_not() -> None:
    assert hours.overlapping([AFTERNOON, MORNING, EVENING]) is None
    assert hours.overlapping([MORNING, Hours(700, 800), AFTERNOON]) == (MORNING, Hours(700, 800))
    assert hours.overlapping([MORNING, MORNING]) == (MORNING, MORNING)


def test_days_are_named_as_people_do() -> None:
    assert hours.day_words(MONDAY, MONDAY) == "今天"
    assert hours.day_words(MONDAY, MONDAY - dt.timedelta(days=1)) == "明天"
    assert hours.day_words(MONDAY, MONDAY - dt.timedelta(days=2)) == "11月23日（星期一）"
    assert hours.day_words(dt.date(2027, 1, 4), MONDAY) == "2027年1月4日（星期一）"
