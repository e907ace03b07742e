"""Booking a time at the window, from what for to the booking's own page, by link only."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from onewindow.faces.portal import throttle
from onewindow.hall import memory
from onewindow.hall.models import Appointment, DayHours, Hall, Queue
from onewindow.people.models import Account
from onewindow.places.models import Centre
from tests.cast import CITIZEN, CITIZEN_ID, FERTILITY, FOOD, Cast
from tests.portal.halls import PERSON, Place, address, open_hall, send
from tests.portal.visiting import text_of, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(cast: Cast) -> Place:
    return open_hall(cast)


def test_the_first_page_says_that_nobody_has_to_book(place: Place) -> None:
    page = text_of(Client().get("/appointments/"))
    assert "不预约也一样能办" in page
    assert "现在来要等多久" in page


def test_step_by_step_to_a_booking_without_an_account(place: Place, cast: Cast) -> None:
    client = Client()
    assert "/appointments/new/?item=food-operation-licence" in text_of(client.get("/appointments/?q=食品经营"))
    only = client.get(f"/appointments/new/?item={FOOD}")
    assert only.status_code == 302, "the only place is chosen already"
    days = text_of(client.get(only["Location"]))
    at = place.free()
    assert f"day={timezone.localdate(at).isoformat()}" in days
    times = text_of(client.get(address(place, at).rpartition("&at=")[0]))
    assert f"at={timezone.localtime(at):%Y-%m-%dT%H}%3A{timezone.localtime(at):%M}" in times
    assert "谁来办？" in text_of(client.get(address(place, at)))
    answer = send(client, address(place, at))
    booked = Appointment.objects.get()
    assert answer["Location"] == f"/appointments/{booked.code}/"
    assert (booked.starts_at, booked.channel, booked.state) == (at, "online", "booked")
    page = text_of(client.get(answer["Location"]))
    assert booked.number in page
    assert "要带什么" in page
    assert "<svg" in page.partition("portal-qr")[2][:400]
    assert PERSON["phone"] not in page, "the page of a link shows no whole number"
    assert PERSON["name"] not in page


def test_with_several_places_each_has_its_address_and_hours(place: Place, cast: Cast) -> None:
    open_hall(cast, cast.township)
    item = cast.items[FERTILITY]
    page = text_of(Client().get(f"/appointments/new/?item={FERTILITY}"))
    assert item.current is not None
    assert "桃江县政务服务中心" in page
    assert "桃江县文昌路1号" in page
    assert "工作日 9:00—17:00" in page
    assert ("桃花江镇便民服务中心" in page) is item.current.spec.delegable.town


def test_help_without_an_item_can_be_booked(place: Place) -> None:
    at = place.free(None, "consulting")
    send(Client(), address(place, at, "kind=consulting"))
    booked = Appointment.objects.get()
    assert (booked.item, booked.queue.kind) == (None, "consulting")
    assert "咨询" in text_of(Client().get(f"/appointments/{booked.code}/"))


def test_a_signed_in_applicant_is_asked_for_the_phone_only(place: Place, cast: Cast) -> None:
    client = visitor(cast)
    url = address(place, place.free())
    page = text_of(client.get(url))
    assert CITIZEN["name"] in page
    assert f'value="{CITIZEN["phone"]}"' in page
    assert 'name="id_number"' not in page
    assert CITIZEN_ID not in page
    client.post(url, {"phone": "19900001234", "once": "1" * 32, "go": "book"})
    booked = Appointment.objects.select_related("visitor").get()
    assert booked.visitor.applicant == cast.citizen1.applicant
    mine = text_of(client.get("/my/"))
    assert f"/appointments/{booked.code}/" in mine
    assert booked.code not in text_of(visitor(cast, "citizen2").get("/my/"))


def test_for_somebody_else_the_names_are_asked(place: Place, cast: Cast) -> None:
    client = visitor(cast)
    url = address(place, place.free()) + "&other=1"
    assert 'name="name"' in text_of(client.get(url))
    send(client, url)
    assert Appointment.objects.select_related("visitor").get().visitor.applicant is None


def test_going_back_for_another_time_keeps_what_was_typed_and_keeps_it_sealed(place: Place) -> None:
    client = Client()
    url = address(place, place.free())
    answer = send(client, url, go="time", note="坐轮椅来")
    assert "at=" not in answer["Location"]
    again = text_of(client.get(url))
    assert f'value="{PERSON["phone"]}"' in again
    assert 'value="坐轮椅来"' in again
    assert PERSON["phone"] not in str(dict(client.session))


def test_the_button_pressed_twice_books_once(place: Place) -> None:
    client, url = Client(), address(place, place.free())
    first, second = send(client, url), send(client, url)
    assert first["Location"] == second["Location"]
    assert Appointment.objects.count() == 1


def test_a_time_that_was_just_taken_keeps_the_form_and_names_others(place: Place) -> None:
    at = place.free()
    url = address(place, at)
    Client().get(url)
    place.book(at=at, phone="19911110000")
    answer = send(Client(), url)
    assert answer.status_code == 409
    page = text_of(answer)
    assert "刚刚约满" in page
    assert "还可以约" in page
    assert f'value="{PERSON["phone"]}"' in page


def test_the_same_thing_twice_on_a_day_is_explained(place: Place) -> None:
    first = place.book()
    answer = send(Client(), address(place, first.starts_at + dt.timedelta(hours=1)))
    assert answer.status_code == 409
    assert "同一天不用再约" in text_of(answer)
    assert first.number not in text_of(answer), "anybody may type a phone number"
    assert Appointment.objects.count() == 1


def test_full_and_closed_days_say_why(place: Place, cast: Cast) -> None:
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    DayHours.objects.create(centre=place.centre, day=tomorrow, periods=[], reason="停电检修")
    page = text_of(Client().get(f"/appointments/new/?item={FOOD}&place={place.centre.key}"))
    assert "停电检修" in page


def test_where_nobody_books_the_page_says_what_to_do_instead(place: Place) -> None:
    Queue.objects.update(takes_appointments=False)
    page = text_of(Client().get(f"/appointments/new/?item={FOOD}"))
    assert "现在不用约" in page
    assert "直接到政务服务中心取号" in page


def test_without_any_hall_no_page_offers_one(cast: Cast) -> None:
    assert "/appointments/new/" not in text_of(Client().get(f"/items/{FOOD}/"))
    assert "现在来要等多久" not in text_of(Client().get("/"))
    assert Client().get("/appointments/").status_code == 200
    assert "还没有在网上公布" in text_of(Client().get("/appointments/waits/"))


def test_front_page_and_guide_lead_here(place: Place) -> None:
    assert 'href="/appointments/"' in text_of(Client().get("/"))
    guide = text_of(Client().get(f"/items/{FOOD}/"))
    assert f"/appointments/new/?item={FOOD}" in guide
    assert f"/appointments/waits/?item={FOOD}" in guide
    today = DayHours.objects.create(centre=place.centre, day=timezone.localdate(), periods=[[0, 1440, "regular"]])
    memory.forget()
    waits = text_of(Client().get(f"/appointments/waits/?item={FOOD}"))
    assert "您要排的队" in waits
    assert "没有窗口办理" in waits
    assert "现在没有窗口在叫的队：咨询" in waits
    DayHours.objects.filter(pk=today.pk).update(periods=[])
    memory.forget()
    assert "现在不办公" in text_of(Client().get(f"/appointments/waits/?item={FOOD}"))


def test_the_front_page_tells_the_halls_own_hours(place: Place) -> None:
    assert "9:00–12:00，13:00–17:00" in text_of(Client().get("/"))
    DayHours.objects.create(centre=place.centre, day=timezone.localdate(), periods=[], reason="停电检修")
    memory.forget()
    page = text_of(Client().get("/"))
    assert "停电检修" in page
    assert "今天休息" in page


# ---- hostile input ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "",
        "kind=",
        "kind=spaceship",
        "kind=green",
        "item=nothing",
        "item=%00",
        f"item={FOOD}&place=nowhere",
        f"item={'x' * 5000}",
    ],
)
def test_what_does_not_exist_is_not_found(place: Place, query: str) -> None:
    assert Client().get(f"/appointments/new/?{query}").status_code == 404


@pytest.mark.parametrize("day", ["2020-01-01", "9999-12-31", "0000-00-00", "morgen", "-1", "%00", "2026-02-30"])
def test_a_day_that_makes_no_sense_asks_for_the_day_again(place: Place, day: str) -> None:
    page = Client().get(f"/appointments/new/?item={FOOD}&place={place.centre.key}&day={day}")
    assert page.status_code == 200
    assert "哪一天来？" in text_of(page)


@pytest.mark.parametrize("at", ["25:00", "now", "%00", "2026-11-23", "2026-11-23T99:99", "T", "1e999"])
def test_a_time_that_makes_no_sense_asks_for_the_time_again(place: Place, at: str) -> None:
    day = timezone.localdate(place.free()).isoformat()
    page = Client().get(f"/appointments/new/?item={FOOD}&place={place.centre.key}&day={day}&at={at}")
    assert page.status_code == 200
    assert "几点来？" in text_of(page)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "请填写姓名"),
        ({"name": "李\u200b花"}, "看不见的字符"),
        ({"name": "李" * 61}, "太长了"),
        ({"phone": "12345"}, "电话号码不对"),
        ({"phone": "\x00"}, "手机号码"),
        ({"id_number": "430922199002301234"}, "出生日期不存在"),
        ({"id_number": "1", "id_type": "spaceship"}, "没有您选的这一项"),
        ({"note": "\u202e轮椅"}, "隐藏字符"),
    ],
)
def test_what_is_typed_wrong_is_explained_and_kept(place: Place, changes: dict[str, str], words: str) -> None:
    answer = send(Client(), address(place, place.free()), **changes)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not Appointment.objects.exists()


def test_a_time_outside_the_offer_books_nothing(place: Place) -> None:
    odd = place.free().replace(hour=3, minute=7)
    assert send(Client(), address(place, odd)).status_code == 422
    assert not Appointment.objects.exists()


def test_markup_in_a_name_is_shown_as_text(place: Place) -> None:
    answer = send(Client(), address(place, place.free()), name="<b>李", phone="1")
    assert "&lt;b&gt;李" in text_of(answer)


def test_booking_is_throttled_and_says_that_one_can_simply_come(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "BOOK_ADDRESS", throttle.Limit("book-address", 1, 60))
    url = address(place, place.free())
    send(Client(), url)
    answer = send(Client(), url, phone="19912345679", once="2" * 32)
    assert answer.status_code == 429
    assert "直接到大厅取号" in text_of(answer)
    assert Appointment.objects.count() == 1


def test_staff_may_book_for_themselves_like_anybody(place: Place, cast: Cast) -> None:
    client = Client()
    client.force_login(Account.objects.get(username="examiner1"))
    assert send(client, address(place, place.free())).status_code == 302
    assert Appointment.objects.get().booked_by is None


def test_the_number_of_places_is_bounded(place: Place, cast: Cast) -> None:
    for n in range(35):
        made = Centre.objects.create(
            key=f"park{n}",
            name=f"园区服务站{n:02}",
            kind="park_station",
            division=cast.centre.division,
            profile=cast.centre.profile,
        )
        Hall.objects.create(centre=made)
        Queue.objects.create(centre=made, letter="A", name="综合", kind="general")
    page = text_of(Client().get(f"/appointments/new/?item={FOOD}"))
    assert len(re.findall("园区服务站", page)) < 35
    assert "乡镇或村的名字" in page
    assert "园区服务站34" in text_of(Client().get(f"/appointments/new/?item={FOOD}&near=34"))
