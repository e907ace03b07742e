"""Somebody who booked checks in by the booking's number, or by four digits of the phone and a masked name."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from onewindow.hall.models import Appointment, Ticket, Visitor
from tests.hall.stage import Stage
from tests.kiosk.hall import KIOSK, at, text

pytestmark = pytest.mark.django_db
_WHO = re.compile(r'name="who" value="([^"]+)"')


@pytest.fixture
def kiosk() -> Client:
    return Client()


def booked(
    stage: Stage, at_clock: str, name: str = "王小明", phone: str = "19900001234", number: str = ""
) -> Appointment:
    one = stage.booked(at_clock)
    one.visitor = Visitor.objects.create(name=name, phone=phone, person=f"p{one.pk}")
    one.number = number or f"{770000 + one.pk}"
    one.save()
    return one


def ask(kiosk: Client, digits: str) -> Any:
    return kiosk.post(f"{KIOSK}appointment/", {"digits": digits})


def seals(response: Any) -> list[str]:
    return _WHO.findall(response.content.decode())


def test_the_number_of_the_booking_leads_to_the_ticket(stage: Stage, kiosk: Client) -> None:
    one = booked(stage, "10:00", number="123456")
    with at(stage, "9:45"):
        found = ask(kiosk, "123456")
        assert "王**" in text(found)
        shown = kiosk.post(f"{KIOSK}appointment/check-in/", {"who": seals(found)[0]}, follow=True)
    assert Ticket.objects.get().appointment_id == one.pk
    assert "A001" in text(shown)
    assert "预约到时" in text(shown)


def test_four_digits_show_masked_names_and_times_only(stage: Stage, kiosk: Client) -> None:
    booked(stage, "10:00", "王小明")
    booked(stage, "10:15", "欧阳娜娜")
    booked(stage, "10:30", "李四", phone="19900009999")
    with at(stage, "9:45"):
        page = ask(kiosk, "1234")
    seen = page.content.decode()
    assert "王**" in seen
    assert "欧阳**" in seen
    assert "李" not in text(page)
    assert "小明" not in seen
    assert "19900001234" not in seen
    for one in Appointment.objects.all():
        assert one.code not in seen
        assert one.number not in seen


def test_twice_is_one_ticket(stage: Stage, kiosk: Client) -> None:
    booked(stage, "10:00")
    with at(stage, "9:45"):
        seal = seals(ask(kiosk, "1234"))[0]
        places = [kiosk.post(f"{KIOSK}appointment/check-in/", {"who": seal})["Location"] for _ in range(2)]
    assert places[0] == places[1]
    assert Ticket.objects.count() == 1


def test_four_digits_never_lead_to_a_ticket_that_was_given(stage: Stage, kiosk: Client) -> None:
    booked(stage, "10:00", number="123456")
    with at(stage, "9:45"):
        kiosk.post(f"{KIOSK}appointment/check-in/", {"who": seals(ask(kiosk, "1234"))[0]})
        again = ask(kiosk, "1234")
        assert again.status_code == 422
        assert "没有找到今天的预约" in text(again)
        assert seals(ask(kiosk, "123456"))


def test_too_late_is_an_ordinary_ticket(stage: Stage, kiosk: Client) -> None:
    booked(stage, "9:15")
    with at(stage, "10:30"):
        shown = kiosk.post(f"{KIOSK}appointment/check-in/", {"who": seals(ask(kiosk, "1234"))[0]}, follow=True)
    assert "您晚到了" in text(shown)
    assert Ticket.objects.get().priority == ""


def test_too_early_says_when(stage: Stage, kiosk: Client) -> None:
    booked(stage, "16:00")
    with at(stage, "9:45"):
        answer = kiosk.post(f"{KIOSK}appointment/check-in/", {"who": seals(ask(kiosk, "1234"))[0]})
    assert answer.status_code == 409
    assert "16:00" in text(answer)


def test_the_pad_works_without_a_script(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:45"):
        page = kiosk.post(f"{KIOSK}appointment/", {"digits": "12", "key": "3"}).content.decode()
        assert 'name="digits" value="123"' in page
        page = kiosk.post(f"{KIOSK}appointment/", {"digits": "123", "key": "back"}).content.decode()
        assert 'name="digits" value="12"' in page
        page = kiosk.post(f"{KIOSK}appointment/", {"digits": "123456", "key": "7"}).content.decode()
    assert 'name="digits" value="123456"' in page


@pytest.mark.parametrize("digits", ["", "1", "12345", "abcd", "\0\0\0\0", "１２３４", "' OR 1=1"])
def test_hostile_digits_find_nobody(stage: Stage, kiosk: Client, digits: str) -> None:
    booked(stage, "10:00")
    with at(stage, "9:45"):
        answer = ask(kiosk, digits)
    assert answer.status_code == 422
    assert not seals(answer)


def test_a_seal_is_good_for_its_hall_and_three_minutes(stage: Stage, kiosk: Client) -> None:
    booked(stage, "10:00")
    with at(stage, "9:45"):
        seal = seals(ask(kiosk, "1234"))[0]
    with at(stage, "9:49"):
        for tried in (seal, "", "x:y:z", "\0", seal[:-2]):
            answer = kiosk.post(f"{KIOSK}appointment/check-in/", {"who": tried})
            assert answer.status_code == 404
            assert "再查一次" in text(answer)
    assert not Ticket.objects.exists()


def test_guessing_digits_is_throttled(stage: Stage, kiosk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from onewindow.faces.kiosk.views import arriving
    from onewindow.faces.portal.throttle import Limit

    monkeypatch.setattr(arriving, "ARRIVE", Limit("kiosk-arrive", 3, 15))
    with at(stage, "9:45"):
        assert [ask(kiosk, f"000{n}").status_code for n in range(5)] == [422, 422, 422, 429, 429]
