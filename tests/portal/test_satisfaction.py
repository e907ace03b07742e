"""The public page on how content people are: no names, no small numbers, not before tomorrow."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onewindow.clocks.clock import SHANGHAI
from onewindow.hall import memory
from onewindow.loops import engine
from onewindow.people.crypto import blind_index
from onewindow.problems import InvalidInput
from onewindow.voice.loops import RATING
from onewindow.voice.models import BadRating, Rating
from onewindow.voice.ratings import bad as badratings
from onewindow.voice.ratings import published
from tests.cast import FOOD, Cast

PAGE = "/voice/figures/"
pytestmark = pytest.mark.django_db


def yesterday(hours: float = 0) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=1, hours=hours)


def given(cast: Cast, *levels: int, **more: Any) -> list[Rating]:
    start = Rating.objects.count()
    facts: dict[str, Any] = {"at": yesterday(), "channel": "qr", "person": cast.clerk1, "text": "说得很具体的话"}
    facts |= {"centre": cast.centre, "item": cast.items[FOOD], "department": cast.market, **more}
    return list(
        Rating.objects.bulk_create(Rating(number=f"P{start + n}", level=one, **facts) for n, one in enumerate(levels))
    )


def seen(client: Client, query: str = "") -> str:
    memory.forget()
    answer = client.get(f"{PAGE}{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def closed(cast: Cast, rating: Rating, public: str = "") -> BadRating:
    row = badratings.open_for(rating, rating.at)
    steps: list[tuple[str, dict[str, Any]]] = [
        ("contact", {"words": "打通了"}),
        ("find", {"finding": "true", "words": "陈窗态度差，属实"}),
        ("mend", {"measure": "教育了陈窗", "done": True}),
        ("tell", {"answer": "向王小明道歉", "public": public}),
        ("revisit", {"satisfied": True}),
    ]
    for action, data in steps:
        engine.perform(RATING, row, action, by=cast.actor("manager1"), data=data, now=rating.at)
    return row


def test_anybody_reads_how_content_people_are(cast: Cast, client: Client) -> None:
    given(cast, *[5] * 9, 4, 3, 1, labels=["116"])
    page = seen(client)
    assert "91.6" in page  # 11 of 12
    assert "食品经营许可（新办）" in page
    assert "态度不好" in page
    assert cast.market.name in page
    for hidden in ("陈窗", "说得很具体的话", "A01"):
        assert hidden not in page
    assert "评价和反映" in page
    assert PAGE in client.get("/voice/").content.decode()


def test_few_are_not_judged(cast: Cast, client: Client) -> None:
    given(cast, 5, 5, 1)
    page = seen(client)
    assert "太少，不算比例" in page
    assert "66.6" not in page
    assert "食品经营许可（新办）" not in page
    given(cast, *[5] * 10, item=None, department=cast.health)
    page = seen(client)
    assert "另有 1 个评价少于 10 条" in page
    assert "食品经营许可（新办）" not in page


def test_what_was_said_today_is_not_told_yet(cast: Cast, client: Client) -> None:
    given(cast, *[1] * 20, at=timezone.now())
    assert "还没有评价" in seen(client)


def test_defaults_are_named_and_not_counted(cast: Cast, client: Client) -> None:
    given(cast, *[5] * 9, 1)
    given(cast, *[3] * 50, is_default=True)
    page = seen(client)
    assert ">90<small>%" in page
    assert "另有 50 条没有评、系统默认的，不算在内" in page


def test_mended_bad_ratings_without_anybodys_name(cast: Cast, client: Client) -> None:
    one, other = given(cast, 1, 2, labels=["116"], at=yesterday(30))
    closed(cast, one, "窗口改了告知单，一次说清。")
    closed(cast, other)
    page = seen(client)
    assert page.count("查实整改") == 2
    assert "窗口改了告知单，一次说清。" in page
    for hidden in ("王小明", "陈窗", "教育了"):
        assert hidden not in page


@pytest.mark.parametrize("public", ["请找 199 0000 1234", "陈窗已经道歉", "王小明认可了", "430922199001011234"])
def test_a_sentence_for_everybody_names_nobody(cast: Cast, public: str) -> None:
    (rating,) = given(cast, 1, name="王小明", rater=blind_index("rater", "x"))
    with pytest.raises(InvalidInput) as refused:
        closed(cast, rating, public)
    assert refused.value.errors[0].field == "public"


def test_halls_and_months_can_be_chosen(cast: Cast, client: Client) -> None:
    given(cast, *[5] * 12)
    given(cast, *[4] * 11, centre=cast.township, at=yesterday())
    page = seen(client)
    assert "各个大厅" in page
    only = seen(client, f"?centre={cast.township.key}&period=30")
    assert "各个大厅" not in only
    assert ">11<small> 条" in only
    month = f"{timezone.localdate(yesterday()):%Y-%m}"
    assert f'value="{month}" selected' in seen(client, f"?period={month}")


@pytest.mark.parametrize(
    "query", ["?centre=nowhere", "?period=9", "?period=2026-13", "?period=%00", "?centre=%00", "?period=1900-01"]
)
def test_strange_questions_lead_nowhere(cast: Cast, client: Client, query: str) -> None:
    assert client.get(f"{PAGE}{query}").status_code == 404


def test_it_asks_as_much_however_many(cast: Cast, client: Client, django_assert_max_num_queries: Any) -> None:
    given(cast, *[5] * 12)
    memory.forget()
    with django_assert_max_num_queries(14):
        client.get(PAGE)
    with django_assert_max_num_queries(4):
        client.get(PAGE)


def test_what_is_mended_just_after_midnight_is_of_the_new_month() -> None:
    first_minute = dt.datetime(2026, 8, 1, 0, 1, tzinfo=SHANGHAI)
    assert published._month(first_minute.astimezone(dt.UTC)) == dt.date(2026, 8, 1)
