"""The machine: nothing of a visitor stays on it, its switches, its printer, its enrolment."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest
import time_machine
from django.test import Client

from onewindow.hall import memory
from onewindow.hall.models import Hall, Terminal, Ticket
from tests.hall.stage import Stage
from tests.kiosk.hall import KIOSK, at, confirm, key_of, take, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def kiosk() -> Client:
    return Client()


# ---- the next visitor sees nothing of the last --------------------------------------------------------------------


def test_the_ticket_is_gone_with_its_visitor(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        shown = take(kiosk)
        address = shown.redirect_chain[-1][0]
        assert "A001" in text(kiosk.get(address))
        assert kiosk.get(f"{KIOSK}again/")["Location"] == KIOSK
        gone = kiosk.get(address)
    assert gone["Location"] == f"{KIOSK}again/"


def test_the_start_page_forgets_the_ticket_too(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        address = take(kiosk).redirect_chain[-1][0]
        kiosk.get(KIOSK)
        assert kiosk.get(address).status_code == 302


def test_a_ticket_is_shown_for_three_minutes_only(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        address = take(kiosk).redirect_chain[-1][0]
    with at(stage, "9:34"):
        assert kiosk.get(address)["Location"] == f"{KIOSK}again/"


def test_another_machine_never_shows_it(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        address = take(kiosk).redirect_chain[-1][0]
        assert Client().get(address).status_code == 302
        assert Client().get(f"{KIOSK}ticket/nonsense/").status_code == 302


def test_no_page_is_kept_by_the_browser(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        for page in (kiosk.get(KIOSK), confirm(kiosk), take(kiosk)):
            assert "no-store" in page["Cache-Control"]


# ---- switches -----------------------------------------------------------------------------------------------------


def test_low_controls_and_voice_last_until_the_next_visitor(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        back = kiosk.post(f"{KIOSK}mode/", {"low": "1", "next": f"{KIOSK}items/?q=k"})
        assert back["Location"] == f"{KIOSK}items/?q=k"
        kiosk.post(f"{KIOSK}mode/", {"voice": "1"})
        page = kiosk.get(f"{KIOSK}items/").content.decode()
        assert "kiosk--low" in page
        assert "data-voice" in page
        kiosk.get(f"{KIOSK}again/")
        page = kiosk.get(KIOSK).content.decode()
    assert "kiosk--low" not in page
    assert "data-voice" not in page


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/desk/", f"{KIOSK}\\\\evil", ""])
def test_a_switch_never_leads_away(stage: Stage, kiosk: Client, target: str) -> None:
    with at(stage, "9:30"):
        assert kiosk.post(f"{KIOSK}mode/", {"low": "1", "next": target})["Location"] == KIOSK


def test_a_made_up_cookie_counts_for_nothing(stage: Stage, kiosk: Client) -> None:
    kiosk.cookies["ow_kiosk_low"] = "1"
    with at(stage, "9:30"):
        assert "kiosk--low" not in kiosk.get(KIOSK).content.decode()


def test_it_prints_only_where_the_machine_was_told_so(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        assert "data-prints" not in take(kiosk).content.decode()
        kiosk.get(f"{KIOSK}?print=1")
        kiosk.get(f"{KIOSK}again/")
        assert "data-prints" in take(kiosk).content.decode()
        kiosk.get(f"{KIOSK}?print=0")
        assert "data-prints" not in take(kiosk).content.decode()


# ---- enrolment ----------------------------------------------------------------------------------------------------


@pytest.fixture
def enrolled_only(stage: Stage) -> Terminal:
    Hall.objects.update(rules={"enrolled_only": True})
    memory.forget()
    digest = hashlib.sha256(b"right-token").hexdigest()
    return Terminal.objects.create(centre=stage.cast.centre, kind="kiosk", name="1号机", digest=digest)


def test_only_an_enrolled_machine_gives_tickets(stage: Stage, kiosk: Client, enrolled_only: Terminal) -> None:
    with at(stage, "9:30"):
        refused = kiosk.get(KIOSK)
        assert refused.status_code == 403
        assert "还没有登记为取号机" in text(refused)
        key = key_of(confirm(kiosk))
        sent = kiosk.post(f"{KIOSK}take/", {"key": key, "kind": "general"})
        assert sent.status_code == 403
        assert not Ticket.objects.exists()
        assert "1号机" in text(kiosk.get(f"{KIOSK}enrol/right-token/"))
        assert kiosk.get(KIOSK).status_code == 403  # looking at a link is not taking it
        assert "登记好了" in text(kiosk.post(f"{KIOSK}enrol/right-token/"))
        assert kiosk.get(KIOSK).status_code == 200
        take(kiosk)
    assert Ticket.objects.count() == 1


def test_a_machine_taken_back_gives_none_any_more(stage: Stage, kiosk: Client, enrolled_only: Terminal) -> None:
    with at(stage, "9:30"):
        kiosk.post(f"{KIOSK}enrol/right-token/")
        enrolled_only.revoked_at = stage.at("9:00")
        enrolled_only.save()
        assert kiosk.get(KIOSK).status_code == 403
        assert kiosk.get(f"{KIOSK}enrol/right-token/").status_code == 404


def test_a_wrong_token_or_a_screen_is_no_kiosk(stage: Stage, kiosk: Client, enrolled_only: Terminal) -> None:
    Terminal.objects.update(kind="screen")
    with at(stage, "9:30"):
        for token in ("right-token", "wrong", "%00", "x" * 500):
            answer = kiosk.get(f"{KIOSK}enrol/{token}/")
            assert answer.status_code == 404
            assert "登记" in text(answer)


def test_a_link_enrols_one_machine_only(stage: Stage, kiosk: Client, enrolled_only: Terminal) -> None:
    with at(stage, "9:30"):
        kiosk.post(f"{KIOSK}enrol/right-token/")
        other = Client()
        assert other.get(f"{KIOSK}enrol/right-token/").status_code == 404
        assert other.post(f"{KIOSK}enrol/right-token/").status_code == 404
        assert other.get(KIOSK).status_code == 403
        assert kiosk.get(KIOSK).status_code == 200
    enrolled_only.refresh_from_db()
    assert enrolled_only.opened_at == enrolled_only.seen_at == stage.at("9:30")


def test_a_new_link_ends_the_old_machine(stage: Stage, kiosk: Client, enrolled_only: Terminal) -> None:
    with at(stage, "9:30"):
        kiosk.post(f"{KIOSK}enrol/right-token/")
        Terminal.objects.update(digest=hashlib.sha256(b"another").hexdigest(), opened_at=None)
        assert kiosk.get(KIOSK).status_code == 403


def test_it_is_noted_once_a_minute_that_the_machine_is_there(
    stage: Stage, kiosk: Client, enrolled_only: Terminal
) -> None:
    with at(stage, "9:30"):
        kiosk.post(f"{KIOSK}enrol/right-token/")
    for clock, seen in (("9:30:30", "9:30"), ("9:40", "9:40")):
        with at(stage, clock):
            kiosk.get(KIOSK)
        assert Terminal.objects.get().seen_at == stage.at(seen)


def test_staying_enrolled_outlives_the_visitor(stage: Stage, kiosk: Client, enrolled_only: Terminal) -> None:
    with at(stage, "9:30"):
        kiosk.post(f"{KIOSK}enrol/right-token/")
        kiosk.get(f"{KIOSK}again/")
    with time_machine.travel(stage.at("9:30") + dt.timedelta(days=365), tick=False):
        memory.forget()
        assert kiosk.get(KIOSK).status_code == 200
