"""Rating one's own visit at the kiosk: only by the code on the slip, once, and never by anybody of the house."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from onewindow.hall.models import Ticket, Visitor
from onewindow.people.models import AccessRecord
from onewindow.voice.models import BadRating, Rating
from onewindow.voice.ratings import invitations
from tests.hall.stage import Stage
from tests.kiosk.hall import KIOSK, at, take, text

pytestmark = pytest.mark.django_db
PAD = f"{KIOSK}rate/"


@pytest.fixture
def kiosk() -> Client:
    return Client()


@pytest.fixture
def visit(stage: Stage) -> Ticket:
    ticket = stage.visit("9:00", called="9:01", started="9:02", ended="9:10")
    ticket.visitor = Visitor.objects.create(name="王小明", phone="19900001234", person="one")
    ticket.save()
    return ticket


def typed(kiosk: Client, digits: str) -> Any:
    return kiosk.post(PAD, {"digits": digits})


def test_the_code_on_the_slip_leads_to_the_five_levels(stage: Stage, kiosk: Client, visit: Ticket) -> None:
    with at(stage, "9:12"):
        assert "评价码" in text(kiosk.get(PAD))
        led = typed(kiosk, invitations.slip_words(visit))
        assert led.status_code == 302
        assert invitations.slip_code(visit) not in led["Location"]
        html = kiosk.get(led["Location"]).content.decode()
        assert re.findall(r"level=(\d)", html) == ["5", "4", "3", "2", "1"]
        assert visit.number in html
        assert "王小明" not in html
        form = kiosk.get(f"{led['Location']}?level=5").content.decode()
        assert "checked" not in form
        assert 'name="phone"' not in form
        done = kiosk.post(led["Location"], {"level": "5", "labels": ["504"]})
        assert "谢谢您" in text(done)
        again = kiosk.post(led["Location"], {"level": "1"})
        assert again.status_code == 409
        assert typed(kiosk, invitations.slip_code(visit)).status_code == 409
    made = Rating.objects.get()
    assert (made.channel, made.level, made.ticket, made.labels) == ("kiosk", 5, visit, ["504"])


def test_a_bad_one_can_be_followed_with_ones_phone(stage: Stage, kiosk: Client, visit: Ticket) -> None:
    with at(stage, "9:12"):
        path = typed(kiosk, invitations.slip_code(visit))["Location"]
        assert "199****1234" in text(kiosk.get(f"{path}?level=1"))
        done = kiosk.post(path, {"level": "1", "labels": ["116"], "contact": "known"})
    assert "查处理结果的二维码" in done.content.decode()
    row = BadRating.objects.get()
    assert row.rating.phone == "19900001234"
    assert row.code not in done.content.decode()


def test_a_scanner_types_the_slips_address(stage: Stage, kiosk: Client, visit: Ticket) -> None:
    with at(stage, "9:12"):
        assert typed(kiosk, f"http://onewindow.example/ticket/{visit.code}/").status_code == 302
        assert typed(kiosk, f"http://onewindow.example/ticket/{visit.code[:-1]}x/").status_code == 422


@pytest.mark.parametrize(
    "digits", ["", "1", "0000000000", "９９９９９９９９９９", "1' OR 1=1", "\0", "9" * 500, "/ticket/", "<script>"]
)
def test_what_is_no_code_is_said_so(stage: Stage, kiosk: Client, visit: Ticket, digits: str) -> None:
    with at(stage, "9:12"):
        answer = typed(kiosk, digits)
    assert answer.status_code == 422
    assert "没有查到这个评价码" in text(answer)
    assert "<script>" not in answer.content.decode().partition("<main")[2]


def test_one_wrong_digit_is_somebody_elses(stage: Stage, kiosk: Client, visit: Ticket) -> None:
    code = invitations.slip_code(visit)
    other = stage.visit("9:00", called="9:01", started="9:02", ended="9:10", window="A02", who="clerk2")
    with at(stage, "9:12"):
        for wrong in (code[:-1] + str((int(code[-1]) + 1) % 10), invitations.slip_code(other)[:4] + code[4:]):
            assert typed(kiosk, wrong).status_code == 422


def test_not_before_the_visit_is_over_nor_after_a_week_nor_elsewhere(stage: Stage, kiosk: Client) -> None:
    ticket = stage.visit("9:00", called="9:01", started="9:02")
    code = invitations.slip_code(ticket)
    with at(stage, "9:05"):
        answer = typed(kiosk, code)
        assert (answer.status_code, "还没有办完" in text(answer)) == (409, True)
    old = stage.visit("9:00", called="9:01", started="9:02", ended="9:10", window="A02", day=stage.day.replace(day=1))
    with at(stage, "9:12"):
        assert typed(kiosk, invitations.slip_code(old)).status_code == 422
        assert Client().post("/kiosk/taohuajiang/rate/", {"digits": code}).status_code in {404, 422}


def test_a_seal_dies_and_cannot_be_made_up(stage: Stage, kiosk: Client, visit: Ticket) -> None:
    with at(stage, "9:12"):
        path = typed(kiosk, invitations.slip_code(visit))["Location"]
        assert kiosk.get(f"{PAD}x:y:z/").status_code == 404
        assert kiosk.get(path[:-3] + "aa/").status_code == 404
    with at(stage, "9:18"):
        assert kiosk.get(path).status_code == 404
        assert "再输入一次" in text(kiosk.get(path))


def test_rated_on_the_phone_is_rated(stage: Stage, kiosk: Client, visit: Ticket) -> None:
    from onewindow.voice.ratings import giving as ratings

    with at(stage, "9:12"):
        path = typed(kiosk, invitations.slip_code(visit))["Location"]
        ratings.rate(invitations.token_of(invitations.for_visit(visit)), {"level": 4})
        assert kiosk.post(path, {"level": "1"}).status_code == 409
    assert Rating.objects.get().level == 4


@pytest.mark.parametrize("who", ["clerk1", "manager1", "admin"])
def test_nobody_of_the_house_opens_it(stage: Stage, visit: Ticket, who: str) -> None:
    client = Client()
    client.force_login(stage.cast.accounts[who])
    with at(stage, "9:12"):
        assert client.get(PAD).status_code == 403
        assert typed(client, invitations.slip_code(visit)).status_code == 403
    assert AccessRecord.objects.filter(action="rating.open").count() == 2
    assert not Rating.objects.exists()


def test_many_tries_are_stopped(stage: Stage, kiosk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from onewindow.faces.kiosk.views import rating as page
    from onewindow.faces.portal.throttle import Limit

    monkeypatch.setattr(page, "SLIP", Limit("kiosk-slip-test", 2, 15))
    with at(stage, "9:12"):
        assert [typed(kiosk, "1234567890").status_code for _ in range(3)] == [422, 422, 429]


def test_keys_work_without_scripts(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:12"):
        page = kiosk.post(PAD, {"digits": "12", "key": "3"}).content.decode()
        assert 'value="123"' in page
        assert 'value="12"' in kiosk.post(PAD, {"digits": "123", "key": "back"}).content.decode()


def test_the_slip_carries_the_code(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        shown = text(take(kiosk))
        ticket = Ticket.objects.get()
    assert f"评价码 {invitations.slip_words(ticket)}" in shown


def test_the_visitors_own_page_says_it_after_the_end(stage: Stage, visit: Ticket, client: Client) -> None:
    with at(stage, "9:12"):
        assert invitations.slip_words(visit) in text(client.get(f"/ticket/{visit.code}/"))
        path = invitations.path_of(invitations.by_slip(stage.centre, invitations.slip_code(visit), stage.at("9:12")))
        assert client.get(path).status_code == 404  # the kiosk's own link opens nowhere else


def test_the_pages_ask_few_questions(
    stage: Stage, kiosk: Client, visit: Ticket, django_assert_max_num_queries: Any
) -> None:
    with at(stage, "9:12"):
        kiosk.get(PAD)
        with django_assert_max_num_queries(1):
            kiosk.get(PAD)
        path = typed(kiosk, invitations.slip_code(visit))["Location"]
        with django_assert_max_num_queries(2):
            kiosk.get(path)
        with django_assert_max_num_queries(20):
            kiosk.post(path, {"level": "5"})
