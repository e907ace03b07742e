"""The front page: the search box is the page, with the ways in that people look for."""

from __future__ import annotations

import pytest
from django.test import Client

from onewindow.clocks.store import current_calendar
from tests.cast import Cast
from tests.portal.visiting import text_of

pytestmark = pytest.mark.django_db


def test_it_offers_search_topics_progress_and_verification(client: Client, cast: Cast) -> None:
    page = text_of(client.get("/"))
    for words in ("您想办什么事", "人生事", "企业的事", "进度查询", "证照核验", "大家常办", "桃江县政务服务中心"):
        assert words in page
    assert 'action="/items/"' in page
    assert 'name="q"' in page


def test_it_needs_three_queries(client: Client, cast: Cast, django_assert_num_queries: object) -> None:
    current_calendar()
    client.get("/")  # whether there is a hall and when it is open is remembered for seconds
    with django_assert_num_queries(3):  # type: ignore[operator]
        client.get("/")


def test_an_empty_installation_still_has_a_front_page(client: Client) -> None:
    assert client.get("/").status_code == 200
    assert client.get("/items/").status_code == 200


def test_it_leaves_no_cookie_on_a_visitor_who_only_reads(client: Client, cast: Cast) -> None:
    client.get("/")
    client.get("/items/?q=开饭店")
    assert not client.cookies


def test_the_help_page_tells_of_accessibility_and_privacy(client: Client, cast: Cast) -> None:
    page = text_of(client.get("/about/"))
    for words in ("关怀版", "读屏", "键盘", "个人信息", "12345"):
        assert words in page
