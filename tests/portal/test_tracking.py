"""Tracking with the query number and the last four of the identity number."""

from __future__ import annotations

import pytest
from django.test import Client

from onewindow.cases.lifecycle import State
from onewindow.cases.models import Case
from onewindow.clocks.store import current_calendar
from onewindow.faces.portal.throttle import TRACK_NUMBER
from tests.cast import CITIZEN, CITIZEN_ID, Cast
from tests.portal.visiting import text_of

pytestmark = pytest.mark.django_db


def track(client: Client, case: Case, tail: str = CITIZEN_ID[-4:]) -> object:
    return client.post("/track/", {"number": case.query_number, "id_tail": tail}, follow=True)


@pytest.mark.parametrize("state", [state for state in State if state is not State.DRAFT])
def test_every_state_reads_like_a_parcel(cast: Cast, state: State) -> None:
    case = cast.walk_to(state)
    page = text_of(track(Client(), case))
    assert "ow-now__say" in page
    assert "经过" in page
    for word in ("None", "examining", "deemed", "{'"):
        assert word not in page


def test_it_names_no_staff_and_no_applicant(cast: Cast) -> None:
    page = text_of(track(Client(), cast.walk_to("delivered")))
    for secret in ("陈窗", "赵审", "吴首", "周出", CITIZEN["name"], CITIZEN_ID, CITIZEN["phone"]):
        assert secret not in page
    assert "桃江县市场监督管理局" in page


def test_the_reason_of_a_denial_is_for_the_applicant_only(cast: Cast) -> None:
    case = cast.walk_to("examining")
    for who in ("examiner1", "verifier1"):
        case = cast.act(case, "pass_step", who, opinion="不符合")
    cast.act(case, "decide", "chief1", outcome="deny", opinion="场所太小了", legal_basis=["《食品安全法》第33条"])
    page = text_of(track(Client(), case))
    assert "没有批准" in page
    assert "行政复议" in page
    assert "场所太小了" not in page
    own = Client()
    own.force_login(cast.citizen1)
    assert "场所太小了" in text_of(own.get(f"/my/{case.number}/"))


def test_wrong_number_and_wrong_tail_get_the_same_answer(cast: Cast) -> None:
    case = cast.walk_to("accepted")
    from onewindow.cases.numbers import query_number

    wrong_tail = text_of(track(Client(), case, "0000"))
    wrong_number = text_of(Client().post("/track/", {"number": query_number(), "id_tail": "0000"}))
    assert "没有查到" in wrong_tail
    assert "没有查到" in wrong_number
    assert case.item.name not in wrong_tail


def test_the_page_needs_the_proof_every_browser_for_itself(cast: Cast) -> None:
    case = cast.walk_to("accepted")
    client = Client()
    track(client, case)
    assert client.get(f"/track/{case.query_number}/").status_code == 200
    assert Client().get(f"/track/{case.query_number}/")["Location"] == f"/track/?number={case.query_number}"


def test_guessing_the_tail_is_stopped(cast: Cast) -> None:
    case = cast.walk_to("accepted")
    for guess in range(TRACK_NUMBER.most):
        track(Client(), case, f"{guess:04}")
    answer = track(Client(), case)
    assert answer.status_code == 429  # type: ignore[attr-defined]
    assert case.item.name not in text_of(answer)


@pytest.mark.parametrize(
    ("number", "tail"),
    [("", ""), ("abc", "12"), ("1" * 12, "123X"), ("\u202e123456789012", "1234"), ("１２３４５６７８９０１２", "1234")],
)
def test_strange_input_gets_a_plain_answer(cast: Cast, number: str, tail: str) -> None:
    assert Client().post("/track/", {"number": number, "id_tail": tail}).status_code == 422


def test_spaces_dashes_and_small_letters_are_forgiven(cast: Cast) -> None:
    case = cast.walk_to("accepted")
    number = f" {case.query_number[:4]}-{case.query_number[4:8]} {case.query_number[8:]} "
    answer = Client().post("/track/", {"number": number, "id_tail": CITIZEN_ID[-4:].lower()})
    assert answer["Location"] == f"/track/{case.query_number}/"


def test_the_result_needs_a_bounded_number_of_queries(cast: Cast, django_assert_num_queries: object) -> None:
    client, case = Client(), cast.walk_to("delivered")
    track(client, case)
    current_calendar()
    with django_assert_num_queries(5):  # type: ignore[operator]
        client.get(f"/track/{case.query_number}/")
