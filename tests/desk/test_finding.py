"""Search by anything from anywhere; a person's number never stays in an address."""

from __future__ import annotations

import re

import pytest

from tests.cast import CITIZEN_ID, COMPANY_ID, FIRM, HYGIENE, OTHER_ID, Cast
from tests.desk.conftest import SignIn, text


def search(client, q: str):  # type: ignore[no-untyped-def]
    return client.get("/desk/search/", {"q": q}, follow=True)


def numbers(page: str) -> list[str]:
    return re.findall(r'href="/desk/cases/([^/]+)/[^"]*" data-ow-open', page)


def test_a_query_number_opens_the_case(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive()
    spoken = " ".join(case.query_number[i : i + 4] for i in (0, 4, 8))
    for typed in (case.query_number, spoken):
        assert search(sign_in("clerk1"), typed).redirect_chain == [(f"/desk/cases/{case.number}/", 302)]


def test_a_case_number_opens_the_case(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive()
    assert search(sign_in("clerk1"), case.number.lower()).redirect_chain == [(f"/desk/cases/{case.number}/", 302)]


def test_the_end_of_a_number_finds_it(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive()
    assert numbers(text(search(sign_in("clerk1"), case.number[-8:]))) == [case.number]


def test_an_identity_number_finds_the_person_and_leaves_the_address(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive()
    response = search(sign_in("clerk1"), CITIZEN_ID.lower())
    assert numbers(text(response)) == [case.number]
    assert CITIZEN_ID not in response.redirect_chain[0][0]
    assert CITIZEN_ID not in text(response)
    assert "王**（9999**********" in text(response)


def test_an_unknown_identity_number_leaves_the_address_too(cast: Cast, sign_in: SignIn) -> None:
    response = search(sign_in("clerk1"), OTHER_ID)
    assert OTHER_ID not in response.redirect_chain[0][0]
    assert "没有您能看到的办件" in text(response)


def test_a_phone_number_finds_the_person(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive()
    response = search(sign_in("clerk1"), "199 0000 1234")
    assert numbers(text(response)) == [case.number]
    assert "19900001234" not in text(response)


def test_a_credit_code_finds_the_organisation(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive(applicant=FIRM)
    assert numbers(text(search(sign_in("clerk1"), COMPANY_ID))) == [case.number]


def test_a_name_in_full_and_the_name_of_an_item_find_it(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive()
    for typed in ("王小明", "食品经营"):
        assert numbers(text(search(sign_in("clerk1"), typed))) == [case.number]
    assert numbers(text(search(sign_in("clerk1"), "王小"))) == []


def test_items_to_receive_are_offered_to_a_receiver(cast: Cast, sign_in: SignIn) -> None:
    assert "/desk/intake/food-operation-licence/" in text(search(sign_in("clerk1"), "食品经营许可"))
    assert "/desk/intake/" not in text(search(sign_in("examiner1"), "食品经营许可"))


def test_a_mistyped_query_number_is_said(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive()
    wrong = case.query_number[:-1] + str((int(case.query_number[-1]) + 1) % 10)
    assert "校验位不对" in text(search(sign_in("clerk1"), wrong))


@pytest.mark.parametrize("way", ["number", "query_number", "person", "name"])
def test_what_one_may_not_see_is_not_found(cast: Cast, sign_in: SignIn, way: str) -> None:
    case = cast.receive(HYGIENE)
    typed = {"person": CITIZEN_ID, "name": "王小明"}.get(way) or getattr(case, way)
    page = text(search(sign_in("examiner1"), typed))
    assert numbers(page) == []
    assert "公共场所" not in page


HOSTILE = ["", " ", "%", "_", "'", "\\", "<script>", "0" * 300, "\u202e", "²²²²", "９９９９", "-" * 12]


@pytest.mark.parametrize("typed", HOSTILE)
def test_any_text_is_safe(cast: Cast, sign_in: SignIn, typed: str) -> None:
    response = search(sign_in("clerk1"), typed)
    assert response.status_code == 200
    assert "<script>" not in text(response)


@pytest.mark.parametrize("who", ["x", "-1", "²", "0" * 500, "%"])
def test_a_forged_person_is_nobody(cast: Cast, sign_in: SignIn, who: str) -> None:
    cast.receive()
    page = text(sign_in("clerk1").get("/desk/search/", {"who": who}))
    assert "没有您能看到的办件" in page
