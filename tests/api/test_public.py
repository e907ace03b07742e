"""Without a token: following a case, checking a paper, and how often one may try."""

from __future__ import annotations

from typing import Any

import pytest

from onewindow.faces.portal import throttle
from onewindow.papers.models import Paper
from tests.api.conftest import Api, Caller, problem
from tests.cast import CITIZEN_ID, COMPANY_ID, FIRM, Cast

TAIL = CITIZEN_ID[-4:]
OTHER = "0000" if TAIL != "0000" else "1111"


def track(number: str, tail: str, address: str = "10.0.0.1") -> Any:
    caller = Caller(None)
    return caller.client.get(f"/api/v1/public/cases/{number}", {"id_tail": tail}, REMOTE_ADDR=address)


def test_the_end_of_the_number_opens_the_case(cast: Cast) -> None:
    case = cast.walk_to("accepted")
    found = track(case.query_number, TAIL).json()
    assert (found["state_label"], found["item"]) == ("已受理", "食品经营许可（新办）")
    assert [step["label"] for step in found["steps"]] == ["收件", "受理"]
    assert found["due_on"]
    assert track(case.query_number, TAIL.lower()).status_code == 200


def test_a_company_uses_the_end_of_its_code(cast: Cast) -> None:
    case = cast.receive(applicant=FIRM)
    assert track(case.query_number, COMPANY_ID[-4:]).status_code == 200


def test_wrong_end_and_no_such_case_get_the_same_answer(cast: Cast) -> None:
    case = cast.receive()
    absent = "123456789015" if case.query_number != "123456789015" else "999999999991"
    answers = [track(case.query_number, OTHER), track(absent, OTHER), track("1" * 12, TAIL), track("abc", TAIL)]
    bodies = [{**problem(one, 404, "not-found"), "request_id": ""} for one in answers]
    assert all(body == bodies[0] for body in bodies)


def test_missing_and_wrong_cost_the_same_queries(cast: Cast, django_assert_num_queries: Any) -> None:
    from stdnum.iso7064 import mod_11_10

    case = cast.receive()
    absent = "12345678901" + mod_11_10.calc_check_digit("12345678901")
    track(case.query_number, OTHER), track(absent, OTHER)
    for number in (case.query_number, absent):
        with django_assert_num_queries(3):
            track(number, OTHER)


def test_guessing_a_number_ends_after_ten_tries_from_anywhere(cast: Cast) -> None:
    case = cast.receive()
    for n in range(throttle.TRACK_NUMBER.most):
        problem(track(case.query_number, OTHER, f"10.0.1.{n}"), 404, "not-found")
    response = track(case.query_number, TAIL, "10.0.2.1")
    problem(response, 429, "too-many")
    assert response["Retry-After"] == "3600"


def test_one_address_cannot_try_for_ever(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "TRACK_ADDRESS", throttle.Limit("track-address", 3, 15))
    for _ in range(3):
        track("999999999999", TAIL)
    problem(track("999999999999", TAIL), 429, "too-many")
    assert track("999999999999", TAIL, "10.0.0.2").status_code == 404


def test_who_knows_the_end_may_look_as_often_as_they_like(cast: Cast) -> None:
    case = cast.receive()
    assert {track(case.query_number, TAIL).status_code for _ in range(15)} == {200}


@pytest.mark.parametrize("tail", ["", "12", "12345", "12%0", "１２３４", "王小明王"])
def test_an_end_that_cannot_be_is_named(cast: Cast, tail: str) -> None:
    case = cast.receive()
    problem(track(case.query_number, tail), 422, "invalid-input")


def test_a_paper_is_checked_by_its_code(api: Api, cast: Cast) -> None:
    case = cast.walk_to("accepted")
    paper = Paper.objects.get(subject_id=case.pk, kind="acceptance")
    found = api().get(f"/public/papers/{paper.code}").json()
    assert (found["valid"], found["number"], found["title"]) == (True, paper.number, "受理通知书")
    assert found["applicant"] == "王**"
    assert api().get(f"/public/papers/{paper.code.lower()}").status_code == 200


@pytest.mark.parametrize("code", ["ABCDEFGH23456789", "0" * 16, "x", "%00", "A" * 500, "一二三四五六七八"])
def test_a_code_that_is_none(api: Api, code: str) -> None:
    problem(api().get(f"/public/papers/{code}"), 404, "not-found")
