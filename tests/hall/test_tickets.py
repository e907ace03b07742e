"""Taking a ticket: who gets which number, who is told why not, and what arriving for an appointment means."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.hall import memory, tickets
from onewindow.hall.models import Appointment, DayHours, Hall, Queue, Ticket, Visitor, WeeklyHours
from onewindow.people.models import AccessRecord, Applicant
from onewindow.problems import InvalidInput, NotFound, NotNow, Problem, Refused, RuleBroken
from tests.cast import CITIZEN_ID, COMPANY, FERTILITY, FOOD, Cast
from tests.hall.stage import MONDAY, Stage, build


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return build(cast)


def take(
    stage: Stage, at: str = "9:05", source: Any = "kiosk", by: str = "", request: Any = None, **raw: Any
) -> Ticket:
    actor = stage.cast.actor(by) if by else None
    return tickets.take(stage.cast.centre, raw, source=source, by=actor, now=stage.at(at), request=request)


def booking(stage: Stage, at: str = "10:00", day: dt.date = MONDAY, **more: Any) -> Appointment:
    visitor = Visitor.objects.create(name="王小明", phone="19900001234", person="p1")
    starts = stage.at(at, day)
    return Appointment.objects.create(
        number="Y001",
        centre=stage.cast.centre,
        queue=stage.lines["A"],
        visitor=visitor,
        person="p1",
        day=day,
        period=(starts, starts + dt.timedelta(minutes=15)),
        lane=1,
        **more,
    )


def check_in(stage: Stage, booked: Appointment, at: str) -> Ticket:
    return tickets.check_in(booked, source="kiosk", now=stage.at(at))


# ---- numbers ------------------------------------------------------------------------------------------------------


def test_numbers_run_by_line_and_begin_anew_each_day(stage: Stage) -> None:
    assert [take(stage).number, take(stage).number, take(stage, kind="consulting").number] == ["A001", "A002", "C001"]
    tomorrow = tickets.take(stage.cast.centre, {}, source="kiosk", now=stage.at("9:05", MONDAY + dt.timedelta(days=1)))
    assert tomorrow.number == "A001"
    assert tomorrow.reference == "20261124-A001"


def test_a_repeat_gives_the_same_ticket_and_draws_no_number(stage: Stage) -> None:
    first = take(stage, request="kiosk-1")
    assert take(stage, request="kiosk-1").pk == first.pk
    assert take(stage).number == "A002"


def test_a_ticket_costs_a_bounded_number_of_queries(stage: Stage) -> None:
    take(stage, items=(FOOD,))
    with CaptureQueriesContext(connection) as seen:
        take(stage, items=(FOOD,), request="r")
    assert len([q for q in seen if "SAVEPOINT" not in q["sql"]]) <= 6  # repeat? load (3), number, ticket


def test_who_gives_an_identity_number_is_known_at_the_window(stage: Stage) -> None:
    ticket = take(stage, items=(FOOD,), visitor={"name": "王小明", "id_number": CITIZEN_ID, "id_type": "id_card"})
    assert ticket.visitor is not None
    assert ticket.visitor.applicant == Applicant.objects.with_id_number(CITIZEN_ID).get()
    assert ticket.visitor.masked == "王**"
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone FROM hall_visitor")
        assert "王小明".encode() not in bytes(cursor.fetchone()[0])


# ---- refusals -----------------------------------------------------------------------------------------------------


def test_the_same_person_does_not_take_two_tickets_for_the_same_thing(stage: Stage) -> None:
    who = {"name": "王小明", "phone": "19900001234"}
    first = take(stage, items=(FOOD,), visitor=who)
    with pytest.raises(RuleBroken, match=f"您已经取过号了：{first.number}"):
        take(stage, items=(FOOD, COMPANY), visitor=who)
    assert take(stage, items=(FERTILITY,), visitor=who).number == "A002"
    tickets.leave(first, by=None, now=stage.at("9:10"))
    assert take(stage, items=(FOOD,), visitor=who).number == "A003"


@pytest.mark.parametrize(
    ("at", "words"),
    [("7:30", "今天 9:00 开始"), ("17:01", "11月24日 9:00 开始")],
)
def test_a_closed_hall_says_when_it_opens(stage: Stage, at: str, words: str) -> None:
    with pytest.raises(NotNow, match=words):
        take(stage, at)


@pytest.mark.parametrize("at", ["8:10", "12:30", "16:40"])
def test_before_opening_and_through_lunch_one_may_already_stand_in_line(stage: Stage, at: str) -> None:
    assert take(stage, at).state == "waiting"


def test_a_closed_day_gives_no_tickets_and_names_the_reason(stage: Stage) -> None:
    DayHours.objects.create(centre=stage.cast.centre, day=MONDAY, periods=[], reason="线路检修")
    memory.forget()
    with pytest.raises(NotNow, match="线路检修"):
        take(stage)


def test_an_unknown_item_and_a_paused_one_are_refused(stage: Stage) -> None:
    with pytest.raises(InvalidInput, match="没有这个事项"):
        take(stage, items=("nothing-here",))
    item = stage.cast.items[FOOD]
    item.status = "paused"
    item.save(update_fields=["status"])
    with pytest.raises(InvalidInput, match="停止办理"):
        take(stage, items=(FOOD,))


def test_an_item_this_centre_does_not_take_names_where_it_is_taken(stage: Stage) -> None:
    township = stage.cast.township
    Hall.objects.create(centre=township)
    Queue.objects.create(centre=township, letter="A", name="综合", kind="general")
    WeeklyHours.objects.create(centre=township, weekday=0, opens=540, closes=1020, valid_from=dt.date(2020, 1, 1))
    with pytest.raises(
        RuleBroken, match=r"桃花江镇便民服务中心不办.*请到桃江县政务服务中心办理（桃江县文昌路1号，0737-8881234）"
    ):
        tickets.take(township, {"items": [FOOD]}, source="kiosk", now=stage.at("9:05"))


def test_a_centre_without_a_hall_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFound, match="还没有开通"):
        tickets.take(stage.cast.township, {}, source="kiosk", now=stage.at("9:05"))


def test_a_kind_without_a_line_is_refused(stage: Stage) -> None:
    with pytest.raises(InvalidInput, match="没有这类窗口"):
        take(stage, kind="hand_out")


@pytest.mark.parametrize(
    "raw",
    [
        {"items": ["x"] * 11},
        {"items": "x"},
        {"items": [FOOD, FOOD]},
        {"kind": "g" * 21},
        {"priority": "king"},
        {"priority": "appointment"},
        {"visitor": {"name": "王小明"}},
        {"visitor": {"name": "王小明", "phone": "123"}},
        {"visitor": {"name": "王\u202e小明", "phone": "19900001234"}},
        {"visitor": {"name": "王小明", "id_number": "430922199001011234"}},
        {"window": "A01"},
        {"purpose": "问\x00题"},
    ],
)
def test_bad_input_is_a_clear_error_and_writes_nothing(stage: Stage, raw: dict[str, Any]) -> None:
    with pytest.raises(Problem) as problem:
        take(stage, **raw)
    assert problem.value.status in {409, 422}
    assert problem.value.errors
    assert not Ticket.objects.exists()


def test_when_the_time_left_cannot_serve_one_more_no_ticket_is_given(stage: Stage) -> None:
    """One window, ten minutes a service, 16:30: after the margin there is room for two."""
    stage.open("A01", "clerk1", "9:00")
    assert [take(stage, "16:30").number, take(stage, "16:30").number] == ["A001", "A002"]
    with pytest.raises(NotNow, match="今天的号已经取完"):
        take(stage, "16:30")
    assert not next(
        offer for offer in tickets.offers(stage.cast.centre, stage.at("16:30")) if offer.queue.letter == "A"
    ).open
    given = take(stage, "16:30", source="guide", by="guide1", override="八十岁老人，专程从乡下来")
    assert given.number == "A003"
    assert given.periods.get().reason == "八十岁老人，专程从乡下来"


def test_only_staff_override_and_grant_the_green_channel(stage: Stage) -> None:
    with pytest.raises(Refused):
        take(stage, "17:30", override="请通融")
    with pytest.raises(Refused):
        take(stage, priority="green", priority_note="急")
    with pytest.raises(Refused):
        take(stage, source="guide", by="citizen1")
    assert AccessRecord.objects.filter(kind="refused", action="hall.take").exists()
    with pytest.raises(InvalidInput, match="说明理由"):
        take(stage, source="guide", by="guide1", priority="green")
    assert take(stage, source="guide", by="guide1", priority="green", priority_note="重点项目").priority == "green"


def test_what_visitors_say_of_themselves_can_be_left_to_staff(cast: Cast) -> None:
    stage = build(cast, self_declared=False)
    with pytest.raises(InvalidInput, match="请到导办台取号"):
        take(stage, priority="elderly")


def test_a_priority_is_granted_with_a_reason_and_taken_back(stage: Stage) -> None:
    ticket = take(stage)
    guide = stage.cast.actor("guide1")
    with pytest.raises(InvalidInput, match="说明理由"):
        tickets.set_priority(ticket, "disabled", " ", by=guide)
    granted = tickets.set_priority(ticket, "disabled", "坐轮椅", by=guide)
    assert (granted.priority, granted.rank_at) == ("disabled", stage.at("8:50"))
    back = tickets.set_priority(ticket, "", "", by=guide)
    assert (back.priority, back.rank_at) == ("", ticket.place_at)
    with pytest.raises(Refused):
        tickets.set_priority(ticket, "green", "x", by=stage.cast.actor("citizen1"))


# ---- appointments -------------------------------------------------------------------------------------------------


def test_who_comes_in_time_stands_in_line_from_the_hour_on(stage: Stage) -> None:
    ticket = check_in(stage, booking(stage), "9:40")
    assert (ticket.place_at, ticket.priority, ticket.number) == (stage.at("10:00"), "appointment", "A001")
    assert Appointment.objects.get().state == "arrived"
    assert ticket.visitor is not None
    assert check_in(stage, Appointment.objects.get(), "9:45").pk == ticket.pk


def test_who_comes_late_is_served_as_anybody(stage: Stage) -> None:
    ticket = check_in(stage, booking(stage), "10:20")
    assert (ticket.place_at, ticket.priority, ticket.priority_note) == (stage.at("10:20"), "", "预约 Y001，晚到")
    assert Appointment.objects.get().state == "missed"


@pytest.mark.parametrize(
    ("more", "at", "words"),
    [
        ({}, "8:30", "60 分钟内来签到"),
        ({"day": MONDAY + dt.timedelta(days=1)}, "9:50", "不是今天"),
        ({"state": "cancelled"}, "9:50", "已经取消"),
        ({"state": "displaced"}, "9:50", "需要改期"),
    ],
)
def test_untimely_check_ins_say_what_to_do(stage: Stage, more: dict[str, Any], at: str, words: str) -> None:
    with pytest.raises(NotNow, match=words):
        check_in(stage, booking(stage, **more), at)


def test_whoever_knows_a_number_does_not_change_that_persons_phone(stage: Stage) -> None:
    """A ticket or booking in somebody's name is not proof of who gave it."""
    known = stage.cast.citizen1.applicant
    before = known.phone
    given = {"name": "王小明", "id_type": "id_card", "id_number": CITIZEN_ID, "phone": "13800000000"}
    ticket = take(stage, visitor=given)
    known.refresh_from_db()
    assert ticket.visitor is not None
    assert (ticket.visitor.applicant, str(ticket.visitor.phone), known.phone) == (known, "13800000000", before)
