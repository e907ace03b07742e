"""The worked examples in clock_cases.yaml, which departments and other systems share."""

from __future__ import annotations

import pytest
from clock_world import CALENDAR, CASES

from onewindow.clocks.casefile import ClockCase, evaluate, load_cases
from onewindow.clocks.clock import explain

ALL = load_cases(CASES)


def test_there_are_26_cases() -> None:
    assert len(ALL) == 26


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_a_case_gives_the_expected_dates(case: ClockCase) -> None:
    assert set(case.expected) == {"accepted_on", "deemed_accepted", "due", "provisional"}
    assert evaluate(case, CALENDAR).facts() == case.expected


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_the_explanation_of_a_case_ends_on_its_due_date(case: ClockCase) -> None:
    start = evaluate(case, CALENDAR).acceptance.on
    assert start is not None
    lines = explain(case.limit, start, suspensions=case.suspensions, extensions=case.extensions, calendar=CALENDAR)
    assert lines[0].date == start
    assert lines[-1].date == case.expected["due"]
