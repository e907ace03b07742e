"""The pages of the screens as they are served, and the feed when Django answers it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from onewindow.hall import calling, feed, memory, screen, sessions, tickets
from onewindow.hall.models import DayHours, Hall, Ticket
from tests.cast import CITIZEN, Cast
from tests.hall.stage import Stage, build

PAGE, FEED, WINDOW = "/screens/taojiang/", "/screens/taojiang/feed", "/screens/taojiang/windows/A01/"


@pytest.fixture(autouse=True)
def no_reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(feed.Memory, "_wake", lambda self: None)
    yield
    feed.memory.close()


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = build(cast)
    DayHours.objects.create(centre=cast.centre, day=timezone.localdate(), periods=[[0, 1440, "regular"]], reason="测试")
    return made


def call(stage: Stage) -> Ticket:
    visitor = {name: CITIZEN[name] for name in ("name", "id_type", "id_number", "phone")}
    tickets.take(stage.cast.centre, {"visitor": visitor}, source="kiosk")
    sessions.open_window(stage.windows["A01"], by=stage.cast.actor("clerk1"))
    called = calling.call_next(stage.windows["A01"], by=stage.cast.actor("clerk1"))
    assert called is not None
    return called


def test_the_big_screen_without_scripts_shows_everything(stage: Stage, client: Client) -> None:
    call(stage)
    Hall.objects.update(notice="今天下午 <3 点> 停电")
    memory.forget()
    answer = client.get(PAGE)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    for words in ("A001", "A01", "综合窗口1号", "请到窗口", "桃江县政务服务中心", "咨询", "手机扫码取号"):
        assert words in html
    assert "今天下午 &lt;3 点&gt; 停电" in html
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in html
    assert CITIZEN["name"] not in html
    assert CITIZEN["phone"] not in html


def test_an_empty_hall_says_what_to_do(stage: Stage, client: Client) -> None:
    html = client.get(PAGE).content.decode()
    assert "还没有叫号" in html
    assert "今天还没有叫过号" in html


def test_a_closed_hall_says_when_it_opens(stage: Stage, client: Client) -> None:
    DayHours.objects.update(periods=[])
    memory.forget()
    html = client.get(PAGE).content.decode()
    assert "现在不办公" in html
    assert "下次开放" in html
    assert 'data-state="closed"' in html


def test_the_window_screen_shows_its_plate_its_number_and_its_person(stage: Stage, client: Client) -> None:
    html = client.get(WINDOW).content.decode()
    assert "未开放" in html
    call(stage)
    html = client.get(WINDOW).content.decode()
    for words in ("A01", "综合窗口1号", "A001", "请到本窗口", stage.cast.clerk1.name, "综合窗口受理员"):
        assert words in html
    assert "A001" not in client.get("/screens/taojiang/windows/A02/").content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/screens/nowhere/",
        "/screens/taohuajiang/",
        "/screens/nowhere/windows/",
        "/screens/nowhere/windows/A01/",
        "/screens/nowhere/qr.svg",
        "/screens/taojiang/windows/Z99/",
        "/screens/taojiang/windows/<script>alert(1)</script>/",
        "/screens/桃江/",
        "/screens/%00/",
        "/screens/taojiang/windows/%00/",
        "/screens/" + "a" * 3000 + "/",
        "/screens/'; DROP TABLE hall_hall--/",
    ],
)
def test_a_wrong_address_is_told_in_words(stage: Stage, client: Client, path: str) -> None:
    answer = client.get(path)
    html = answer.content.decode()
    assert answer.status_code == 404
    assert "重新选择屏幕" in html or "没有找到这一页" in html
    assert "<script>alert" not in html


def test_a_window_out_of_use_has_no_screen(stage: Stage, client: Client) -> None:
    stage.windows["A02"].is_active = False
    stage.windows["A02"].save()
    assert client.get("/screens/taojiang/windows/A02/").status_code == 404


def test_the_list_of_screens_leads_to_all_of_them(stage: Stage, client: Client) -> None:
    assert "桃江县政务服务中心" in client.get("/screens/").content.decode()
    html = client.get("/screens/taojiang/windows/").content.decode()
    assert f'href="{WINDOW}"' in html
    assert f'href="{PAGE}"' in html


@pytest.mark.parametrize("path", ["/screens/", PAGE, WINDOW, "/screens/taojiang/windows/", "/screens/taojiang/qr.svg"])
def test_screens_are_only_looked_at(stage: Stage, client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


def test_the_code_for_phones_leads_to_a_ticket_of_this_hall(stage: Stage, client: Client) -> None:
    answer = client.get("/screens/taojiang/qr.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["Cache-Control"] == "no-store"
    assert answer.content.startswith(b"<svg")
    Hall.objects.update(rules={"phone_tickets": False})
    memory.forget()
    assert client.get("/screens/taojiang/qr.svg").status_code == 404
    assert "qr.svg" not in client.get(PAGE).content.decode()


@pytest.mark.parametrize(("path", "most"), [(PAGE, 5), (WINDOW, 5), ("/screens/taojiang/windows/", 5), (FEED, 6)])
def test_query_counts(
    stage: Stage, client: Client, path: str, most: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    call(stage)
    client.get(path)
    feed.memory.close()
    with django_assert_max_num_queries(most):
        assert client.get(path).status_code == 200


# ---- the feed when Django answers it ----


def test_the_first_question_reads_the_hall_and_has_it_watched(stage: Stage, client: Client) -> None:
    called = call(stage)
    answer = client.get(FEED)
    body = answer.json()
    assert answer["Cache-Control"] == "no-store"
    assert answer["ETag"] == f'"{body["version"]}"'
    assert body["now_calling"][0]["number"] == called.number
    assert isinstance(feed.memory.ask("taojiang"), feed.Told)
    assert f'data-version="{body["version"]}"' in client.get(PAGE).content.decode()
    assert client.get(f"{FEED}?v={body['version']}").status_code == 204
    assert set(client.get(f"{FEED}?only=version").json()) == {"version", "read_at"}


def test_the_feed_of_no_hall(stage: Stage, client: Client) -> None:
    answer = client.get("/screens/nowhere/feed")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert "nowhere" in answer.json()["title"]
    assert client.get("/screens/taohuajiang/feed").status_code == 404
    assert not feed.memory.watched


def test_the_feed_is_only_read(stage: Stage, client: Client) -> None:
    answer = client.post(FEED)
    assert (answer.status_code, answer["Allow"]) == (405, "GET")
    assert json.loads(answer.content)["type"] == "/problems/method-not-allowed"


def test_the_feed_while_the_database_is_away(stage: Stage, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(screen, "marks", away)
    answer = client.get(FEED)
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "1", "no-store")
    assert "数据库" in answer.json()["title"]
