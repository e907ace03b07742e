"""From the counter to acceptance: one test for each rule, named after it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from onewindow.cases.actions import perform
from onewindow.cases.models import Case
from onewindow.cases.sweep import sweep
from onewindow.cases.verify import verify_case
from onewindow.clocks.models import Deadline
from onewindow.exchange.models import OutboxMessage
from onewindow.papers.issue import text_of
from onewindow.papers.models import Paper
from onewindow.people.authority import SYSTEM
from onewindow.problems import InvalidInput, NotNow, Refused, RuleBroken
from tests.cases.county import MONDAY, County, at, last_event
from tests.cast import COMPANY, FERTILITY, FOOD, RENEWAL, Cast, application

MISSING = [
    {"material": "m01", "problem": "没有签字", "remedy": "请签字后重新提交"},
    {"material": "m04", "problem": "没有操作流程", "remedy": "请补画操作流程图"},
]


def brought(item: str, *keys: str) -> list[dict[str, Any]]:
    return [{"material": key, "form": "original", "copies": 1} for key in keys]


def paper(case: Case, kind: str) -> str:
    """The plain text of the case's only paper of this kind."""
    return text_of(Paper.objects.get(subject_kind="case", subject_id=case.pk, kind=kind))


def due(case: Case, kind: str, key: str = "") -> date | None:
    found: date | None = Deadline.objects.of("case", case.pk).get(kind=kind, key=key).due_on
    return found


def topics(case: Case) -> list[str]:
    return list(OutboxMessage.objects.filter(subject=case.number).order_by("pk").values_list("topic", flat=True))


# ---- the one notice ---------------------------------------------------------------------------------------------


def test_one_notice_names_everything_that_is_missing(cast: Cast) -> None:
    case = cast.act(cast.receive(now=MONDAY), "give_notice", "clerk1", MONDAY, missing=MISSING)
    text = paper(case, "notice")
    for row in MISSING:
        assert row["problem"] in text
        assert row["remedy"] in text
    assert case.state == "correcting"
    assert case.desk == "applicant"
    assert due(case, "correction", "0") == date(2026, 4, 1)


def test_a_second_notice_is_refused_to_a_clerk(cast: Cast) -> None:
    case = _corrected(cast)
    with pytest.raises(RuleBroken, match="已经一次性告知过"):
        cast.act(case, "give_notice", "clerk1", at("03-05"), missing=MISSING, forced_reason="漏看了")


def test_a_second_notice_by_a_chief_needs_a_reason_and_goes_to_oversight(cast: Cast) -> None:
    case = _corrected(cast)
    with pytest.raises(RuleBroken, match="请首席事务代表说明理由"):
        cast.act(case, "give_notice", "chief1", at("03-05"), missing=MISSING)
    case = cast.act(case, "give_notice", "chief1", at("03-05"), missing=MISSING, forced_reason="标准当天改了")
    assert case.state == "correcting"
    assert "oversight.second_notice" in topics(case)
    assert last_event(case).data["forced_reason"] == "标准当天改了"


def _corrected(cast: Cast) -> Case:
    case = cast.act(cast.receive(now=MONDAY), "give_notice", "clerk1", at("03-03"), missing=MISSING)
    return cast.act(case, "supply", "citizen1", at("03-04"), materials=brought(FOOD, "m01", "m04"))


def test_what_the_list_does_not_name_cannot_be_asked(cast: Cast) -> None:
    for key in ("m99", "m08"):  # unknown, and listed only for those who send an agent
        with pytest.raises(InvalidInput) as refusal:
            cast.act(cast.receive(), "give_notice", "clerk1", missing=[{**MISSING[0], "material": key}])
        assert refusal.value.errors[0].field == "missing.0.material"


def test_what_the_centre_shares_cannot_be_asked(cast: Cast) -> None:
    with pytest.raises(InvalidInput, match="超出了公布的材料清单") as refusal:
        cast.act(cast.receive(RENEWAL), "give_notice", "clerk1", missing=[{**MISSING[0], "material": "m02"}])
    assert "共享获取" in refusal.value.errors[0].message


def test_asking_for_what_the_centre_holds_is_recorded(cast: Cast) -> None:
    cast.receive(FOOD, now=MONDAY)
    case = cast.receive(RENEWAL, now=MONDAY, materials=brought(RENEWAL, "m01", "m04"))
    asked = [{**MISSING[0], "material": "m03"}]
    case = cast.act(case, "give_notice", "clerk1", MONDAY, missing=asked)
    assert last_event(case).data["asked_though_held"] == ["m03"]
    assert "oversight.asked_though_held" in topics(case)


def test_a_notice_after_its_time_is_refused_because_the_law_has_accepted(cast: Cast) -> None:
    case = cast.receive(now=MONDAY)
    with pytest.raises(RuleBroken, match="自收到材料之日起就是受理"):
        cast.act(case, "give_notice", "clerk1", at("03-10"), missing=MISSING)
    assert cast.act(case, "give_notice", "clerk1", at("03-09"), missing=MISSING).state == "correcting"


def test_a_correction_hands_in_everything_the_notice_named(cast: Cast) -> None:
    case = cast.act(cast.receive(now=MONDAY), "give_notice", "clerk1", MONDAY, missing=MISSING)
    with pytest.raises(InvalidInput, match="还没有交齐") as refusal:
        cast.act(case, "supply", "citizen1", at("03-04"), materials=brought(FOOD, "m01"))
    assert [error.field for error in refusal.value.errors] == ["materials.m04"]
    case = cast.act(case, "supply", "citizen1", at("03-04"), materials=brought(FOOD, "m01", "m04"))
    assert case.state == "received"
    assert due(case, "acceptance", "0") == date(2026, 3, 11)


def test_the_time_to_correct_is_bounded(cast: Cast) -> None:
    for until in ("2026-03-01", "2027-04-01"):
        with pytest.raises(InvalidInput, match="补正期限不对"):
            cast.act(cast.receive(now=MONDAY), "give_notice", "clerk1", MONDAY, missing=MISSING, until=until)


def test_a_correction_that_never_comes_is_deemed_a_withdrawal(cast: Cast) -> None:
    case = cast.act(cast.receive(now=MONDAY), "give_notice", "clerk1", MONDAY, missing=MISSING, until="2026-03-12")
    with pytest.raises(RuleBroken, match="期限还没有过"):
        perform(case, "deem_withdrawn", by=SYSTEM, now=at("03-12", 23))
    case = perform(case, "deem_withdrawn", by=SYSTEM, now=at("03-13", 0))
    assert (case.state, case.told.reason) == ("deemed_withdrawn", "到期没有补正")
    assert "视为撤回" in paper(case, "withdrawal")


# ---- acceptance -------------------------------------------------------------------------------------------------


def test_acceptance_is_refused_while_a_listed_paper_is_missing(cast: Cast) -> None:
    case = cast.receive(materials=brought(FOOD, "m01", "m02", "m03", "m04"))
    with pytest.raises(RuleBroken, match="还缺1份材料") as refusal:
        cast.act(case, "accept", "clerk1")
    assert [error.field for error in refusal.value.errors] == ["m05"]
    case = cast.act(case, "correct_on_spot", "clerk1", materials=brought(FOOD, "m05"), note="当场交来")
    assert cast.act(case, "accept", "clerk1").state == "accepted"


def test_silence_on_a_permit_accepts_it_from_the_day_of_receipt(cast: Cast) -> None:
    case = cast.receive(now=MONDAY)
    assert sweep(at("03-09", 23))["deemed_accepted"] == 0
    assert sweep(at("03-10", 0))["deemed_accepted"] == 1
    case.refresh_from_db()
    facts = Case.objects.get(pk=case.pk).told
    assert (facts.accepted_on, facts.deemed) == ("2026-03-02", True)
    assert "行政许可法" in facts.acceptance_rule
    assert timezone.localdate(case.accepted_at) == date(2026, 3, 10)
    assert due(case, "promised") == date(2026, 3, 9)
    assert "2026年3月2日" in paper(case, "acceptance")
    assert "oversight.deemed_accepted" in topics(case)


def test_silence_on_a_registration_of_real_estate_accepts_it_the_same_day(county: County) -> None:
    (item,) = county.publish("real-estate-transfer")
    case = county.receive(item)
    assert sweep(at("03-02", 23))["deemed_accepted"] == 0
    assert sweep(at("03-03", 0))["deemed_accepted"] == 1
    facts = Case.objects.get(pk=case.pk).told
    assert (facts.accepted_on, facts.deemed) == ("2026-03-02", True)


def test_silence_accepts_nothing_where_the_item_has_no_such_rule(cast: Cast) -> None:
    case = cast.receive(COMPANY, now=MONDAY)
    assert sweep(at("04-20"))["deemed_accepted"] == 0
    with pytest.raises(RuleBroken, match="还不能视为受理"):
        perform(case, "deem_accepted", by=SYSTEM, now=at("04-20"))


def test_a_late_acceptance_counts_from_receipt_too(cast: Cast) -> None:
    case = cast.act(cast.receive(now=MONDAY), "accept", "clerk1", at("03-11"))
    assert (case.told.accepted_on, case.told.deemed) == ("2026-03-02", True)
    assert due(case, "promised") == date(2026, 3, 9)
    assert Deadline.objects.of("case", case.pk).get(kind="notice").outcome == "late"
    timely = cast.act(cast.receive(now=MONDAY), "accept", "clerk1", at("03-09"))
    assert (timely.told.accepted_on, timely.told.deemed) == ("2026-03-09", False)


def test_the_acceptance_paper_says_the_same_dates_as_the_deadlines(county: County) -> None:
    for item in county.publish("id-card", "construction-permit", "residence-permit"):
        first = item.current.spec.materials[0].key  # type: ignore[union-attr]
        case = county.cast.act(
            county.receive(item), "give_notice", "clerk1", MONDAY, missing=[{**MISSING[0], "material": first}]
        )
        case = county.cast.act(case, "supply", "clerk1", at("03-05"), materials=brought(item.key, first))
        case = county.cast.act(case, "accept", "clerk1", at("03-06"))
        promised = due(case, "promised")
        assert promised is not None
        assert f"{promised.year}年{promised.month}月{promised.day}日" in paper(case, "acceptance"), item.key
        assert verify_case(Case.objects.get(pk=case.pk)) is None


def test_a_refusal_of_acceptance_names_the_right_authority(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        cast.act(cast.receive(), "refuse_acceptance", "clerk1", reason="不归本机关管")
    case = cast.act(
        cast.receive(), "refuse_acceptance", "clerk1", reason="不归本机关管", authority="桃江县公安局",
        authority_contact="桃江县公安路2号",
    )  # fmt: skip
    text = paper(case, "refusal")
    assert "桃江县公安局" in text
    assert "公安路2号" in text
    assert "60日" in text.replace(" ", "")
    assert "6个月" in text.replace(" ", "").replace("六个月", "6个月")
    assert case.state == "acceptance_refused"


def test_what_needs_no_permit_is_said_at_once(cast: Cast) -> None:
    case = cast.act(cast.receive(), "find_not_required", "clerk1", reason="小餐饮登记即可，不需要许可")
    assert "小餐饮登记即可" in paper(case, "not_required")
    assert not Deadline.objects.of("case", case.pk).open().exists()


# ---- deferral ---------------------------------------------------------------------------------------------------


def _lacking(cast: Cast) -> Case:
    return cast.receive(now=MONDAY, materials=brought(FOOD, "m01", "m02", "m03", "m04"))


def test_only_deferrable_papers_may_follow_later(cast: Cast) -> None:
    case = cast.receive(now=MONDAY, materials=brought(FOOD, "m01", "m02", "m03"))
    both = [{"material": key, "until": "2026-03-10"} for key in ("m04", "m05")]
    with pytest.raises(InvalidInput, match="容缺受理的条件") as refusal:
        cast.act(case, "accept_deferred", "clerk1", MONDAY, promised=True, deferred=both)
    assert [error.field for error in refusal.value.errors] == ["deferred.0.material"]


def test_a_deferral_has_a_date_within_the_limit_of_the_place(cast: Cast) -> None:
    case = _lacking(cast)
    for until in ("2026-03-01", "2026-04-02"):
        with pytest.raises(InvalidInput):
            cast.act(case, "accept_deferred", "clerk1", MONDAY, promised=True,
                     deferred=[{"material": "m05", "until": until}])  # fmt: skip
    assert _deferred(cast, case, "2026-04-01").state == "accepted"


def test_a_deferral_leaves_no_other_paper_missing(cast: Cast) -> None:
    case = cast.receive(now=MONDAY, materials=brought(FOOD, "m01", "m02", "m03"))
    with pytest.raises(InvalidInput) as refusal:
        _deferred(cast, case, "2026-03-10")
    assert [error.field for error in refusal.value.errors] == ["m04"]


def _deferred(cast: Cast, case: Case, until: str) -> Case:
    rows = [{"material": "m05", "until": until}]
    return cast.act(case, "accept_deferred", "clerk1", MONDAY, promised=True, deferred=rows)


def test_a_deferred_paper_in_time_settles_its_date(cast: Cast) -> None:
    case = _deferred(cast, _lacking(cast), "2026-03-12")
    assert "制度清单" in paper(case, "deferral")
    with pytest.raises(InvalidInput):
        cast.act(case, "supply_deferred", "citizen1", at("03-10"), materials=brought(FOOD, "m01"))
    case = cast.act(case, "supply_deferred", "citizen1", at("03-10"), materials=brought(FOOD, "m05"))
    assert not case.told.deferred
    assert Deadline.objects.of("case", case.pk).get(kind="deferred").outcome == "met"
    with pytest.raises(NotNow, match="没有容缺的材料"):
        cast.act(case, "supply_deferred", "citizen1", at("03-10"), materials=brought(FOOD, "m05"))


def test_a_deferred_paper_overdue_deems_the_application_withdrawn(cast: Cast) -> None:
    case = _deferred(cast, _lacking(cast), "2026-03-12")
    assert sweep(at("03-12", 23))["deemed_withdrawn"] == 0
    assert sweep(at("03-13", 0))["deemed_withdrawn"] == 1
    case.refresh_from_db()
    assert case.state == "deemed_withdrawn"


def test_a_place_that_waits_deems_nothing_withdrawn(cast: Cast) -> None:
    cast.centre.profile.rules = {"correction_overdue": "wait"}
    cast.centre.profile.save()
    _deferred(cast, _lacking(cast), "2026-03-12")
    assert sweep(at("03-20"))["deemed_withdrawn"] == 0


# ---- receiving --------------------------------------------------------------------------------------------------


def test_a_receipt_lists_what_was_handed_in_and_when_an_answer_comes(cast: Cast) -> None:
    text = paper(cast.receive(now=MONDAY), "receipt")
    assert "食品经营许可申请书" in text
    assert "2026年3月9日" in text


def test_what_came_online_is_in_our_hands_from_the_moment_it_was_sent(cast: Cast) -> None:
    case = cast.submit(now=MONDAY)
    case = cast.act(case, "receive", "clerk1", at("03-04"))
    assert case.told.received_at == case.told.submitted_at
    assert due(case, "notice") == date(2026, 3, 9)
    assert "2026年3月2日" in paper(case, "receipt")


def test_what_is_answered_on_the_spot_at_the_counter_is_reviewed_in_the_local_time_online(cast: Cast) -> None:
    assert due(cast.receive(FERTILITY, now=MONDAY), "notice") == date(2026, 3, 2)
    assert due(cast.submit(FERTILITY, now=MONDAY), "notice") == date(2026, 3, 3)


def test_silence_on_what_came_online_accepts_it_too(cast: Cast) -> None:
    case = cast.submit(now=MONDAY)
    assert sweep(at("03-10", 0))["deemed_accepted"] == 1
    assert Case.objects.get(pk=case.pk).told.accepted_on == "2026-03-02"


def test_what_was_returned_for_completion_can_be_sent_again_or_brought_to_the_counter(cast: Cast) -> None:
    for again in ("submit", "receive"):
        case = cast.act(cast.submit(now=MONDAY), "return_for_completion", "clerk1", at("03-03"), reason="请补身份证")
        assert case.state == "draft"
        assert verify_case(Case.objects.get(pk=case.pk)) is None
        assert Deadline.objects.of("case", case.pk).get(kind="notice").outcome == "void"
        if again == "submit":
            body = application(FOOD)
            data = {"answers": body["answers"], "materials": body["materials"]}
            case = cast.act(case, "submit", "citizen1", at("03-05"), **data)
        else:
            case = cast.act(case, "receive", "clerk1", at("03-05"))
        assert due(case, "notice") == date(2026, 3, 12)
        assert verify_case(Case.objects.get(pk=case.pk)) is None


def test_a_paper_that_the_item_does_not_list_is_not_taken(cast: Cast) -> None:
    with pytest.raises(InvalidInput, match="不在清单里"):
        cast.receive(materials=brought(FOOD, "m01", "m44"))


def test_the_same_paper_named_twice_is_not_lost_silently(cast: Cast) -> None:
    with pytest.raises(InvalidInput) as refusal:
        cast.receive(materials=brought(FOOD, "m01", "m01"))
    assert "写了两次" in refusal.value.errors[0].message


def test_every_question_of_the_item_must_be_answered(cast: Cast) -> None:
    with pytest.raises(InvalidInput) as refusal:
        cast.receive(answers={"industry": "moon", "agentt": "no"})
    assert {error.field for error in refusal.value.errors} == {"answers.industry", "answers.agent", "answers.agentt"}


def test_an_item_for_people_is_not_for_companies(cast: Cast) -> None:
    firm = application(FERTILITY)["applicant"] | {"kind": "legal", "id_type": "uscc", "id_number": "91999900MA2026001X"}
    with pytest.raises(InvalidInput):
        cast.receive(FERTILITY, applicant=firm)


def test_a_town_centre_takes_only_what_is_delegated_to_it(cast: Cast) -> None:
    case = cast.receive(FERTILITY, by="township1")
    assert case.centre == cast.township
    with pytest.raises(InvalidInput, match="没有下放到桃花江镇便民服务中心"):
        cast.receive(FOOD, by="township1")


def test_a_withdrawal_lists_what_is_given_back(cast: Cast) -> None:
    case = cast.act(cast.receive(), "withdraw", "citizen1", reason="不开店了")
    text = paper(case, "withdrawal")
    assert "食品经营许可申请书" in text
    assert Deadline.objects.of("case", case.pk).get(kind="notice").outcome == "void"


def test_nobody_withdraws_the_application_of_another(cast: Cast) -> None:
    with pytest.raises(Refused, match="这不是您的办件"):
        cast.act(cast.receive(), "withdraw", "citizen2", reason="捣乱")


def test_on_the_spot_means_the_reviewing_time_for_what_comes_in_online(cast: Cast) -> None:
    evening = MONDAY.replace(hour=22)
    case = cast.submit(FERTILITY, now=evening)
    assert due(case, "notice") == due(case, "prereview") == date(2026, 3, 3)
    case = cast.act(case, "receive", "clerk1", at("03-03"))
    case = cast.act(case, "accept", "clerk1", at("03-03"))
    assert Deadline.objects.of("case", case.pk).get(kind="notice").outcome == "met"
