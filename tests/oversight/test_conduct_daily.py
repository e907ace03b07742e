"""Conduct that only figures of some days show: returns, 明进暗不进, ratings in a row; and what cannot be verified."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.catalogue.models import ItemVersion
from onewindow.oversight.conduct import watch as conduct
from onewindow.oversight.conduct.daily import VISITS, Quiet, judge
from onewindow.oversight.conduct.peers import Handled, far_above
from onewindow.oversight.conduct.story import Finding, Unclear
from onewindow.oversight.models import Alert, Rule, Unverified, Watermark
from onewindow.oversight.shipping import ship
from onewindow.voice.models import Rating, RatingFlag
from tests.cast import COMPANY, FERTILITY, FOOD, HYGIENE, ITEMS, RENEWAL, Cast, random_citizen
from tests.hall.stage import Stage, build
from tests.oversight.ledgers import accepted, at

TODAY = dt.date(2026, 9, 30)
NOW = at("09-30 02:10")
ME, PEER, THIRD = 1, 2, 3


@pytest.fixture
def stage(cast: Cast) -> Stage:
    ship()
    return build(cast)


def raised(code: str) -> list[Alert]:
    return list(Alert.objects.filter(rule__code=code).select_related("rule"))


# ---- returns above peers: figures ---------------------------------------------------------------------------------


def made(*rows: tuple[int, int, int, int], role: str = "clerk") -> list[Handled]:
    """(item, person, handled, returned) …"""
    return [Handled(9, role, item, person, None, handled, back) for item, person, handled, back in rows]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([(1, ME, 40, 20), (1, PEER, 60, 6)], [(ME, True)]),  # 4 were to be expected
        ([(1, ME, 40, 10), (1, PEER, 40, 5)], [(ME, True)]),  # exactly twice, exactly ten
        ([(1, ME, 40, 9), (1, PEER, 40, 1)], []),  # fewer than ten say nothing
        ([(1, ME, 40, 11), (1, PEER, 40, 6)], []),  # less than twice
        ([(1, ME, 40, 20), (1, PEER, 60, 0)], [(ME, True)]),  # nobody else ever does
        ([(1, ME, 40, 20), (2, PEER, 60, 6)], [(ME, False)]),  # other work: nothing to compare with
        ([(1, ME, 40, 20), (1, PEER, 5, 0)], [(ME, False)]),  # too little of it
        ([(1, ME, 40, 20)], [(ME, False)]),  # the only one
        # a hard item is hard for all: half of it comes back whoever does it, and I do most of it
        ([(1, ME, 40, 20), (1, PEER, 40, 19), (2, PEER, 400, 4)], []),
        # the same against an average over everything would be far above
        ([(1, ME, 30, 15), (2, ME, 10, 0), (1, THIRD, 30, 14), (2, PEER, 300, 3)], []),
    ],
)
def test_returns_are_held_against_what_others_do_with_the_same_items(
    rows: list[tuple[int, int, int, int]], found: list[tuple[int, bool]]
) -> None:
    assert [(one.person, one.above) for one in far_above(made(*rows), times=2, least=10)] == found


def test_only_the_same_post_at_the_same_place_is_a_peer() -> None:
    rows = [*made((1, ME, 40, 20)), *made((1, PEER, 100, 1), role="chief")]
    assert [one.above for one in far_above(rows, 2, 10)] == [False]


def test_the_bounds_are_the_rules() -> None:
    rows = made((1, ME, 40, 10), (1, PEER, 40, 5))
    assert not list(far_above(rows, times=2.5, least=10))
    assert not list(far_above(rows, times=2, least=11))


# ---- returns above peers: from the ledger ---------------------------------------------------------------------------


def returns(cast: Cast, who: str, handled: int, returned: int, first: int, day: str = "09-14") -> None:
    missing = [{"material": "m01", "problem": "没有签字", "remedy": "补签"}]
    for n in range(handled):
        case = cast.receive(FERTILITY, by=who, now=at(f"{day} 10:00"), applicant=random_citizen(first + n))
        if n < returned:
            cast.act(case, "give_notice", who, at(f"{day} 10:{n:02}"), missing=missing)


def test_who_returns_far_more_than_the_colleagues_is_found_once_a_month(cast: Cast) -> None:
    ship()
    returns(cast, "clerk1", 12, 10, 0)
    returns(cast, "clerk2", 12, 2, 100)
    conduct.daily(NOW)
    (one,) = raised("C-RETURN")
    assert (one.person, one.centre_id, one.subject_kind) == (cast.clerk1, cast.centre.pk, "person")
    assert one.title == (
        "退回补正明显多于同事：陈窗（综合窗口受理员）30 天办 12 件，退回 10 件；按同事办同样事项的比例应是 2.0 件左右"
    )
    assert len(one.evidence["rows"]) == 10
    assert {row["action"] for row in one.evidence["rows"]} == {"give_notice"}
    assert one.evidence["peers"] == 12
    conduct.daily(NOW)
    conduct.daily(at("09-30 12:00"))
    assert len(raised("C-RETURN")) == 1


def test_who_returns_as_many_as_others_is_not_found_nor_what_is_long_ago(cast: Cast) -> None:
    ship()
    returns(cast, "clerk1", 12, 11, 0, day="08-03")
    returns(cast, "clerk1", 12, 10, 50)
    returns(cast, "clerk2", 12, 6, 100)
    conduct.daily(NOW)
    assert raised("C-RETURN") == []


def test_the_only_one_in_a_post_cannot_be_compared(cast: Cast) -> None:
    ship()
    returns(cast, "clerk1", 12, 12, 0)
    conduct.daily(NOW)
    assert raised("C-RETURN") == []
    (one,) = conduct.unverifiable(cast.centre, TODAY).filter(rule__code="C-RETURN")
    assert one.name == "陈窗（综合窗口受理员）"
    assert "没有可比的" in one.reason


# ---- 明进暗不进 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("visits", "kind"), [(0, Unclear), (VISITS - 1, Unclear), (VISITS, Finding), (40, Finding)])
def test_an_item_nobody_receives_is_found_only_where_people_come_for_it(visits: int, kind: type) -> None:
    one = judge(Quiet(9, 7, "1" * 31, "食品经营许可", 3, visits), 30, TODAY, [])
    assert isinstance(one, kind)
    if isinstance(one, Unclear):
        assert "部门自己系统" in one.reason
    else:
        assert (one.subject, one.subject_id, one.department, one.person) == ("item", 7, 3, None)


def visits(stage: Stage, item: str, count: int, **more: Any) -> None:
    for n in range(count):
        stage.visit(
            "9:00", called="9:01", started="9:02", ended=f"9:{10 + n}", items=[item], day=dt.date(2026, 9, 14), **more
        )


def long_published() -> None:
    ItemVersion.objects.update(published_at=at("01-05 09:00"))


def test_people_come_for_it_and_no_case_is_ever_received(cast: Cast, stage: Stage) -> None:
    long_published()
    visits(stage, HYGIENE, 6)
    accepted(cast, FOOD, "09-14")
    conduct.daily(NOW)
    (one,) = raised("C-OUTSIDE")
    item = cast.items[HYGIENE]
    assert (one.subject_id, one.department_id, one.person_id) == (item.pk, cast.health.pk, None)
    assert (one.level, one.state) == ("warn", "told")
    assert f"{item.name}：30 天里 6 人来大厅办，一件也没有收" in one.title
    assert len(one.evidence["rows"]) == 6
    names = set(conduct.unverifiable(cast.centre, TODAY).values_list("name", flat=True))
    assert names == {cast.items[key].name for key in ITEMS if key not in {HYGIENE, FOOD}}
    conduct.daily(NOW)
    assert len(raised("C-OUTSIDE")) == 1


def test_one_case_at_any_counter_or_online_is_enough(cast: Cast, stage: Stage) -> None:
    long_published()
    visits(stage, HYGIENE, 6)
    cast.submit(HYGIENE, now=at("09-20 10:00"))
    conduct.daily(NOW)
    assert raised("C-OUTSIDE") == []
    assert not conduct.unverifiable(cast.centre, TODAY).filter(subject_id=cast.items[HYGIENE].pk)


def test_a_new_item_and_visits_for_several_things_say_nothing(cast: Cast, stage: Stage) -> None:
    long_published()
    ItemVersion.objects.filter(item=cast.items[HYGIENE]).update(published_at=at("09-20 09:00"))
    visits(stage, HYGIENE, 6)
    for n in range(6):
        stage.visit("9:00", called="9:01", started="9:02", ended=f"9:{10 + n}", items=[RENEWAL, COMPANY])
    conduct.daily(NOW)
    assert raised("C-OUTSIDE") == []


def test_what_can_be_told_again_is_unverifiable_no_longer(cast: Cast, stage: Stage) -> None:
    long_published()
    food = cast.items[FOOD].pk
    conduct.daily(NOW)
    conduct.daily(at("10-01 02:10"))
    standing = Unverified.objects.get(subject_id=food)
    assert (standing.since, standing.until) == (TODAY, None)
    accepted(cast, FOOD, "10-09")
    conduct.daily(at("10-10 02:10"))
    assert Unverified.objects.get(subject_id=food).until is not None
    assert conduct.unverifiable(cast.centre, dt.date(2026, 10, 8)).filter(subject_id=food)
    assert not conduct.unverifiable(cast.centre, dt.date(2026, 10, 10)).filter(subject_id=food)


# ---- ratings in a row ----------------------------------------------------------------------------------------------


def rated(cast: Cast, stage: Stage, apart: list[float], window: str = "A01", level: int = 5) -> None:
    when = at("09-29 10:00")
    for order, seconds in enumerate(apart):
        when += dt.timedelta(seconds=seconds)
        Rating.objects.create(
            number=f"T{window}{level}{order}",
            centre=cast.centre,
            window=stage.windows[window],
            person=cast.clerk1,
            level=level,
            channel="tablet",
            at=when,
        )


def test_good_ratings_seconds_apart_are_found_the_next_morning(cast: Cast, stage: Stage) -> None:
    rated(cast, stage, [60, 5, 5, 5, 5, 5, 300])
    conduct.daily(at("09-29 02:10"))
    assert raised("C-RATING") == []
    conduct.daily(NOW)
    (one,) = raised("C-RATING")
    assert (one.person, one.subject_kind, one.subject_number) == (cast.clerk1, "window", "A01")
    assert "7 条好评，5 条离办完或离上一条不到 10 秒" in one.title
    assert len(one.evidence["rows"]) == RatingFlag.objects.count() == 5
    conduct.daily(NOW)
    assert len(raised("C-RATING")) == 1


@pytest.mark.parametrize(
    ("apart", "level"),
    [
        ([60, 5, 5, 5, 5], 5),  # four quick ones: one fewer than the rule says
        ([60, 11, 11, 11, 11, 11, 11], 5),
        ([60, 5, 5, 5, 5, 5], 1),  # nobody presses for bad ones
        ([60, *[5] * 5, *[60] * 20], 5),  # five of twenty-six: less than a fifth
    ],
)
def test_ratings_at_their_own_pace_are_not(cast: Cast, stage: Stage, apart: list[float], level: int) -> None:
    rated(cast, stage, apart, level=level)
    conduct.daily(NOW)
    assert raised("C-RATING") == []


# ---- running it ----------------------------------------------------------------------------------------------------


def test_days_on_which_nobody_looked_are_looked_at_later(cast: Cast, stage: Stage) -> None:
    conduct.daily(at("09-28 02:10"))
    rated(cast, stage, [60, 5, 5, 5, 5, 5])
    conduct.daily(at("10-09 02:10"))
    assert len(raised("C-RATING")) == 1
    assert Watermark.objects.get(key="conduct.days").number == dt.date(2026, 10, 9).toordinal()


def test_a_rule_that_is_switched_off_is_not_looked_at(cast: Cast, stage: Stage) -> None:
    Rule.objects.filter(code="C-RATING").update(ended_at=at("09-01 00:00"))
    rated(cast, stage, [60, 5, 5, 5, 5, 5])
    conduct.daily(NOW)
    assert raised("C-RATING") == []
    assert not RatingFlag.objects.exists()


def test_a_daily_look_costs_the_same_number_of_queries_however_much_there_is(cast: Cast, stage: Stage) -> None:
    long_published()

    def queries(day: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            conduct.daily(at(f"{day} 02:10"))
        return len(seen)

    returns(cast, "clerk1", 11, 10, 0)
    returns(cast, "clerk2", 12, 1, 100)
    visits(stage, HYGIENE, 5)
    rated(cast, stage, [60, 5, 5, 5, 5, 5])
    few = queries("09-30")
    Alert.objects.all().delete()
    Watermark.objects.all().delete()
    visits(stage, FOOD, 20)
    rated(cast, stage, [60, 5, 5, 5, 5, 5, 5, 5, 5], window="A02")
    returns(cast, "clerk2", 12, 1, 200)
    assert queries("09-30") <= few + 2 <= 30
