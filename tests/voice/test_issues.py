"""Three like complaints become one systemic issue with a plan and a check of its effect."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.clocks.models import Deadline
from onewindow.exchange.models import OutboxMessage
from onewindow.loops import engine
from onewindow.loops.engine import steps
from onewindow.people.models import AccessRecord
from onewindow.problems import InvalidInput, NotNow, Refused
from onewindow.voice.complaints import issues
from onewindow.voice.loops import COMPLAINT, ISSUE
from onewindow.voice.models import Complaint, SystemicIssue
from tests.cast import COMPANY, NAMES, Cast
from tests.voice.saying import MONDAY, move, said, walked

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def three(cast: Cast, **more: Any) -> SystemicIssue:
    for day in range(3):
        said(cast, MONDAY + day * DAY, **more)
    return SystemicIssue.objects.get()


def act(
    cast: Cast, issue: SystemicIssue, action: str, who: str, now: dt.datetime = MONDAY + 3 * DAY, **data: Any
) -> SystemicIssue:
    done: SystemicIssue = engine.perform(ISSUE, issue, action, by=cast.actor(who), data=data, now=now)
    return done


def carried_out(cast: Cast) -> SystemicIssue:
    issue = act(cast, three(cast), "plan", "chief1", measure="增加一名审查员，材料当天看", until="2026-12-04")
    return act(cast, issue, "carry_out", "chief1", MONDAY + 7 * DAY, words="已经到岗")


def test_the_third_like_complaint_opens_an_issue(cast: Cast) -> None:
    said(cast)
    said(cast, MONDAY + DAY)
    assert not SystemicIssue.objects.exists()
    last = said(cast, MONDAY + 2 * DAY)
    issue = SystemicIssue.objects.get()
    assert set(issue.complaints.values_list("pk", flat=True)) == set(Complaint.objects.values_list("pk", flat=True))
    assert last.issue == issue
    assert (issue.department, issue.state, issue.cause) == (cast.market, "open", "overdue")
    assert issue.title.endswith("超过时限")
    limit = Deadline.objects.get(subject_kind="issue")
    assert (limit.kind, limit.limit_n, limit.department_id) == ("judge", 10, cast.market.pk)
    assert OutboxMessage.objects.get(topic="voice.issue.opened").payload["complaints"] == 3


def test_the_fourth_joins_it(cast: Cast) -> None:
    issue = three(cast)
    assert said(cast, MONDAY + 5 * DAY).issue == issue
    assert SystemicIssue.objects.count() == 1


def test_other_matters_and_long_ago_do_not_count(cast: Cast) -> None:
    said(cast, MONDAY - 31 * DAY)
    said(cast, item=COMPANY)
    said(cast, cause="attitude", text="爱理不理")
    said(cast)
    said(cast)
    assert not SystemicIssue.objects.exists()


def test_what_was_not_taken_up_does_not_count(cast: Cast) -> None:
    move(cast, said(cast), "decline", "manager1", reason="重复提交")
    said(cast)
    said(cast)
    assert not SystemicIssue.objects.exists()


def test_a_township_of_the_county_counts_along(cast: Cast) -> None:
    said(cast, centre=cast.township.key)
    said(cast)
    assert said(cast).issue is not None


def test_a_profile_may_ask_for_more(cast: Cast) -> None:
    profile = cast.centre.profile
    profile.rules = {**profile.rules, "alike_threshold": 2, "alike_days": 3}
    profile.save()
    said(cast, MONDAY - 4 * DAY)
    said(cast)
    assert not SystemicIssue.objects.exists(), "four days are too long ago"
    said(cast)
    assert SystemicIssue.objects.count() == 1


def test_alike_ones_are_shown_before_there_is_an_issue(cast: Cast) -> None:
    first, second = said(cast), said(cast, MONDAY + DAY)
    said(cast, item=COMPANY)
    with CaptureQueriesContext(connection) as seen:
        assert issues.alike_of(first, MONDAY + DAY) == [second]
    assert len(seen) <= 1


def test_plan_carry_out_check(cast: Cast) -> None:
    issue = three(cast)
    issue = act(cast, issue, "plan", "chief1", measure="增加一名审查员", until="2026-12-04")
    assert issue.state == "planned"
    limit = Deadline.objects.get(subject_kind="issue", kind="carry_out")
    assert limit.due_on == dt.date(2026, 12, 4)
    issue = act(cast, issue, "carry_out", "chief1", MONDAY + 7 * DAY, words="已经到岗")
    assert (issue.state, Deadline.objects.get(kind="carry_out").outcome) == ("carried_out", "met")
    assert Deadline.objects.get(subject_kind="issue", kind="check").limit_n == 20
    issue = act(cast, issue, "check", "supervisor1", MONDAY + 17 * DAY, worked=True, words="十天没有再收到")
    assert (issue.state, issue.closed_at) == ("closed", MONDAY + 17 * DAY)
    data = steps(ISSUE, issue)[-1].data
    assert (data["days"], data["before"], data["after"]) == (10, 3, 0)


def test_what_did_not_work_is_thought_about_again(cast: Cast) -> None:
    issue = carried_out(cast)
    said(cast, MONDAY + 9 * DAY)
    found = issues.effect(issue, MONDAY + 17 * DAY)
    assert found is not None
    assert (found.days, found.before, found.after) == (10, 3, 1)
    assert found.words == "落实以前 10 天有 3 件，落实以后 10 天有 1 件"
    issue = act(cast, issue, "check", "manager1", MONDAY + 17 * DAY, worked=False, words="还在发生")
    assert (issue.state, issue.closed_at) == ("open", None)
    assert Deadline.objects.get(subject_kind="issue", settled_at=None).kind == "judge"
    assert act(cast, issue, "plan", "head1", MONDAY + 17 * DAY, measure="换办法", until="2026-12-18").state == "planned"


def test_after_its_end_counting_begins_anew(cast: Cast) -> None:
    issue = carried_out(cast)
    act(cast, issue, "check", "manager1", MONDAY + 8 * DAY, worked=True, words="好了")
    assert said(cast, MONDAY + 9 * DAY).issue is None
    assert said(cast, MONDAY + 10 * DAY).issue is None
    again = said(cast, MONDAY + 11 * DAY).issue
    assert again not in (None, issue)


def test_a_plan_needs_a_working_day_ahead(cast: Cast) -> None:
    issue = three(cast)
    for until in ("2026-11-25", "2026-11-28", "2028-01-01"):
        with pytest.raises(InvalidInput) as refused:
            act(cast, issue, "plan", "chief1", measure="改", until=until)
        assert refused.value.errors[0].field == "until"


ALLOWED = {
    "plan": {"chief1", "head1", "manager1", "supervisor1"},
    "carry_out": {"chief1", "head1", "manager1", "supervisor1"},
    "check": {"manager1", "supervisor1"},
}


@pytest.mark.parametrize("action", sorted(ALLOWED))
def test_every_role_at_every_move(cast: Cast, action: str) -> None:
    given: dict[str, dict[str, Any]] = {
        "plan": {"measure": "改", "until": "2026-12-04"},
        "carry_out": {"words": "好了"},
        "check": {"worked": True, "words": "没有了"},
    }
    issue = three(cast) if action == "plan" else carried_out(cast)
    if action == "carry_out":
        SystemicIssue.objects.filter(pk=issue.pk).update(state="planned")
    done = set()
    for who in NAMES:
        saved = connection.savepoint() or ""
        try:
            act(cast, issue, action, who, **given[action])
            done.add(who)
        except Refused:
            assert AccessRecord.objects.filter(action=f"issue.{action}", subject=issue.number).exists(), who
        connection.savepoint_rollback(saved)
    assert done == ALLOWED[action]


def test_the_department_does_not_judge_whether_its_own_plan_worked(cast: Cast) -> None:
    issue = carried_out(cast)
    cast.posting("manager1").__class__.objects.filter(account=cast.manager1).update(department=cast.market)
    with pytest.raises(Refused, match="您所在的部门"):
        act(cast, issue, "check", "manager1", worked=True, words="好了")


# ---- by hand -------------------------------------------------------------------------------------------------------


def other(cast: Cast) -> Complaint:
    """One that the machine does not find alike."""
    return said(cast, MONDAY + 3 * DAY, item="", department=cast.market.code, cause="other", text="等得太久，没人理")


def test_put_in_by_hand_and_taken_out_again_with_a_step_on_both(cast: Cast) -> None:
    issue, row = three(cast), other(cast)
    assert row.issue is None
    row = move(cast, row, "join", "manager1", MONDAY + 3 * DAY, issue=issue.number, words="都是没人去核查")
    assert row.issue == issue
    last = steps(ISSUE, issue)[-1]
    assert (last.action, last.data["complaint"], last.actor) == ("take_in", row.number, cast.manager1)
    with pytest.raises(NotNow, match="先移出来"):
        move(cast, row, "join", "manager1", issue=issue.number)
    row = move(cast, row, "part", "supervisor1", MONDAY + 4 * DAY, reason="说的是排队，不是核查")
    assert row.issue is None
    assert [step.action for step in steps(ISSUE, issue)] == ["open", "take_in", "let_go"]
    assert [step.action for step in engine.steps(COMPLAINT, row)] == ["open", "join", "part"]
    with pytest.raises(NotNow, match="没有归到"):
        move(cast, row, "part", "manager1", reason="再移一次")


def test_a_closed_complaint_keeps_its_day_when_it_is_put_in(cast: Cast) -> None:
    issue, row = three(cast), walked(cast, "closed", other(cast))
    row = move(cast, row, "join", "manager1", MONDAY + 9 * DAY, issue=issue.number)
    assert (row.state, row.closed_at) == ("closed", MONDAY)


@pytest.mark.parametrize("who", ["clerk1", "chief1", "head1", "mayor1"])
def test_only_judges_put_in(cast: Cast, who: str) -> None:
    issue, row = three(cast), walked(cast, "assigned", other(cast))
    with pytest.raises(Refused):
        move(cast, row, "join", who, issue=issue.number)


@pytest.mark.parametrize("number", ["XT000000000", "", "' OR 1=1", "XT" + "9" * 150])
def test_an_issue_that_is_not_there(cast: Cast, number: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        move(cast, other(cast), "join", "manager1", issue=number)
    assert "没有这个系统性问题" in refused.value.errors[0].message


def test_a_solved_issue_takes_nothing_in(cast: Cast) -> None:
    issue = act(cast, carried_out(cast), "check", "supervisor1", MONDAY + 17 * DAY, worked=True, words="没有了")
    with pytest.raises(InvalidInput) as refused:
        move(cast, other(cast), "join", "manager1", issue=issue.number)
    assert "已经解决" in refused.value.errors[0].message


def test_a_townships_issue_takes_only_what_lies_below(cast: Cast) -> None:
    issue = three(cast, centre=cast.township.key)
    row = other(cast)
    with pytest.raises(InvalidInput) as refused:
        move(cast, row, "join", "manager1", issue=issue.number)
    assert "只能归入本地和下级" in refused.value.errors[0].message
    assert issues.joinable(row, cast.actor("manager1")) == []


def test_the_likest_issue_is_offered_first(cast: Cast) -> None:
    mine = three(cast)
    for _ in range(3):
        said(cast, MONDAY, item=COMPANY, cause="attitude", text="爱理不理")
    row = said(cast, MONDAY + 5 * DAY, text="食品经营许可半个月没有结果", cause="repeated_trips")
    manager = cast.actor("manager1")
    with CaptureQueriesContext(connection) as seen:
        picks = issues.joinable(row, manager)
    assert len(seen) == 2
    assert picks[0].issue == mine
    assert picks[0].like > picks[1].like
    assert issues.joinable(row, cast.actor("chief3")) == [], "not of that house"


def test_an_issue_offers_what_says_the_same(cast: Cast) -> None:
    issue = three(cast)
    loose = said(cast, MONDAY + 3 * DAY)
    other(cast)
    Complaint.objects.filter(pk=loose.pk).update(issue=None)
    issue = SystemicIssue.objects.select_related("centre__profile").get()
    manager = cast.actor("manager1")
    with CaptureQueriesContext(connection) as seen:
        assert issues.like_ones(issue, manager) == [loose]
    assert len(seen) == 2
