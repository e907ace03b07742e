"""What goes wrong in the hall is said clearly: what, why, and where or when it works instead."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from onewindow.hall.models import Appointment, Hall, Queue, Ticket, Visitor, WeeklyHours, WindowSession
from onewindow.people.models import AccessRecord
from onewindow.places.models import Window
from tests.api.conftest import Api, Clock, problem
from tests.cast import CITIZEN, FOOD, Cast
from tests.hall.stage import Stage

HALL = "/hall/taojiang"
VERBS = ("open", "close", "pause", "resume", "call", "recall", "miss", "start", "hold", "finish", "transfer")
BODIES: dict[str, dict[str, str]] = {
    "pause": {"reason": "用餐"},
    "hold": {"reason": "复印"},
    "transfer": {"queue": "C", "reason": "咨询"},
}
BOOKING = {"item": FOOD, "at": "2026-11-24T10:00:00+08:00", "name": "李桃花", "phone": "19900000001"}


# ---- where and when ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("centre", ["nowhere", "桃江", "%00", "x" * 300, "..", "taojiang%0a"])
def test_an_unknown_centre(api: Api, hall: Stage, centre: str) -> None:
    for path in ("waits", "screen", "tickets/A001", "appointments/offers"):
        problem(api("guide1").get(f"/hall/{centre}/{path}"), 404, "not-found")
    for path in ("tickets", "appointments", "windows/A01/open"):
        problem(
            api("guide1").post(f"/hall/{centre}/{path}", BOOKING if path == "appointments" else {}), 404, "not-found"
        )


def test_a_centre_without_a_hall(api: Api, hall: Stage) -> None:
    found = problem(api("township1").post("/hall/taohuajiang/tickets", {}), 404, "not-found")
    assert "没有开通" in found["title"]


def test_a_closed_hall_says_when_it_opens(api: Api, hall: Stage, clock: Clock) -> None:
    clock.set("18:30")
    found = problem(api("guide1").post(f"{HALL}/tickets", {}), 409, "not-now")
    assert "不办公" in found["title"]
    assert "11月24日 9:00" in found["title"]
    assert not Ticket.objects.exists()


def test_no_bookings_for_a_day_when_the_hall_is_closed(api: Api, hall: Stage) -> None:
    found = problem(
        api("guide1").post(f"{HALL}/appointments", {**BOOKING, "at": "2026-11-28T10:00:00+08:00"}), 409, "rule-broken"
    )
    assert "不办公" in found["title"]
    assert "还可以约" in found["detail"]


def test_the_last_minutes_are_not_promised_twice(api: Api, hall: Stage, clock: Clock) -> None:
    clock.set("16:48")
    found = problem(api("guide1").post(f"{HALL}/tickets", {}), 409, "not-now")
    assert "取完" in found["title"]
    assert api("guide1").post(f"{HALL}/tickets", {"override": "急事，窗口同意"}).status_code == 201


def test_an_item_that_this_place_does_not_take_names_where(api: Api, hall: Stage, cast: Cast) -> None:
    Hall.objects.create(centre=cast.township)
    Queue.objects.create(centre=cast.township, letter="A", name="综合")
    Window.objects.create(centre=cast.township, code="1", name="便民窗口", kind="general")
    WeeklyHours.objects.create(centre=cast.township, weekday=0, opens=540, closes=1020, valid_from=dt.date(2020, 1, 1))
    clerk = api("township1")
    asked = [
        clerk.post("/hall/taohuajiang/tickets", {"items": ["company-establishment"]}),
        clerk.post("/hall/taohuajiang/appointments", {**BOOKING, "item": "company-establishment"}),
        clerk.get("/hall/taohuajiang/appointments/offers", item="company-establishment"),
    ]
    for response in asked:
        found = problem(response, 409, "rule-broken")
        assert "请到桃江县政务服务中心办理" in found["title"]
        assert "文昌路" in found["title"]


def test_a_window_of_another_centre_is_not_there(api: Api, hall: Stage, cast: Cast) -> None:
    Window.objects.create(centre=cast.township, code="B07", name="便民窗口", kind="general")
    found = problem(api("clerk1").post(f"{HALL}/windows/B07/open"), 404, "not-found")
    assert "A01" in found["detail"]
    assert not WindowSession.objects.exists()


# ---- who ---------------------------------------------------------------------------------------------------------


def test_a_ticket_twice_names_the_first(api: Api, hall: Stage) -> None:
    body = {"items": [FOOD], "visitor": {"name": "李桃花", "phone": "19900000001"}}
    guide = api("guide1")
    guide.post(f"{HALL}/tickets", body)
    found = problem(guide.post(f"{HALL}/tickets", body), 409, "rule-broken")
    assert "A001" in found["title"]
    assert Ticket.objects.count() == Visitor.objects.count() == 1


def test_a_booking_twice_on_one_day(api: Api, hall: Stage) -> None:
    guide = api("guide1")
    assert guide.post(f"{HALL}/appointments", BOOKING).status_code == 201
    again = guide.post(f"{HALL}/appointments", {**BOOKING, "at": "2026-11-24T11:00:00+08:00"})
    assert "已经预约" in problem(again, 409, "rule-broken")["title"]
    assert Appointment.objects.count() == 1


STAFF = ("clerk1", "exit1", "helper1", "guide1", "examiner1", "chief1")
OTHERS = ("manager1", "supervisor1", "editor1", "publisher1", "admin", "township1", "citizen1", "company1")


@pytest.mark.parametrize("who", OTHERS)
def test_who_has_no_post_at_a_counter_here_is_refused_on_record(api: Api, hall: Stage, who: str) -> None:
    caller = api(who)
    tries = [("tickets", {})] + [(f"windows/A01/{verb}", BODIES.get(verb, {})) for verb in VERBS]
    for path, body in tries:
        problem(caller.post(f"{HALL}/{path}", body), 403, "refused")
    refused = AccessRecord.objects.filter(kind="refused", account__username=who)
    assert refused.count() == len(tries)
    assert not Ticket.objects.exists()
    assert not WindowSession.objects.exists()


@pytest.mark.parametrize("who", STAFF)
def test_who_has_a_post_at_a_counter_may(api: Api, hall: Stage, who: str) -> None:
    caller = api(who)
    assert caller.post(f"{HALL}/tickets", {}).status_code == 201
    assert caller.post(f"{HALL}/windows/A02/open").status_code == 200
    assert caller.post(f"{HALL}/windows/A02/call").json()["ticket"]["number"] == "A001"


def test_tickets_and_bookings_of_other_centres_are_not_there(api: Api, hall: Stage) -> None:
    ticket = api("guide1").post(f"{HALL}/tickets", {}).json()
    booked = api("guide1").post(f"{HALL}/appointments", BOOKING).json()
    assert api("manager1").get(f"{HALL}/tickets/{ticket['number']}").status_code == 200
    for who in ("township1", "citizen2", "company1"):
        for path in (f"tickets/{ticket['number']}", f"appointments/{booked['code']}"):
            problem(api(who).get(f"{HALL}/{path}"), 404, "not-found")
        for path in (f"tickets/{ticket['number']}/leave", f"appointments/{booked['code']}/cancel"):
            problem(api(who).post(f"{HALL}/{path}"), 404, "not-found")
    assert Ticket.objects.get().state == "waiting"


@pytest.mark.parametrize("path", ["tickets", "appointments", "windows/A01/call", "appointments/abcdefghijkl/move"])
def test_nothing_is_done_without_a_token(api: Api, hall: Stage, path: str) -> None:
    problem(api().post(f"{HALL}/{path}", {}), 401, "unauthorized")
    problem(api().get(f"{HALL}/tickets/A001"), 401, "unauthorized")


# ---- at the window -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "open"])
def test_a_window_that_was_not_opened(api: Api, hall: Stage, verb: str) -> None:
    found = problem(api("clerk1").post(f"{HALL}/windows/A01/{verb}", BODIES.get(verb, {})), 409, "not-now")
    assert "请先开窗" in found["title"]


@pytest.mark.parametrize("verb", ["recall", "miss", "start", "hold", "finish", "transfer"])
def test_nobody_at_the_window(api: Api, hall: Stage, verb: str) -> None:
    clerk = api("clerk1")
    clerk.post(f"{HALL}/windows/A01/open")
    found = problem(clerk.post(f"{HALL}/windows/A01/{verb}", BODIES.get(verb, {})), 409, "not-now")
    assert "请先叫号" in found["title"]


def test_one_person_one_window_and_one_window_one_person(api: Api, hall: Stage) -> None:
    api("clerk1").post(f"{HALL}/windows/A01/open")
    elsewhere = problem(api("clerk1").post(f"{HALL}/windows/A02/open"), 409, "not-now")
    assert "A01" in elsewhere["title"]
    taken = problem(api("clerk2").post(f"{HALL}/windows/A01/open"), 409, "not-now")
    assert "陈窗" in taken["title"]


def test_a_window_serves_one_at_a_time_and_does_not_close_on_them(api: Api, hall: Stage) -> None:
    clerk, guide = api("clerk1"), api("guide1")
    clerk.post(f"{HALL}/windows/A01/open")
    guide.post(f"{HALL}/tickets"), guide.post(f"{HALL}/tickets")
    clerk.post(f"{HALL}/windows/A01/call")
    assert "A001" in problem(clerk.post(f"{HALL}/windows/A01/call"), 409, "not-now")["title"]
    assert "A001" in problem(clerk.post(f"{HALL}/windows/A01/close"), 409, "not-now")["title"]


def test_a_line_that_is_none(api: Api, hall: Stage) -> None:
    clerk = api("clerk1")
    clerk.post(f"{HALL}/windows/A01/open")
    found = problem(clerk.post(f"{HALL}/windows/A01/transfer", {"queue": "Z", "reason": "x"}), 422, "invalid-input")
    assert found["errors"][0]["field"] == "queue"
    assert "C 咨询" in found["errors"][0]["message"]


# ---- what cannot be ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {"items": "food"},
        {"items": [FOOD] * 2},
        {"items": ["no-such-item"]},
        {"items": ["x" * 5000]},
        {"items": [FOOD] * 500},
        {"items": [None]},
        {"items": [{"key": FOOD}]},
        {"kind": "carrier-pigeon"},
        {"kind": "x" * 5000},
        {"priority": "king"},
        {"priority": "appointment"},
        {"priority": "green"},
        {"purpose": "a\x00b"},
        {"purpose": "好" * 61},
        {"override": "\u202eabc"},
        {"visitor": "王小明"},
        {"visitor": {"name": "王小明"}},
        {"visitor": {"name": "王小明", "phone": "12"}},
        {"visitor": {"name": "王" * 300, "phone": "19900000001"}},
        {"visitor": {**CITIZEN}},
        {"visitor": {"name": "王", "id_type": "id_card", "id_number": "430922199001010000"}},
        {"window": "A01"},
    ],
)
def test_a_ticket_for_what_cannot_be(api: Api, hall: Stage, body: dict[str, Any]) -> None:
    found = problem(api("guide1").post(f"{HALL}/tickets", body), 422, "invalid-input")
    assert found["errors"] or "没有这个事项" in found["title"]
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"at": "yesterday"},
        {"at": "2026-11-24"},
        {"at": "0001-01-01T00:00:00+08:00"},
        {"at": "9999-12-31T23:59:59Z"},
        {"at": 1e300},
        {"at": -1},
        {"at": None},
        {"at": "2026-11-24T10:01:00+08:00"},
        {"at": "2026-11-24T10:00:00.5+08:00"},
        {"item": "no-such-item"},
        {"item": ["x"]},
        {"item": "a\x00"},
        {"kind": "none"},
        {"name": ""},
        {"name": "\u200b"},
        {"phone": "abc"},
        {"phone": "1" * 4000},
        {"id_number": "430922199001010000"},
        {"channel": "online"},
        {"note": "注" * 500},
        {"code": "mine"},
        {"lane": 3},
    ],
)
def test_a_booking_for_what_cannot_be(api: Api, hall: Stage, change: dict[str, Any]) -> None:
    problem(api("guide1").post(f"{HALL}/appointments", {**BOOKING, **change}), 422, "invalid-input")
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    "number", ["%00", "A", "A0000001", "99999999-A001", "20261301-A001", "' OR 1=1", "Ａ００１", "㐂"]
)
def test_a_number_that_cannot_be(api: Api, hall: Stage, number: str) -> None:
    guide = api("guide1")
    problem(guide.get(f"{HALL}/tickets/{number}"), 404, "not-found")
    problem(guide.post(f"{HALL}/tickets/{number}/leave"), 404, "not-found")
    problem(guide.get(f"{HALL}/appointments/{number}"), 404, "not-found")
    guide.post(f"{HALL}/windows/A01/open")
    called = guide.post(f"{HALL}/windows/A01/call", {"ticket": number})
    assert called.status_code in (404, 422), called.content.decode()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("body", [{"x": 1}, {"reason": "\x00"}, {"reason": 3}, {"ticket": "A" * 500}])
def test_a_verb_with_what_it_does_not_take(api: Api, hall: Stage, verb: str, body: dict[str, Any]) -> None:
    given = {**BODIES.get(verb, {}), **body}
    problem(api("clerk1").post(f"{HALL}/windows/A01/{verb}", given), 422, "invalid-input")


@pytest.mark.parametrize("verb", ["explode", "", "open/", "OPEN", "_open"])
def test_a_verb_that_is_none(api: Api, hall: Stage, verb: str) -> None:
    problem(api("clerk1").post(f"{HALL}/windows/A01/{verb}"), 404, "not-found")


@pytest.mark.parametrize(
    "query",
    [{"day": "x"}, {"day": "9999-12-31"}, {"day": "0001-01-01"}, {"item": "none"}, {"kind": "x" * 99}, {"x": "1"}],
)
def test_offers_for_what_cannot_be(api: Api, hall: Stage, query: dict[str, str]) -> None:
    response = api("guide1").get(f"{HALL}/appointments/offers", **query)
    if query.get("day", "x")[:1] in "90":
        assert response.json()["slots"] == []
    else:
        problem(response, 422, "invalid-input")
