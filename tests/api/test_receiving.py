"""POST /cases: what comes back, and what is refused with the fields to mend."""

from __future__ import annotations

import pytest

from onewindow.cases.models import Case
from tests.api.conftest import Api, problem
from tests.cast import CITIZEN, CITIZEN_ID, COMPANY, FERTILITY, FIRM, FOOD, application


def test_a_clerk_receives_and_hears_number_limits_and_what_is_missing(api: Api) -> None:
    body = application(FOOD)
    body["materials"] = body["materials"][1:]
    response = api("clerk1").post("/cases", body)
    case = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"/api/v1/cases/{case['number']}"
    assert response["ETag"] == '"1"'
    assert case["state"] == "received"
    assert case["received_at"].endswith("+08:00")
    assert [one["material"] for one in case["missing"]] == ["m01"]
    assert [one["kind"] for one in case["deadlines"]] == ["notice"]
    assert case["papers"][0]["kind"] == "receipt"


def test_the_item_may_be_named_by_code_or_by_key(api: Api, cast: object) -> None:
    code = api().get(f"/items/{FOOD}").json()["code"]
    assert api("clerk1").post("/cases", {**application(FOOD), "item": code}).json()["item"]["key"] == FOOD


def test_an_applicant_submits_even_when_the_channel_is_left_out(api: Api) -> None:
    body = application(FOOD)
    del body["channel"]
    case = api("citizen1").post("/cases", body).json()
    assert (case["state"], case["channel"]) == ("submitted", "online")


def test_a_helper_submits_for_others(api: Api) -> None:
    assert api("helper1").post("/cases", application(FOOD)).json()["state"] == "submitted"


def test_an_applicant_cannot_apply_as_somebody_else(api: Api) -> None:
    problem(api("citizen2").post("/cases", application(FOOD)), 403, "refused")


@pytest.mark.parametrize("who", ["examiner1", "exit1", "manager1", "guide1", "admin"])
def test_only_counters_receive(api: Api, who: str) -> None:
    problem(api(who).post("/cases", application(FOOD)), 403, "refused")
    assert not Case.objects.exists()


def test_every_wrong_field_is_named_at_once(api: Api) -> None:
    body = application(FOOD, answers={"industry": "retail", "agent": "maybe"})
    body["applicant"] = {**CITIZEN, "id_number": CITIZEN_ID[:-1] + "7", "phone": "12"}
    found = problem(api("clerk1").post("/cases", body), 422, "invalid-input")
    assert {error["field"] for error in found["errors"]} >= {"applicant.phone"}


def test_a_wrong_check_digit_is_explained(api: Api) -> None:
    wrong = CITIZEN_ID[:-1] + ("0" if CITIZEN_ID[-1] != "0" else "1")
    body = application(FOOD, applicant={**CITIZEN, "id_number": wrong})
    found = problem(api("clerk1").post("/cases", body), 422, "invalid-input")
    assert "校验位" in str(found["errors"])


def test_unknown_item_material_answer_and_field_are_named(api: Api) -> None:
    clerk = api("clerk1")
    for change, field in (
        ({"item": "no-such-item"}, "item"),
        ({"materials": [{"material": "m99"}]}, "materials.0.material"),
        ({"answers": {"industry": "retail", "agent": "no", "what": "x"}}, "answers.what"),
        ({"surprise": 1}, "surprise"),
    ):
        found = problem(clerk.post("/cases", {**application(FOOD), **change}), 422, "invalid-input")
        assert [error["field"] for error in found["errors"]] == [field]


def test_a_file_of_somebody_else_cannot_be_handed_in(api: Api) -> None:
    body = application(FOOD)
    body["materials"][0]["file"] = "00000000-0000-4000-8000-000000000000"
    problem(api("clerk1").post("/cases", body), 422, "invalid-input")


def test_an_item_for_people_is_not_for_companies(api: Api) -> None:
    problem(api("clerk1").post("/cases", application(FERTILITY, applicant=FIRM)), 422, "invalid-input")


def test_names_and_numbers_of_people_never_come_back_whole(api: Api) -> None:
    shown = api("clerk1").post("/cases", application(COMPANY)).content.decode()
    assert CITIZEN["name"] not in shown
    assert CITIZEN_ID not in shown
    assert CITIZEN["phone"] not in shown
    assert CITIZEN_ID[-4:] in shown


def test_a_company_is_shown_by_its_public_name(api: Api) -> None:
    case = api("clerk1").post("/cases", application(FOOD, applicant=FIRM)).json()
    assert case["applicant"]["name"] == FIRM["name"]
    assert case["applicant"]["phone_masked"] != FIRM["phone"]
