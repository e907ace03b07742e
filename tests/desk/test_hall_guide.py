"""The guide desk: help to choose, a ticket with its reasons, arrivals, and booking for somebody on the telephone."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from onewindow.hall.models import Appointment, Hall, Queue, Ticket, TicketPeriod
from onewindow.places.models import Window
from tests.cast import CITIZEN_ID, FERTILITY, FOOD, HYGIENE, Cast
from tests.desk.conftest import SignIn, text
from tests.desk.hallstage import TEN, OpenHall

HOME = "/desk/hall/guide/"
PAGES = [HOME, f"{HOME}check/{FOOD}/", f"{HOME}check/{FOOD}/list/", f"{HOME}appointments/", f"{HOME}appointments/new/"]


def give(client: Client, **sent: Any) -> Any:
    return client.post(f"{HOME}ticket/", {"kind": "general", **sent})


# ---- who comes in --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_who_comes_in(hall: OpenHall, sign_in: SignIn, page: str) -> None:
    assert Client().get(page)["Location"].startswith("/login/?next=")
    assert sign_in("citizen1").get(page).status_code == 404
    assert sign_in("verifier1").get(page).status_code == 404
    assert sign_in("township1").get(page).status_code == 404
    assert sign_in("guide1").get(page).status_code == 200
    assert sign_in("clerk1").get(page).status_code == 200


def test_nobody_gives_a_ticket_elsewhere(hall: OpenHall, sign_in: SignIn) -> None:
    ticket = hall.take()
    for who in ("verifier1", "township1", "citizen1"):
        assert give(sign_in(who)).status_code == 404
        assert sign_in(who).get(f"{HOME}ticket/{ticket.code}/").status_code == 404
        assert sign_in(who).post(f"{HOME}ticket/{ticket.code}/priority/", {"do": "leave"}).status_code == 404
    assert Ticket.objects.get().state == "waiting"


# ---- choosing ------------------------------------------------------------------------------------------------------


def test_typing_lists_items_that_lead_to_the_questions(hall: OpenHall, sign_in: SignIn) -> None:
    client = sign_in("guide1")
    page = text(client.get(f"{HOME}?q=食品&item={FERTILITY}", headers={"HX-Request": "true"}))
    assert "<html" not in page
    assert f"/desk/hall/guide/check/{FOOD}/?item={FERTILITY}" in page
    assert "没有找到这个事项" in text(client.get(f"{HOME}?q=zzzzqqqq"))


def test_the_questions_tell_who_is_ready(hall: OpenHall, sign_in: SignIn) -> None:
    client, url = sign_in("guide1"), f"{HOME}check/{FOOD}/"
    page = text(client.get(url))
    assert "还没问完" in page
    answered = {"industry": "retail", "agent": "no"}
    page = text(client.get(url, answered))
    assert re.search(r"还差 \d+ 份", page)
    asked = re.findall(r'name="have" value="(\w+)"', page)
    page = text(client.get(url, {**answered, "have": asked[:-1]}))
    assert "还差 1 份" in page
    assert "材料不齐：打印清单" in page
    page = text(client.get(url, {**answered, "have": asked}))
    assert "带齐了" in page
    assert f"?item={FOOD}#ticket" in page


def test_what_can_be_done_online_is_said_with_its_code(hall: OpenHall, sign_in: SignIn) -> None:
    page = text(sign_in("guide1").get(f"{HOME}check/{FOOD}/?industry=retail&agent=no"))
    assert "这件事网上就能办" in page
    assert "<svg" in page.split('class="dh-qr"')[1]
    assert f"/items/{FOOD}/?industry=retail&amp;agent=no" in page


def test_the_list_to_take_along(hall: OpenHall, sign_in: SignIn) -> None:
    page = text(sign_in("guide1").get(f"{HOME}check/{FOOD}/list/?industry=retail&agent=no&have=m01"))
    assert page.count("☑") == 1
    assert "☐" in page
    assert "<svg" in page


@pytest.mark.parametrize(
    "query", ["industry=<script>", "have=%00", "industry=" + "x" * 500, "item=nothing", "agent=yes&agent=no"]
)
def test_answers_that_are_none(hall: OpenHall, sign_in: SignIn, query: str) -> None:
    client = sign_in("guide1")
    for page in (f"{HOME}check/{FOOD}/?{query}", f"{HOME}check/{FOOD}/list/?{query}", f"{HOME}?{query}&q=%00"):
        response = client.get(page)
        assert response.status_code == 200
        assert "<script>" not in text(response).split("<main")[1]
    assert client.get(f"{HOME}check/nothing/").status_code == 404


# ---- the ticket ----------------------------------------------------------------------------------------------------


def test_a_ticket_with_items_a_priority_and_a_name(hall: OpenHall, sign_in: SignIn) -> None:
    client = sign_in("guide1")
    sent = {"item": [FERTILITY, FOOD], "priority": "green", "priority_note": "退役军人证", "name": "王小明"}
    response = give(client, **sent, phone="19900001234", id_type="id_card", id_number=CITIZEN_ID, key="a" * 32)
    ticket = Ticket.objects.get()
    assert response["Location"] == f"{HOME}ticket/{ticket.code}/"
    assert (ticket.source, ticket.priority, ticket.priority_note) == ("guide", "green", "退役军人证")
    assert [line.item.key for line in ticket.lines.all()] == [FERTILITY, FOOD]
    assert ticket.visitor is not None
    assert ticket.visitor.applicant is not None
    page = text(client.get(response["Location"]))
    assert ticket.number in page
    assert "<svg" in page
    assert "王小明" not in page
    assert CITIZEN_ID not in page


def test_sent_twice_it_is_one_ticket(hall: OpenHall, sign_in: SignIn) -> None:
    client = sign_in("guide1")
    places = {give(client, key="b" * 32)["Location"] for _ in range(2)}
    assert len(places) == 1
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"priority": "elderly"}, "请写明为什么优先"),
        ({"phone": "19900001234"}, "请填写姓名"),
        ({"name": "王小明", "phone": "123"}, "电话号码不对"),
        ({"name": "王小明", "id_type": "id_card", "id_number": "43092219900101001"}, "证件"),
        ({"name": "王小明"}, "请填写手机号码"),
        ({"kind": "nothing"}, "没有您选的这一项"),
        ({"priority": "appointment", "priority_note": "x"}, "没有您选的这一项"),
        ({"item": ["nothing"]}, "请重新选择事项"),
        ({"item": [FOOD, FOOD]}, "每个事项选一次就够了"),
        ({"purpose": "x" * 200}, "来意"),
        ({"name": "王\u202e小明", "phone": "19900001234"}, "隐藏字符"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    hall: OpenHall, sign_in: SignIn, sent: dict[str, Any], says: str
) -> None:
    response = give(sign_in("guide1"), **{"purpose": "问一问", **sent})
    assert response.status_code in {409, 422}
    page = text(response)
    assert says in page
    assert not Ticket.objects.exists()
    if "item" not in sent and "purpose" not in sent:
        assert "问一问" in page


def test_an_item_not_taken_here_names_where(hall: OpenHall, sign_in: SignIn) -> None:
    Hall.objects.create(centre=hall.cast.township)
    Window.objects.create(centre=hall.cast.township, code="T01", name="综合窗口", kind="general")
    Queue.objects.create(centre=hall.cast.township, letter="A", name="综合", kind="general")
    client = sign_in("township1")
    page = text(client.get(f"{HOME}check/{HYGIENE}/"))
    assert "桃花江镇便民服务中心不办" in page
    assert "请到桃江县政务服务中心办理" in page
    response = give(client, item=[HYGIENE], override="急")
    assert response.status_code == 409
    assert "请到桃江县政务服务中心办理" in text(response)


def test_when_the_kiosk_is_closed_a_reason_is_needed(hall: OpenHall, sign_in: SignIn) -> None:
    hall.later(60 * 8)
    client = sign_in("guide1")
    assert "现在不办公" in text(client.get(HOME))
    response = give(client)
    assert response.status_code == 409
    page = text(response)
    assert "现在不办公" in page
    assert 'name="override"' in page
    give(client, override="外地赶来，主任同意", key="c" * 32)
    assert TicketPeriod.objects.get(ticket=Ticket.objects.get()).reason == "外地赶来，主任同意"


def test_the_same_visitor_twice_for_the_same_thing(hall: OpenHall, sign_in: SignIn) -> None:
    client = sign_in("guide1")
    sent = {"item": [FOOD], "name": "王小明", "phone": "19900001234"}
    give(client, **sent)
    first = Ticket.objects.get()
    response = give(client, **sent)
    assert response.status_code == 409
    assert first.number in text(response)


def test_a_priority_later_and_taken_back(hall: OpenHall, sign_in: SignIn) -> None:
    ticket = hall.take()
    client, url = sign_in("guide1"), f"{HOME}ticket/{ticket.code}/priority/"
    response = client.post(url, {"priority": "elderly", "note": ""})
    assert response.status_code == 422
    assert "请写明为什么优先" in text(response)
    client.post(url, {"priority": "elderly", "note": "72 岁"})
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.priority_note) == ("elderly", "72 岁")
    client.post(url, {"priority": "", "note": ""})
    ticket.refresh_from_db()
    assert ticket.priority == ""
    assert client.post(url, {"priority": "king", "note": "x"}).status_code == 422
    client.post(url, {"do": "leave"})
    ticket.refresh_from_db()
    assert ticket.state == "left"
    assert client.post(url, {"do": "leave"}).status_code == 409


# ---- appointments --------------------------------------------------------------------------------------------------


def book(client: Client, **changes: Any) -> Any:
    at = dt.datetime.combine(TEN.date() + dt.timedelta(days=1), dt.time(9), tzinfo=TEN.tzinfo)
    sent = {"item": FERTILITY, "at": at.isoformat(), "name": "王小明", "phone": "19900001234", "channel": "phone"}
    return client.post(f"{HOME}appointments/new/", {**sent, **changes})


def test_a_booking_by_telephone(hall: OpenHall, sign_in: SignIn) -> None:
    client = sign_in("guide1")
    page = text(client.get(f"{HOME}appointments/new/?item={FERTILITY}"))
    slots = re.findall(r'name="at" value="([^"]+)"(?! disabled)', page)
    assert slots
    response = book(client, at=slots[-1].replace("&#x2B;", "+"))
    booked = Appointment.objects.get()
    assert (booked.channel, booked.booked_by) == ("phone", hall.cast.guide1)
    assert response["Location"] == f"{HOME}appointments/?day={booked.day}"
    page = text(client.get(response["Location"]))
    assert booked.number in page
    assert "王小明" not in page
    assert "19900001234" not in page


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"at": ""}, 422),
        ({"at": "tomorrow"}, 422),
        ({"at": "9999-12-31T09:00:00+08:00"}, None),
        ({"name": ""}, 422),
        ({"phone": "abc"}, 422),
        ({"item": "nothing"}, 422),
        ({"channel": "fax"}, 422),
        ({"kind": "x" * 300}, 422),
        ({"at": "2026-11-24T03:00:00+08:00"}, 422),
    ],
)
def test_bookings_that_cannot_be(hall: OpenHall, sign_in: SignIn, sent: dict[str, str], status: int | None) -> None:
    response = book(sign_in("guide1"), **sent)
    assert response.status_code == (status or response.status_code)
    assert 400 <= response.status_code < 500
    assert not Appointment.objects.exists()
    assert "ow-errors" in text(response) or response.status_code == 404


def test_arriving_gives_the_ticket(hall: OpenHall, sign_in: SignIn) -> None:
    booked = hall.stage.booked("10:15")
    client = sign_in("guide1")
    page = text(client.get(f"{HOME}appointments/"))
    assert "10:15" in page
    assert "到场取号" in page
    response = client.post(f"{HOME}appointments/{booked.code}/arrive/")
    ticket = Ticket.objects.get()
    assert response["Location"] == f"{HOME}ticket/{ticket.code}/"
    assert ticket.priority == "appointment"
    page = text(client.get(f"{HOME}appointments/"))
    assert ticket.number in page
    assert "到场取号" not in page


def test_arriving_too_early_is_said(hall: OpenHall, sign_in: SignIn) -> None:
    booked = hall.stage.booked("16:00")
    response = sign_in("guide1").post(f"{HOME}appointments/{booked.code}/arrive/")
    assert response.status_code == 409
    assert "之前 60 分钟内来签到" in text(response)


def test_cancelling_and_moving_for_somebody_on_the_telephone(hall: OpenHall, sign_in: SignIn) -> None:
    client = sign_in("guide1")
    book(client)
    booked = Appointment.objects.get()
    at = booked.starts_at + dt.timedelta(hours=1)
    page = text(client.get(f"{HOME}appointments/new/?move={booked.code}&day={booked.day}"))
    assert "改到这个时间" in page
    client.post(f"{HOME}appointments/new/", {"move": booked.code, "at": at.isoformat()})
    booked.refresh_from_db()
    assert booked.starts_at == at
    assert client.post(f"{HOME}appointments/new/", {"move": booked.code, "at": "x"}).status_code == 422
    client.post(f"{HOME}appointments/{booked.code}/cancel/", {"reason": "电话取消"})
    booked.refresh_from_db()
    assert (booked.state, booked.end_reason) == ("cancelled", "电话取消")


def test_a_booking_of_another_centre_is_not_found(hall: OpenHall, sign_in: SignIn) -> None:
    booked = hall.stage.booked("10:15")
    Appointment.objects.filter(pk=booked.pk).update(centre=hall.cast.township)
    client = sign_in("guide1")
    for verb in ("arrive", "cancel", "explode"):
        assert client.post(f"{HOME}appointments/{booked.code}/{verb}/").status_code == 404
    assert client.get(f"{HOME}appointments/new/?move={booked.code}").status_code == 404
    assert booked.number not in text(client.get(f"{HOME}appointments/"))


@pytest.mark.parametrize(
    "query", ["day=x", "day=0001-01-01", "day=9999-12-31", "number=%00", "number=' OR 1", "day=2026-02-30"]
)
def test_a_day_or_number_that_is_none(hall: OpenHall, sign_in: SignIn, query: str) -> None:
    client = sign_in("guide1")
    assert client.get(f"{HOME}appointments/?{query}").status_code == 200
    assert client.get(f"{HOME}appointments/new/?kind=general&{query}").status_code == 200
    assert client.get(f"{HOME}appointments/new/?kind={query}").status_code == 200


# ---- what it costs -------------------------------------------------------------------------------------------------

MOST = {
    HOME: 14,
    f"{HOME}?q=食品&item={FOOD}": 16,
    f"{HOME}check/{FOOD}/?industry=retail": 9,
    f"{HOME}check/{FOOD}/list/": 8,
    f"{HOME}appointments/": 8,
    f"{HOME}appointments/new/?item={FERTILITY}": 14,
}


@pytest.mark.parametrize("url", list(MOST))
def test_a_page_costs_what_it_may(hall: OpenHall, sign_in: SignIn, cast: Cast, url: str) -> None:
    client = sign_in("guide1")

    def cost() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return sum("clocks_calendar" not in query["sql"] for query in seen.captured_queries)

    few = cost()
    for n in range(5):
        hall.take(FOOD)
        hall.stage.booked(f"1{n}:30")
    assert cost() <= few
    assert few <= MOST[url]
