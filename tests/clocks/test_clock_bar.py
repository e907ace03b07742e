"""What a work list shows: the working days left, and how much of the limit is used."""

from __future__ import annotations

import datetime as dt

import pytest
from clock_world import CALENDAR, ONE, day, days, months, situations, workdays
from hypothesis import given

from onewindow.clocks.clock import Extension, Limit, Suspension, Unit, due, remaining, used_share

DUE = day("2025-06-10")  # a Tuesday


@pytest.mark.parametrize(
    ("today", "left"),
    [
        ("2025-06-10", 0),
        ("2025-06-09", 1),
        ("2025-06-07", 2),  # Saturday: Monday and Tuesday are left
        ("2025-06-03", 5),
        ("2025-06-11", -1),
        ("2025-06-16", -4),
    ],
)
def test_the_days_left_are_working_days(today: str, left: int) -> None:
    assert remaining(DUE, day(today), CALENDAR) == left


def test_overdue_on_the_weekend_after_a_missed_friday_is_not_due_today() -> None:
    assert [remaining(day("2025-06-13"), day(f"2025-06-{n}"), CALENDAR) for n in (13, 14, 15, 16)] == [0, -1, -1, -1]


def share(limit: Limit, today: str, *suspensions: Suspension, extensions: tuple[Extension, ...] = ()) -> float:
    return used_share(
        limit, day("2025-06-03"), day(today), suspensions=suspensions, extensions=extensions, calendar=CALENDAR
    )


def test_the_share_grows_by_counted_days() -> None:
    assert share(workdays(5), "2025-06-02") == 0
    assert share(workdays(5), "2025-06-03") == 0
    assert share(workdays(5), "2025-06-04") == pytest.approx(0.2)
    assert share(workdays(5), "2025-06-08") == pytest.approx(0.6)
    assert share(workdays(5), "2025-06-10") == 1
    assert share(workdays(5), "2025-06-12") == pytest.approx(1.4)


def test_suspended_days_use_nothing() -> None:
    hearing = Suspension(day("2025-06-05"), None, "听证")
    assert share(workdays(5), "2025-06-20", hearing) == pytest.approx(0.2)
    assert share(workdays(5), "2025-06-04", hearing) == pytest.approx(0.2)
    over = Suspension(day("2025-06-05"), day("2025-06-09"), "听证")
    assert share(workdays(5), "2025-06-09", over) == pytest.approx(0.4)


def test_an_extension_makes_the_share_smaller() -> None:
    assert share(workdays(5), "2025-06-10", extensions=(Extension(workdays(5), ""),)) == pytest.approx(0.5)


def test_natural_days_are_used_up_until_the_roll_ends() -> None:
    assert [share(days(11), f"2025-06-{n}") for n in (14, 15, 16)] == [1, 1, 1]
    assert share(days(11), "2025-06-17") == pytest.approx(12 / 11)


def test_months_are_used_by_natural_days() -> None:
    assert share(months(1), "2025-06-18") == pytest.approx(0.5)


def test_a_limit_on_the_spot_is_used_up_on_its_day() -> None:
    spot = Limit(0, Unit.SPOT)
    assert [share(spot, date) for date in ("2025-06-02", "2025-06-03", "2025-06-04")] == [0, 1, 2]


@given(situations())
def test_the_share_never_falls_and_is_whole_on_the_due_date(
    situation: tuple[Limit, dt.date, list[Suspension], list[Extension]],
) -> None:
    limit, start, suspensions, extensions = situation

    def at(today: dt.date) -> float:
        return used_share(limit, start, today, suspensions=suspensions, extensions=extensions, calendar=CALENDAR)

    end = due(limit, start, suspensions=suspensions, extensions=extensions, calendar=CALENDAR).date
    sampled = [at(start + n * ONE) for n in range(-2, 120, 7)]
    assert sampled == sorted(sampled)
    assert sampled[0] == 0
    if end is None:
        assert at(start + 2000 * ONE) < 1
    else:
        assert at(end) == pytest.approx(1)
        assert at(end + 300 * ONE) > 1 or any(s.end is None for s in suspensions)
