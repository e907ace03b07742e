"""The page of a booking, by its link: what it says at every turn, another time, not coming, and never a dead link."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from onewindow.exchange.models import OutboxMessage
from onewindow.faces.portal import throttle
from onewindow.faces.portal.views.appointment import _folded, phase
from onewindow.hall import appointments, memory
from onewindow.hall.models import Appointment, DayHours
from onewindow.hall.rules import DEFAULTS
from onewindow.people.authority import Actor
from tests.cast import FOOD, Cast
from tests.portal.halls import PERSON, Place, address, local, open_hall
from tests.portal.visiting import text_of, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(cast: Cast) -> Place:
    return open_hall(cast)


def page_of(booked: Appointment, part: str = "") -> str:
    return f"/appointments/{booked.code}/{part}"


def shift(booked: Appointment, minutes: float) -> None:
    """As if its time were so many minutes from now."""
    starts = timezone.now() + dt.timedelta(minutes=minutes)
    period = (starts, starts + dt.timedelta(minutes=15))
    Appointment.objects.filter(pk=booked.pk).update(period=period, day=timezone.localdate(starts))


def close_day(booked: Appointment) -> None:
    DayHours.objects.create(centre_id=booked.centre_id, day=booked.day, periods=[], reason="停电检修")
    memory.forget()
    assert appointments.displace(booked.centre_id, booked.day, timezone.now()) == 1


# ---- what it says -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "expected"), [(60, "upcoming"), (1, "upcoming"), (-1, "due"), (-14, "due"), (-16, "over")]
)
def test_the_turns_of_a_booking(place: Place, minutes: int, expected: str) -> None:
    booked = place.book()
    shift(booked, minutes)
    booked.refresh_from_db()
    assert phase(booked, DEFAULTS, timezone.now()) == expected


def test_after_the_time_the_link_says_so_and_what_can_be_done_now(place: Place) -> None:
    booked = place.book()
    shift(booked, -90)
    page = text_of(Client().get(page_of(booked)))
    assert "约的时间已经过了" in page
    assert f"/appointments/new/?item={FOOD}&amp;place={place.centre.key}" in page
    assert "直接到桃江县政务服务中心取号" in page
    assert "改时间</a>" not in page


@pytest.mark.parametrize("part", ["move/", "cancel/"])
def test_changing_what_is_over_leads_back_with_a_reason(place: Place, part: str) -> None:
    booked = place.book()
    shift(booked, -90)
    answer = Client().get(page_of(booked, part), follow=True)
    assert answer.redirect_chain
    assert "已经不能改了" in text_of(answer)


def test_a_lost_day_says_why_and_offers_other_times_at_once(place: Place) -> None:
    booked = place.book()
    close_day(booked)
    page = text_of(Client().get(page_of(booked)))
    assert "您约的时间不能办了" in page
    assert "停电检修" in page
    assert page.count('name="at"') >= 3
    other = place.free(skip=0)
    assert f'value="{local(other)}"' in page
    answer = Client().post(page_of(booked, "move/"), {"at": local(other)})
    assert answer.status_code == 302
    booked.refresh_from_db()
    assert (booked.state, booked.starts_at) == ("booked", other)


def test_my_page_asks_for_another_time(place: Place, cast: Cast) -> None:
    booked = place.book(by=Actor.of(cast.citizen1))
    close_day(booked)
    assert "请改时间" in text_of(visitor(cast).get("/my/"))


def test_somebody_who_has_arrived_finds_the_ticket(place: Place, cast: Cast) -> None:
    from onewindow.hall.models import Ticket

    booked = place.book()
    Appointment.objects.filter(pk=booked.pk).update(state="arrived")
    now = timezone.now()
    ticket = Ticket.objects.create(
        centre=place.centre,
        day=booked.day,
        number="A007",
        queue_id=booked.queue_id,
        appointment=booked,
        taken_at=now,
        place_at=now,
        rank_at=now,
    )
    page = text_of(Client().get(page_of(booked)))
    assert "号是 A007" in page
    assert f"/ticket/{ticket.code}/" in page


# ---- another time, not coming -------------------------------------------------------------------------------------


def test_moving_by_the_link(place: Place) -> None:
    booked, client = place.book(), Client()
    to = place.free(skip=1)
    days = text_of(client.get(page_of(booked, "move/")))
    assert f"?day={timezone.localdate(to).isoformat()}" in days
    times = text_of(client.get(page_of(booked, f"move/?day={timezone.localdate(to).isoformat()}")))
    assert f'value="{local(to)}"' in times
    client.post(page_of(booked, "move/"), {"at": local(to)})
    booked.refresh_from_db()
    assert (booked.starts_at, booked.moved) == (to, 1)
    assert OutboxMessage.objects.filter(topic="hall.moved", subject=f"appointment:{booked.pk}").exists()


def test_moving_to_a_time_that_is_gone_explains_and_keeps_the_old_one(place: Place) -> None:
    booked = place.book()
    to = place.free(skip=1)
    place.book(at=to, phone="19911110000")
    answer = Client().post(page_of(booked, "move/"), {"at": local(to)})
    assert answer.status_code == 409
    assert "刚刚约满" in text_of(answer)
    before = booked.starts_at
    booked.refresh_from_db()
    assert booked.starts_at == before


@pytest.mark.parametrize("at", ["", "\x00", "tomorrow", "9999-12-31T23:59", "2020-01-01T09:00"])
def test_moving_to_nonsense_changes_nothing(place: Place, at: str) -> None:
    booked = place.book()
    assert Client().post(page_of(booked, "move/"), {"at": at}).status_code in {409, 422}
    assert Appointment.objects.get().starts_at == booked.starts_at


def test_cancelling_with_or_without_a_reason(place: Place) -> None:
    first, second = place.book(), place.book(phone="19911110000", name="周")
    assert "取消以后位置马上让给别人" in text_of(Client().get(page_of(first, "cancel/")))
    Client().post(page_of(first, "cancel/"), {"reason": "材料还没备齐"})
    Client().post(page_of(second, "cancel/"), {})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.end_reason, second.state) == ("cancelled", "材料还没备齐", "cancelled")
    page = text_of(Client().get(page_of(first)))
    assert "这个预约取消了" in page
    assert "再约一个时间" in page


def test_an_unknown_reason_is_refused(place: Place) -> None:
    booked = place.book()
    assert Client().post(page_of(booked, "cancel/"), {"reason": "<script>"}).status_code == 422
    assert Appointment.objects.get().state == "booked"


# ---- the link -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["nothing", "x" * 500, "%00", "预约", "..", "1"])
@pytest.mark.parametrize("part", ["", "move/", "cancel/", "calendar.ics"])
def test_a_link_that_never_was_is_not_found(place: Place, code: str, part: str) -> None:
    assert Client().get(f"/appointments/{code}/{part}").status_code == 404


def test_guessing_links_is_counted(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "CODE_ADDRESS", throttle.Limit("code-address", 2, 15))
    client = Client()
    assert [client.get(f"/appointments/guess{n}/").status_code for n in range(3)] == [404, 404, 429]
    assert client.get(page_of(place.book())).status_code == 200, "a true link still opens"


def test_the_page_is_kept_by_no_cache_and_told_to_no_other_site(place: Place) -> None:
    answer = Client().get(page_of(place.book()))
    assert "no-store" in answer["Cache-Control"]
    assert 'name="robots" content="noindex"' in text_of(answer)


def test_a_lost_link_is_found_by_number_day_and_phone(place: Place) -> None:
    booked = place.book()
    told = {"number": booked.number, "day": booked.day.isoformat(), "phone_tail": PERSON["phone"][-4:]}
    assert Client().post("/appointments/find/", told)["Location"] == page_of(booked)


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "000000x"},
        {"phone_tail": "0000"},
        {"day": "2026-01-01"},
        {"number": "\x00"},
        {"day": "9999-99-99"},
        {"phone_tail": "５６７８"},
    ],
)
def test_a_wrong_guess_tells_nothing(place: Place, changes: dict[str, str]) -> None:
    booked = place.book()
    told = {"number": booked.number, "day": booked.day.isoformat(), "phone_tail": PERSON["phone"][-4:], **changes}
    answer = Client().post("/appointments/find/", told)
    assert answer.status_code == 422
    assert booked.code not in text_of(answer)


def test_looking_up_is_throttled(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "FIND_NUMBER", throttle.Limit("find-number", 2, 60))
    booked = place.book()
    told = {"number": booked.number, "day": booked.day.isoformat(), "phone_tail": "0000"}
    answers = [Client().post("/appointments/find/", told).status_code for _ in range(3)]
    assert answers == [422, 422, 429]


# ---- the calendar file --------------------------------------------------------------------------------------------


def test_the_calendar_file_is_what_calendars_read(place: Place) -> None:
    booked = place.book()
    answer = Client().get(page_of(booked, "calendar.ics"))
    assert answer["Content-Type"].startswith("text/calendar")
    text = answer.content.decode()
    lines = text.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert all(len(line.encode()) <= 75 for line in lines)
    assert "\n" not in text.replace("\r\n", "")
    whole = text.replace("\r\n ", "")
    assert f"DTSTART:{booked.starts_at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}" in whole
    assert f"URL:{settings.OW_PUBLIC_URL}/appointments/{booked.code}/" in whole
    assert booked.number in whole
    assert PERSON["name"] not in whole
    Client().post(page_of(booked, "cancel/"), {})
    assert Client().get(page_of(booked, "calendar.ics")).status_code == 404


def test_a_long_line_is_folded_between_characters() -> None:
    folded = _folded("SUMMARY:" + "办" * 60)
    assert all(len(line.encode()) <= 75 for line in folded.split("\r\n"))
    assert folded.replace("\r\n ", "") == "SUMMARY:" + "办" * 60


# ---- queries ------------------------------------------------------------------------------------------------------


def count(client: Client, where: str) -> int:
    client.get(where)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(where).status_code == 200, where
    return len(seen)


def test_every_page_asks_a_fixed_number_of_times(place: Place) -> None:
    booked = place.book()
    free = place.free(skip=1)
    day = timezone.localdate(free).isoformat()
    chosen = f"/appointments/new/?item={FOOD}&place={place.centre.key}"
    pages = {
        "/appointments/": 8,
        "/appointments/?q=开饭店": 5,
        "/appointments/waits/": 6,
        f"/appointments/waits/?item={FOOD}": 6,
        chosen: 6,
        f"{chosen}&day={day}": 6,
        address(place, free): 3,
        "/appointments/find/": 1,
        page_of(booked): 3,
        page_of(booked, "move/"): 5,
        page_of(booked, f"move/?day={day}"): 5,
        page_of(booked, "cancel/"): 2,
    }
    before = {where: count(Client(), where) for where in pages}
    assert all(before[where] <= most for where, most in pages.items()), before
    for n in range(6):
        place.book(phone=f"1991111{n:04}", name=f"客{n}")
    assert {where: count(Client(), where) for where in pages} == before
