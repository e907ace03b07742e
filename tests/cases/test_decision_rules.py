"""The decision and what follows it: one test for each rule, named after it."""

from __future__ import annotations

from datetime import date

import pytest

from onewindow.cases.lifecycle import State
from onewindow.cases.models import Case, EventSecret
from onewindow.cases.sweep import sweep
from onewindow.cases.verify import verify_case
from onewindow.clocks.models import Deadline
from onewindow.papers.models import Paper
from onewindow.problems import InvalidInput, NotNow, Refused, RuleBroken
from tests.cases.county import MONDAY, at, last_event
from tests.cases.test_acceptance_rules import brought, due, paper, topics
from tests.cast import CITIZEN_ID, FERTILITY, FOOD, RENEWAL, Cast

GRANT = {"outcome": "grant", "opinion": "符合条件"}
DENY = {"outcome": "deny", "opinion": "经营场所与有毒场所相距不足25米"}
LAW = ["《中华人民共和国食品安全法》第三十三条"]
PLEDGE = {"outcome": "grant_on_commitment", "opinion": "申请人承诺符合条件"}


def before_decision(cast: Cast) -> Case:
    case = cast.walk_to(State.EXAMINING, RENEWAL, now=MONDAY)
    return cast.act(case, "pass_step", "examiner1", MONDAY, opinion="符合条件")


def test_a_denial_carries_reasons_the_law_and_the_remedies(cast: Cast) -> None:
    case = before_decision(cast)
    with pytest.raises(InvalidInput, match="要写明法律依据"):
        cast.act(case, "decide", "chief1", MONDAY, **DENY)
    with pytest.raises(InvalidInput):
        cast.act(case, "decide", "chief1", MONDAY, outcome="deny", opinion="", legal_basis=LAW)
    case = cast.act(case, "decide", "chief1", MONDAY, **DENY, legal_basis=LAW)
    text = paper(case, "denial")
    for words in (
        "不足25米",
        "食品安全法》第三十三条",
        "桃江县人民政府",
        "桃江县人民法院",
        "桃市监不准〔2026〕00001号",
    ):
        assert words in text
    plain = text.replace(" ", "")
    assert "60日" in plain or "六十日" in plain
    assert "6个月" in plain or "六个月" in plain
    assert Paper.objects.get(kind="denial").issuing_body == "桃江县市场监督管理局"


def test_what_was_denied_is_delivered_and_never_issued(cast: Cast) -> None:
    case = cast.act(before_decision(cast), "decide", "chief1", MONDAY, **DENY, legal_basis=LAW)
    with pytest.raises(NotNow, match="没有准予"):
        cast.act(case, "issue", "exit1", MONDAY)
    case = cast.act(case, "make_ready", "exit1", MONDAY)
    case = cast.act(case, "hand_out", "exit1", MONDAY, recipient="王小明", signed=True)
    assert "不予行政许可决定书" in paper(case, "delivery") or "不予" in paper(case, "delivery")


def test_a_grant_is_made_into_its_paper_before_it_goes_out(cast: Cast) -> None:
    case = cast.act(before_decision(cast), "decide", "chief1", MONDAY, **GRANT)
    with pytest.raises(NotNow, match="请先制证"):
        cast.act(case, "make_ready", "exit1", MONDAY)
    case = cast.act(case, "issue", "exit1", MONDAY, content={"经营场所": "桃花江镇1号"})
    assert "桃花江镇1号" in paper(case, "certificate")
    certificate = Paper.objects.get(kind="certificate")
    assert case.told.certificate is not None
    assert case.told.certificate["number"] == certificate.number == "桃市监证〔2026〕00001号"
    assert due(case, "delivery") == date(2026, 3, 16)


@pytest.mark.parametrize("day", ["1000-01-01", "9999-12-31"])
def test_a_certificate_begins_in_our_time(cast: Cast, day: str) -> None:
    case = cast.act(before_decision(cast), "decide", "chief1", MONDAY, **GRANT)
    with pytest.raises(InvalidInput, match="有效期不对"):
        cast.act(case, "issue", "exit1", MONDAY, valid_from=day)


def test_a_certificate_does_not_end_before_it_begins(cast: Cast) -> None:
    case = cast.act(before_decision(cast), "decide", "chief1", MONDAY, **GRANT)
    with pytest.raises(InvalidInput, match="有效期不对"):
        cast.act(case, "issue", "exit1", MONDAY, valid_from="2026-03-02", valid_until="2026-03-01")


def test_on_commitment_the_decision_is_immediate_and_a_check_is_scheduled(cast: Cast) -> None:
    case = cast.walk_to(State.ACCEPTED, RENEWAL, now=MONDAY)
    with pytest.raises(InvalidInput, match="还没有签署"):
        cast.act(case, "decide", "chief1", MONDAY, **PLEDGE)
    case = cast.act(case, "decide", "chief1", MONDAY, **PLEDGE, committed=True)
    assert (case.state, case.outcome) == ("decided", "grant_on_commitment")
    assert "承诺" in paper(case, "commitment")
    assert due(case, "commitment_check") == date(2026, 5, 6)  # 60 days end on 1 May, a holiday
    with pytest.raises(Refused):
        cast.act(case, "check_commitment", "exit1", at("04-01"), result="true", note="越权")
    case = cast.act(case, "check_commitment", "examiner1", at("04-01"), result="true", note="现场核查属实")
    assert Deadline.objects.of("case", case.pk).get(kind="commitment_check").outcome == "met"
    with pytest.raises(NotNow, match="已经核查过了"):
        cast.act(case, "check_commitment", "examiner1", at("04-01"), result="true", note="再查")


def test_no_commitment_where_the_item_does_not_offer_it(cast: Cast) -> None:
    case = cast.walk_to(State.EXAMINING, FOOD, now=MONDAY)
    case = cast.act(case, "pass_step", "examiner1", MONDAY, opinion="符合条件")
    case = cast.act(case, "pass_step", "verifier1", MONDAY, opinion="同意")
    with pytest.raises(RuleBroken, match="不实行告知承诺"):
        cast.act(case, "decide", "chief1", MONDAY, **PLEDGE, committed=True)


def test_no_commitment_by_the_window(cast: Cast) -> None:
    cast.letter("clerk2", ["decide"], department=cast.market, valid_from=date(2026, 1, 1))
    case = cast.walk_to(State.ACCEPTED, RENEWAL, now=MONDAY)
    with pytest.raises(Refused):
        cast.act(case, "decide", "clerk2", MONDAY, **PLEDGE, committed=True)


def test_a_deferred_paper_holds_back_the_certificate(cast: Cast) -> None:
    case = cast.receive(now=MONDAY, materials=brought(FOOD, "m01", "m02", "m03", "m04"))
    rows = [{"material": "m05", "until": "2026-03-20"}]
    case = cast.act(case, "accept_deferred", "clerk1", MONDAY, promised=True, deferred=rows)
    case = cast.act(case, "sign", "examiner1", MONDAY)
    for who in ("examiner1", "verifier1"):
        case = cast.act(case, "pass_step", who, MONDAY, opinion="符合条件")
    case = cast.act(case, "decide", "chief1", MONDAY, **GRANT)
    with pytest.raises(NotNow, match="容缺材料还没有补齐"):
        cast.act(case, "issue", "exit1", MONDAY)
    case = cast.act(case, "supply_deferred", "clerk1", MONDAY, materials=brought(FOOD, "m05"))
    assert cast.act(case, "issue", "exit1", MONDAY).state == "issuing"


def test_a_decision_can_be_revoked_with_reasons_and_the_law(cast: Cast) -> None:
    case = cast.walk_to(State.DELIVERED, RENEWAL, now=MONDAY)
    with pytest.raises(InvalidInput):
        cast.act(case, "revoke", "head1", at("04-01"), reason="以欺骗手段取得", legal_basis=[])
    case = cast.act(
        case, "revoke", "head1", at("04-01"), reason="以欺骗手段取得", legal_basis=["《行政许可法》第六十九条"]
    )
    assert (case.state, case.outcome) == ("revoked", "revoked")
    revoked = Paper.objects.filter(subject_id=case.pk, revoked_at__isnull=False)
    assert set(revoked.values_list("kind", flat=True)) == {"grant", "certificate"}
    taken_back = set(Paper.objects.filter(subject_id=case.pk, revoked_at=at("04-01")).values_list("kind", flat=True))
    assert taken_back == {"grant", "certificate"}
    assert verify_case(case) is None
    Paper.objects.filter(subject_id=case.pk, kind="certificate").update(revoked_at=None)
    assert "撤销标记与办件不符" in (verify_case(case) or "")


def test_a_courier_goes_only_where_the_item_says_and_is_confirmed(cast: Cast) -> None:
    case = cast.walk_to(State.READY, RENEWAL, now=MONDAY)
    with pytest.raises(NotNow, match="还没有寄出"):
        cast.act(case, "confirm_delivery", "exit1", MONDAY, recipient="王小明")
    case = cast.act(case, "send_by_courier", "exit1", MONDAY, company="邮政速递", courier_number="EM123456789CN")
    with pytest.raises(NotNow, match="已经寄出"):
        cast.act(case, "send_by_courier", "exit1", MONDAY, company="邮政速递", courier_number="EM123456780CN")
    case = cast.act(case, "confirm_delivery", "exit1", at("03-04"), recipient="王小明")
    assert "EM123456789CN" in paper(case, "delivery")
    assert Deadline.objects.of("case", case.pk).get(kind="delivery").outcome == "met"


def test_who_took_a_paper_is_kept_sealed(cast: Cast) -> None:
    case = cast.walk_to(State.READY, RENEWAL, now=MONDAY)
    with pytest.raises(InvalidInput, match="领取人证件号码不对"):
        cast.act(case, "hand_out", "exit1", MONDAY, recipient="李四", relation="代理人", id_number="1", signed=True)
    case = cast.act(
        case, "hand_out", "exit1", MONDAY, recipient="李四", relation="代理人", id_number=CITIZEN_ID, signed=True
    )
    event = last_event(case)
    assert "李四" not in str(event.data)
    assert CITIZEN_ID in str(EventSecret.objects.get(event=event).body)
    assert "applicant.delivered" in topics(case)


def test_the_portal_delivers_what_can_be_delivered_electronically(cast: Cast) -> None:
    case = cast.walk_to(State.READY, FERTILITY, now=MONDAY)
    case = cast.act(case, "deliver_electronically", "exit1", MONDAY)
    assert case.state == "delivered"
    assert "电子送达" in paper(case, "delivery")


def test_what_was_delivered_is_archived_after_a_month(cast: Cast) -> None:
    case = cast.walk_to(State.DELIVERED, RENEWAL, now=MONDAY)
    assert sweep(at("04-01", 9))["archived"] == 0
    assert sweep(at("04-01", 11))["archived"] == 1
    assert sweep(at("04-01", 12))["archived"] == 0
    case.refresh_from_db()
    assert case.state == "archived"
