"""Doing: filled in, looked at, sent; refused, stale, twice and hostile."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onewindow.cases.models import Case
from onewindow.people.models import AccessRecord
from tests.cast import COMPANY, FOOD, HYGIENE, RENEWAL, Cast
from tests.desk.conftest import SignIn, text
from tests.desk.test_intake import HOSTILE, packed_of


def url(case: Case, action: str) -> str:
    return f"/desk/cases/{case.number}/do/{action}/"


def sent(client: Client, case: Case, action: str, **data: Any) -> Any:
    """The form filled in and sent once."""
    body = {"step": "send", "version": case.version, "key": "k" * 32, **data}
    return client.post(url(case, action), {name.replace("__", "-"): value for name, value in body.items()})


def confirmed(client: Client, case: Case, action: str, **data: Any) -> Any:
    """Filled in, looked at, confirmed."""
    page = text(sent(client, case, action, **data))
    assert "预览：" in page, page
    return client.post(url(case, action), {"step": "confirm", "form": packed_of(page)})


def state(case: Case) -> str:
    return Case.objects.get(pk=case.pk).state


def test_a_single_press_accepts(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive()
    client = sign_in("clerk1")
    assert 'id="do-accept"' in text(client.get(f"/desk/cases/{case.number}/"))
    response = client.post(url(case, "accept"), {"version": case.version, "key": "a" * 32}, follow=True)
    assert "已办理「受理」，办件现在是「已受理」。" in text(response)
    assert state(case) == "accepted"


def test_a_single_press_twice_is_once(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive()
    client, body = sign_in("clerk1"), {"version": case.version, "key": "a" * 32}
    answers = [client.post(url(case, "accept"), body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Case.objects.get().version == 2


def test_a_press_on_an_old_page_says_who_did_what(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive()
    cast.act(case, "correct_on_spot", "clerk2", note="改了地址")
    response = sign_in("clerk1").post(url(case, "accept"), {"version": case.version, "key": "a" * 32})
    assert response.status_code == 412
    assert "李窗刚刚办理了「当场更正」" in text(response)
    assert state(case) == "received"


def test_what_cannot_be_done_says_why(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive()
    page = text(sign_in("clerk1").get(url(case, "decide")))
    assert "现在不能「作出决定」" in page
    assert "办件现在是「收件」" in page


def test_every_unavailable_action_stands_with_its_reason(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("examining")
    page = text(sign_in("examiner2").get(f"/desk/cases/{case.number}/"))
    assert 'id="cannot-pass_step"' in page
    assert "这个办件已经由别的同事签收，请先改派" in page
    assert "部门审查员不能办理这一步，请由首席事务代表、部门负责人办理" in page


def test_a_notice_goes_out_only_after_the_preview(cast: Cast, sign_in: SignIn) -> None:
    case, client = cast.receive(), sign_in("clerk1")
    page = text(
        sent(client, case, "give_notice", m01__problem="unclear", m02__problem="expired", m02__detail="去年到期")
    )
    assert "看不清楚" in page
    assert "请换成在有效期内的《营业执照》" in page
    assert state(case) == "received"
    client.post(url(case, "give_notice"), {"step": "confirm", "form": packed_of(page)})
    assert state(case) == "correcting"


def test_a_confirmed_action_sent_twice_is_once(cast: Cast, sign_in: SignIn) -> None:
    case, client = cast.receive(), sign_in("clerk1")
    page = text(sent(client, case, "give_notice", m01__problem="unclear"))
    answers = [client.post(url(case, "give_notice"), {"step": "confirm", "form": packed_of(page)}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert len(Case.objects.get().told.notices) == 1


def test_a_notice_about_nothing_is_not_sent(cast: Cast, sign_in: SignIn) -> None:
    response = sent(sign_in("clerk1"), cast.receive(), "give_notice")
    assert "请至少写明一份材料的问题" in text(response)


def test_other_problems_need_words_of_their_own(cast: Cast, sign_in: SignIn) -> None:
    response = sent(sign_in("clerk1"), cast.receive(), "give_notice", m01__problem="other")
    assert response.status_code == 422
    assert "请填写这一项" in text(response)


def test_a_decision_is_looked_at_and_then_made(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("examining", RENEWAL)
    case = cast.act(case, "pass_step", "examiner1", opinion="符合")
    client = sign_in("chief1")
    form = text(client.get(url(case, "decide")))
    assert form.count("checked") >= 1
    answer = confirmed(
        client,
        case,
        "decide",
        outcome="deny",
        opinion="场所不符合条件",
        other_basis="《食品安全法》第33条",
    )
    assert answer.status_code == 302
    assert Case.objects.get(pk=case.pk).outcome == "deny"


def test_the_preview_as_pdf_carries_its_mark_and_stores_nothing(cast: Cast, sign_in: SignIn) -> None:
    from onewindow.papers.models import Paper

    case, client = cast.receive(), sign_in("clerk1")
    before = Paper.objects.count()
    page = text(sent(client, case, "give_notice", m01__problem="unclear"))
    response = client.post(f"{url(case, 'give_notice')}preview.pdf", {"form": packed_of(page), "index": "0"})
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert Paper.objects.count() == before


def test_back_from_the_preview_nothing_is_lost(cast: Cast, sign_in: SignIn) -> None:
    case, client = cast.receive(), sign_in("clerk1")
    page = text(sent(client, case, "give_notice", m01__problem="other", m01__detail="印章模糊", m01__remedy="请重盖"))
    again = text(client.post(url(case, "give_notice"), {"step": "edit", "form": packed_of(page)}))
    assert 'value="印章模糊"' in again
    assert 'value="请重盖"' in again


def test_somebody_was_faster_and_what_was_written_stays(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive()
    cast.act(case, "correct_on_spot", "clerk2", note="改了地址")
    response = sent(sign_in("clerk1"), case, "give_notice", m01__problem="other", m01__detail="印章模糊")
    page = text(response)
    assert response.status_code == 412
    assert "李窗刚刚办理了「当场更正」" in page
    assert 'value="印章模糊"' in page
    assert f'name="version" value="{case.version + 1}"' in page


def test_a_refused_preview_is_on_record(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive()
    response = sent(sign_in("exit1"), case, "refuse_acceptance", reason="不归本机关", authority="公安局")
    assert response.status_code == 403
    record = AccessRecord.objects.get(kind="refused")
    assert (record.account, record.action, record.subject) == (cast.exit1, "refuse_acceptance", case.number)
    assert state(case) == "received"


def test_a_refused_press_is_on_record(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive()
    assert sign_in("exit1").post(url(case, "accept"), {"version": 1, "key": "a" * 32}).status_code == 403
    assert AccessRecord.objects.filter(kind="refused", account=cast.exit1, action="accept").count() == 1


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_words_do_no_harm(cast: Cast, sign_in: SignIn, typed: str) -> None:
    case = cast.walk_to("examining")
    response = sent(sign_in("examiner1"), case, "pass_step", opinion=typed)
    page = text(response) if response.status_code != 302 else text(sign_in("examiner1").get(response["Location"]))
    assert "<script>alert" not in page
    assert response.status_code in {302, 422}


def test_an_overlong_opinion_is_refused_in_place(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("examining")
    page = text(sent(sign_in("examiner1"), case, "pass_step", opinion="长" * 2001))
    assert "太长了，最多 2000 个字" in page
    assert "长" * 2001 in page


@pytest.mark.parametrize("version", ["", "x", "999999999999", "-1"])
def test_a_forged_version_never_breaks_the_page(cast: Cast, sign_in: SignIn, version: str) -> None:
    case = cast.walk_to("examining")
    assert sent(sign_in("examiner1"), case, "pass_step", opinion="符合", version=version).status_code in {302, 412}


def test_an_action_that_is_none_is_not_found(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive()
    for name in ("nothing", "deem_accepted", "archive"):
        assert sign_in("clerk1").get(url(case, name)).status_code == 404


def test_dispatch_offers_the_colleagues_of_the_step(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("accepted")
    page = text(sign_in("chief1").get(url(case, "dispatch")))
    assert "赵审（部门审查员，在办 0 件）" in page
    assert "冯审" not in page
    assert sent(sign_in("chief1"), case, "dispatch", to="examiner2").status_code == 302
    assert Case.objects.get(pk=case.pk).assignee == cast.examiner2


def test_transfer_offers_the_other_departments(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("accepted")
    page = text(sign_in("chief1").get(url(case, "transfer")))
    assert "桃江县卫生健康委员会" in page
    assert "桃江县市场监督管理局</option>" not in page


def test_a_procedure_is_chosen_from_the_list_with_its_officers(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("examining", HYGIENE)
    client = sign_in("examiner3")
    name = case.version_spec.special_procedures[0].name
    page = text(sent(client, case, "open_procedure", procedure=name, reason="要看现场", officers=["冯审"]))
    assert "名以上工作人员" in page
    answer = confirmed(
        client,
        case,
        "open_procedure",
        procedure=name,
        reason="要看现场",
        officers=["冯审"],
        other_officers="蒋局、褚首",
    )
    assert answer.status_code == 302
    assert Case.objects.get(pk=case.pk).told.open_procedures[0]["officers"] == ["冯审", "蒋局", "褚首"]


def test_supplying_shows_what_the_notice_asked(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("correcting")
    page = text(sign_in("clerk1").get(url(case, "supply")))
    assert "告知过：没有签字。请签字后重新提交" in page
    assert (
        sent(sign_in("clerk1"), case, "supply", m01__got="on", m01__form="original", m01__copies="1").status_code == 302
    )
    assert state(case) == "received"


def test_supplying_nothing_is_refused(cast: Cast, sign_in: SignIn) -> None:
    response = sent(sign_in("clerk1"), cast.walk_to("correcting"), "supply")
    assert response.status_code == 422
    assert "至少要有 1 项" in text(response)


def test_deferral_offers_only_what_may_follow(cast: Cast, sign_in: SignIn) -> None:
    short = [m for m in cast_materials(cast) if m["material"] not in {"m05"}]
    case = cast.receive(FOOD, materials=short)
    client = sign_in("clerk1")
    until = (timezone.localdate() + dt.timedelta(days=7)).isoformat()
    assert "食品安全自查" in text(client.get(url(case, "accept_deferred")))
    answer = confirmed(client, case, "accept_deferred", m05__defer="on", m05__until=until, promised="on")
    assert answer.status_code == 302
    assert state(case) == "accepted"


def cast_materials(cast: Cast) -> list[dict[str, Any]]:
    from tests.cast import ANSWERS, complete_materials

    return complete_materials(FOOD, ANSWERS[FOOD])


def test_the_certificate_takes_its_lines(cast: Cast, sign_in: SignIn) -> None:
    case, client = cast.walk_to("decided"), sign_in("exit1")
    assert "要写成「名称：内容」" in text(sent(client, case, "issue", content="没有冒号"))
    answer = confirmed(client, case, "issue", content="经营场所：芙蓉路8号\n法定代表人:王小明")
    assert answer.status_code == 302
    assert state(case) == "issuing"


def test_handing_out_wants_a_signature(cast: Cast, sign_in: SignIn) -> None:
    case, client = cast.walk_to("ready"), sign_in("exit1")
    assert "请先勾选" in text(sent(client, case, "hand_out", recipient="王小明", relation="本人"))
    assert sent(client, case, "hand_out", recipient="王小明", relation="本人", signed="on").status_code == 302
    assert state(case) == "delivered"


def test_revoking_is_asked_twice_and_needs_the_law(cast: Cast, sign_in: SignIn) -> None:
    case, client = cast.walk_to("decided", COMPANY), sign_in("chief1")
    page = text(sent(client, case, "revoke", reason="以欺骗手段取得", legal_basis="《行政许可法》第69条"))
    assert "不能收回" in page
    assert state(case) == "decided"
    client.post(url(case, "revoke"), {"step": "confirm", "form": packed_of(page)})
    assert state(case) == "revoked"


@pytest.mark.parametrize(
    "action", ["return_for_completion", "withdraw", "find_not_required", "refuse_acceptance", "give_notice", "receive"]
)
def test_each_form_of_the_review_opens(cast: Cast, sign_in: SignIn, action: str) -> None:
    case = cast.submit()
    assert sign_in("clerk1").get(url(case, action)).status_code == 200


@pytest.mark.parametrize(
    "action", ["extend", "assist", "transfer", "reassign", "decide", "terminate", "forward", "close_procedure"]
)
def test_each_form_of_the_department_opens(cast: Cast, sign_in: SignIn, action: str) -> None:
    case = cast.walk_to("examining")
    assert sign_in("chief1").get(url(case, action)).status_code == 200


def test_what_came_online_is_received_at_the_desk(cast: Cast, sign_in: SignIn) -> None:
    case = cast.submit()
    assert sent(sign_in("clerk1"), case, "receive").status_code == 302
    assert state(case) == "received"
