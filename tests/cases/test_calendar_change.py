"""When the State Council's notice for the next year is imported: provisional dates move, each with an event, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from onewindow.cases.lifecycle import State
from onewindow.cases.models import Case, CaseEvent
from onewindow.cases.recompute import recompute_open
from onewindow.cases.verify import verify_cases
from onewindow.clocks import store
from onewindow.clocks.imports import import_calendar
from onewindow.clocks.models import Deadline
from tests.cases.county import at
from tests.cases.test_acceptance_rules import due
from tests.cast import FOOD, HYGIENE, RENEWAL, Cast

# Made up for the test: the notice for 2027 is not published. New Year 1–3 January with 9 January to make up,
# Spring Festival 6–13 February with two days to make up, 清明 3–5 April.
NOTICE_2027 = """year,date,kind,name
2027,2027-01-01,holiday,元旦
2027,2027-01-04,holiday,元旦
2027,2027-01-09,makeup_workday,元旦
2027,2027-02-05,holiday,春节
2027,2027-02-06,holiday,春节
2027,2027-02-07,holiday,春节
2027,2027-02-08,holiday,春节
2027,2027-02-09,holiday,春节
2027,2027-02-10,holiday,春节
2027,2027-02-11,holiday,春节
2027,2027-02-12,holiday,春节
2027,2027-04-05,holiday,清明节
2027,2027-05-03,holiday,劳动节
2027,2027-06-09,holiday,端午节
2027,2027-10-01,holiday,国庆节
"""
CHRISTMAS = at("12-25")


@pytest.fixture(autouse=True)
def _leave_no_calendar_behind() -> Iterator[None]:
    store._drop()
    yield
    store._drop()


def publish(home: Path) -> None:
    file = home / "2027.csv"
    file.write_text(NOTICE_2027, encoding="utf-8")
    report = import_calendar(file, notice="测试通知")
    assert report.years == [2027], report


def test_a_case_in_december_works_and_its_dates_are_marked_provisional(cast: Cast) -> None:
    case = cast.walk_to(State.ACCEPTED, RENEWAL, now=at("12-30"))
    row = Deadline.objects.of("case", case.pk).get(kind="promised")
    assert (row.due_on, row.provisional) == (date(2027, 1, 5), True)  # 31 December, 4 and 5 January
    assert not Deadline.objects.of("case", case.pk).get(kind="sign").provisional


def test_the_notice_moves_provisional_dates_each_with_one_event(cast: Cast, tmp_path: Path) -> None:
    near = cast.walk_to(State.ACCEPTED, RENEWAL, now=at("12-30"))
    far = cast.walk_to(State.ACCEPTED, HYGIENE, now=CHRISTMAS)
    past = cast.walk_to(State.DELIVERED, RENEWAL, now=at("03-02"))
    versions = {case.pk: case.version for case in (near, far, past)}
    publish(tmp_path)
    assert recompute_open("导入2027年放假安排", years=[2027], now=at("12-31")) == 2
    assert due(near, "promised") == date(2027, 1, 6)
    event = CaseEvent.objects.filter(case=near).latest("seq")
    assert (event.action, event.role, event.actor) == ("recompute", "system", None)
    assert event.data["reason"] == "导入2027年放假安排"
    assert event.data["moved"]["promised"] == ["2027-01-05", "2027-01-06"]
    assert event.data["due"]["promised"] == "2027-01-06"
    assert due(far, "statutory") == date(2027, 1, 25)  # the day lost on the 4th comes back on the 9th
    assert CaseEvent.objects.filter(case=far).latest("seq").data["moved"]["statutory"] == ["2027-01-25", "2027-01-25"]
    assert not Deadline.objects.filter(provisional=True).exists()
    grown = {case.pk: Case.objects.get(pk=case.pk).version - versions[case.pk] for case in (near, far, past)}
    assert grown == {near.pk: 1, far.pk: 1, past.pk: 0}
    assert [one for one in verify_cases() if not isinstance(one, int)] == []


def test_recomputing_again_changes_nothing(cast: Cast, tmp_path: Path) -> None:
    cast.walk_to(State.ACCEPTED, RENEWAL, now=at("12-30"))
    publish(tmp_path)
    assert recompute_open("导入2027年放假安排", years=[2027], now=at("12-31")) == 1
    events = CaseEvent.objects.count()
    assert recompute_open("导入2027年放假安排", years=[2027], now=at("12-31")) == 0
    assert CaseEvent.objects.count() == events


def test_before_the_recomputation_verify_says_which_date_is_old(cast: Cast, tmp_path: Path) -> None:
    case = cast.walk_to(State.ACCEPTED, RENEWAL, now=at("12-30"))
    publish(tmp_path)
    (difference,) = [one for one in verify_cases() if not isinstance(one, int)]
    assert difference.where == case.number
    assert difference.what == "期限「一次性告知」的「due_at」应当是2027-01-08 23:59:59，表里是2027-01-07 23:59:59"


def test_the_years_that_came_with_the_software_stay_published(cast: Cast, tmp_path: Path) -> None:
    publish(tmp_path)
    case = cast.walk_to(State.ACCEPTED, RENEWAL, now=at("09-29"))
    row = Deadline.objects.of("case", case.pk).get(kind="promised")
    assert (row.due_on, row.provisional) == (date(2026, 10, 9), False)


def test_every_state_survives_a_recomputation(cast: Cast, tmp_path: Path) -> None:
    for state in State:
        cast.walk_to(state, FOOD, now=at("12-31"))
    publish(tmp_path)
    assert recompute_open("导入2027年放假安排", years=[2027], now=at("12-31")) > 10
    assert [one for one in verify_cases() if not isinstance(one, int)] == []
