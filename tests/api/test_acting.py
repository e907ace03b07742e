"""POST …/actions/…: refusals with their kind, and each of them recorded or harmless."""

from __future__ import annotations

import pytest

from onewindow.people.models import AccessRecord
from tests.api.conftest import Api, problem
from tests.cast import Cast


def test_a_refused_action_changes_nothing_and_is_recorded(api: Api, cast: Cast) -> None:
    case = cast.walk_to("accepted")
    found = problem(api("clerk1").post(f"/cases/{case.number}/actions/sign"), 403, "refused")
    assert "综合窗口受理员" in found["title"]
    record = AccessRecord.objects.get(kind="refused")
    assert (record.action, record.subject, record.account_id) == ("sign", case.number, cast.accounts["clerk1"].pk)
    assert api("clerk1").get(f"/cases/{case.number}").json()["version"] == case.version


def test_an_action_out_of_turn_says_in_which_state_the_case_is(api: Api, cast: Cast) -> None:
    case = cast.walk_to("received")
    body = {"outcome": "grant", "opinion": "准予"}
    found = problem(api("chief1").post(f"/cases/{case.number}/actions/decide", body), 409, "not-now")
    assert "收件" in found["title"]


def test_a_rule_that_forbids_says_which(api: Api, cast: Cast) -> None:
    case = cast.walk_to("received", materials=[])
    found = problem(api("clerk1").post(f"/cases/{case.number}/actions/accept"), 409, "rule-broken")
    assert len(found["errors"]) == len(api("clerk1").get(f"/cases/{case.number}").json()["missing"])


def test_missing_fields_are_named(api: Api, cast: Cast) -> None:
    case = cast.walk_to("received")
    found = problem(api("clerk1").post(f"/cases/{case.number}/actions/give_notice"), 422, "invalid-input")
    assert [error["field"] for error in found["errors"]] == ["missing"]


@pytest.mark.parametrize("action", ["fly", "accept%00", "ACCEPT", "x" * 300, "__class__"])
def test_an_action_that_there_is_not_is_not_there(api: Api, cast: Cast, action: str) -> None:
    case = cast.receive()
    problem(api("clerk1").post(f"/cases/{case.number}/actions/{action}"), 404, "not-found")
    problem(api("clerk1").post(f"/cases/{case.number}/actions/{action}/preview"), 404, "not-found")


@pytest.mark.parametrize("action", ["deem_accepted", "deem_withdrawn", "archive", "recompute"])
def test_what_the_system_does_nobody_does_for_it(api: Api, cast: Cast, action: str) -> None:
    states = {"deem_accepted": "received", "deem_withdrawn": "correcting", "archive": "delivered"}
    case = cast.walk_to(states.get(action, "accepted"))
    body = {"reason": "x"} if action == "recompute" else {}
    problem(api("clerk1").post(f"/cases/{case.number}/actions/{action}", body), 403, "refused")
