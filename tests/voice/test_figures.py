"""Figures of ratings: what is counted, what is kept apart, who may see whose, and the rows behind every number."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onewindow.hall.models import Visitor
from onewindow.voice.models import BadRating, Rating
from onewindow.voice.ratings import figure_sight, invitations
from onewindow.voice.ratings import giving as ratings
from onewindow.voice.ratings.figures import Figures, Scope, figures
from tests.cast import FOOD, Cast
from tests.hall.stage import Stage, build
from tests.voice.test_bad_rating_loop import act

PAGE = "/desk/ratings/figures/"


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = build(cast)
    made.day = timezone.localdate()
    return made


def given(cast: Cast, stage: Stage, *levels: int, **more: Any) -> list[Rating]:
    """Ratings of clerk1 at A01, without a visit, just now."""
    facts: dict[str, Any] = {"window": stage.windows["A01"], "person": cast.clerk1, "channel": "tablet", **more}
    start, at = Rating.objects.count(), timezone.now()
    rows = [
        Rating(number=f"F{start + n}", centre=cast.centre, level=level, **{"at": at, **facts})
        for n, level in enumerate(levels)
    ]
    return list(Rating.objects.bulk_create(rows))


def told(cast: Cast, day: dt.date | None = None) -> Figures:
    day = day or timezone.localdate()
    return figures(Scope.centre(cast.centre.pk), day, day)


def as_(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.accounts[who])
    return client


def visited(stage: Stage, clock: str, level: int = 0, **raw: Any) -> None:
    ticket = stage.visit(clock, called=clock, started=clock, ended=clock, items=[FOOD])
    ticket.visitor = Visitor.objects.create(name="王小明", phone="19900001234", person="one")
    ticket.ended_at = timezone.now()
    ticket.save()
    link = invitations.token_of(invitations.for_visit(ticket))
    if level:
        ratings.rate(link, {"level": level, **raw})


# ---- what is counted ----------------------------------------------------------------------------------------------


def test_figures_by_everything(stage: Stage, cast: Cast, django_assert_num_queries: Any) -> None:
    visited(stage, "0:01", 1, labels=["116"], text="态度差")
    visited(stage, "0:02")
    given(cast, stage, 5, 5, 4, labels=["501"])
    with django_assert_num_queries(10):
        found = told(cast)
    assert (found.whole.total, found.whole.bad, found.whole.content, found.whole.best) == (4, 1, 0.75, 0.5)
    assert found.whole.mean == 3.75
    assert (found.whole.asked, found.whole.answered, found.whole.share) == (2, 1, 0.5)
    assert found.levels == {5: 2, 4: 1, 3: 0, 2: 0, 1: 1}
    assert [(row.name, row.total, row.bad, row.asked) for row in found.cuts["window"]] == [("A01 综合窗口1号", 4, 1, 2)]
    assert [(row.name, row.total) for row in found.cuts["person"]] == [("陈窗", 4)]
    assert [(row.name, row.total) for row in found.cuts["item"]] == [("食品经营许可（新办）", 1)]
    assert [(row.key, row.total, row.asked, row.answered) for row in found.cuts["department"]] == [
        (str(cast.market.pk), 1, 2, 1)
    ]
    assert {row.key: row.total for row in found.cuts["target"]} == {"person": 1, "item": 3}
    assert {row.key: row.total for row in found.cuts["channel"]} == {"qr": 1, "tablet": 3}
    assert [(row.key, row.total) for row in found.cuts["month"]] == [(f"{timezone.localdate():%Y-%m}", 4)]
    assert {(one.code, one.level, one.number) for one in found.labels} == {("501", 5, 3), ("116", 1, 1)}
    assert figures(Scope.centre(cast.township.pk), found.first, found.last).whole.total == 0


def test_defaults_are_in_no_share_and_no_mean(stage: Stage, cast: Cast) -> None:
    given(cast, stage, 1, 5)
    given(cast, stage, 3, 3, 3, is_default=True)
    found = told(cast)
    assert (found.whole.total, found.whole.defaults) == (2, 3)
    assert (found.whole.content, found.whole.mean) == (0.5, 3.0)
    assert found.levels[3] == 0
    assert found.cuts["window"][0].defaults == 3
    answer = as_(cast, "manager1").get(PAGE)
    assert "不计入任何一个比例" in answer.content.decode()


def test_days_and_months_are_those_of_china(stage: Stage, cast: Cast) -> None:
    late = dt.datetime(2026, 10, 31, 15, 59, 59, tzinfo=dt.UTC)  # a second before midnight in China
    given(cast, stage, 5, at=late)
    given(cast, stage, 4, at=late + dt.timedelta(seconds=1))
    assert told(cast, dt.date(2026, 10, 31)).levels[5] == 1
    both = figures(Scope.centre(cast.centre.pk), dt.date(2026, 10, 1), dt.date(2026, 11, 30))
    assert [(row.key, row.total) for row in both.cuts["month"]] == [("2026-10", 1), ("2026-11", 1)]


def test_bad_ratings_step_by_step(stage: Stage, cast: Cast) -> None:
    visited(stage, "0:01", 1)
    visited(stage, "0:02", 2)
    row = BadRating.objects.order_by("pk")[0]
    assert told(cast).loops["waiting"] == 2
    row = act(cast, row, "contact", "manager1", words="打通了")
    row = act(cast, row, "find", "manager1", finding="true", words="属实")
    row = act(cast, row, "mend", "manager1", measure="改好了", done=True)
    found = told(cast).loops
    assert {name: number for name, number in found.items() if number} == {
        "opened": 2,
        "in_time": 1,
        "waiting": 1,
        "true": 1,
        "mended": 1,
    }
    act(cast, row, "tell", "manager1", answer="向您道歉")
    found = told(cast).loops
    assert (found["told"], found["revisited"], found["closed"]) == (1, 0, 0)


# ---- who sees whose -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "keys"),
    [
        ("manager1", {"all", "taojiang", "me"}),
        ("supervisor1", {"all", "taojiang", "me"}),
        ("chief1", {"department", "me"}),
        ("head1", {"department", "me"}),
        ("clerk1", {"me"}),
        ("examiner1", {"me"}),
        ("guide1", {"me"}),
        ("admin", {"me"}),
    ],
)
def test_whose_figures_a_post_may_see(cast: Cast, who: str, keys: set[str]) -> None:
    if who not in cast.accounts:
        pytest.skip("nobody of this post in the cast")
    found = {one.key.partition("-")[0] for one in figure_sight.sights(cast.actor(who))}
    assert keys <= found
    assert found - keys <= {"songmutang"} | ({cast.township.key} if "all" in keys else set())


@pytest.mark.parametrize("who", ["clerk1", "chief1", "examiner1"])
def test_what_is_not_theirs_is_not_there(cast: Cast, stage: Stage, who: str) -> None:
    client = as_(cast, who)
    for path in (f"{PAGE}?of=taojiang", f"{PAGE}rows/?of=taojiang", "/desk/ratings/figures.csv?of=all"):
        assert client.get(path).status_code == 404
    assert client.get(f"{PAGE}rows/?of=me").status_code == 404


def test_oneself_only_up_to_yesterday_and_no_rows(cast: Cast, stage: Stage) -> None:
    given(cast, stage, 1, 1)
    given(cast, stage, 5, at=timezone.now() - dt.timedelta(days=1))
    client = as_(cast, "clerk1")
    html = client.get(PAGE).content.decode()
    assert "对我的评价" in html
    assert "rows/" not in html
    assert "按窗口" not in html
    today = timezone.localdate()
    assert client.get(f"{PAGE}?of=me&since={today}&until={today}").status_code == 400
    lines = client.get("/desk/ratings/figures.csv").content.decode().splitlines()
    assert lines[1].startswith("全部,全部,1,1,0,0,0,0")


def test_applicants_and_strangers_see_nothing(cast: Cast, client: Client) -> None:
    assert client.get(PAGE).status_code == 302
    assert as_(cast, "citizen1").get(PAGE).status_code == 404


def test_a_lead_sees_the_own_department_only(cast: Cast, stage: Stage) -> None:
    given(cast, stage, 5, 5, department=cast.market)
    given(cast, stage, 1, department=None)
    actor = cast.actor("chief1")
    sight = figure_sight.sights(actor)[0]
    day = timezone.localdate()
    assert figures(sight.scope, day, day).whole.total == 2
    assert figure_sight.rows(sight, actor, day, day, {}).count() == 2


# ---- small numbers ------------------------------------------------------------------------------------------------


def test_too_few_are_not_judged_and_the_profile_says_how_many(cast: Cast, stage: Stage) -> None:
    given(cast, stage, 5, 5, 1)
    client = as_(cast, "manager1")
    html = client.get(PAGE).content.decode()
    assert "太少，不作评判" in html
    assert "66.6" not in html
    profile = cast.centre.profile
    profile.rules = {**profile.rules, "rating_few": 3}
    profile.save()
    html = client.get(PAGE).content.decode()
    assert "66.6" in html
    assert "太少，不作评判" not in html


def test_people_are_no_league_table(cast: Cast, stage: Stage) -> None:
    given(cast, stage, *[5] * 12)
    given(cast, stage, *[1] * 3, person=cast.accounts["clerk2"])
    names = [row.name for row in told(cast).cuts["person"]]
    assert names == sorted(names)


# ---- the rows behind ----------------------------------------------------------------------------------------------


def test_every_number_is_as_many_rows(cast: Cast, stage: Stage) -> None:
    """Every link on the page leads to as many ratings as the number that it stands on."""
    visited(stage, "0:01", 1, labels=["116"])
    visited(stage, "0:02", 5, labels=["501"])
    visited(stage, "0:03")
    given(cast, stage, 5, 4, 3, 2, labels=[])
    given(cast, stage, 3, is_default=True)
    client = as_(cast, "manager1")
    html = client.get(f"{PAGE}?of=taojiang").content.decode()
    links = re.findall(r'<a href="(/desk/ratings/figures/rows/[^"]+)">([\d]+)</a>', html)
    assert len(links) > 20
    for url, number in links:
        answer = client.get(url.replace("&amp;", "&"))
        assert f"· {number} 条</p>" in answer.content.decode(), url


def test_rows_say_nothing_of_who_rated_and_leave_out_the_reader(cast: Cast, stage: Stage) -> None:
    visited(stage, "0:01", 2, contact="known", text="等了很久")
    given(cast, stage, 1, person=cast.accounts["manager1"])
    html = as_(cast, "manager1").get(f"{PAGE}rows/?of=taojiang").content.decode()
    assert "等了很久" in html
    assert "199" not in html.replace("1990", "199")[html.index("<tbody") :] or "19900001234" not in html
    assert "王小明" not in html
    assert "· 1 条</p>" in html


def test_queries_stay_the_same_however_many(cast: Cast, stage: Stage, django_assert_num_queries: Any) -> None:
    client = as_(cast, "manager1")
    given(cast, stage, 5)
    client.get(PAGE)
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(f"{PAGE}?of=taojiang")
    given(cast, stage, *[5, 4, 1] * 20)
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(f"{PAGE}?of=taojiang")
    with django_assert_num_queries(ROWS_QUERIES):
        client.get(f"{PAGE}rows/?of=taojiang")


PAGE_QUERIES = 13
ROWS_QUERIES = 8


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("of=nowhere", 404),
        ("of=%00", 404),
        ("since=2026-13-01", 400),
        ("since=2026-01-01&until=2020-01-01", 400),
        ("since=2020-01-01&until=2026-11-01", 400),
        ("since=9999-12-31", 400),
        ("since=<script>", 400),
    ],
)
def test_strange_questions_of_the_page(cast: Cast, stage: Stage, query: str, status: int) -> None:
    answer = as_(cast, "manager1").get(f"{PAGE}?{query}")
    assert answer.status_code == status
    assert "<script>" not in answer.content.decode().partition("<main")[2]


STRANGE = ["item=x", "item=99999999999", "label=0", "label=%00", "level=9", "kind=x", "loop=x;--"]


@pytest.mark.parametrize("query", STRANGE)
def test_strange_rows_are_not_there(cast: Cast, stage: Stage, query: str) -> None:
    assert as_(cast, "manager1").get(f"{PAGE}rows/?of=taojiang&{query}").status_code == 404


def test_a_table_to_take_away_holds_no_formula(cast: Cast, stage: Stage) -> None:
    cast.clerk1.name = "=cmd|' /C calc'!A0"
    cast.clerk1.save()
    given(cast, stage, 5, 4)
    answer = as_(cast, "manager1").get("/desk/ratings/figures.csv?of=taojiang")
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/csv")
    assert text.startswith("\ufeff分类,名称,评价")
    assert ",'=cmd|" in text
    assert not [line for line in text.splitlines() if line.startswith(("=", "+", "@")) or ",=" in line]
