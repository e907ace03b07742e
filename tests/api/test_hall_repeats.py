"""Idempotency-Key in the hall: a repeat gets the first result, another request under the same key is refused."""

from __future__ import annotations

from typing import Any

import pytest

from onewindow.cases.models import IdempotentRequest
from onewindow.hall.models import Appointment, Ticket, TicketPeriod, WindowPause, WindowSession
from onewindow.people.models import AccessRecord
from tests.api.conftest import Api, problem
from tests.cast import FOOD, application
from tests.hall.stage import Stage

HALL = "/hall/taojiang"
BOOKING = {"item": FOOD, "at": "2026-11-24T10:00:00+08:00", "name": "李桃花", "phone": "19900000001"}


def test_the_same_ticket_twice_is_one(api: Api, hall: Stage) -> None:
    guide = api("guide1")
    body = {"items": [FOOD], "visitor": {"name": "李桃花", "phone": "19900000001"}}
    first, again = (guide.post(f"{HALL}/tickets", body, key="k1") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert Ticket.objects.count() == 1
    problem(guide.post(f"{HALL}/tickets", {}, key="k1"), 422, "invalid-input")


def test_the_same_booking_twice_is_one(api: Api, hall: Stage) -> None:
    guide = api("guide1")
    first, again = (guide.post(f"{HALL}/appointments", BOOKING, key="k1") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert Appointment.objects.count() == 1
    other = {**BOOKING, "at": "2026-11-25T10:00:00+08:00"}
    problem(guide.post(f"{HALL}/appointments", other, key="k1"), 422, "invalid-input")


def test_moving_and_cancelling_twice(api: Api, hall: Stage) -> None:
    guide = api("guide1")
    path = f"{HALL}/appointments/{guide.post(f'{HALL}/appointments', BOOKING).json()['code']}"
    moved = [guide.post(f"{path}/move", {"at": "2026-11-24T11:00:00+08:00"}, key="m") for _ in range(2)]
    assert [one.json()["moved"] for one in moved] == [1, 1]
    cancelled = [guide.post(f"{path}/cancel", key="c") for _ in range(2)]
    assert [one.json()["state"] for one in cancelled] == ["cancelled", "cancelled"]


def test_a_call_repeated_calls_one_person(api: Api, hall: Stage) -> None:
    guide, clerk = api("guide1"), api("clerk1")
    guide.post(f"{HALL}/tickets"), guide.post(f"{HALL}/tickets")
    clerk.post(f"{HALL}/windows/A01/open")
    called = [clerk.post(f"{HALL}/windows/A01/call", key="k").json()["ticket"]["number"] for _ in range(3)]
    assert called == ["A001"] * 3
    assert TicketPeriod.objects.filter(state="called").count() == 1


@pytest.mark.parametrize(
    ("verb", "body"),
    [("recall", {}), ("miss", {}), ("start", {}), ("transfer", {"queue": "C", "reason": "咨询"})],
)
def test_every_verb_repeated_is_done_once(api: Api, hall: Stage, verb: str, body: dict[str, str]) -> None:
    clerk = api("clerk1")
    api("guide1").post(f"{HALL}/tickets")
    clerk.post(f"{HALL}/windows/A01/open"), clerk.post(f"{HALL}/windows/A01/call")
    first, again = (clerk.post(f"{HALL}/windows/A01/{verb}", body, key="k") for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["ticket"] == first.json()["ticket"]
    assert TicketPeriod.objects.filter(verb=verb).count() == 1


@pytest.mark.parametrize(("before", "verb"), [("hold", "resume"), ("", "hold"), ("", "finish")])
def test_serving_verbs_repeated_are_done_once(api: Api, hall: Stage, before: str, verb: str) -> None:
    clerk = api("clerk1")
    api("guide1").post(f"{HALL}/tickets")
    for step, body in (("open", {}), ("call", {}), ("start", {}), *([(before, {"reason": "复印"})] if before else [])):
        assert clerk.post(f"{HALL}/windows/A01/{step}", body).status_code == 200
    body = {"resume": {"ticket": "A001"}, "hold": {"reason": "复印"}}.get(verb, {})
    first, again = (clerk.post(f"{HALL}/windows/A01/{verb}", body, key="k") for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200), again.content.decode()
    assert again.json()["ticket"] == first.json()["ticket"]


def test_opening_pausing_and_closing_repeated(api: Api, hall: Stage) -> None:
    clerk = api("clerk1")
    for verb, body in (("open", {}), ("pause", {"reason": "用餐"}), ("resume", {}), ("close", {"reason": "下班"})):
        first, again = (clerk.post(f"{HALL}/windows/A01/{verb}", body, key=f"k-{verb}") for _ in range(2))
        assert (first.status_code, again.status_code) == (200, 200), again.content.decode()
        assert again.json() == first.json()
    assert WindowSession.objects.count() == WindowPause.objects.count() == 1


def test_keys_of_different_people_do_not_meet(api: Api, hall: Stage) -> None:
    numbers = [api(who).post(f"{HALL}/tickets", key="k").json()["number"] for who in ("guide1", "clerk1")]
    assert numbers == ["A001", "A002"]


def test_one_key_for_a_case_and_a_ticket_is_refused(api: Api, hall: Stage) -> None:
    clerk = api("clerk1")
    assert clerk.post("/cases", application(FOOD), key="k").status_code == 201
    problem(clerk.post(f"{HALL}/tickets", key="k"), 422, "invalid-input")
    assert clerk.post(f"{HALL}/tickets", key="t").status_code == 201
    problem(clerk.post(f"{HALL}/windows/A01/open", key="t"), 422, "invalid-input")


def test_a_failure_leaves_the_key_for_the_mended_request(api: Api, hall: Stage) -> None:
    guide, clerk = api("guide1"), api("clerk1")
    problem(guide.post(f"{HALL}/tickets", {"items": ["none"]}, key="k"), 422, "invalid-input")
    assert guide.post(f"{HALL}/tickets", {"items": [FOOD]}, key="k").status_code == 201
    problem(clerk.post(f"{HALL}/windows/A01/resume", key="r"), 409, "not-now")
    problem(clerk.post(f"{HALL}/windows/A01/call", key="r"), 409, "not-now")
    assert list(IdempotentRequest.objects.values_list("key", flat=True)) == ["k"]


def test_a_refusal_with_a_key_stays_on_record_once(api: Api, hall: Stage) -> None:
    for path in ("windows/A01/open", "windows/A01/call", "tickets"):
        problem(api("manager1").post(f"{HALL}/{path}", key=f"key-{path}"), 403, "refused")
    actions = AccessRecord.objects.filter(kind="refused").values_list("action", flat=True)
    assert sorted(actions) == ["hall.call", "hall.open", "hall.take"]


def test_without_a_key_everything_still_works(api: Api, hall: Stage) -> None:
    guide: Any = api("guide1")
    assert [guide.post(f"{HALL}/tickets", key=None).json()["number"] for _ in range(2)] == ["A001", "A002"]
    assert guide.post(f"{HALL}/windows/A01/open", key=None).status_code == 200


@pytest.mark.parametrize("key", ["x" * 121, "two words"])
def test_a_key_that_is_none_is_refused(api: Api, hall: Stage, key: str) -> None:
    problem(api("guide1").post(f"{HALL}/tickets", key=key), 422, "invalid-input")
    assert not Ticket.objects.exists()
