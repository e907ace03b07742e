"""Idempotency-Key: a repeat gets the first result, another request under the same key is refused."""

from __future__ import annotations

from io import BytesIO

from onewindow.cases.models import Case, CaseEvent, StoredFile
from tests.api.conftest import Api, problem
from tests.cast import FOOD, application

PDF = b"%PDF-1.7\n%%EOF\n"


def test_the_same_intake_twice_is_one_case(api: Api) -> None:
    clerk = api("clerk1")
    first = clerk.post("/cases", application(FOOD), key="k1")
    again = clerk.post("/cases", application(FOOD), key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert Case.objects.count() == 1


def test_the_order_of_keys_does_not_make_another_request(api: Api) -> None:
    clerk, body = api("clerk1"), application(FOOD)
    first = clerk.post("/cases", body, key="k1").json()
    assert clerk.post("/cases", dict(reversed(body.items())), key="k1").json()["number"] == first["number"]


def test_another_body_under_the_same_key_is_refused(api: Api) -> None:
    clerk = api("clerk1")
    clerk.post("/cases", application(FOOD), key="k1")
    other = application(FOOD, ticket="A007")
    problem(clerk.post("/cases", other, key="k1"), 422, "invalid-input")
    assert Case.objects.count() == 1


def test_keys_of_different_people_do_not_meet(api: Api) -> None:
    a = api("clerk1").post("/cases", application(FOOD), key="k1").json()
    b = api("clerk2").post("/cases", application(FOOD), key="k1").json()
    assert a["number"] != b["number"]


def test_an_action_repeated_is_done_once(api: Api, cast: object) -> None:
    clerk = api("clerk1")
    number = clerk.post("/cases", application(FOOD)).json()["number"]
    first = clerk.post(f"/cases/{number}/actions/accept", {}, key="k2", match=1)
    again = clerk.post(f"/cases/{number}/actions/accept", {}, key="k2", match=1)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["version"] == 2
    assert CaseEvent.objects.filter(action="accept").count() == 1


def test_an_upload_repeated_is_one_file(api: Api) -> None:
    clerk, headers = api("clerk1"), {"Idempotency-Key": "u1"}
    ids = set()
    for _ in range(2):
        file = BytesIO(PDF)
        file.name = "a.pdf"
        ids.add(clerk.upload(file, **headers).json()["id"])
    assert len(ids) == 1
    assert StoredFile.objects.count() == 1


def test_a_key_that_is_none_is_refused(api: Api) -> None:
    for key in ("x" * 121, "two words"):
        problem(api("clerk1").post("/cases", application(FOOD), key=key), 422, "invalid-input")
    assert not Case.objects.exists()
