"""Input that wants to break something: a clear Chinese answer, nothing lost, and never a server error."""

from __future__ import annotations

from typing import Any

import pytest

from onewindow.cases.models import Case
from onewindow.people.models import Applicant
from tests.api.conftest import Api, problem
from tests.cast import CITIZEN, CITIZEN_ID, FOOD, Cast, application


def apply_as(**changes: Any) -> dict[str, Any]:
    return application(FOOD, applicant={**CITIZEN, **changes})


@pytest.mark.parametrize(
    "name",
    ["㐂𠮷", "买买提·艾力", "Ōta 𠮷", "é" * 200, "王" * 200, "𪚥" * 100, "欧阳㐂", "A" * 200],
)
def test_rare_and_long_names_are_kept_as_they_are(api: Api, name: str) -> None:
    import unicodedata

    case = api("clerk1").post("/cases", apply_as(name=name))
    assert case.status_code == 201, case.content.decode()
    assert unicodedata.normalize("NFC", name) in {str(one.name) for one in Applicant.objects.all()}
    number = case.json()["number"]
    assert name not in case.content.decode()
    papers = api("clerk1").get(f"/cases/{number}/papers").json()["papers"]
    assert api("clerk1").client.get(papers[0]["pdf"]).content.startswith(b"%PDF-")


@pytest.mark.parametrize(
    "name",
    ["王\u200b明", "王\u202e明", "\ufeff王", "王\x00明", "王\n明", "王\x1b[2J", "\u2066王\u2069", "", "  ", "王" * 201],
)
def test_names_that_hide_something_are_refused(api: Api, name: str) -> None:
    found = problem(api("clerk1").post("/cases", apply_as(name=name)), 422, "invalid-input")
    assert [error["field"] for error in found["errors"]] == ["applicant.name"]
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "number",
    [
        CITIZEN_ID[:17] + ("1" if CITIZEN_ID[-1] != "1" else "2"),
        "4309221990",
        "99990019900230013X",
        "999900209901010018",
        "１２３",
        "X" * 18,
        "999900" + "0" * 12,
        "9" * 200,
        "43092219900101\x00123",
    ],
)
def test_numbers_with_wrong_check_digits_or_dates(api: Api, number: str) -> None:
    found = problem(api("clerk1").post("/cases", apply_as(id_number=number)), 422, "invalid-input")
    assert all(error["message"] for error in found["errors"])


def test_full_width_and_spaced_numbers_mean_the_same_person(api: Api) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in CITIZEN_ID)
    spaced = f"{CITIZEN_ID[:6]} {CITIZEN_ID[6:14]}-{CITIZEN_ID[14:].lower()}"
    for number in (CITIZEN_ID, wide, spaced):
        assert api("clerk1").post("/cases", apply_as(id_number=number)).status_code == 201
    assert Applicant.objects.with_id_number(CITIZEN_ID).count() == 1


def test_ten_thousand_materials_are_too_many(api: Api) -> None:
    body = application(FOOD, materials=[{"material": "m01"}] * 10_000)
    found = problem(api("clerk1").post("/cases", body), 422, "invalid-input")
    assert len(found["errors"]) <= 50
    assert "200" in found["errors"][0]["message"]


@pytest.mark.parametrize("count", [-1, 100, 10**30, 1.5, "2", True, None])
def test_counts_that_cannot_be(api: Api, count: Any) -> None:
    body = application(FOOD)
    body["materials"][0]["copies"] = count
    response = api("clerk1").post("/cases", body)
    assert response.status_code in (201, 422)
    if count in (-1, 100, 10**30, 1.5, None):
        problem(response, 422, "invalid-input")


@pytest.mark.parametrize(
    "until", ["0001-01-01", "9999-12-31", "2026-02-30", "2026-13-01", "yesterday", "", 0, -1, 1e300, "99999-01-01"]
)
def test_dates_out_of_range_in_a_notice(api: Api, cast: Cast, until: Any) -> None:
    case = cast.receive()
    row = {"material": "m01", "problem": "没有签字", "remedy": "请签字"}
    body = {"missing": [row], "until": until}
    problem(api("clerk1").post(f"/cases/{case.number}/actions/give_notice", body), 422, "invalid-input")
    assert api("clerk1").get(f"/cases/{case.number}").json()["state"] == "received"


@pytest.mark.parametrize(
    "dates",
    [
        {"valid_from": "9999-12-31"},
        {"valid_from": "0001-01-01"},
        {"valid_from": "2026-01-01", "valid_until": "2025-01-01"},
    ],
)
def test_dates_out_of_range_on_a_certificate(api: Api, cast: Cast, dates: dict[str, str]) -> None:
    case = cast.walk_to("decided")
    problem(api("exit1").post(f"/cases/{case.number}/actions/issue", dates), 422, "invalid-input")
    assert api("exit1").get(f"/cases/{case.number}").json()["state"] == "decided"


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2026-11-30T09:00:00", 1e18])
def test_times_out_of_range_in_a_procedure(api: Api, cast: Cast, time: Any) -> None:
    case = cast.walk_to("examining")
    body = {"procedure": "经营场所现场核查", "reason": "核查", "officers": ["甲", "乙"], "time": time}
    response = api("examiner1").post(f"/cases/{case.number}/actions/open_procedure", body)
    assert response.status_code in (200, 422), response.content.decode()


@pytest.mark.parametrize(
    "change",
    [
        {"answers": []},
        {"answers": {"industry": ["retail"]}},
        {"answers": {f"k{n}": "v" for n in range(5000)}},
        {"answers": {"__proto__": "x"}},
        {"applicant": None},
        {"applicant": "王小明"},
        {"materials": {"0": {}}},
        {"materials": [{"material": "m01", "file": "../../etc/passwd"}]},
        {"channel": "carrier-pigeon"},
        {"item": {"$ne": ""}},
        {"item": "a" * 201},
        {"item": "a\x00b"},
        {"ticket": "A" * 41},
        {"centre": "nowhere\x00"},
        {"agent": {**CITIZEN, "kind": "alien"}},
    ],
)
def test_shapes_that_do_not_fit(api: Api, change: dict[str, Any]) -> None:
    problem(api("clerk1").post("/cases", application(FOOD) | change), 422, "invalid-input")
    assert not Case.objects.exists()


def test_markup_is_only_text(api: Api, cast: Cast) -> None:
    text = '#set page(width: 1pt); <script>alert(1)</script> "; DROP TABLE cases_case; -- \\ $x$ @a #1'
    case = cast.receive()
    body = {"reason": text, "authority": text, "authority_contact": text}
    done = api("clerk1").act(case.number, "refuse_acceptance", **body)
    assert done["reason"] == text
    paper = next(one for one in done["papers"] if one["kind"] == "refusal")
    assert api("clerk1").client.get(paper["pdf"]).content.startswith(b"%PDF-")
    assert "<script>alert(1)</script>" in api("clerk1").client.get(paper["text"]).content.decode()


def test_the_same_material_twice_is_named(api: Api) -> None:
    body = application(FOOD, materials=[{"material": "m01"}] * 3)
    found = problem(api("clerk1").post("/cases", body), 422, "invalid-input")
    assert {error["field"] for error in found["errors"]} <= {"materials.1.material", "materials.2.material"}
