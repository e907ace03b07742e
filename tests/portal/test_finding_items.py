"""Search and browse: everyday words, reasons, filters, and help when nothing is found."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import FERTILITY, FOOD, Cast
from tests.portal.visiting import text_of

pytestmark = pytest.mark.django_db


def test_an_everyday_phrase_finds_the_item_and_says_why(client: Client, cast: Cast) -> None:
    page = text_of(client.get("/items/?q=开饭店"))
    assert f'href="/items/{FOOD}/"' in page
    assert "常说的「开饭店」就是它" in page


def test_a_search_by_the_name_itself_needs_no_reason(client: Client, cast: Cast) -> None:
    page = text_of(client.get("/items/?q=食品经营许可"))
    assert f'href="/items/{FOOD}/"' in page
    row = next(part for part in page.split("<li>") if f'href="/items/{FOOD}/"' in part)
    assert "portal-why" not in row


def test_nothing_found_offers_topics_departments_and_a_phone(client: Client, cast: Cast) -> None:
    page = text_of(client.get("/items/?q=qqzzxx"))
    assert "没有找到「qqzzxx」" in page
    assert "/items/?topic=" in page
    assert "/items/?department=" in page
    assert "12345" in page


def test_browsing_by_audience_leaves_out_the_other_kind(client: Client, cast: Cast) -> None:
    assert f'href="/items/{FERTILITY}/"' in text_of(client.get("/items/?audience=natural"))
    assert f'href="/items/{FERTILITY}/"' not in text_of(client.get("/items/?audience=legal"))


def test_browsing_by_department_and_topic(client: Client, cast: Cast) -> None:
    health = text_of(client.get(f"/items/?department={cast.health.code}"))
    assert f'href="/items/{FERTILITY}/"' in health
    assert f'href="/items/{FOOD}/"' not in health
    assert f'href="/items/{FERTILITY}/"' in text_of(client.get("/items/?topic=birth"))


def test_an_item_out_of_use_is_not_listed(client: Client, cast: Cast) -> None:
    item = cast.items[FOOD]
    item.status = "paused"
    item.save()
    assert f'href="/items/{FOOD}/"' not in text_of(client.get("/items/"))
    page = client.get(f"/items/{FOOD}/")
    assert page.status_code == 200
    assert "暂停办理" in text_of(page)
    assert "开始办理" not in text_of(page)


def test_suggestions_are_a_small_fragment_of_links(client: Client, cast: Cast) -> None:
    answer = client.get("/items/suggest/?q=开饭")
    assert f'href="/items/{FOOD}/"' in text_of(answer)
    assert "<html" not in text_of(answer)
    assert text_of(client.get("/items/suggest/?q=")).strip() == ""


@pytest.mark.parametrize(
    "q", ["' OR 1=1 --", "%", "_", "\\", "a" * 5000, "\x00", "<script>alert(1)</script>", "🐼", "ￇ"]
)
@pytest.mark.parametrize("where", ["/items/", "/items/suggest/"])
def test_any_text_can_be_searched(client: Client, cast: Cast, where: str, q: str) -> None:
    answer = client.get(where, {"q": q})
    assert answer.status_code == 200
    assert "<script>alert" not in text_of(answer)


@pytest.mark.parametrize("query", ["page=9999", "page=-1", "page=x", "topic=nope", "audience=dog", "department=\x00"])
def test_strange_filters_count_as_none(client: Client, cast: Cast, query: str) -> None:
    assert client.get(f"/items/?{query}").status_code == 200


def test_browse_and_search_need_a_bounded_number_of_queries(
    client: Client, cast: Cast, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(4):  # type: ignore[operator]
        client.get("/items/")
    with django_assert_num_queries(4):  # type: ignore[operator]
        client.get("/items/?q=开饭店")
    with django_assert_num_queries(2):  # type: ignore[operator]
        client.get("/items/suggest/?q=开饭店")
