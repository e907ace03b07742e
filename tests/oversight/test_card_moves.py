"""A supervision card: who may make which move, what it must carry, what it starts; nobody judges themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.models import Deadline
from onewindow.exchange.models import OutboxMessage
from onewindow.loops.engine import options, perform, steps, words_of
from onewindow.oversight import sight, telling
from onewindow.oversight.actions import missing_to_close
from onewindow.oversight.cards import CARD
from onewindow.oversight.models import Alert
from onewindow.people.models import AccessRecord, Posting
from onewindow.problems import InvalidInput, NotNow, Refused, RuleBroken, Stale
from tests.cast import Cast
from tests.oversight.cards import raised

NOW = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)  # a Monday
DATA: dict[str, dict[str, Any]] = {
    "explain": {"words": "系统迁移耽误了两天"},
    "confirm": {"reason": "查过记录，确实超时"},
    "dismiss": {"reason": "停表没有登记，不是超时"},
    "urge": {"words": "三天内办结", "until": "2026-11-26"},
    "rectify": {"measure": "已经办结，并换了办件人"},
    "recheck": {"passed": True, "words": "看过，已经改好"},
    "account": {"who": "赵审", "what": "slowness", "measure": "谈话提醒"},
    "close": {"note": ""},
}
FROM = {
    "explain": "open",
    "confirm": "explained",
    "dismiss": "explained",
    "urge": "confirmed",
    "rectify": "urged",
    "recheck": "rectified",
    "account": "confirmed",
    "close": "rechecked",
}
STAFF = [
    "clerk1",
    "exit1",
    "examiner1",
    "examiner2",
    "verifier1",
    "chief1",
    "head1",
    "examiner3",
    "chief3",
    "manager1",
    "supervisor1",
    "helper1",
    "guide1",
    "editor1",
    "publisher1",
    "mayor1",
    "township1",
    "admin",
    "citizen1",
]
ALLOWED = {
    "explain": {"examiner1", "chief1", "head1", "manager1"},
    "confirm": {"supervisor1"},
    "dismiss": {"supervisor1"},
    "urge": {"supervisor1"},
    "rectify": {"chief1", "head1", "manager1"},
    "recheck": {"supervisor1"},
    "account": {"supervisor1"},
    "close": {"supervisor1"},
}


def at(cast: Cast, state: str, **changes: Any) -> Alert:
    """A card that stands in a state, without the road to it."""
    card = raised(cast, now=NOW, **changes)
    Alert.objects.filter(pk=card.pk).update(state=state, accounted=state == "rechecked")
    card.refresh_from_db()
    return card


def act(cast: Cast, card: Alert, action: str, by: str, /, *, now: datetime = NOW, **data: Any) -> Alert:
    done: Alert = perform(CARD, card, action, by=cast.actor(by), data={**DATA[action], **data}, now=now)
    return done


def limits(card: Alert) -> dict[str, Deadline]:
    return {one.kind: one for one in Deadline.objects.of("alert", card.pk).open()}


# ---- the matrix ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", list(DATA))
@pytest.mark.parametrize("who", STAFF)
def test_every_role_and_move(cast: Cast, who: str, action: str) -> None:
    card = at(cast, FROM[action])
    if who in ALLOWED[action]:
        assert act(cast, card, action, who).version == card.version + 1
        return
    with pytest.raises(Refused):
        act(cast, card, action, who)
    card.refresh_from_db()
    assert card.state == FROM[action]
    record = AccessRecord.objects.get(kind="refused")
    assert (record.account, record.action, record.subject) == (cast.accounts[who], f"alert.{action}", card.number)
    assert record.reason


@pytest.mark.parametrize("action", ["confirm", "dismiss", "urge", "recheck", "account", "close"])
def test_nobody_judges_a_card_about_themselves(cast: Cast, action: str) -> None:
    card = at(cast, FROM[action], person=cast.supervisor1)
    with pytest.raises(Refused, match="这件事说的就是您"):
        act(cast, card, action, "supervisor1")
    assert AccessRecord.objects.filter(kind="refused", action=f"alert.{action}", account=cast.supervisor1).exists()


@pytest.mark.parametrize("action", ["confirm", "dismiss", "urge", "recheck", "account", "close"])
def test_nobody_judges_a_card_of_their_own_department(cast: Cast, action: str) -> None:
    """A supervisor who also holds a post in the department is out, whichever post they act in."""
    _post(cast, "supervisor1", "examiner", department=cast.market)
    with pytest.raises(Refused, match="您所在的部门"):
        act(cast, at(cast, FROM[action]), action, "supervisor1")


@pytest.mark.parametrize("who", ["examiner1", "clerk1"])
@pytest.mark.parametrize("action", ["confirm", "dismiss"])
def test_a_concerned_person_who_is_also_a_supervisor_cannot_take_the_card_back(
    cast: Cast, who: str, action: str
) -> None:
    _post(cast, who, "supervisor")
    card = at(cast, "explained", person=cast.accounts[who])
    with pytest.raises(Refused, match="这件事说的就是您"):
        act(cast, card, action, who)
    assert AccessRecord.objects.filter(kind="refused", action=f"alert.{action}", account=cast.accounts[who]).exists()


def _post(cast: Cast, who: str, role: str, **more: Any) -> None:
    own = cast.posting(who)
    Posting.objects.create(account=own.account, role=role, centre=own.centre, valid_from=own.valid_from, **more)


def test_a_clerk_explains_their_own_card_and_nobody_elses(cast: Cast) -> None:
    mine = at(cast, "open", person=cast.clerk1, department=None)
    with pytest.raises(Refused, match="这张牌由陈窗说明"):
        act(cast, mine, "explain", "clerk2")
    assert act(cast, mine, "explain", "clerk1").state == "explained"


def test_a_card_about_nobody_is_explained_by_anybody_of_the_department(cast: Cast) -> None:
    card = at(cast, "open", person=None)
    with pytest.raises(Refused):
        act(cast, card, "explain", "clerk1")
    assert act(cast, card, "explain", "examiner2").state == "explained"


def test_every_state_offers_only_what_its_people_may_do(cast: Cast) -> None:
    offered = {
        who: {one.move.action for one in options(CARD, at(cast, state), cast.actor(who), NOW) if not one.why_not}
        for who, state in (("supervisor1", "explained"), ("chief1", "urged"), ("guide1", "open"))
    }
    assert offered == {"supervisor1": {"confirm", "dismiss"}, "chief1": {"explain", "rectify"}, "guide1": set()}


# ---- what each move does -------------------------------------------------------------------------------------------


def test_an_explanation_settles_its_limit_and_starts_the_judgement(cast: Cast) -> None:
    card = act(cast, raised(cast, now=NOW), "explain", "examiner1", disputed=True)
    assert (card.state, card.disputed) == ("explained", True)
    assert set(limits(card)) == {"judge"}
    assert Deadline.objects.get(subject_kind="alert", kind="explain").outcome == "met"
    assert card.next_due_at == limits(card)["judge"].due_at


def test_a_dispute_stays_to_the_end_with_both_views(cast: Cast) -> None:
    card = act(cast, raised(cast, now=NOW), "explain", "examiner1", disputed=True, words="停表没算进去")
    card = act(cast, card, "confirm", "supervisor1", reason="停表是事后补的")
    card = act(cast, card, "explain", "chief1", words="部门也这样看")
    assert card.disputed
    told = {step.action: words_of(step) for step in steps(CARD, card)}
    assert told["confirm"] == {"reason": "停表是事后补的"}
    assert told["explain"] == {"words": "部门也这样看"}
    assert card.state == "confirmed"


def test_a_late_explanation_is_late(cast: Cast) -> None:
    act(cast, raised(cast, now=NOW), "explain", "examiner1", now=NOW + timedelta(days=3))
    assert Deadline.objects.get(subject_kind="alert", kind="explain").outcome == "late"


def test_no_confirmation_before_the_other_side_was_heard(cast: Cast) -> None:
    card = raised(cast, now=NOW)
    with pytest.raises(NotNow, match="责任人可以说明到11月24日"):
        act(cast, card, "confirm", "supervisor1", now=NOW + timedelta(hours=5))
    assert act(cast, card, "confirm", "supervisor1", now=NOW + timedelta(days=2)).state == "confirmed"


@pytest.mark.parametrize(("level", "kinds"), [("red", {"urge", "account"}), ("yellow", {"urge"})])
def test_a_confirmed_red_card_calls_for_accountability(cast: Cast, level: str, kinds: set[str]) -> None:
    card = act(cast, at(cast, "explained", level=level), "confirm", "supervisor1")
    open_now = limits(card)
    assert set(open_now) == kinds
    if level == "red":
        assert str(open_now["account"].due_on) == "2026-12-07"  # ten working days after 23 November


def test_a_dismissal_needs_words_and_ends_everything(cast: Cast) -> None:
    card = raised(cast, now=NOW)
    with pytest.raises(InvalidInput):
        act(cast, card, "dismiss", "supervisor1", reason="  ")
    card = act(cast, card, "dismiss", "supervisor1")
    assert (card.state, card.closed_at, limits(card)) == ("dismissed", NOW, {})


def test_an_urging_has_a_day_for_its_answer(cast: Cast) -> None:
    card = act(cast, at(cast, "confirmed"), "urge", "supervisor1", until="2026-11-27")
    assert str(limits(card)["answer"].due_on) == "2026-11-27"
    again = act(cast, card, "urge", "supervisor1", until="2026-12-02")
    assert Deadline.objects.of("alert", again.pk).open().filter(kind="answer").count() == 2
    done = act(cast, again, "rectify", "chief1", now=NOW + timedelta(days=7))
    assert {d.outcome for d in Deadline.objects.filter(subject_kind="alert", kind="answer")} == {"late", "met"}
    assert set(limits(done)) == {"explain", "recheck"}


@pytest.mark.parametrize(
    ("until", "words"),
    [
        ("2026-11-23", "今天以后"),
        ("2026-11-20", "今天以后"),
        ("2026-11-28", "休息"),
        ("2027-06-01", "太远"),
        ("9999-12-31", "太远"),
        ("明天", "2026-11-22"),
        ("", "2026-11-22"),
    ],
)
def test_a_day_that_is_none_to_answer_on(cast: Cast, until: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        act(cast, at(cast, "confirmed"), "urge", "supervisor1", until=until)
    assert words in refused.value.errors[0].message
    assert refused.value.errors[0].field == "until"


def test_not_put_right_goes_back_and_is_urged_again(cast: Cast) -> None:
    card = act(cast, at(cast, "rectified"), "recheck", "supervisor1", passed=False, words="还有一件没办")
    assert card.state == "urged"
    assert "urge" in limits(card)
    card = act(cast, card, "rectify", "head1", now=NOW + timedelta(days=1))
    assert act(cast, card, "recheck", "supervisor1").state == "rechecked"


def test_a_red_card_without_accountability_is_not_closed(cast: Cast) -> None:
    card = at(cast, "rechecked")
    Alert.objects.filter(pk=card.pk).update(accounted=False)
    card.refresh_from_db()
    assert missing_to_close(card)
    with pytest.raises(RuleBroken, match="追责记录"):
        act(cast, card, "close", "supervisor1")
    card = act(cast, card, "account", "supervisor1", what="none", measure="系统故障，不追究个人")
    assert (card.accounted, card.state) == (True, "rechecked")
    assert act(cast, card, "close", "supervisor1").state == "closed"


def test_a_yellow_card_closes_without_it(cast: Cast) -> None:
    card = at(cast, "rechecked", level="yellow")
    Alert.objects.filter(pk=card.pk).update(accounted=False)
    assert act(cast, card, "close", "supervisor1").state == "closed"


@pytest.mark.parametrize(
    "data", [{"who": ""}, {"what": "other"}, {"measure": ""}, {"who": "赵" * 300}, {"what": None}, {"extra": 1}]
)
def test_accountability_says_who_what_and_which_measure(cast: Cast, data: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        act(cast, at(cast, "confirmed"), "account", "supervisor1", **data)
    assert not Alert.objects.get().accounted


def test_the_name_in_an_accountability_record_is_sealed(cast: Cast) -> None:
    card = act(cast, at(cast, "confirmed"), "account", "supervisor1")
    step = steps(CARD, card)[-1]
    assert "赵审" not in str(step.data)
    assert words_of(step)["who"] == "赵审"
    assert step.data["what"] == "slowness"


def test_the_whole_way_of_a_red_card(cast: Cast) -> None:
    card = raised(cast, now=NOW)
    for action, who in (
        ("explain", "examiner1"),
        ("confirm", "supervisor1"),
        ("urge", "supervisor1"),
        ("rectify", "chief1"),
        ("recheck", "supervisor1"),
        ("account", "supervisor1"),
        ("close", "supervisor1"),
    ):
        assert limits(card), f"nothing runs before {action}"
        card = act(cast, card, action, who)
    assert (card.state, limits(card), card.accounted) == ("closed", {}, True)
    assert {d.outcome for d in Deadline.objects.of("alert", card.pk)} == {"met"}
    topics = list(OutboxMessage.objects.filter(subject=f"alert:{card.number}").order_by("id").values_list("topic"))
    assert [topic for (topic,) in topics] == [
        f"oversight.{one}" for one in ("explain", "confirm", "urge", "rectify", "recheck", "account", "close")
    ]


def test_who_is_told(cast: Cast) -> None:
    act(cast, at(cast, "explained"), "dismiss", "supervisor1")
    sent = OutboxMessage.objects.get()
    assert sent.payload["to"] == ["actor", "chief", "supervisor"]
    assert "停表" not in str(sent.payload)


def test_somebody_was_faster(cast: Cast) -> None:
    card = at(cast, "explained")
    with pytest.raises(Stale):
        perform(CARD, card, "confirm", by=cast.actor("supervisor1"), data=DATA["confirm"], expected_version=9)


# ---- the sentence that is sent -------------------------------------------------------------------------------------


def test_the_sentence_goes_to_whom_the_card_is_about(cast: Cast, settings: Any) -> None:
    from onewindow.exchange.notices import notice

    cast.examiner1.phone = "19900007777"
    cast.examiner1.save()
    card = act(cast, at(cast, "confirmed"), "urge", "supervisor1")
    assert notice(OutboxMessage.objects.get()) == {}  # the event goes to other systems, the sentence to the person
    assert telling.send(NOW) == 1
    told = notice(OutboxMessage.objects.latest("id"))
    assert told["phone"] == "19900007777"
    assert f"红牌 {card.number} 已经督办，请按期答复" in told["text"]
    cast.examiner1.is_active = False
    cast.examiner1.save()
    assert notice(OutboxMessage.objects.latest("id")) == {}


# ---- who sees what -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("supervisor1", {"market", "health", "clerk"}),
        ("manager1", {"market", "health", "clerk"}),
        ("mayor1", {"market", "health", "clerk"}),
        ("examiner1", {"market"}),
        ("examiner2", {"market"}),
        ("chief3", {"health"}),
        ("clerk1", {"clerk"}),
        ("clerk2", set()),
        ("guide1", set()),
        ("township1", set()),
        ("citizen1", set()),
    ],
)
def test_everybody_sees_their_own(cast: Cast, who: str, sees: set[str]) -> None:
    made = {
        "market": raised(cast),
        "health": raised(cast, department=cast.health, person=cast.examiner3),
        "clerk": raised(cast, department=None, person=cast.clerk1),
    }
    found = set(sight.visible(cast.actor(who)).values_list("pk", flat=True))
    assert found == {made[name].pk for name in sees}


def test_what_waits_for_whom(cast: Cast) -> None:
    def count(who: str) -> int:
        return sight.waiting(cast.actor(who)).count()

    raised(cast, "remind", now=NOW)
    card = raised(cast, now=NOW + timedelta(days=3650))  # nothing of it is late yet, whatever day it is
    assert (count("examiner1"), count("chief1"), count("supervisor1"), count("examiner2")) == (2, 1, 0, 0)
    Alert.objects.filter(pk=card.pk).update(state="explained")
    assert (count("examiner1"), count("chief1"), count("supervisor1")) == (1, 0, 1)
    Alert.objects.filter(pk=card.pk).update(state="urged")
    assert (count("examiner1"), count("chief1"), count("supervisor1")) == (1, 1, 0)
    Alert.objects.filter(pk=card.pk).update(next_due_at=NOW - timedelta(days=4000))
    assert count("supervisor1") == 1
