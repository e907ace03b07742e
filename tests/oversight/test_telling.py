"""Who is told of an alarm: everybody its rule names, once; what goes out is bundled, waits for the morning, and holds
nothing of an applicant. A red card goes out at once."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.clocks.clock import SHANGHAI
from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.notices import notice
from onewindow.loops.engine import perform
from onewindow.oversight import sweep, telling
from onewindow.oversight.cards import CARD
from onewindow.oversight.models import Alert, Notice, NoticeWish, Rule
from onewindow.oversight.shipping import ship
from onewindow.people.models import Posting
from tests.cast import FOOD, Cast
from tests.oversight.cards import raised

MORNING = datetime(2026, 3, 11, 9, 0, tzinfo=SHANGHAI)
EVERYBODY = ["actor", "chief", "supervisor", "manager", "discipline"]


def told(row: Alert) -> list[str]:
    return list(Notice.objects.filter(alert=row).order_by("id").values_list("account__username", flat=True))


def sent(topic: str = telling.DIGEST) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(topic=topic).order_by("id"))


def texts() -> list[str]:
    return [notice(one).get("text", "") for one in sent()]


def with_phone(cast: Cast, *names: str) -> None:
    for at, name in enumerate(names):
        cast.accounts[name].phone = f"1990000{at:04}"
        cast.accounts[name].save()


# ---- who -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tell", "people"),
    [
        (["actor"], ["examiner1"]),
        (["chief"], ["chief1"]),
        (["supervisor"], ["supervisor1"]),
        (["manager"], ["manager1"]),
        (["discipline"], []),
        (EVERYBODY, ["examiner1", "chief1", "supervisor1", "manager1"]),
        (["chief", "actor", "chief"], ["chief1", "examiner1"]),
    ],
)
def test_everybody_whom_the_rule_names_is_told_once(cast: Cast, tell: list[str], people: list[str]) -> None:
    row = raised(cast, "yellow", tell=tell, now=MORNING)
    for _ in range(3):
        telling.announce(MORNING)
    assert told(row) == people


def test_what_nobody_holds_goes_to_who_leads_the_department(cast: Cast) -> None:
    row = raised(cast, "remind", person=None, tell=["actor"], now=MORNING)
    head = raised(cast, "remind", person=None, department=cast.health, tell=["actor", "chief"], now=MORNING)
    Posting.objects.filter(role="chief", department=cast.health).update(valid_until=MORNING.date() - timedelta(days=1))
    telling.announce(MORNING)
    assert (told(row), told(head)) == (["chief1"], ["head3"])


def test_the_nearest_supervision_is_told_and_not_all_above(cast: Cast) -> None:
    """A township without a supervisor of its own is the county's; the county's own matters are not the province's."""
    county = Posting.objects.get(account=cast.supervisor1)
    above = Posting.objects.create(
        account=cast.examiner3, role="supervisor", centre=county.centre, valid_from=county.valid_from
    )
    rows = [raised(cast, "yellow", centre=cast.township, tell=["supervisor"], now=MORNING)]
    telling.announce(MORNING)
    assert told(rows[0]) == ["supervisor1", "examiner3"]
    above.centre = cast.township
    above.save()
    near = raised(cast, "yellow", centre=cast.township, tell=["supervisor"], now=MORNING)
    far = raised(cast, "yellow", tell=["supervisor"], now=MORNING)
    telling.announce(MORNING)
    assert (told(near), told(far)) == (["examiner3"], ["supervisor1"])


def test_the_discipline_organ_gets_references_one_message_a_round(cast: Cast) -> None:
    rows = [raised(cast, "red", tell=["discipline"], now=MORNING) for _ in range(3)]
    telling.announce(MORNING)
    (message,) = sent(telling.DISCIPLINE)
    assert message.subject == "discipline:430922"
    assert [one["alert"] for one in message.payload["alerts"]] == [row.number for row in rows]
    assert set(message.payload["alerts"][0]) == {"alert", "level", "rule", "duty", "centre", "department"}


def test_a_step_is_told_to_the_other_side_and_not_to_who_made_it(cast: Cast) -> None:
    row = raised(cast, "yellow", now=MORNING)
    row = perform(CARD, row, "explain", by=cast.actor("examiner1"), data={"words": "系统迁移"}, now=MORNING)
    assert told(row) == ["supervisor1"]
    perform(CARD, row, "confirm", by=cast.actor("supervisor1"), data={"reason": "属实"}, now=MORNING)
    assert told(row) == ["supervisor1", "examiner1", "chief1"]
    assert list(Notice.objects.values_list("what", flat=True).order_by("id")) == ["explain", "confirm", "confirm"]


def test_what_was_over_before_the_round_tells_nobody(cast: Cast) -> None:
    row = raised(cast, "remind", now=MORNING, state="settled", closed_at=MORNING)
    telling.announce(MORNING)
    assert told(row) == []
    assert not Alert.objects.filter(announced=False).exists()


def test_the_round_costs_the_same_however_many_were_raised(cast: Cast) -> None:
    with_phone(cast, "examiner1", "chief1", "supervisor1")
    costs = []
    for count in (1, 12):
        for _ in range(count):
            raised(cast, "yellow", now=MORNING)
        with CaptureQueriesContext(connection) as seen:
            telling.announce(MORNING)
            telling.send(MORNING)
        costs.append(len(seen))
        NoticeWish.objects.update(last_at=None)
    assert costs[0] == costs[1] <= 22


# ---- what goes out -------------------------------------------------------------------------------------------------


def test_forty_alarms_of_one_minute_are_one_message_a_person(cast: Cast) -> None:
    with_phone(cast, "examiner1", "chief1", "supervisor1")
    for level in ("remind", "warn", "yellow", "red") * 10:
        raised(cast, level, now=MORNING)
    telling.announce(MORNING)
    assert telling.send(MORNING) == 3
    assert telling.send(MORNING) == 0
    assert {one.payload["account"] for one in sent()} == {
        cast.accounts[name].pk for name in ("examiner1", "chief1", "supervisor1")
    }
    assert all("红牌 10 张、黄牌 10 张、预警 10 件、提醒 10 件" in text for text in texts())


def test_one_alarm_is_said_as_what_it_is_and_nothing_of_the_applicant(cast: Cast) -> None:
    with_phone(cast, "examiner1", "chief1")
    row = raised(cast, "yellow", tell=["actor", "chief"], title="赵**的房子：超期", now=MORNING)
    telling.announce(MORNING)
    telling.send(MORNING)
    mine, theirs = texts()
    assert mine.startswith(f"【一窗】黄牌 {row.number}：承诺时限用到 80%。请在 1 个工作日内说明情况。http")
    assert "说明情况" not in theirs
    assert all("赵" not in text for text in texts())
    assert {notice(one)["phone"] for one in sent()} == {"19900000000", "19900000001"}
    assert all("1990" not in str(one.payload) and "黄牌" not in str(one.payload) for one in sent())


def at(clock: str, day: int = 11) -> datetime:
    return datetime.combine(MORNING.replace(day=day).date(), time.fromisoformat(clock), SHANGHAI)


def one_more(cast: Cast, level: str, now: datetime) -> int:
    raised(cast, level, tell=["actor"], now=now)
    telling.announce(now)
    return telling.send(now)


def test_what_comes_soon_after_waits_and_a_red_one_does_not(cast: Cast) -> None:
    with_phone(cast, "examiner1")
    assert one_more(cast, "remind", at("10:00")) == 1
    assert one_more(cast, "remind", at("10:10")) == 0
    assert one_more(cast, "yellow", at("10:20")) == 0
    assert telling.send(at("10:29")) == 0
    assert telling.send(at("10:30")) == 1
    assert "黄牌 1 张、提醒 1 件" in texts()[-1]
    assert one_more(cast, "warn", at("10:31")) == 0
    assert one_more(cast, "red", at("10:32")) == 1
    assert "红牌 1 张、预警 1 件" in texts()[-1]
    assert Notice.objects.filter(pending=True).count() == 0


def test_the_night_is_quiet_but_for_a_red_card(cast: Cast) -> None:
    with_phone(cast, "examiner1")
    assert one_more(cast, "yellow", at("21:00")) == 0
    assert one_more(cast, "yellow", at("23:59")) == 0
    assert one_more(cast, "red", at("02:00", 12)) == 1
    assert one_more(cast, "remind", at("02:01", 12)) == 0
    assert telling.send(at("07:29", 12)) == 0
    assert telling.send(at("07:30", 12)) == 1
    assert len(sent()) == 2


@pytest.mark.parametrize(
    ("begins", "ends", "quiet", "loud"),
    [
        ("21:00", "07:30", ["21:00", "00:00", "07:29"], ["07:30", "12:00", "20:59"]),
        ("12:00", "14:00", ["12:00", "13:59"], ["11:59", "14:00", "00:00"]),
        ("00:00", "00:00", [], ["00:00", "12:00", "23:59"]),
    ],
)
def test_quiet_hours_may_run_over_midnight(begins: str, ends: str, quiet: list[str], loud: list[str]) -> None:
    def said(moment: str) -> bool:
        return telling.is_quiet(time.fromisoformat(begins), time.fromisoformat(ends), time.fromisoformat(moment))

    assert all(said(one) for one in quiet)
    assert not any(said(one) for one in loud)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({"channel": "text"}, {"phone"}),
        ({"channel": "email", "email": "zhao@example.gov.cn"}, {"email"}),
        ({"channel": "email", "email": None}, None),
        ({"channel": "none"}, None),
        ({"channel": "text", "least": "red"}, None),
        ({"channel": "text", "least": "yellow"}, {"phone"}),
    ],
)
def test_everybody_is_told_as_they_wish(cast: Cast, wish: dict[str, Any], expected: set[str] | None) -> None:
    with_phone(cast, "examiner1")
    NoticeWish.objects.create(account=cast.examiner1, **wish)
    assert one_more(cast, "yellow", MORNING) == (expected is not None)
    assert [set(notice(one)) - {"text"} for one in sent()] == ([expected] if expected else [])
    assert Notice.objects.get().read_at is None  # on the desk it stands all the same


def test_without_a_phone_nothing_goes_out_and_nothing_piles_up(cast: Cast) -> None:
    cast.examiner1.phone = None
    cast.examiner1.save()
    assert one_more(cast, "red", MORNING) == 0
    assert Notice.objects.filter(pending=True).count() == 0


def test_what_was_read_or_is_over_is_not_sent_in_the_morning(cast: Cast) -> None:
    with_phone(cast, "examiner1")
    night = at("22:00")
    over, seen = raised(cast, "remind", tell=["actor"], now=night), raised(cast, "yellow", tell=["actor"], now=night)
    telling.announce(night)
    Alert.objects.filter(pk=over.pk).update(state="settled", closed_at=night)
    assert telling.read(cast.actor("examiner1"), seen.number) == 1
    assert telling.send(at("08:00", 12)) == 0


def test_somebody_who_left_is_told_nothing_more(cast: Cast) -> None:
    with_phone(cast, "examiner1")
    raised(cast, "red", tell=["actor"], now=MORNING)
    telling.announce(MORNING)
    telling.send(MORNING)
    cast.examiner1.is_active = False
    cast.examiner1.save()
    assert [notice(one) for one in sent()] == [{}]


# ---- by the sweep, in time -----------------------------------------------------------------------------------------


def test_over_days_each_person_hears_of_each_alarm_of_a_case_once(cast: Cast) -> None:
    """A promised limit runs from reminder to red card; a round every hour of every day, and nobody hears twice."""
    ship()
    with_phone(cast, "examiner1", "chief1", "supervisor1")
    case = cast.walk_to("examining", FOOD, now=MORNING)
    Rule.objects.exclude(code__startswith="PROM").update(ended_at=MORNING)
    moment = MORNING
    while moment < MORNING + timedelta(days=60):
        sweep.sweep(moment)
        telling.announce(moment)
        telling.send(moment)
        moment += timedelta(hours=8)
    rows = Alert.objects.filter(subject_kind="case", subject_id=case.pk).order_by("id")
    assert [row.rule.code for row in rows][-1] == "PROM-R"
    for row in rows:
        people = Notice.objects.filter(alert=row).values_list("account_id", flat=True)
        assert len(people) == len(set(people)) > 0
        posts = telling.Posts.on(MORNING.date())
        assert set(people) == set(posts.told(row.tell, row.person_id, row.department_id, "430922"))
    assert [one.payload["counts"] for one in sent() if one.payload["account"] == cast.supervisor1.pk]
