"""No page shows a full identity or phone number; to see one takes a reason, and leaves a record."""

from __future__ import annotations

import pytest

from onewindow.people.authority import Actor
from onewindow.people.models import AccessRecord
from onewindow.people.unmask import reveal
from onewindow.problems import InvalidInput, Refused
from tests.cast import CITIZEN, CITIZEN_ID, OTHER_ID, Cast
from tests.desk.conftest import SignIn, text

PHONE, OTHER_PHONE = str(CITIZEN["phone"]), "19900004321"


def case_of_two(cast: Cast, state: str = "received"):  # type: ignore[no-untyped-def]
    agent = {**CITIZEN, "name": "李四", "id_number": OTHER_ID, "phone": OTHER_PHONE}
    return cast.walk_to(state, agent=agent)


@pytest.mark.parametrize(
    ("who", "state", "path"),
    [
        ("clerk1", "received", "/desk/?list=received"),
        ("clerk1", "received", "/desk/cases/{n}/"),
        ("clerk1", "received", "/desk/cases/{n}/clock/"),
        ("clerk1", "received", "/desk/cases/{n}/events/"),
        ("clerk1", "received", "/desk/cases/{n}/do/give_notice/"),
        ("clerk1", "received", "/desk/cases/{n}/do/refuse_acceptance/"),
        ("clerk1", "received", "/desk/intake/done/{n}/"),
        ("clerk1", "received", "/desk/search/?who={a}"),
        ("clerk1", "received", "/desk/search/?q=食品"),
        ("examiner1", "examining", "/desk/?list=examine"),
        ("examiner1", "examining", "/desk/cases/{n}/"),
        ("exit1", "ready", "/desk/exit/"),
        ("exit1", "ready", "/desk/cases/{n}/do/hand_out/"),
        ("exit1", "delivered", "/desk/cases/{n}/"),
        ("manager1", "ready", "/desk/"),
    ],
)
def test_no_page_shows_a_full_number(cast: Cast, sign_in: SignIn, who: str, state: str, path: str) -> None:
    case = case_of_two(cast, state)
    page = text(sign_in(who).get(path.format(n=case.number, a=case.applicant.id_index)))
    assert "食品经营许可" in page
    for secret in (CITIZEN_ID, OTHER_ID, PHONE, OTHER_PHONE, "王小明", "李四"):
        assert secret not in page


def test_the_papers_carry_masked_numbers(cast: Cast, sign_in: SignIn) -> None:
    from onewindow.papers.models import Paper

    case = case_of_two(cast)
    paper = Paper.objects.filter(subject_id=case.pk).get()
    page = text(sign_in("clerk1").get(f"/desk/cases/{case.number}/papers/{paper.pk}/"))
    assert "申请材料接收凭证" in page
    assert CITIZEN_ID not in page


def test_a_number_is_shown_once_for_a_reason_and_recorded(cast: Cast, sign_in: SignIn) -> None:
    case, client = case_of_two(cast), sign_in("clerk1")
    url = f"/desk/cases/{case.number}/unmask/"
    page = text(client.post(url, {"field": "id_number", "reason": "核对领取人身份"}))
    assert CITIZEN_ID in page
    assert PHONE not in page
    record = AccessRecord.objects.get(kind="unmasked")
    assert (record.account, record.action, record.subject) == (cast.clerk1, "id_number", case.number)
    assert record.reason == "核对领取人身份"
    assert record.posting == cast.posting("clerk1")
    assert CITIZEN_ID not in text(client.get(f"/desk/cases/{case.number}/"))


def test_the_agents_phone_is_shown_when_it_is_asked(cast: Cast, sign_in: SignIn) -> None:
    case = case_of_two(cast)
    body = {"field": "phone", "who": "agent", "reason": "通知来领取"}
    page = text(sign_in("clerk1").post(f"/desk/cases/{case.number}/unmask/", body))
    assert OTHER_PHONE in page


@pytest.mark.parametrize("reason", ["", "  ", "看", "看\u202e一下啊", "x" * 300])
def test_without_a_reason_nothing_is_shown(cast: Cast, sign_in: SignIn, reason: str) -> None:
    case = case_of_two(cast)
    response = sign_in("clerk1").post(f"/desk/cases/{case.number}/unmask/", {"field": "id_number", "reason": reason})
    assert response.status_code == 422
    assert CITIZEN_ID not in text(response)
    assert "请写明为什么要查看" in text(response)
    assert not AccessRecord.objects.exists()


@pytest.mark.parametrize("field", ["", "password", "id_index", "__class__"])
def test_only_named_fields_can_be_shown(cast: Cast, sign_in: SignIn, field: str) -> None:
    case = case_of_two(cast)
    response = sign_in("clerk1").post(f"/desk/cases/{case.number}/unmask/", {"field": field, "reason": "核对身份信息"})
    assert response.status_code == 422
    assert not AccessRecord.objects.exists()


def test_nothing_is_shown_of_a_case_one_may_not_see(cast: Cast, sign_in: SignIn) -> None:
    from tests.cast import HYGIENE

    case = cast.receive(HYGIENE)
    body = {"field": "id_number", "reason": "核对领取人身份"}
    assert sign_in("examiner1").post(f"/desk/cases/{case.number}/unmask/", body).status_code == 404
    assert not AccessRecord.objects.exists()


def test_only_staff_in_a_post_can_reveal(cast: Cast) -> None:
    applicant = cast.citizen2.applicant
    assert applicant is not None
    for actor in (Actor.of(cast.citizen1), Actor(cast.clerk1, ())):
        with pytest.raises(Refused):
            reveal(applicant, "id_number", by=actor, subject="x", reason="核对领取人身份")
    assert AccessRecord.objects.filter(kind="refused").count() == 2
    with pytest.raises(InvalidInput):
        reveal(applicant, "id_number", by=cast.actor("clerk1"), subject="x", reason="")
