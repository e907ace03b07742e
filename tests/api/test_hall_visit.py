"""A visit through the API: booked, checked in or taken, called, served, sent on, done; and what everybody may see."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from onewindow.hall.models import Appointment, Ticket, WindowSession
from tests.api.conftest import Api, Caller, Clock, problem
from tests.cast import FERTILITY, FOOD, Cast
from tests.hall.stage import Stage

HALL = "/hall/taojiang"
PERSON = {"name": "李桃花", "phone": "19900000001"}
TUESDAY = dt.date(2026, 11, 24)


def done(response: Any, status: int = 200) -> dict[str, Any]:
    assert response.status_code == status, response.content.decode()
    body: dict[str, Any] = response.json()
    return body


def window(caller: Caller, verb: str, code: str = "A01", **body: str) -> dict[str, Any]:
    return done(caller.post(f"{HALL}/windows/{code}/{verb}", body))


def take(caller: Caller, **body: Any) -> dict[str, Any]:
    return done(caller.post(f"{HALL}/tickets", body), 201)


def test_a_visit_from_the_ticket_to_the_end(api: Api, hall: Stage) -> None:
    guide, clerk = api("guide1"), api("clerk1")
    opened = window(clerk, "open")
    assert (opened["state"], opened["person"], opened["ticket"]) == ("open", "陈窗", None)
    given = take(guide, items=[FOOD], visitor=PERSON)
    assert (given["number"], given["state"], given["window"]) == ("A001", "waiting", None)
    assert given["reference"] == "20261123-A001"
    assert (given["visitor"]["name"], given["place"]["ahead"]) == ("李**", 0)
    assert [line["key"] for line in given["items"]] == [FOOD]

    called = window(clerk, "call")["ticket"]
    assert (called["number"], called["state"], called["window"]["code"]) == ("A001", "called", "A01")
    assert window(clerk, "recall")["ticket"]["state"] == "called"
    assert window(clerk, "start", item=FOOD)["ticket"]["state"] == "serving"
    assert window(clerk, "hold", reason="去复印")["ticket"]["state"] == "held"
    assert window(clerk, "resume", ticket="A001")["ticket"]["state"] == "serving"
    finished = window(clerk, "finish")["ticket"]
    assert (finished["state"], finished["state_label"]) == ("finished", "已办完")
    assert finished["items"][0]["done_at"]
    assert window(clerk, "close")["state"] == "closed"
    assert done(guide.get(f"{HALL}/tickets/A001"))["place"] is None


def test_location_of_a_ticket_leads_to_it(api: Api, hall: Stage) -> None:
    made = api("guide1").post(f"{HALL}/tickets", {})
    found = api("clerk1").client.get(made["Location"])
    assert found.json()["url"] == made.json()["url"]


def test_nobody_waiting_is_no_error(api: Api, hall: Stage) -> None:
    clerk = api("clerk1")
    window(clerk, "open")
    assert window(clerk, "call")["ticket"] is None


def test_missed_back_in_line_and_called_by_number(api: Api, hall: Stage) -> None:
    clerk = api("clerk1")
    window(clerk, "open")
    take(api("guide1"))
    window(clerk, "call")
    assert window(clerk, "miss")["ticket"]["state"] == "missed"
    back = done(api("guide1").post(f"{HALL}/tickets/A001/return"))
    assert (back["state"], back["misses"]) == ("waiting", 1)
    assert window(clerk, "call", ticket="a001")["ticket"]["state"] == "called"


def test_a_transfer_keeps_the_place(api: Api, hall: Stage) -> None:
    clerk, adviser = api("clerk1"), api("clerk2")
    window(clerk, "open"), window(adviser, "open", "C01")
    take(api("guide1"))
    window(clerk, "call")
    assert window(clerk, "transfer", queue="c", reason="先问清楚")["ticket"]["state"] == "waiting"
    called = window(adviser, "call", "C01")["ticket"]
    assert (called["number"], called["queue"]["letter"]) == ("A001", "C")


def test_a_paused_window_calls_nobody_and_says_why(api: Api, hall: Stage) -> None:
    clerk = api("clerk1")
    window(clerk, "open")
    paused = window(clerk, "pause", reason="打印机缺纸")
    assert (paused["state"], paused["reason"]) == ("paused", "打印机缺纸")
    take(api("guide1"))
    assert "打印机缺纸" in problem(clerk.post(f"{HALL}/windows/A01/call"), 409, "not-now")["title"]
    assert window(clerk, "resume")["state"] == "open"
    assert window(clerk, "call")["ticket"]["number"] == "A001"


def test_priority_with_its_reason_goes_first(api: Api, hall: Stage) -> None:
    guide, clerk = api("guide1"), api("clerk1")
    take(guide), take(guide)
    first = guide.post(f"{HALL}/tickets/A002/priority", {"priority": "elderly"})
    assert problem(first, 422, "invalid-input")["errors"][0]["field"] == "note"
    given = done(guide.post(f"{HALL}/tickets/A002/priority", {"priority": "elderly", "note": "72 岁"}))
    assert given["priority_label"] == "60 岁以上老年人"
    window(clerk, "open")
    assert window(clerk, "call")["ticket"]["number"] == "A002"


def test_leaving_the_line(api: Api, hall: Stage) -> None:
    guide = api("guide1")
    take(guide)
    assert done(guide.post(f"{HALL}/tickets/A001/leave"))["state"] == "left"
    problem(guide.post(f"{HALL}/tickets/A001/leave"), 409, "not-now")


def test_a_ticket_of_another_day_needs_its_day(api: Api, hall: Stage, clock: Clock) -> None:
    guide = api("guide1")
    take(guide)
    done(guide.post(f"{HALL}/tickets/A001/leave"))
    clock.set("10:00", TUESDAY)
    problem(guide.get(f"{HALL}/tickets/A001"), 404, "not-found")
    assert done(guide.get(f"{HALL}/tickets/20261123-A001"))["day"] == "2026-11-23"


# ---- bookings ----------------------------------------------------------------------------------------------------


def book(caller: Caller, **changes: Any) -> Any:
    body = {"item": FOOD, "at": "2026-11-24T10:00:00+08:00", **PERSON, **changes}
    return caller.post(f"{HALL}/appointments", body)


def test_booked_by_phone_moved_and_cancelled(api: Api, hall: Stage) -> None:
    guide = api("guide1")
    made = book(guide, channel="phone")
    booked = done(made, 201)
    assert (booked["state"], booked["channel"], booked["starts_at"]) == ("booked", "phone", "2026-11-24T10:00:00+08:00")
    assert booked["visitor"] == {"name": "李**", "phone_masked": "199****0001"}
    assert guide.client.get(made["Location"]).json() == booked
    code = booked["code"]
    moved = done(guide.post(f"{HALL}/appointments/{code}/move", {"at": "2026-11-24T11:00:00+08:00"}))
    assert (moved["starts_at"], moved["moved"]) == ("2026-11-24T11:00:00+08:00", 1)
    cancelled = done(guide.post(f"{HALL}/appointments/{code}/cancel", {"reason": "临时有事"}))
    assert (cancelled["state"], cancelled["end_reason"]) == ("cancelled", "临时有事")


def test_an_applicants_program_books_online_and_sees_its_own(api: Api, hall: Stage) -> None:
    booked = done(book(api("citizen1"), channel="hall"), 201)
    assert booked["channel"] == "online"
    assert done(api("citizen1").get(f"{HALL}/appointments/{booked['code']}"))["number"] == booked["number"]
    problem(api("citizen2").get(f"{HALL}/appointments/{booked['code']}"), 404, "not-found")
    problem(api("citizen2").post(f"{HALL}/appointments/{booked['code']}/cancel", {}), 404, "not-found")
    assert Appointment.objects.get().state == "booked"


def test_checking_in_gives_a_ticket_and_again_the_same(api: Api, hall: Stage, clock: Clock) -> None:
    guide = api("guide1")
    booked = done(book(guide), 201)
    early = problem(guide.post(f"{HALL}/appointments/{booked['code']}/check-in"), 409, "not-now")
    assert "不是今天" in early["title"]
    clock.set("09:50", TUESDAY)
    ticket = done(guide.post(f"{HALL}/appointments/{booked['code']}/check-in"), 201)
    assert (ticket["priority"], ticket["appointment"]) == ("appointment", booked["number"])
    again = done(guide.post(f"{HALL}/appointments/{booked['code']}/check-in"), 201)
    assert again["number"] == ticket["number"]
    assert Ticket.objects.count() == 1


def test_offers_by_day_and_by_time(api: Api, hall: Stage) -> None:
    guide = api("guide1")
    days = done(guide.get(f"{HALL}/appointments/offers", item=FOOD))["days"]
    tuesday = next(day for day in days if day["day"] == "2026-11-24")
    assert tuesday["free"] > 0
    offered = done(guide.get(f"{HALL}/appointments/offers", item=FOOD, day="2026-11-24"))
    slot = next(slot for slot in offered["slots"] if slot["free"])
    assert done(book(guide, at=slot["starts"]), 201)["starts_at"] == slot["starts"]
    assert "13:00" in offered["hours"]


# ---- for everybody -----------------------------------------------------------------------------------------------


def test_waits_and_screen_need_no_token_and_name_nobody(api: Api, hall: Stage) -> None:
    clerk = api("clerk1")
    window(clerk, "open")
    take(api("guide1"), visitor=PERSON), take(api("guide1"))
    window(clerk, "call")
    waits = done(api().get(f"{HALL}/waits"))
    assert [(q["letter"], q["waiting"], q["windows_open"]) for q in waits["queues"]] == [("A", 1, 1), ("C", 0, 0)]
    assert waits["queues"][0]["wait"]["expected"] > 0
    assert (waits["queues"][1]["wait"], waits["open"]) == (None, True)
    response = api().get(f"{HALL}/screen")
    assert [(call["number"], call["window"]) for call in done(response)["calls"]] == [("A001", "A01")]
    assert "桃花" not in response.content.decode()


def test_who_asks_too_often_without_a_token_is_slowed(api: Api, hall: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from onewindow.faces.api import hall as face
    from onewindow.faces.portal import throttle

    monkeypatch.setattr(face, "ADDRESS", throttle.Limit("hall-address", 3, 15))
    answers = [api().get(f"{HALL}/{what}").status_code for what in ("waits", "screen", "waits", "screen")]
    assert answers == [200, 200, 200, 429]
    assert api("clerk1").get(f"{HALL}/screen").status_code == 200


def test_a_wrong_token_is_told_even_where_none_is_needed(hall: Stage) -> None:
    problem(Caller("ow_nonsense").get(f"{HALL}/waits"), 401, "unauthorized")


def test_a_township_place_works_the_same_with_one_window(api: Api, hall: Stage, cast: Cast) -> None:
    from onewindow.hall.models import Hall, Queue, WeeklyHours
    from onewindow.places.models import Window

    Hall.objects.create(centre=cast.township)
    Queue.objects.create(centre=cast.township, letter="A", name="综合")
    Window.objects.create(centre=cast.township, code="1", name="便民窗口", kind="general")
    WeeklyHours.objects.create(centre=cast.township, weekday=0, opens=540, closes=1020, valid_from=dt.date(2020, 1, 1))
    clerk = api("township1")
    assert done(clerk.post("/hall/taohuajiang/tickets", {"items": [FERTILITY]}), 201)["number"] == "A001"
    done(clerk.post("/hall/taohuajiang/windows/1/open"))
    assert done(clerk.post("/hall/taohuajiang/windows/1/call"))["ticket"]["number"] == "A001"
    assert WindowSession.objects.get().window.code == "1"
