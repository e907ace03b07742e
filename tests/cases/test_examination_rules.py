"""From acceptance to decision: one test for each rule, named after it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from onewindow.cases.actions import options
from onewindow.cases.lifecycle import State
from onewindow.cases.models import Case
from onewindow.cases.verify import verify_case
from onewindow.clocks.models import Deadline
from onewindow.papers.models import Paper
from onewindow.people.models import AccessRecord, Account, Posting
from onewindow.people.roles import Role
from onewindow.problems import InvalidInput, NotNow, Refused, RuleBroken
from tests.cases.county import MONDAY, County, Raw, at, last_event
from tests.cases.test_acceptance_rules import due, paper, topics
from tests.cast import COMPANY, FERTILITY, FOOD, HYGIENE, RENEWAL, Cast

GRANT = {"outcome": "grant", "opinion": "符合条件"}
INSPECTION: Raw = {"procedure": "经营场所现场核查", "reason": "申请散装食品制售", "officers": ["赵审", "钱审"]}
SAMPLING: Raw = {"procedure": "现场采样检测", "reason": "水质存疑"}


def examining(cast: Cast, item: str = FOOD) -> Case:
    return cast.walk_to(State.EXAMINING, item, now=MONDAY)


def refusals(who: str) -> int:
    return AccessRecord.objects.filter(kind="refused", account__username=who).count()


def hire(cast: Cast, who: str, role: Role, **more: Any) -> Posting:
    """A further posting of somebody at the market regulator."""
    fields: Raw = {"centre": cast.centre, "department": cast.market, "valid_from": date(2016, 1, 1), **more}
    return Posting.objects.create(account=cast.accounts[who], role=role.value, **fields)


# ---- who decides ------------------------------------------------------------------------------------------------


def test_who_received_a_case_does_not_decide_it(cast: Cast) -> None:
    cast.letter("clerk1", ["decide"], department=cast.market)
    hire(cast, "clerk1", Role.HEAD)
    case = cast.walk_to(State.ACCEPTED, COMPANY, now=MONDAY)
    with pytest.raises(Refused, match="谁收件谁不能作决定"):
        cast.act(case, "decide", "clerk1", MONDAY, **GRANT)
    assert refusals("clerk1") == 1


def test_an_immediate_item_may_be_decided_at_the_window_under_a_letter_that_says_so(cast: Cast) -> None:
    letter = cast.letter("clerk2", ["decide"], department=cast.market, immediate=True, valid_from=date(2026, 1, 1))
    case = cast.act(cast.receive(COMPANY, by="clerk2", now=MONDAY), "accept", "clerk2", MONDAY)
    case = cast.act(case, "decide", "clerk2", MONDAY, **GRANT)
    event = last_event(case)
    assert (case.state, event.letter, event.role) == ("decided", letter, "clerk")


def test_a_letter_without_that_word_does_not_let_the_window_decide(cast: Cast) -> None:
    cast.letter("clerk2", ["decide"], department=cast.market, valid_from=date(2026, 1, 1))
    case = cast.act(cast.receive(COMPANY, by="clerk2", now=MONDAY), "accept", "clerk2", MONDAY)
    with pytest.raises(Refused, match="谁收件谁不能作决定"):
        cast.act(case, "decide", "clerk2", MONDAY, **GRANT)


def test_an_item_that_is_not_immediate_is_never_decided_at_the_window(cast: Cast) -> None:
    cast.letter("clerk2", ["decide"], department=cast.market, immediate=True, valid_from=date(2026, 1, 1))
    case = examining(cast, RENEWAL)
    with pytest.raises(Refused, match="谁收件谁不能作决定"):
        cast.act(case, "decide", "clerk2", MONDAY, **GRANT)


def test_a_letter_of_one_department_does_not_decide_for_another(cast: Cast) -> None:
    cast.letter("clerk2", ["decide"], department=cast.market, immediate=True, valid_from=date(2026, 1, 1))
    case = cast.walk_to(State.ACCEPTED, FERTILITY, now=MONDAY)
    with pytest.raises(Refused, match="授权书没有包含这项权限"):
        cast.act(case, "decide", "clerk2", MONDAY, **GRANT)


# ---- steps ------------------------------------------------------------------------------------------------------


def test_no_listed_step_is_skipped(cast: Cast) -> None:
    accepted = cast.walk_to(State.ACCEPTED, now=MONDAY)
    with pytest.raises(RuleBroken, match="还没有签收和审查"):
        cast.act(accepted, "decide", "chief1", MONDAY, **GRANT)
    case = cast.act(accepted, "sign", "examiner1", MONDAY)
    with pytest.raises(RuleBroken, match="公布的环节没有办完"):
        cast.act(case, "decide", "chief1", MONDAY, **GRANT)
    with pytest.raises(Refused, match="现在是部门审查员的环节"):
        cast.act(case, "pass_step", "verifier1", MONDAY, opinion="同意")
    case = cast.act(case, "pass_step", "examiner1", MONDAY, opinion="符合条件")
    with pytest.raises(RuleBroken, match="公布的环节没有办完"):
        cast.act(case, "decide", "chief1", MONDAY, **GRANT)
    assert case.told.step == 1


def test_the_last_node_is_a_decision_and_not_a_step(cast: Cast) -> None:
    case = cast.act(examining(cast, RENEWAL), "pass_step", "examiner1", MONDAY, opinion="符合条件")
    with pytest.raises(NotNow, match="请作出决定"):
        cast.act(case, "pass_step", "chief1", MONDAY, opinion="同意")


def test_two_nodes_are_two_people(cast: Cast) -> None:
    hire(cast, "examiner1", Role.VERIFIER)
    case = cast.act(examining(cast), "pass_step", "examiner1", MONDAY, opinion="符合条件")
    with pytest.raises(Refused, match="要由另一位同事办理"):
        cast.act(case, "pass_step", "examiner1", MONDAY, opinion="同意")
    assert refusals("examiner1") == 1
    assert cast.act(case, "pass_step", "verifier1", MONDAY, opinion="同意").told.step == 2


def test_who_examined_does_not_decide(cast: Cast) -> None:
    cast.letter("verifier1", ["decide"])
    hire(cast, "verifier1", Role.HEAD)
    case = cast.act(examining(cast), "pass_step", "examiner1", MONDAY, opinion="符合条件")
    case = cast.act(case, "pass_step", "verifier1", MONDAY, opinion="同意")
    with pytest.raises(Refused, match="要由另一位同事办理"):
        cast.act(case, "decide", "verifier1", MONDAY, **GRANT)


def test_what_is_sent_back_lands_with_the_person_who_did_it(cast: Cast) -> None:
    case = cast.act(examining(cast), "pass_step", "examiner1", MONDAY, opinion="符合条件")
    case = cast.act(case, "send_back_step", "verifier1", at("03-03"), opinion="平面图与现场不符")
    assert (case.told.step, case.assignee) == (0, cast.examiner1)
    assert case.desk == "examiner"
    assert [row.outcome for row in Deadline.objects.of("case", case.pk).filter(kind="step").order_by("key")] == [
        "met", "met", "",
    ]  # fmt: skip
    with pytest.raises(NotNow, match="已经是第一个环节"):
        cast.act(case, "send_back_step", "verifier1", at("03-03"), opinion="再退")


def test_who_signed_for_a_case_examines_it(cast: Cast) -> None:
    case = examining(cast)
    with pytest.raises(Refused, match="已经由别的同事签收"):
        cast.act(case, "pass_step", "examiner2", MONDAY, opinion="符合条件")


def test_a_colleague_who_covers_the_post_may_act_for_it(cast: Cast) -> None:
    case = examining(cast)
    cover = hire(cast, "verifier1", Role.EXAMINER, covers=cast.posting("examiner1"))
    case = cast.act(case, "pass_step", "verifier1", MONDAY, opinion="代赵审办理")
    assert last_event(case).posting == cover


def test_dispatch_names_one_colleague_of_the_department(cast: Cast) -> None:
    case = cast.walk_to(State.ACCEPTED, now=MONDAY)
    for stranger in ("examiner3", "clerk1", "nobody"):
        with pytest.raises(InvalidInput, match="不能交给这位同事"):
            cast.act(case, "dispatch", "chief1", MONDAY, to=stranger)
    case = cast.act(case, "dispatch", "chief1", at("03-03"), to="examiner2")
    with pytest.raises(Refused, match="先改派"):
        cast.act(case, "sign", "examiner1", at("03-03"))
    with pytest.raises(Refused, match="没有分给您"):
        cast.act(case, "return_dispatch", "examiner1", at("03-03"), reason="不该我办")
    assert due(case, "sign") == date(2026, 3, 4)
    case = cast.act(case, "return_dispatch", "examiner2", at("03-03"), reason="明天外出")
    assert case.assignee is None
    assert due(case, "sign") == date(2026, 3, 3)


def test_a_case_can_be_given_to_another_colleague_in_the_middle(cast: Cast) -> None:
    case = cast.act(examining(cast), "reassign", "manager1", MONDAY, to="examiner2", note="休假")
    with pytest.raises(Refused, match="先改派"):
        cast.act(case, "pass_step", "examiner1", MONDAY, opinion="符合条件")
    assert cast.act(case, "pass_step", "examiner2", MONDAY, opinion="符合条件").told.step == 1


def test_what_may_be_done_now_knows_whose_step_it_is(cast: Cast) -> None:
    case = examining(cast)
    offered = {option.action: option for option in options(case, cast.actor("verifier1"))}
    assert "现在是部门审查员的环节" in offered["pass_step"].why_not
    mine = {option.action: option for option in options(case, cast.actor("examiner1"))}
    assert mine["pass_step"].open
    assert not mine["decide"].open
    assert "recompute" not in mine


# ---- other departments ------------------------------------------------------------------------------------------


def test_a_transferred_case_is_signed_for_again_and_everything_follows_it(cast: Cast) -> None:
    case = cast.act(examining(cast), "transfer", "chief1", at("03-03"), department=cast.health.code, reason="职责划转")
    assert (case.state, case.department, case.assignee) == ("accepted", cast.health, None)
    assert due(case, "sign", "1") == date(2026, 3, 4)
    rows = Deadline.objects.of("case", case.pk)
    assert set(rows.open().values_list("department_id", flat=True)) == {cast.health.pk}
    assert rows.get(kind="sign", key="").department_id == cast.market.pk
    assert verify_case(Case.objects.get(pk=case.pk)) is None
    with pytest.raises(Refused, match="不属于桃江县市场监督管理局"):
        cast.act(case, "sign", "examiner1", at("03-03"))
    case = cast.act(case, "sign", "examiner3", at("03-04"))
    case = cast.act(case, "pass_step", "examiner3", at("03-04"), opinion="符合条件")
    case = cast.act(case, "pass_step", "verifier3", at("03-04"), opinion="同意")
    case = cast.act(case, "decide", "chief3", at("03-05"), **GRANT)
    granted = Paper.objects.get(subject_id=case.pk, kind="grant")
    assert (granted.issuing_body, granted.number) == ("桃江县卫生健康委员会", "桃卫健准〔2026〕00001号")
    assert verify_case(Case.objects.get(pk=case.pk)) is None


def test_a_transfer_goes_to_another_department_that_exists(cast: Cast) -> None:
    for code in (cast.market.code, "119999009900019999"):
        with pytest.raises(InvalidInput):
            cast.act(examining(cast), "transfer", "chief1", department=code, reason="职责划转")


def test_an_assisting_department_sees_the_case_until_it_has_answered(cast: Cast) -> None:
    case = cast.act(examining(cast), "assist", "examiner1", MONDAY, department=cast.health.code, question="健康证真伪")
    helper = cast.actor("examiner3")
    assert not Case.objects.visible_to(helper).exists()
    assert Case.objects.reachable_by(helper).get() == case
    assert due(case, "assist", "0") == date(2026, 3, 5)
    assert "department.assist" in topics(case)
    with pytest.raises(RuleBroken, match="还没有答复"):
        cast.act(case, "assist", "examiner1", MONDAY, department=cast.health.code, question="再问一次")
    with pytest.raises(Refused):
        cast.act(case, "answer_assist", "examiner1", MONDAY, answer="自问自答")
    with pytest.raises(Refused):
        cast.act(case, "pass_step", "examiner3", MONDAY, opinion="越权")
    case = cast.act(case, "answer_assist", "examiner3", at("03-04"), answer="属实")
    assert not Case.objects.reachable_by(helper).exists()
    assert Deadline.objects.of("case", case.pk).get(kind="assist").outcome == "met"


# ---- special procedures -----------------------------------------------------------------------------------------


def test_only_a_listed_procedure_can_be_opened(cast: Cast) -> None:
    with pytest.raises(RuleBroken, match="没有公布「专家评审」"):
        cast.act(examining(cast), "open_procedure", "examiner1", procedure="专家评审", reason="复杂")
    with pytest.raises(NotNow, match="这个事项没有特别程序"):
        cast.act(examining(cast, RENEWAL), "open_procedure", "examiner1", procedure="听证", reason="复杂")


def test_an_inspection_needs_two_officers(cast: Cast) -> None:
    case = examining(cast)
    for alone in ([], ["赵审"], ["赵审", "赵审"]):
        with pytest.raises(InvalidInput, match="2名以上工作人员"):
            cast.act(case, "open_procedure", "examiner1", **{**INSPECTION, "officers": alone})
    assert cast.act(case, "open_procedure", "examiner1", MONDAY, **INSPECTION).told.open_procedures


def test_the_applicant_is_told_in_writing_of_a_procedure_and_the_time_it_takes(cast: Cast) -> None:
    case = cast.act(examining(cast, HYGIENE), "open_procedure", "examiner3", at("03-04"), **SAMPLING)
    text = paper(case, "procedure")
    assert "现场采样检测" in text
    assert "10 个工作日" in text
    assert "行政许可法第45条" in text
    assert "applicant.procedure" in topics(case)


def test_a_procedure_off_the_clock_pauses_both_clocks_and_they_go_on_after_it(cast: Cast) -> None:
    case = examining(cast, HYGIENE)
    assert (due(case, "promised"), due(case, "statutory")) == (date(2026, 3, 9), date(2026, 3, 30))
    case = cast.act(case, "open_procedure", "examiner3", at("03-03"), **SAMPLING)
    assert case.paused
    assert (due(case, "promised"), due(case, "statutory")) == (None, None)
    assert case.due_on == date(2026, 3, 17)  # the procedure's own limit orders the list meanwhile
    assert last_event(case).data["due"]["promised"] == "暂停"
    case = cast.act(case, "close_procedure", "examiner3", at("03-11"), procedure="现场采样检测", result="合格")
    assert not case.paused
    assert (due(case, "promised"), due(case, "statutory")) == (date(2026, 3, 17), date(2026, 4, 8))
    assert last_event(case).data["due"]["promised"] == "2026-03-17"


def test_a_procedure_on_the_clock_moves_no_date(cast: Cast) -> None:
    case = examining(cast)
    before = (due(case, "promised"), due(case, "statutory"))
    case = cast.act(case, "open_procedure", "examiner1", at("03-03"), **INSPECTION)
    assert not case.paused
    case = cast.act(case, "close_procedure", "examiner1", at("03-05"), procedure="经营场所现场核查", result="符合")
    assert (due(case, "promised"), due(case, "statutory")) == before


def test_nothing_is_passed_or_decided_while_a_procedure_is_open(cast: Cast) -> None:
    case = cast.act(examining(cast), "open_procedure", "examiner1", MONDAY, **INSPECTION)
    with pytest.raises(RuleBroken, match="请先结束特别程序"):
        cast.act(case, "pass_step", "examiner1", MONDAY, opinion="符合条件")
    with pytest.raises(RuleBroken, match="正在进行"):
        cast.act(case, "open_procedure", "examiner1", MONDAY, **INSPECTION)
    with pytest.raises(RuleBroken, match="没有在进行"):
        cast.act(case, "close_procedure", "examiner1", MONDAY, procedure="听证", result="无")


def test_a_hearing_has_a_chair_who_does_not_examine_and_seven_working_days_of_notice(county: County) -> None:
    (item,) = county.publish("construction-planning-permit")
    case = county.walk(county.receive(item), MONDAY, until=State.EXAMINING)
    team = county.team(case.department)
    examiner, other = team[Role.EXAMINER]
    hearing = next(p for p in item.current.spec.special_procedures if p.kind == "听证")  # type: ignore[union-attr]
    call: Raw = {"procedure": hearing.name, "reason": "利害关系人申请", "place": "三楼会议室"}

    def opens(**more: Any) -> Case:
        return county.cast.act(case, "open_procedure", examiner, MONDAY, **{**call, **more})

    with pytest.raises(InvalidInput, match="写明主持人、地点和时间"):
        opens(chair=other)
    with pytest.raises(InvalidInput, match="没有这个主持人"):
        opens(chair="nobody", time="2026-03-20T09:00:00+08:00")
    with pytest.raises(InvalidInput) as early:
        opens(chair=other, time="2026-03-11T09:00:00+08:00")
    assert "提前七个工作日" in early.value.errors[0].message
    with pytest.raises(InvalidInput):
        opens(chair=other, time="9999-12-31T23:59:59-12:00")
    with pytest.raises(RuleBroken, match="主持人不能是审查"):
        opens(chair=examiner, time="2026-03-20T09:00:00+08:00")
    held = opens(chair=other, time="2026-03-12T09:00:00")
    text = paper(held, "hearing")
    assert "三楼会议室" in text
    assert "2026年3月12日" in text
    assert held.paused


# ---- extension --------------------------------------------------------------------------------------------------


def test_an_extension_is_given_once_by_the_named_role_with_reasons_told(cast: Cast) -> None:
    case = examining(cast, HYGIENE)
    with pytest.raises(InvalidInput):
        cast.act(case, "extend", "head3", at("03-05"), reason="  ")
    with pytest.raises(Refused):
        cast.act(case, "extend", "examiner3", at("03-05"), reason="案情复杂")
    with pytest.raises(Refused, match="要由本行政机关负责人批准"):
        cast.act(case, "extend", "mayor1", at("03-05"), reason="案情复杂")
    case = cast.act(case, "extend", "head3", at("03-05"), reason="需要补充核对检测数据")
    assert (due(case, "promised"), due(case, "statutory")) == (date(2026, 3, 23), date(2026, 4, 14))
    text = paper(case, "extension")
    assert "需要补充核对检测数据" in text
    assert "2026年4月14日" in text
    assert "applicant.extended" in topics(case)
    with pytest.raises(NotNow, match="已经延期过一次"):
        cast.act(case, "extend", "head3", at("03-06"), reason="再延")


def test_a_chief_extends_only_under_a_letter(cast: Cast) -> None:
    case = examining(cast, HYGIENE)
    posting = cast.posting("chief3")
    posting.letters.update(actions=["decide"])
    with pytest.raises(Refused, match="授权书没有包含这项权限"):
        cast.act(case, "extend", "chief3", at("03-05"), reason="案情复杂")
    letter = cast.letter("chief3", ["extend"], valid_from=date(2026, 1, 1))
    case = cast.act(case, "extend", "chief3", at("03-05"), reason="案情复杂")
    assert last_event(case).letter == letter


def test_nothing_is_extended_after_it_has_ended_or_while_it_stands_still(cast: Cast) -> None:
    case = examining(cast, HYGIENE)
    with pytest.raises(RuleBroken, match="时限已经过了"):
        cast.act(case, "extend", "head3", at("03-31"), reason="案情复杂")
    paused = cast.act(case, "open_procedure", "examiner3", at("03-04"), **SAMPLING)
    with pytest.raises(RuleBroken, match="时限正在暂停"):
        cast.act(paused, "extend", "head3", at("03-05"), reason="案情复杂")


def test_an_item_without_extension_is_not_extended(cast: Cast) -> None:
    case = cast.walk_to(State.ACCEPTED, FERTILITY, now=MONDAY)
    with pytest.raises(NotNow, match="这个事项不能延期"):
        cast.act(case, "extend", "head3", MONDAY, reason="案情复杂")


def test_a_joint_matter_is_extended_by_the_head_of_government(county: County) -> None:
    def joint(raw: Raw) -> None:
        raw["extension"] = {
            "n": 15,
            "unit": "workday",
            "approver": "本级人民政府负责人",
            "legal_basis": "行政许可法第42条",
        }

    (item,) = county.publish("road-freight-licence", change=joint)
    case = county.walk(county.receive(item), MONDAY, until=State.EXAMINING)
    head = county.team(case.department)[Role.HEAD][0]
    with pytest.raises(Refused, match="本级人民政府负责人"):
        county.cast.act(case, "extend", head, MONDAY, reason="涉及多个部门")
    case = county.cast.act(case, "extend", "mayor1", MONDAY, reason="涉及多个部门")
    assert case.told.extension is not None
    assert case.told.extension["n"] == 15


def test_urging_is_counted_and_reaches_the_desk(cast: Cast) -> None:
    case = cast.act(examining(cast), "urge", "supervisor1", MONDAY, reason="群众来电询问")
    assert case.told.urges == 1
    assert "desk.urged" in topics(case)


def test_an_ended_posting_does_not_act(cast: Cast) -> None:
    case = cast.walk_to(State.ACCEPTED, now=MONDAY)
    yesterday = timezone.localdate() - timedelta(days=1)
    Posting.objects.filter(account=cast.examiner1).update(valid_until=yesterday)
    with pytest.raises(Refused, match="没有任职"):
        cast.act(case, "sign", "examiner1")
    Account.objects.filter(pk=cast.examiner2.pk).update(is_active=False)
    with pytest.raises(Refused, match="没有任职"):
        cast.act(case, "sign", "examiner2")
