"""Fifty clerks act on one case at once: one succeeds, the others are told clearly; a repeated request happens once."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import pytest

from onewindow.cases.models import Case, CaseEvent, IdempotentRequest
from onewindow.cases.verify import verify_case
from onewindow.people.models import Account, Posting
from tests.api.conftest import Caller
from tests.cast import FOOD, Cast, application
from tests.races.conftest import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)
CLERKS = 50


@pytest.fixture
def clerks(cast: Cast) -> list[Caller]:
    """Fifty clerks of the same hall, each with a token."""
    like = cast.posting("clerk1")
    found = []
    for n in range(CLERKS):
        account = Account.objects.create(username=f"window{n}", name=f"窗口{n}")
        Posting.objects.create(account=account, role="clerk", centre=like.centre, valid_from=like.valid_from)
        cast.accounts[account.username] = account
        found.append(Caller(cast.token(account.username)))
    return found


@pytest.mark.parametrize("with_tag", [True, False])
def test_fifty_clerks_accept_one_case(cast: Cast, clerks: list[Caller], with_tag: bool) -> None:
    case = cast.receive(FOOD)
    path, match = f"/cases/{case.number}/actions/accept", 1 if with_tag else None
    answers: list[Any] = all_at_once([partial(clerk.post, path, {}, match=match) for clerk in clerks])
    refusal = 412 if with_tag else 409
    assert Counter(answer.status_code for answer in answers) == {200: 1, refusal: CLERKS - 1}
    for answer in answers:
        if answer.status_code != 200:
            assert "受理" in answer.json()["title"]
    assert CaseEvent.objects.filter(case=case, action="accept").count() == 1
    assert verify_case(Case.objects.get(pk=case.pk)) is None


def test_fifty_intakes_at_once_get_fifty_numbers(cast: Cast, clerks: list[Caller]) -> None:
    answers: list[Any] = all_at_once([partial(clerk.post, "/cases", application(FOOD)) for clerk in clerks])
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["number"] for answer in answers}) == CLERKS
    serials = sorted(int(answer.json()["number"][-4:]) for answer in answers)
    assert serials == list(range(serials[0], serials[0] + CLERKS))


def test_the_same_key_twenty_times_at_once_is_one_case(cast: Cast) -> None:
    callers = [Caller(cast.token("clerk1")) for _ in range(20)]
    body = application(FOOD)
    answers: list[Any] = all_at_once([partial(one.post, "/cases", body, key="same-key") for one in callers])
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert Case.objects.count() == IdempotentRequest.objects.count() == 1
    other = callers[0].post("/cases", application(FOOD, ticket="A1"), key="same-key")
    assert other.status_code == 422
    assert verify_case(Case.objects.get()) is None


def test_the_same_key_twenty_times_on_an_action_is_one_event(cast: Cast) -> None:
    case = cast.receive(FOOD)
    callers = [Caller(cast.token("clerk1")) for _ in range(20)]
    path = f"/cases/{case.number}/actions/accept"
    answers: list[Any] = all_at_once([partial(one.post, path, {}, key="act-key") for one in callers])
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["version"] for answer in answers} == {2}
    assert CaseEvent.objects.filter(case=case).count() == 2


def test_one_key_on_different_cases_at_once_is_told_apart(cast: Cast) -> None:
    """The key belongs to the first request; the same key on another case is refused, not silently answered."""
    cases = [cast.receive(FOOD) for _ in range(8)]
    callers = [Caller(cast.token("clerk1")) for _ in cases]
    calls = [
        partial(one.post, f"/cases/{case.number}/actions/accept", {}, key="one-key")
        for one, case in zip(callers, cases, strict=True)
    ]
    answers: list[Any] = all_at_once(calls)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 422: 7}
    assert CaseEvent.objects.filter(action="accept").count() == 1
