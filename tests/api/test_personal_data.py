"""Masked everywhere; shown whole only to who works on the case, with a reason, written down first."""

from __future__ import annotations

import pytest

from onewindow.people.models import AccessRecord
from tests.api.conftest import Api, problem
from tests.cast import CITIZEN, CITIZEN_ID, Cast


@pytest.mark.parametrize("who", ["clerk1", "exit1", "examiner1", "chief1", "head1"])
def test_who_works_on_the_case_may_see_with_a_reason(api: Api, cast: Cast, who: str) -> None:
    case = cast.walk_to("examining")
    body = {"field": "id_number", "reason": "与原件核对"}
    assert api(who).post(f"/cases/{case.number}/unmask", body).json() == {"field": "id_number", "value": CITIZEN_ID}
    record = AccessRecord.objects.get(kind="unmasked")
    assert (record.account_id, record.subject, record.action) == (cast.accounts[who].pk, case.number, "id_number")
    assert record.reason == "与原件核对"
    assert record.posting is not None


@pytest.mark.parametrize("who", ["manager1", "supervisor1", "helper1", "citizen1", "mayor1"])
def test_who_only_looks_on_may_not_and_the_try_is_recorded(api: Api, cast: Cast, who: str) -> None:
    case = cast.walk_to("examining")
    body = {"field": "phone", "reason": "想看"}
    problem(api(who).post(f"/cases/{case.number}/unmask", body), 403, "refused")
    assert AccessRecord.objects.get().kind == "refused"


def test_without_a_reason_there_is_nothing(api: Api, cast: Cast) -> None:
    case = cast.receive()
    for body in ({"field": "phone"}, {"field": "phone", "reason": "  "}, {"field": "password", "reason": "x"}):
        problem(api("clerk1").post(f"/cases/{case.number}/unmask", body), 422, "invalid-input")
    assert not AccessRecord.objects.exists()


def test_no_read_gives_a_name_number_or_phone_away(api: Api, cast: Cast) -> None:
    case = cast.walk_to("delivered")
    seen = ""
    for who in ("clerk1", "chief1", "supervisor1", "citizen1"):
        paths = (
            "/cases",
            f"/cases/{case.number}",
            *(f"/cases/{case.number}/{p}" for p in ("events", "clock", "papers")),
        )
        seen += "".join(api(who).get(path).content.decode() for path in paths)
    seen += api().get(f"/public/cases/{case.query_number}", id_tail=CITIZEN_ID[-4:]).content.decode()
    for secret in (CITIZEN["name"], CITIZEN_ID, CITIZEN["phone"]):
        assert secret not in seen


def test_what_the_centre_holds_is_for_counters(api: Api, cast: Cast) -> None:
    cast.receive("food-operation-licence")
    query = {"id_number": CITIZEN_ID, "item": "food-operation-licence-renewal"}
    held = api("clerk1").get("/holdings", **query).json()["holdings"]
    assert "营业执照" in {one["name"] for one in held}
    assert api("helper1").get("/holdings", **query).status_code == 200
    for who in ("examiner1", "manager1", "citizen1"):
        problem(api(who).get("/holdings", **query), 403, "refused")
    assert AccessRecord.objects.filter(kind="refused").count() == 3
    problem(api("clerk1").get("/holdings", id_number=CITIZEN_ID), 422, "invalid-input")
    problem(api("clerk1").get("/holdings", id_number=CITIZEN_ID, item="nothing"), 404, "not-found")
