"""What is not one's own does not exist: the same 404 for a stranger's case and for no case at all."""

from __future__ import annotations

import pytest

from onewindow.cases.models import Case, Draft
from tests.cast import CITIZEN, Cast
from tests.portal.visiting import send, text_of, to_review, visitor

pytestmark = pytest.mark.django_db


def own_things(cast: Cast) -> tuple[Case, Draft]:
    """A case with an upload and papers, and an open draft, of citizen1."""
    client = visitor(cast)
    send(client, to_review(client))
    case = Case.objects.get()
    case = cast.act(case, "receive", "clerk1")
    return case, to_review(client)


@pytest.mark.parametrize("who", ["citizen2", "company1"])
def test_a_stranger_finds_nothing_anywhere(cast: Cast, who: str) -> None:
    case, draft = own_things(cast)
    code = case.told.papers[0]["code"]
    stranger = visitor(cast, who)
    for where in (
        f"/my/{case.number}/",
        f"/my/{case.query_number}/",
        f"/my/{case.number}/clock/",
        f"/my/{case.number}/withdraw/",
        f"/my/{case.number}/papers/{code}.pdf",
        f"/my/{case.number}/materials/m01/",
        f"/apply/sent/{case.query_number}/",
        f"/apply/draft/{draft.pk}/",
        f"/apply/draft/{draft.pk}/review/",
        f"/apply/draft/{draft.pk}/file/m01/",
    ):
        answer = stranger.get(where)
        assert answer.status_code == 404, where
        assert CITIZEN["name"] not in text_of(answer)
    assert case.query_number not in text_of(stranger.get("/my/"))


def test_a_stranger_changes_nothing(cast: Cast) -> None:
    case, draft = own_things(cast)
    stranger = visitor(cast, "citizen2")
    for where, data in (
        (f"/my/{case.number}/withdraw/", {"reason": "x", "sure": "on"}),
        (f"/my/{case.number}/complete/", {}),
        (f"/apply/draft/{draft.pk}/delete/", {}),
        (f"/apply/draft/{draft.pk}/contact/", {"phone": "19900000000"}),
        (f"/apply/draft/{draft.pk}/review/", {"truthful": "on"}),
    ):
        assert stranger.post(where, data).status_code == 404, where
    assert Case.objects.get().version == case.version
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_the_code_of_another_paper_does_not_open_it_in_an_own_case(cast: Cast) -> None:
    case, _ = own_things(cast)
    other = cast.receive(applicant={**CITIZEN, "name": "别人"}, by="clerk2")
    code = other.told.papers[0]["code"]
    assert visitor(cast).get(f"/my/{case.number}/papers/{code}.pdf").status_code == 404


@pytest.mark.parametrize("number", ["1", "x" * 300, "131864896107", "%00", "..%2f"])
def test_numbers_that_do_not_exist_are_not_found(cast: Cast, number: str) -> None:
    assert visitor(cast).get(f"/my/{number}/").status_code == 404


def test_visitors_are_asked_to_sign_in(cast: Cast, client: object) -> None:
    case, draft = own_things(cast)
    for where in ("/my/", f"/my/{case.number}/", f"/apply/draft/{draft.pk}/", f"/apply/sent/{case.query_number}/"):
        assert client.get(where)["Location"].startswith("/login/?next=")  # type: ignore[attr-defined]


def test_own_uploads_can_be_seen_again(cast: Cast) -> None:
    case, _ = own_things(cast)
    answer = visitor(cast).get(f"/my/{case.number}/materials/m01/")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "application/pdf"
