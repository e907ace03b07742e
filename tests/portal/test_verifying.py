"""Whether a paper is real: for everybody, with no more than is needed."""

from __future__ import annotations

import pytest
from django.test import Client

from onewindow.papers.issue import pdf_of
from onewindow.papers.models import Paper
from tests.cast import CITIZEN, CITIZEN_ID, FIRM, Cast
from tests.portal.visiting import pdf, text_of

pytestmark = pytest.mark.django_db


def paper(cast: Cast, kind: str = "grant", state: str = "delivered", **changes: object) -> Paper:
    case = cast.walk_to(state, **changes)
    return Paper.objects.filter(subject_id=case.pk, kind=kind).latest("id")


def test_a_real_paper_says_what_can_be_compared(cast: Cast) -> None:
    found = paper(cast)
    page = text_of(Client().get(f"/verify/{found.code}"))
    for words in ("真实有效", "准予决定书", found.number, found.issuing_body, "食品经营许可", "王**"):
        assert words in page
    for secret in (CITIZEN["name"], CITIZEN_ID, CITIZEN["phone"]):
        assert secret not in page


def test_the_name_of_an_organisation_is_shown_in_full(cast: Cast) -> None:
    found = paper(cast, "receipt", "received", applicant=FIRM)
    assert FIRM["name"] in text_of(Client().get(f"/verify/{found.code}"))


def test_a_certificate_shows_how_long_it_is_valid(cast: Cast) -> None:
    page = text_of(Client().get(f"/verify/{paper(cast, 'certificate').code}"))
    assert "有效期至" in page


@pytest.mark.parametrize("kind", ["grant"])
def test_a_revoked_decision_is_no_longer_valid_but_the_receipt_is(cast: Cast, kind: str) -> None:
    taken_back = paper(cast, kind, "revoked")
    assert "已经撤销" in text_of(Client().get(f"/verify/{taken_back.code}"))
    receipt = Paper.objects.get(subject_id=taken_back.subject_id, kind="receipt")
    assert "真实有效" in text_of(Client().get(f"/verify/{receipt.code}"))


def test_an_expired_certificate_says_so(cast: Cast) -> None:
    import json

    found = paper(cast, "certificate")
    facts = json.loads(str(found.facts))
    facts["certificate"]["valid_until"] = "2020-01-01"
    found.facts = json.dumps(facts, ensure_ascii=False)
    found.save()
    assert "已过有效期" in text_of(Client().get(f"/verify/{found.code}"))


@pytest.mark.parametrize("code", ["AAAABBBBCCCCDDDD", "A", "9" * 200, "%3Cscript%3E", "甲乙丙"])
def test_an_unknown_code_is_unknown(cast: Cast, code: str) -> None:
    answer = Client().get(f"/verify/{code}", follow=True)
    assert answer.status_code in {200, 404}
    assert "真实有效" not in text_of(answer)
    assert "<script>" not in text_of(answer)


def test_a_code_may_be_typed_as_people_copy_it(cast: Cast) -> None:
    code = paper(cast).code
    typed = f" {code[:4].lower()}-{code[4:8]} {code[8:]} "
    answer = Client().get("/verify/", {"code": typed})
    assert answer["Location"] == f"/verify/{code}"
    assert Client().get(f"/verify/{code.lower()}/")["Location"] == f"/verify/{code}"


def test_an_impossible_code_is_explained_at_the_field(cast: Cast) -> None:
    answer = Client().get("/verify/", {"code": "123"})
    assert answer.status_code == 422
    assert "16 位字母和数字" in text_of(answer)


def test_the_file_itself_can_be_compared(cast: Cast) -> None:
    found = paper(cast)
    original = pdf_of(found)
    where = f"/verify/{found.code}"
    assert "一模一样" in text_of(Client().post(where, {"file": pdf("决定书.pdf", original)}))
    changed = text_of(Client().post(where, {"file": pdf("决定书.pdf", original + b" ")}))
    assert "不一样" in changed
    assert Client().post(where, {}).status_code == 422


def test_it_needs_three_queries_beside_the_count(cast: Cast, django_assert_num_queries: object) -> None:
    code = paper(cast).code
    Client().get(f"/verify/{code}")
    with django_assert_num_queries(4):  # type: ignore[operator]
        Client().get(f"/verify/{code}")
