"""Where a limit ends: working days, natural days, months, years, on the spot; extensions; local dates."""

from __future__ import annotations

import datetime as dt

import pytest
from clock_world import CALENDAR, day, days, due_by_walking, extensions_given, months, situations, starts, workdays
from hypothesis import given, settings
from hypothesis import strategies as st

from onewindow.clocks.calendar import ClockError
from onewindow.clocks.clock import Extension, Limit, Suspension, Unit, due, local_date

FAR = dt.date.max


def end(limit: Limit, start: str, *extensions: Limit) -> dt.date | None:
    granted = [Extension(extension, "案情复杂") for extension in extensions]
    return due(limit, day(start), extensions=granted, calendar=CALENDAR).date


@settings(max_examples=400)
@given(situations())
def test_the_due_date_is_what_walking_day_by_day_gives(
    situation: tuple[Limit, dt.date, list[Suspension], list[Extension]],
) -> None:
    limit, start, suspensions, extensions = situation
    found = due(limit, start, suspensions=suspensions, extensions=extensions, calendar=CALENDAR)
    assert found.date == due_by_walking(limit, start, suspensions, extensions)
    assert found.paused == (found.date is None)


@given(starts, st.sampled_from([Unit.WORKDAY, Unit.DAY, Unit.MONTH]), st.integers(0, 50), extensions_given)
def test_a_longer_limit_never_ends_earlier(start: dt.date, unit: Unit, n: int, extensions: list[Extension]) -> None:
    shorter, longer = (
        due(Limit(amount, unit), start, extensions=extensions, calendar=CALENDAR).date for amount in (n, n + 1)
    )
    assert shorter is not None
    assert longer is not None
    assert shorter <= longer


@given(situations(open_ended=False))
def test_a_due_date_is_a_working_day_not_before_the_start(
    situation: tuple[Limit, dt.date, list[Suspension], list[Extension]],
) -> None:
    limit, start, suspensions, extensions = situation
    found = due(limit, start, suspensions=suspensions, extensions=extensions, calendar=CALENDAR).date
    assert found is not None
    assert CALENDAR.is_workday(found)
    assert found >= start


def test_the_corresponding_day_of_a_shorter_month_is_its_last_day() -> None:
    assert end(months(1), "2025-01-31") == day("2025-02-28")
    assert end(months(1), "2024-01-31") == day("2024-02-29")
    assert end(months(3), "2025-11-30") == day("2026-02-28")  # a Saturday, but a make-up working day


def test_natural_days_that_end_on_a_make_up_saturday_do_not_roll() -> None:
    assert end(days(10), "2025-10-01") == day("2025-10-11")


def test_a_year_is_twelve_months() -> None:
    assert end(Limit(1, Unit.YEAR), "2024-02-29") == end(months(12), "2024-02-29") == day("2025-02-28")


def test_on_the_spot_ends_on_its_starting_day_or_the_next_working_day() -> None:
    assert end(Limit(0, Unit.SPOT), "2025-06-03") == day("2025-06-03")
    assert end(Limit(0, Unit.SPOT), "2025-06-07") == day("2025-06-09")


def test_an_extension_goes_on_counting_from_the_start_and_does_not_roll_the_first_end() -> None:
    assert end(days(15), "2025-06-06") == day("2025-06-23")  # 06-21 is a Saturday
    assert end(days(15), "2025-06-06", days(10)) == day("2025-07-01")


def test_an_extension_in_months_is_added_to_the_months_of_the_limit() -> None:
    assert end(months(1), "2025-01-31", months(1)) == day("2025-03-31")
    assert end(months(6), "2025-01-31", Limit(1, Unit.YEAR)) == end(months(18), "2025-01-31")


def test_an_extension_in_another_unit_counts_on_from_the_unrolled_end() -> None:
    assert end(days(15), "2025-06-06", workdays(2)) == day("2025-06-24")  # from Saturday 06-21
    assert end(workdays(5), "2025-06-03", days(4)) == day("2025-06-16")  # from 06-10 to Saturday 06-14
    assert end(workdays(5), "2025-06-03", months(1), workdays(5)) == day("2025-07-17")


@pytest.mark.parametrize(
    ("n", "unit"),
    [
        (-1, Unit.WORKDAY),
        (36_501, Unit.DAY),
        (1_201, Unit.MONTH),
        (101, Unit.YEAR),
        (1, Unit.SPOT),
        pytest.param(10**5000, Unit.DAY, id="thousands-of-digits"),
    ],
)
def test_an_absurd_limit_is_refused_in_chinese(n: int, unit: Unit) -> None:
    with pytest.raises(ClockError, match="期限的数量应在0到"):
        Limit(n, unit)


@pytest.mark.parametrize("limit", [workdays(36_500), days(36_500), months(1_200), Limit(100, Unit.YEAR)])
def test_a_limit_that_ends_after_the_last_year_is_refused_in_chinese(limit: Limit) -> None:
    with pytest.raises(ClockError, match="超出"):
        due(limit, day("2250-01-01"), calendar=CALENDAR)


def test_a_hundred_years_can_be_reckoned() -> None:
    assert end(Limit(100, Unit.YEAR), "2025-06-03") == day("2125-06-04")
    assert end(workdays(26_000), "2025-06-03") is not None


@pytest.mark.parametrize(
    ("moment", "local"),
    [
        ("2025-05-16T23:30:00+08:00", "2025-05-16"),
        ("2025-05-16T16:00:00+00:00", "2025-05-17"),
        ("2025-05-16T15:59:59+00:00", "2025-05-16"),
        ("2025-05-16T20:00:00-05:00", "2025-05-17"),
    ],
)
def test_only_the_date_in_beijing_matters(moment: str, local: str) -> None:
    assert local_date(dt.datetime.fromisoformat(moment)) == day(local)


def test_a_moment_without_an_offset_is_refused() -> None:
    with pytest.raises(ClockError, match="时区"):
        local_date(dt.datetime(2025, 5, 16, 9, 0))  # noqa: DTZ001
