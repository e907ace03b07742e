"""Time passes and nobody acts: the sweep does what the rules say on the right day, and again without harm."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from onewindow.cases import sweep as room
from onewindow.cases.actions import perform
from onewindow.cases.lifecycle import State
from onewindow.cases.models import Case, CaseEvent, ChainSeal, IdempotentRequest
from onewindow.cases.sweep import forget_keys, sweep
from onewindow.cases.tasks import seal_yesterday, sweep_cases
from onewindow.cases.verify import verify_case
from onewindow.problems import Problem
from tests.cases.county import MONDAY, at
from tests.cases.test_repeats_and_races import at_once
from tests.cast import COMPANY, FOOD, RENEWAL, Cast

NOTHING = {"deemed_accepted": 0, "deemed_withdrawn": 0, "archived": 0}


def test_nothing_happens_before_its_day(cast: Cast) -> None:
    cast.receive(now=MONDAY)
    cast.walk_to(State.CORRECTING, RENEWAL, now=MONDAY)
    cast.walk_to(State.DELIVERED, RENEWAL, now=MONDAY)
    assert sweep(at("03-09", 23)) == NOTHING


def test_a_second_round_does_nothing_more(cast: Cast) -> None:
    cast.receive(now=MONDAY)
    cast.walk_to(State.CORRECTING, RENEWAL, now=MONDAY)
    cast.walk_to(State.DELIVERED, RENEWAL, now=MONDAY)
    assert sweep(at("04-02", 11)) == {"deemed_accepted": 1, "deemed_withdrawn": 1, "archived": 1}
    events = CaseEvent.objects.count()
    assert sweep(at("04-02", 11)) == NOTHING
    assert CaseEvent.objects.count() == events


def test_after_a_day_of_downtime_everything_is_caught_up_and_says_the_legal_day(cast: Cast) -> None:
    cases = [cast.receive(FOOD, now=MONDAY), cast.submit(RENEWAL, now=at("03-03"))]
    assert sweep(at("03-12"))["deemed_accepted"] == 2
    assert [Case.objects.get(pk=case.pk).told.accepted_on for case in cases] == ["2026-03-02", "2026-03-03"]
    for case in cases:
        assert verify_case(Case.objects.get(pk=case.pk)) is None


def test_a_case_that_somebody_accepted_meanwhile_is_left_alone(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    case = cast.receive(now=MONDAY)

    def after_the_clerk(case: Case, *rest: Any, **more: Any) -> Case:
        cast.act(case, "accept", "clerk1", at("03-10"))
        return perform(case, *rest, **more)

    monkeypatch.setattr(room, "perform", after_the_clerk)
    with caplog.at_level(logging.INFO):
        assert sweep(at("03-10"))["deemed_accepted"] == 0
    assert "sweep left a case alone" in caplog.text
    assert list(CaseEvent.objects.filter(case=case).values_list("action", flat=True)) == ["receive", "accept"]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_and_a_clerk_at_once_accept_a_case_once(cast: Cast) -> None:
    case, by = cast.receive(now=MONDAY), cast.actor("clerk1")
    late = at("03-10")
    results = at_once(lambda: sweep(late), lambda: sweep(late), lambda: perform(case, "accept", by=by, now=late))
    assert CaseEvent.objects.filter(case=case).count() == 2
    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.told.accepted_on, stored.told.deemed) == ("accepted", "2026-03-02", True)
    assert verify_case(stored) is None
    swept = sum(result["deemed_accepted"] for result in results[:2])
    assert swept + (not isinstance(results[2], Problem)) == 1


def test_one_broken_case_does_not_keep_the_others_waiting(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = cast.receive(now=MONDAY), cast.receive(now=MONDAY)

    def breaks(case: Case, *rest: Any, **more: Any) -> Case:
        if case.pk == broken.pk:
            raise KeyError("m01")
        return perform(case, *rest, **more)

    monkeypatch.setattr(room, "perform", breaks)
    assert sweep(at("03-10"))["deemed_accepted"] == 1
    assert Case.objects.get(pk=sound.pk).state == "accepted"
    assert "sweep failed on a case" in caplog.text


def test_a_lost_database_ends_the_round(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.receive(now=MONDAY)

    def lost(*rest: Any, **more: Any) -> Case:
        raise OperationalError("the connection is closed")

    monkeypatch.setattr(room, "perform", lost)
    with pytest.raises(OperationalError):
        sweep(at("03-10"))


def test_items_whose_rule_deems_nothing_cost_the_sweep_no_attempt(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.receive(COMPANY, now=MONDAY)
    monkeypatch.setattr(room, "perform", lambda *rest, **more: pytest.fail("tried"))
    assert sweep(at("05-01")) == NOTHING


def test_the_jobs_of_the_worker_do_the_same(cast: Cast) -> None:
    cast.receive(now=MONDAY)
    sweep_cases(0)
    assert Case.objects.get().state == "accepted"
    seal_yesterday(0)
    assert ChainSeal.objects.get().day < timezone.localdate()
    assert ChainSeal.objects.get().day >= date(2026, 1, 1)


def test_keys_of_requests_are_forgotten_after_a_month(cast: Cast) -> None:
    key = {"account": cast.clerk1, "request_digest": "x" * 64}
    IdempotentRequest.objects.create(key="old", created_at=at("02-01", 9), **key)
    IdempotentRequest.objects.create(key="new", created_at=at("03-01", 9), **key)
    assert forget_keys(at("03-04", 9)) == 1
    assert forget_keys(at("03-04", 9)) == 0
    assert IdempotentRequest.objects.get().key == "new"
