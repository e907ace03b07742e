"""The one counter where results go out."""

from __future__ import annotations

import pytest

from onewindow.cases.models import Case
from tests.cast import CITIZEN_ID, COMPANY, FERTILITY, Cast
from tests.desk.conftest import SignIn, text


def state(case: Case) -> str:
    return Case.objects.get(pk=case.pk).state


@pytest.mark.parametrize("how", ["tail", "name", "identity", "nothing"])
def test_a_result_is_found_the_way_people_ask_for_it(cast: Cast, sign_in: SignIn, how: str) -> None:
    case = cast.walk_to("ready")
    q = {"tail": case.query_number[-5:], "name": "王小明", "identity": CITIZEN_ID, "nothing": "李四"}[how]
    response = sign_in("exit1").post("/desk/exit/", {"q": q})
    page = text(response)
    assert (case.number in page) is (how != "nothing")
    assert (CITIZEN_ID in page) is (how == "identity")  # what was typed stays in the box, and only there
    assert page.count(CITIZEN_ID) <= 1


def test_several_are_made_ready_at_once(cast: Cast, sign_in: SignIn) -> None:
    made = [cast.walk_to("issuing") for _ in range(2)]
    not_yet = cast.walk_to("decided", COMPANY)
    body = {"case": [one.number for one in (*made, not_yet)], "key": "k" * 32}
    page = text(sign_in("exit1").post("/desk/exit/ready/", body, follow=True))
    assert "已转出件 2 件" in page
    assert "没有办成：请先制证" in page
    assert [state(one) for one in (*made, not_yet)] == ["ready", "ready", "decided"]


def test_making_ready_twice_is_once(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("issuing")
    client, body = sign_in("exit1"), {"case": [case.number], "key": "k" * 32}
    for _ in range(2):
        assert "没有办成" not in text(client.post("/desk/exit/ready/", body, follow=True))
    assert Case.objects.get().version == case.version + 1


def test_nothing_ticked_is_said(cast: Cast, sign_in: SignIn) -> None:
    assert "请先勾选" in text(sign_in("exit1").post("/desk/exit/ready/", {}, follow=True))


def test_courier_numbers_are_registered_together(cast: Cast, sign_in: SignIn) -> None:
    one, other = cast.walk_to("ready"), cast.walk_to("ready")
    body = {"company": "顺丰速运", f"courier-{one.number}": "SF1234567", f"courier-{other.number}": "", "key": "k" * 32}
    page = text(sign_in("exit1").post("/desk/exit/couriers/", body, follow=True))
    assert "已登记寄出 1 件" in page
    assert Case.objects.get(pk=one.pk).told.courier == {
        "company": "顺丰速运",
        "number": "SF1234567",
        "sent_at": Case.objects.get(pk=one.pk).told.courier["sent_at"],  # type: ignore[index]
    }
    assert Case.objects.get(pk=other.pk).told.courier is None


def test_a_wrong_courier_number_stays_in_its_field(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("ready")
    response = sign_in("exit1").post("/desk/exit/couriers/", {f"courier-{case.number}": "单号?", "key": "k" * 32})
    page = text(response)
    assert response.status_code == 422
    assert "没有办成：格式不对" in page
    assert 'value="单号?"' in page


def test_who_may_not_hand_out_sees_nothing_to_do(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("issuing")
    client = sign_in("examiner1")
    assert "您的岗位不办理出件" in text(client.get("/desk/exit/"))
    assert "没有找到" in text(client.post("/desk/exit/ready/", {"case": [case.number]}, follow=True))
    assert state(case) == "issuing"


def test_a_denial_can_go_out_without_a_certificate(cast: Cast, sign_in: SignIn) -> None:
    from tests.cast import RENEWAL

    case = cast.act(cast.walk_to("examining", RENEWAL), "pass_step", "examiner1", opinion="不符合")
    case = cast.act(case, "decide", "chief1", outcome="deny", opinion="场所不符", legal_basis=["《食品安全法》第33条"])
    assert f'name="case" value="{case.number}"' in text(sign_in("exit1").get("/desk/exit/"))


def test_a_township_hands_out_its_own(cast: Cast, sign_in: SignIn) -> None:
    cast.receive(FERTILITY, by="township1")
    assert sign_in("township1").get("/desk/exit/").status_code == 200
