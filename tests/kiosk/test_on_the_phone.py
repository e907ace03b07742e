"""The ticket on the visitor's phone: taken in the hall only, told where it stands, called, left."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from onewindow.hall import calling, phone, tickets
from onewindow.hall.models import Hall, Ticket
from tests.cast import FOOD
from tests.hall.stage import Stage
from tests.kiosk.hall import PHONE, at, in_hall, take, text

pytestmark = pytest.mark.django_db


def given(stage: Stage, clock: str = "9:05", **raw: object) -> Ticket:
    return tickets.take(stage.cast.centre, raw, source="kiosk", now=stage.at(clock))


def page(ticket: Ticket) -> str:
    return text(Client().get(f"/ticket/{ticket.code}/"))


# ---- where one stands ---------------------------------------------------------------------------------------------


def test_waiting_says_place_band_and_windows(stage: Stage) -> None:
    for _ in range(3):
        given(stage)
    with at(stage, "9:30"):
        seen = page(given(stage, "9:10", items=(FOOD,)))
    assert "前面还有 3 位" in seen
    assert "快的话" in seen
    assert "慢的话" in seen
    assert "综合窗口1号（A01）" in seen
    assert "食品经营许可" in seen
    assert "我不等了" in seen


def test_it_leads_to_the_guide_of_each_item(stage: Stage) -> None:
    ticket = given(stage, items=(FOOD,))
    with at(stage, "9:30"):
        assert f'href="/items/{FOOD}/"' in Client().get(f"/ticket/{ticket.code}/").content.decode()


def test_called_shows_the_window_large(stage: Stage) -> None:
    ticket = given(stage)
    with at(stage, "9:30"):
        calling.call_next(stage.windows["A01"], by=stage.cast.actor("clerk1"))
        response = Client().get(f"/ticket/{ticket.code}/")
    assert "请马上到 A01 窗口 综合窗口1号" in text(response)
    assert 'data-state="called"' in response.content.decode()


def test_missed_says_until_when_one_may_come_back(stage: Stage) -> None:
    ticket = stage.visit("9:00", called="9:10", missed="9:12")
    with at(stage, "9:30"):
        assert "10:10 前到导办台或者窗口说一声" in page(ticket)
    with at(stage, "10:30"):
        assert "请重新取号" in page(ticket)


@pytest.mark.parametrize(
    ("visit", "words"),
    [
        ({"called": "9:05", "started": "9:06"}, "正在 A01 窗口 综合窗口1号 办理"),
        ({"called": "9:05", "started": "9:06", "ended": "9:20"}, "已经办完"),
        ({"left": "9:20"}, "已经取消"),
    ],
)
def test_every_state_is_told(stage: Stage, visit: dict[str, str], words: str) -> None:
    ticket = stage.visit("9:00", **visit)
    with at(stage, "9:30"):
        assert words in page(ticket)


def test_yesterdays_ticket_is_told_to_be_over(stage: Stage) -> None:
    ticket = stage.visit("9:00", day=stage.day - dt.timedelta(days=3))
    with at(stage, "9:30"):
        seen = page(ticket)
    assert "11月20日 的号，已经不能用了" in seen
    assert "我不等了" not in seen


@pytest.mark.parametrize("code", ["nonsense", "x" * 500, "%00", "<script>", "..%2f.."])
def test_an_unknown_ticket_is_a_clear_page(stage: Stage, code: str) -> None:
    for path in (f"/ticket/{code}/", f"/ticket/{code}/leave/"):
        response = Client().get(path)
        assert response.status_code == 404


def test_the_page_reloads_itself_without_a_script(stage: Stage) -> None:
    ticket = given(stage)
    with at(stage, "9:30"):
        seen = Client().get(f"/ticket/{ticket.code}/").content.decode()
    assert '<noscript><meta http-equiv="refresh" content="20">' in seen


# ---- leaving ------------------------------------------------------------------------------------------------------


def test_leaving_asks_once_more_and_twice_is_once(stage: Stage) -> None:
    ticket = given(stage)
    client = Client()
    with at(stage, "9:30"):
        assert "真的不等了吗" in text(client.get(f"/ticket/{ticket.code}/leave/"))
        ticket.refresh_from_db()
        assert ticket.state == "waiting"
        for _ in range(2):
            left = client.post(f"/ticket/{ticket.code}/leave/", follow=True)
            assert "已经取消" in text(left)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.end_reason) == ("left", "visitor")


def test_who_is_being_served_cannot_leave_the_line(stage: Stage) -> None:
    ticket = stage.visit("9:00", called="9:05", started="9:06")
    with at(stage, "9:30"):
        Client().post(f"/ticket/{ticket.code}/leave/")
    ticket.refresh_from_db()
    assert ticket.state == "serving"


def test_leaving_needs_the_token_of_the_page(stage: Stage) -> None:
    ticket = given(stage)
    with at(stage, "9:30"):
        assert Client(enforce_csrf_checks=True).post(f"/ticket/{ticket.code}/leave/").status_code == 403


# ---- a ticket from the phone --------------------------------------------------------------------------------------


def test_the_code_in_the_hall_gives_a_ticket(stage: Stage) -> None:
    with at(stage, "9:30"):
        shown = take(in_hall(stage, "9:30"), PHONE, item=[FOOD])
    ticket = Ticket.objects.get()
    assert ticket.source == "phone"
    assert shown.redirect_chain[-1][0] == f"/ticket/{ticket.code}/"
    assert "A001" in text(shown)


def test_choosing_may_take_longer_than_the_code_lives(stage: Stage) -> None:
    with at(stage, "9:30"):
        client = in_hall(stage, "9:30")
    with at(stage, "9:50"):
        take(client, PHONE)
    assert Ticket.objects.count() == 1
    with at(stage, "10:30"):
        assert client.get(PHONE).status_code == 403


@pytest.mark.parametrize("query", ["", "?t=", "?t=%00", "?t=abc", "?t=" + "0" * 5000])
def test_without_the_code_there_is_none(stage: Stage, query: str) -> None:
    with at(stage, "9:30"):
        for path in ("", "items/", "confirm/"):
            response = Client().get(f"{PHONE}{path}{query}")
            assert response.status_code == 403
            assert "再扫一次" in text(response)
        assert Client().post(f"{PHONE}take/{query}", {"key": "x" * 22}).status_code == 403
    assert not Ticket.objects.exists()


def test_a_photo_of_the_code_is_soon_worth_nothing(stage: Stage) -> None:
    old = phone.token("taojiang", stage.at("9:30"))
    with at(stage, "9:41"):
        assert Client().get(f"{PHONE}?t={old}").status_code == 403


def test_one_phone_has_one_ticket_at_a_time(stage: Stage) -> None:
    with at(stage, "9:30"):
        client = in_hall(stage, "9:30")
        take(client, PHONE)
        assert "您已经有一个号" in text(client.get(PHONE))
        again = take(client, PHONE)
        assert again.status_code == 409
        assert "已经取过号了：A001" in text(again)
        first = Ticket.objects.get()
        client.post(f"/ticket/{first.code}/leave/")
        take(client, PHONE)
    assert Ticket.objects.count() == 2


def test_where_phones_are_not_wanted_it_says_where_to_go(stage: Stage) -> None:
    Hall.objects.update(rules={"phone_tickets": False})
    with at(stage, "9:30"):
        response = Client().get(f"{PHONE}?t={phone.token('taojiang', stage.at('9:30'))}")
        kiosk = Client().get("/kiosk/taojiang/")
    assert response.status_code == 403
    assert "取号机或导办台" in text(response)
    assert "手机取号" not in text(kiosk)


def test_a_closed_hall_on_the_phone(stage: Stage) -> None:
    with at(stage, "18:00"):
        client = in_hall(stage, "18:00")
        assert "11月24日 9:00" in text(client.get(PHONE))
        answer = client.get(f"{PHONE}confirm/?item={FOOD}")
    assert answer.status_code == 409
    assert "网上办" in text(answer)


def test_an_unknown_hall_on_the_phone(stage: Stage) -> None:
    for key in ("nowhere", "%00", "taohuajiang"):
        assert Client().get(f"/ticket/new/{key}/?t=x").status_code == 404
