"""What users of other systems complain about, as it must not happen here: the kiosk."""

from __future__ import annotations

import pytest
from django.test import Client

from onewindow.hall import tickets
from onewindow.hall.models import Ticket
from onewindow.problems import RuleBroken
from tests.cast import CITIZEN_ID, FOOD, Cast
from tests.hall.stage import Stage, build
from tests.kiosk.hall import KIOSK, PHONE, at, confirm, in_hall, key_of, take, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = build(cast)
    made.open("A01", "clerk1", "9:00")
    return made


def _crowd(stage: Stage, number: int) -> None:
    """So many people in line A since half past three, for three windows that close at five."""
    for _ in range(number):
        stage.visit("15:30")


def test_the_kiosk_stops_when_tickets_run_out_and_says_what_else_one_can_do(stage: Stage) -> None:
    """theQ, FQM: the kiosk went on giving numbers that nobody could be served with before closing."""
    with at(stage, "16:00"):
        page = confirm(Client())
        assert "取号" in text(page)
    _crowd(stage, 40)
    with at(stage, "16:00"):
        kiosk = Client()
        assert "不再放号" in text(kiosk.get(KIOSK))
        closed = text(confirm(kiosk, f"item={FOOD}"))
        assert "今天的号已经取完" in closed
        assert "网上办" in closed
        assert "预约别的时间" in closed
        assert "导办台" in closed
        sent = kiosk.post(f"{KIOSK}take/", {"key": key_of(page), "kind": "general", "item": FOOD})
        assert sent.status_code == 409
        assert "今天的号已经取完" in text(sent)
    assert not Ticket.objects.filter(source="kiosk", request__isnull=False).exists()


def test_a_line_that_ran_out_does_not_close_the_others(stage: Stage) -> None:
    """Closing the whole kiosk because one line was full sent people home who could have been served."""
    _crowd(stage, 40)
    with at(stage, "16:00"):
        take(Client(), kind="consulting")
    assert Ticket.objects.get(request__isnull=False).number == "C001"


def test_pressing_twice_is_one_ticket(stage: Stage) -> None:
    """A slow screen made people press again, and the second number stood empty."""
    kiosk = Client()
    with at(stage, "9:30"):
        sent = {"key": key_of(confirm(kiosk)), "kind": "general"}
        places = {kiosk.post(f"{KIOSK}take/", sent)["Location"] for _ in range(3)}
    assert len(places) == 1
    assert Ticket.objects.count() == 1


def test_the_same_person_gets_no_second_ticket_for_the_same_matter(stage: Stage) -> None:
    """People took several numbers to be called sooner."""
    person = {"name": "王小明", "id_type": "id_card", "id_number": CITIZEN_ID}
    asked = {"items": (FOOD,), "visitor": person}
    first = tickets.take(stage.cast.centre, asked, source="kiosk", now=stage.at("9:30"))
    with pytest.raises(RuleBroken, match=first.number):
        tickets.take(stage.cast.centre, asked, source="kiosk", now=stage.at("9:31"))
    with at(stage, "9:30"):
        client = in_hall(stage, "9:30")
        take(client, PHONE)
        assert take(client, PHONE).status_code == 409


def test_a_closed_office_gives_no_tickets(stage: Stage) -> None:
    """Numbers were given after the doors had closed."""
    kiosk = Client()
    with at(stage, "9:30"):
        key = key_of(confirm(kiosk))
    with at(stage, "17:30"):
        answer = kiosk.post(f"{KIOSK}take/", {"key": key, "kind": "general"})
    assert answer.status_code == 409
    assert "11月24日 9:00" in text(answer)
    assert not Ticket.objects.exists()
