"""A bad rating goes round to the citizen; who may not judge is refused and recorded; every turn of the loop."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from onewindow.clocks.clock import SHANGHAI, local_date
from onewindow.clocks.models import Deadline
from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.notices import notice
from onewindow.loops import engine
from onewindow.loops.engine import CITIZEN
from onewindow.people.models import AccessRecord, Posting
from onewindow.problems import InvalidInput, NotNow, Problem, Refused, RuleBroken
from onewindow.voice.loops import RATING
from onewindow.voice.models import BadRating, Rating
from onewindow.voice.ratings import bad as badratings
from tests.cast import FOOD, Cast

MONDAY = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)
MEND = {"measure": "重新培训", "done": True}


@pytest.fixture
def bad(cast: Cast) -> BadRating:
    """clerk1 was rated badly by somebody who left a number."""
    rating = Rating.objects.create(
        number="PJ20261123-1",
        centre=cast.centre,
        department=cast.market,
        item=cast.items[FOOD],
        person=cast.clerk1,
        level=1,
        labels=["116"],
        channel="qr",
        phone="19900001234",
        at=MONDAY,
    )
    return badratings.open_for(rating, MONDAY)


def act(cast: Cast, row: BadRating, action: str, who: str, now: datetime = MONDAY, **data: Any) -> BadRating:
    return engine.perform(RATING, row, action, by=cast.actor(who), data=data, now=now)


def walk(cast: Cast, row: BadRating, state: str) -> BadRating:
    """To this state, by the truth of the rating."""
    steps = (
        ("contacted", "contact", "manager1", {"words": "电话里说窗口态度差"}),
        ("mending", "find", "supervisor1", {"finding": "true", "words": "监控属实"}),
        ("mended", "mend", "manager1", MEND),
        ("told", "tell", "manager1", {"answer": "已经批评教育"}),
    )
    for reached, action, who, data in steps:
        row = act(cast, row, action, who, **data)
        if reached == state:
            return row
    raise AssertionError(state)


def limits(row: BadRating) -> dict[str, Any]:
    return {one.kind: one.due_on for one in Deadline.objects.of("rating", row.pk).open()}


def test_it_opens_with_its_two_limits(bad: BadRating) -> None:
    day = {kind: str(due) for kind, due in limits(bad).items()}
    assert day == {"contact": "2026-11-24", "close": "2026-12-14"}
    assert bad.number == "CP20261123-1"


def test_true_and_mended_and_told_and_confirmed(cast: Cast, bad: BadRating) -> None:
    row = walk(cast, bad, "told")
    assert (row.finding, set(limits(row))) == ("true", {"revisit", "close"})
    sent = OutboxMessage.objects.get(topic="voice.rating.told")
    told = notice(sent)
    assert told["phone"] == "19900001234"
    assert told["text"].endswith(f"/voice/rating/{row.code}/")
    assert "19900001234" not in str(sent.payload)
    done = badratings.by_citizen(row, "confirm", {"satisfied": True})
    assert (done.state, done.satisfied, limits(done)) == ("closed", True, {})
    outcomes = set(Deadline.objects.of("rating", row.pk).values_list("outcome", flat=True))
    assert outcomes <= {"met", "late"}


def test_mistaken_is_told_without_mending(cast: Cast, bad: BadRating) -> None:
    row = walk(cast, bad, "contacted")
    row = act(cast, row, "find", "manager1", finding="mistaken", words="评错了窗口")
    assert (row.state, row.finding) == ("found", "mistaken")
    assert set(limits(row)) == {"tell", "close"}
    assert act(cast, row, "tell", "chief1", answer="您评的是另一个窗口").state == "told"


def test_malice_needs_the_proof(cast: Cast, bad: BadRating) -> None:
    row = walk(cast, bad, "contacted")
    with pytest.raises(InvalidInput) as caught:
        act(cast, row, "find", "manager1", finding="malicious", words="乱评")
    assert caught.value.errors[0].field == "proof"
    row = act(cast, row, "find", "manager1", finding="malicious", words="乱评", proof="同一人一天评了 30 次，见监控")
    assert (row.state, row.finding) == ("found", "malicious")


def test_mending_by_a_day_is_a_limit_of_its_own(cast: Cast, bad: BadRating) -> None:
    row = walk(cast, bad, "mending")
    row = act(cast, row, "mend", "chief1", measure="换排班", until="2026-11-30")
    assert (row.state, str(limits(row)["mend"])) == ("mending", "2026-11-30")
    late = datetime(2026, 12, 1, 9, tzinfo=SHANGHAI)
    row = act(cast, row, "mend", "chief1", now=late, **MEND)
    assert (row.state, set(limits(row))) == ("mended", {"tell", "close"})
    assert Deadline.objects.of("rating", row.pk).filter(kind="mend", outcome="late").exists()


@pytest.mark.parametrize(
    "given",
    [
        {"measure": "改"},
        {"measure": "改", "until": "2026-11-23"},
        {"measure": "改", "until": "2026-11-28"},
        {"measure": "改", "until": "2029-01-01"},
        {"measure": "改", "until": "明天"},
        {"measure": "", "done": True},
        {"measure": "改", "done": True, "until": "2026-11-30"},
    ],
)
def test_a_day_that_means_nothing_is_refused(cast: Cast, bad: BadRating, given: dict[str, Any]) -> None:
    row = walk(cast, bad, "mending")
    with pytest.raises(InvalidInput):
        act(cast, row, "mend", "chief1", **given)
    row.refresh_from_db()
    assert row.version == 3


@pytest.mark.parametrize("who", ["citizen", "supervisor1"])
def test_not_content_goes_back_with_new_limits(cast: Cast, bad: BadRating, who: str) -> None:
    row = walk(cast, bad, "told")
    said = {"satisfied": False, "words": "没人道歉"}
    if who == "citizen":
        row = engine.perform(RATING, row, "confirm", by=CITIZEN, data=said, now=MONDAY)
    else:
        row = act(cast, row, "revisit", who, **said)
    assert (row.state, row.satisfied, row.closed_at) == ("contacted", False, None)
    assert {kind: str(due) for kind, due in limits(row).items()} == {"find": "2026-11-26", "close": "2026-12-14"}
    row = act(cast, row, "find", "supervisor1", finding="true", words="确实没有道歉")
    assert row.state == "mending"


def test_whoever_left_no_number_is_not_said_to_be_content(cast: Cast, bad: BadRating) -> None:
    row = walk(cast, bad, "told")
    Rating.objects.update(phone=None)
    assert notice(OutboxMessage.objects.get(topic="voice.rating.told")) == {}
    row = act(cast, row, "revisit", "supervisor1", satisfied=True, words="匿名")
    assert (row.state, row.satisfied) == ("closed", None)
    assert engine.steps(RATING, row)[-1].data["anonymous"] is True


def test_a_matter_that_is_over_stays_over(cast: Cast, bad: BadRating) -> None:
    row = walk(cast, bad, "told")
    badratings.by_citizen(row, "confirm", {"satisfied": True})
    for action, data in (("confirm", {"satisfied": False}), ("appeal", {"reason": "还有"})):
        with pytest.raises(NotNow):
            badratings.by_citizen(row, action, data)


# ---- appeals ------------------------------------------------------------------------------------------------------


def test_each_side_appeals_once(cast: Cast, bad: BadRating) -> None:
    row = walk(cast, bad, "mending")
    row = act(cast, row, "appeal", "clerk1", reason="当时系统坏了")
    assert (row.state, row.finding) == ("contacted", "")
    assert set(limits(row)) == {"find", "close"}
    row = act(cast, row, "find", "manager1", finding="mistaken", words="系统确实坏了")
    with pytest.raises(RuleBroken, match="已经申诉过"):
        act(cast, row, "appeal", "clerk1", reason="再看一次")
    with pytest.raises(RuleBroken, match="已经申诉过"):
        act(cast, row, "appeal", "chief1", reason="再看一次")
    row = badratings.by_citizen(row, "appeal", {"reason": "就是态度差"})
    assert row.state == "contacted"
    row = act(cast, row, "find", "supervisor1", finding="true", words="录音属实")
    with pytest.raises(RuleBroken, match="已经申诉过"):
        badratings.by_citizen(row, "appeal", {"reason": "又来"})


@pytest.mark.parametrize("who", ["clerk2", "exit1", "helper1"])
def test_a_colleague_does_not_appeal(cast: Cast, bad: BadRating, who: str) -> None:
    row = walk(cast, bad, "mending")
    with pytest.raises(Refused):
        act(cast, row, "appeal", who, reason="帮他说话")
    assert AccessRecord.objects.filter(kind="refused", account=cast.accounts[who], action="rating.appeal").exists()


# ---- who may not --------------------------------------------------------------------------------------------------

SAID: dict[str, dict[str, Any]] = {
    "contact": {"words": "联系过"},
    "find": {"finding": "mistaken", "words": "没有的事"},
    "mend": MEND,
    "tell": {"answer": "没事"},
    "revisit": {"satisfied": True},
    "confirm": {"satisfied": True},
}
BEFORE = {"contact": "", "find": "contacted", "mend": "mending", "tell": "mended", "revisit": "told", "confirm": "told"}
SIDE = ["clerk1", "clerk2", "exit1", "helper1", "guide1", "examiner1", "verifier1", "editor1", "admin", "mayor1"]


@pytest.mark.parametrize("action", SAID)
@pytest.mark.parametrize("who", SIDE)
def test_the_clerks_side_moves_nothing(cast: Cast, bad: BadRating, action: str, who: str) -> None:
    row = walk(cast, bad, BEFORE[action]) if BEFORE[action] else bad
    version = row.version
    with pytest.raises(Refused):
        act(cast, row, action, who, **SAID[action])
    row.refresh_from_db()
    assert row.version == version
    refused = AccessRecord.objects.get(kind="refused", account=cast.accounts[who])
    assert (refused.action, refused.subject) == (f"rating.{action}", row.number)


@pytest.mark.parametrize("action", [action for action in SAID if action != "confirm"])
@pytest.mark.parametrize("who", ["manager1", "supervisor1", "chief1"])
def test_nobody_judges_a_rating_of_themselves(cast: Cast, bad: BadRating, action: str, who: str) -> None:
    row = walk(cast, bad, BEFORE[action]) if BEFORE[action] else bad
    BadRating.objects.update(person=cast.accounts[who])
    with pytest.raises(Refused):
        act(cast, row, action, who, **SAID[action])


def test_no_department_finds_of_itself(cast: Cast, bad: BadRating) -> None:
    row = walk(cast, bad, "contacted")
    Posting.objects.filter(account=cast.manager1).update(department=cast.market)
    with pytest.raises(Refused, match="您所在的部门"):
        act(cast, row, "find", "manager1", **SAID["find"])
    assert act(cast, row, "find", "supervisor1", **SAID["find"]).state == "found"


def test_another_departments_lead_has_no_say(cast: Cast, bad: BadRating) -> None:
    with pytest.raises(Refused):
        act(cast, bad, "contact", "chief3", words="联系过")


def test_a_citizen_makes_only_a_citizens_moves(bad: BadRating) -> None:
    for action in ("contact", "find", "mend", "tell", "revisit", "nothing"):
        with pytest.raises(Problem):
            badratings.by_citizen(bad, action, {"words": "x"})
    bad.refresh_from_db()
    assert bad.version == 1


# ---- who sees -----------------------------------------------------------------------------------------------------


def sees(cast: Cast, who: str) -> bool:
    return bool(badratings.readable_by(cast.actor(who)).exists())


def test_who_sees_a_bad_rating(cast: Cast, bad: BadRating) -> None:
    seeing = {who for who, account in cast.accounts.items() if account.kind == "staff" and sees(cast, who)}
    assert seeing == {"manager1", "supervisor1", "chief1", "head1"}
    walk(cast, bad, "contacted")
    assert not sees(cast, "clerk1")
    row = act(cast, BadRating.objects.get(), "find", "supervisor1", finding="true", words="属实")
    assert sees(cast, "clerk1")
    assert not sees(cast, "clerk2")
    act(cast, row, "appeal", "clerk1", reason="不对")
    assert not sees(cast, "clerk1")


def test_a_lead_who_is_rated_sees_only_the_finding(cast: Cast, bad: BadRating) -> None:
    BadRating.objects.update(person=cast.chief1)
    assert not sees(cast, "chief1")
    assert sees(cast, "head1")


def test_what_waits_for_whom(cast: Cast, bad: BadRating) -> None:
    def waits(who: str) -> bool:
        return bool(badratings.waiting(cast.actor(who)).exists())

    assert [who for who in ("manager1", "supervisor1", "chief1", "clerk1", "chief3") if waits(who)] == [
        "manager1",
        "supervisor1",
        "chief1",
    ]
    walk(cast, bad, "contacted")
    assert not waits("chief1")


def test_long_after_it_is_late(cast: Cast, bad: BadRating) -> None:
    row = act(cast, bad, "contact", "manager1", now=MONDAY + timedelta(days=3), words="才联系上")
    assert Deadline.objects.of("rating", row.pk).get(kind="contact").outcome == "late"
    assert local_date(MONDAY) < timezone.localdate(row.next_due_at)


def test_after_an_appeal_somebody_else_finds(cast: Cast, bad: BadRating) -> None:
    row = walk(cast, bad, "mending")
    row = act(cast, row, "appeal", "clerk1", reason="当时系统坏了")
    with pytest.raises(RuleBroken, match="另一位"):
        act(cast, row, "find", "supervisor1", finding="true", words="还是属实")
    assert act(cast, row, "find", "manager1", finding="mistaken", words="系统确实坏了").state == "found"
