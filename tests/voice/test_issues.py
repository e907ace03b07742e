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
from onewindow.problems import InvalidInput, Refused
from onewindow.voice import issues
from onewindow.voice.loops import ISSUE
from onewindow.voice.models import Complaint, SystemicIssue
from tests.cast import COMPANY, NAMES, Cast
from tests.voice.saying import MONDAY, move, said

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
