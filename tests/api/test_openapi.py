"""The document is the truth: it is valid OpenAPI 3.1, it names every address, and real answers fit it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from onewindow.cases.actions import VERBS
from onewindow.cases.lifecycle import MOVES, State
from onewindow.faces.api.app import api as ninja
from onewindow.faces.api.openapi import build
from tests.api.conftest import Api
from tests.cast import CITIZEN_ID, FIRM, FOOD, HYGIENE, Cast, application
from tests.hall.stage import Stage


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads(json.dumps(build(), default=str))  # type: ignore[no-any-return]


def test_it_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_it_is_served_and_cached_by_its_tag(api: Api) -> None:
    response = api().get("/openapi.json")
    assert response.json()["servers"] == [{"url": "/api/v1"}]
    again = api().client.get("/api/v1/openapi.json", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


def test_every_address_and_every_action_is_in_it(document: dict[str, Any]) -> None:
    served = {(pattern, method) for pattern, method in _served()}
    for path, method in served - {("/cases/{number}/actions/{action}", "post")}:
        assert method in document["paths"][path], path
    for action in VERBS:
        path = f"/cases/{{number}}/actions/{action.value}"
        assert (path in document["paths"]) is not MOVES[action].by_system_only


def _served() -> list[tuple[str, str]]:
    schema = ninja.get_openapi_schema(path_prefix="")
    return [(path, method) for path, methods in schema["paths"].items() for method in methods]


def test_it_needs_nothing_from_elsewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    assert "http://" not in text
    assert "https://" not in text
    assert "cdn" not in text.lower()


def test_every_error_is_a_problem_and_every_summary_chinese(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert any("\u4e00" <= c <= "\u9fff" for c in operation["summary"]), path
            for status, said in operation["responses"].items():
                if int(status) >= 400:
                    assert list(said["content"]) == ["application/problem+json"]


def test_headers_are_told(document: dict[str, Any]) -> None:
    sign = document["paths"]["/cases/{number}/actions/sign"]["post"]
    assert {p["name"] for p in sign["parameters"]} == {"number", "Idempotency-Key", "If-Match"}
    assert "ETag" in sign["responses"]["200"]["headers"]
    for path, methods in document["paths"].items():
        if "post" in methods:
            assert "Idempotency-Key" in {p["name"] for p in methods["post"]["parameters"]}, path


def fits(document: dict[str, Any], path: str, method: str, response: Any) -> None:
    said = document["paths"][path][method]["responses"][str(response.status_code)]
    media = response["Content-Type"].split(";")[0]
    schema = {**said["content"][media]["schema"], "components": document["components"]}
    found = Draft202012Validator(schema).iter_errors(response.json())
    problems = [f"{'/'.join(map(str, error.path))}: {error.message}" for error in found]
    assert not problems, (path, problems[:5])


@pytest.mark.parametrize(("state", "item"), [*((state, FOOD) for state in State), (State.EXAMINING, HYGIENE)])
def test_real_cases_fit(document: dict[str, Any], api: Api, cast: Cast, state: State, item: str) -> None:
    case, clerk = cast.walk_to(state, item), api("supervisor1")
    base = "/cases/{number}"
    for part in ("", "/events", "/clock", "/papers", "/actions"):
        query = {"explain": "all"} if part == "/clock" else {"all": "true"} if part == "/actions" else {}
        fits(document, base + part, "get", clerk.get(f"/cases/{case.number}{part}", **query))
    fits(document, "/cases", "get", clerk.get("/cases"))
    tracked = api().get(f"/public/cases/{case.query_number}", id_tail=CITIZEN_ID[-4:])
    fits(document, "/public/cases/{query_number}", "get", tracked)


def test_everything_else_fits_too(document: dict[str, Any], api: Api, cast: Cast) -> None:
    clerk, case = api("clerk1"), cast.walk_to("accepted", applicant=FIRM)
    fits(document, "/items", "get", api().get("/items"))
    fits(document, "/items/{code}", "get", api().get(f"/items/{FOOD}"))
    fits(document, "/items/{code}/versions", "get", api().get(f"/items/{FOOD}/versions"))
    fits(document, "/themes", "get", api().get("/themes"))
    fits(document, "/me", "get", api("chief1").get("/me"))
    fits(document, "/deadlines", "get", clerk.get("/deadlines", due_before="2099-01-01"))
    fits(document, "/cases", "post", clerk.post("/cases", application(FOOD)))
    fits(document, "/cases", "post", clerk.post("/cases", {}))
    fits(document, "/holdings", "get", clerk.get("/holdings", id_number=FIRM["id_number"], item=HYGIENE))
    fits(document, "/public/papers/{code}", "get", api().get(f"/public/papers/{case.facts['papers'][0]['code']}"))
    unmasked = clerk.post(f"/cases/{case.number}/unmask", {"field": "phone", "reason": "核对"})
    fits(document, "/cases/{number}/unmask", "post", unmasked)
    signed = api("examiner1").post(f"/cases/{case.number}/actions/sign")
    fits(document, "/cases/{number}/actions/sign", "post", signed)
    preview = cast.receive(applicant=FIRM)
    shown = clerk.post(f"/cases/{preview.number}/actions/accept/preview")
    fits(document, "/cases/{number}/actions/{action}/preview", "post", shown)


BOOKING = {"item": FOOD, "at": "2026-11-24T10:00:00+08:00", "name": "李桃花", "phone": "19900000001"}


def test_the_hall_fits(document: dict[str, Any], api: Api, hall: Stage) -> None:
    clerk, base = api("clerk1"), "/hall/{centre}"
    for what in ("waits", "screen"):
        fits(document, f"{base}/{what}", "get", api().get(f"/hall/taojiang/{what}"))
    offers = f"{base}/appointments/offers"
    for query in ({}, {"day": "2026-11-24", "item": FOOD}, {"day": "2026-11-28"}, {"item": "none"}):
        fits(document, offers, "get", clerk.get("/hall/taojiang/appointments/offers", **query))
    booked = clerk.post("/hall/taojiang/appointments", BOOKING)
    fits(document, f"{base}/appointments", "post", booked)
    code = booked.json()["code"]
    fits(document, f"{base}/appointments/{{code}}", "get", clerk.get(f"/hall/taojiang/appointments/{code}"))
    for verb, body in (("move", {"at": "2026-11-23T11:00:00+08:00"}), ("check-in", {}), ("cancel", {})):
        answered = clerk.post(f"/hall/taojiang/appointments/{code}/{verb}", body)
        fits(document, f"{base}/appointments/{{code}}/{verb}", "post", answered)
    person = {"name": "李桃花", "phone": "19900000002"}
    taken = clerk.post("/hall/taojiang/tickets", {"items": [FOOD], "visitor": person, "priority": "elderly"})
    fits(document, f"{base}/tickets", "post", taken)
    number = taken.json()["number"]
    for verb, body in (("priority", {"priority": "", "note": ""}), ("return", {}), ("leave", {})):
        answered = clerk.post(f"/hall/taojiang/tickets/{number}/{verb}", body)
        fits(document, f"{base}/tickets/{{number}}/{verb}", "post", answered)
    fits(document, f"{base}/tickets/{{number}}", "get", clerk.get(f"/hall/taojiang/tickets/{number}"))


def test_every_step_at_a_window_fits(document: dict[str, Any], api: Api, hall: Stage) -> None:
    clerk, address = api("clerk1"), "/hall/{centre}/windows/{window}/"
    for _ in range(3):
        clerk.post("/hall/taojiang/tickets", {"items": [FOOD]})
    reason = {"reason": "复印"}
    steps: tuple[tuple[str, dict[str, str]], ...] = (
        ("call", {}), ("open", {}), ("call", {}), ("recall", {}), ("miss", {}), ("call", {}), ("start", {}),
        ("hold", reason), ("resume", {"ticket": "A002"}), ("transfer", {"queue": "A", **reason}), ("pause", reason),
        ("call", {}), ("resume", {}), ("call", {}), ("start", {"item": FOOD}), ("finish", {}), ("close", {}),
    )  # fmt: skip
    answers = [(verb, clerk.post(f"/hall/taojiang/windows/A01/{verb}", body)) for verb, body in steps]
    for verb, answered in answers:
        fits(document, address + verb, "post", answered)
    assert [answered.status_code for _, answered in answers].count(200) == len(steps) - 2


def test_every_post_to_the_hall_has_an_example_that_may_be_sent(document: dict[str, Any]) -> None:
    found = 0
    for path, methods in document["paths"].items():
        if path.startswith("/hall/") and "post" in methods:
            content = methods["post"]["requestBody"]["content"]["application/json"]
            schema = {**content["schema"], "components": document["components"]}
            assert not list(Draft202012Validator(schema).iter_errors(content["example"])), path
            found += 1
    assert found == 19
