"""Booking a time: what is offered, who may, what a repeat does, moving and cancelling, and finding it again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from onewindow.exchange.models import OutboxMessage
from onewindow.hall import appointments, memory
from onewindow.hall.models import Appointment, Hall, Queue, Visitor, WindowClosure
from onewindow.people.models import AccessRecord
from onewindow.problems import InvalidInput, NotFound, NotNow, Problem, Refused, RuleBroken, TooMany
from tests.cast import CITIZEN_ID, FERTILITY, FOOD, OTHER_ID, Cast
from tests.hall.bookings import SUNDAY_NOON, TUESDAY, book, wish
from tests.hall.stage import MONDAY, Stage, build


@pytest.fixture
def stage(cast: Cast) -> Stage:
    """Three general windows, half of the time bookable: one lane and ninety minutes an hour; services take ten."""
    return build(cast)


def test_a_booking_holds_a_place_and_tells_the_person(stage: Stage) -> None:
    made = book(stage, note="坐轮椅")
    assert (made.state, made.channel, made.note) == ("booked", "online", "坐轮椅")
    assert (made.starts_at, made.ends_at) == (stage.at("9:30"), stage.at("9:45"))
    assert made.item == stage.cast.items[FOOD]
    assert len(made.number) == 6
    assert made.number.isdigit()
    message = OutboxMessage.objects.get(topic="hall.booked")
    assert message.subject == f"appointment:{made.pk}"
    assert message.payload == {"appointment": made.pk}


# ---- what is offered ----------------------------------------------------------------------------------------------


def test_every_day_of_the_horizon_is_offered_or_says_why_not(stage: Stage) -> None:
    offered = appointments.days(stage.cast.centre, FOOD, now=SUNDAY_NOON)
    assert len(offered) == 15
    by_day = {one.day: one for one in offered}
    assert (by_day[MONDAY].free, by_day[MONDAY].why_not) == (28, "")
    assert (by_day[SUNDAY_NOON.date()].free, by_day[SUNDAY_NOON.date()].why_not) == (0, "周末")


def test_a_day_that_is_over_or_full_says_so(stage: Stage) -> None:
    evening = appointments.days(stage.cast.centre, FOOD, now=stage.at("17:30"))[0]
    assert (evening.free, evening.why_not) == (0, "时间已过")
    for n, slot in enumerate(appointments.offer(stage.cast.centre, FOOD, "general", MONDAY, SUNDAY_NOON)):
        book(stage, f"{slot.starts:%H:%M}", n)
    full = appointments.days(stage.cast.centre, FOOD, now=SUNDAY_NOON)[1]
    assert (full.day, full.free, full.why_not) == (MONDAY, 0, "已约满")


def test_times_beyond_the_horizon_and_on_closed_days_are_not_offered(stage: Stage) -> None:
    assert appointments.offer(stage.cast.centre, FOOD, "general", MONDAY - dt.timedelta(days=1), SUNDAY_NOON) == []
    assert appointments.offer(stage.cast.centre, FOOD, "general", MONDAY + dt.timedelta(days=14), SUNDAY_NOON) == []
    assert appointments.offer(stage.cast.centre, FOOD, "general", dt.date.max, SUNDAY_NOON) == []


def test_a_line_without_appointments_says_that_nobody_needs_one(stage: Stage) -> None:
    Queue.objects.filter(letter="C").update(takes_appointments=False)
    with pytest.raises(RuleBroken, match="不用预约") as refused:
        appointments.days(stage.cast.centre, None, "consulting", SUNDAY_NOON)
    assert "直接来取号" in refused.value.detail


def test_an_item_that_is_not_taken_here_names_where_it_is(stage: Stage, cast: Cast) -> None:
    Hall.objects.create(centre=cast.township)
    Queue.objects.create(centre=cast.township, letter="A", name="综合", kind="general")
    memory.forget()
    with pytest.raises(RuleBroken, match=r"桃花江镇便民服务中心.*桃江县政务服务中心"):
        appointments.book(cast.township, wish(stage), by=None, now=SUNDAY_NOON)


def test_a_centre_without_a_hall(stage: Stage, cast: Cast) -> None:
    with pytest.raises(NotFound):
        appointments.days(cast.township, None, now=SUNDAY_NOON)
    with pytest.raises(NotFound):
        appointments.book(10**9, wish(stage), by=None, now=SUNDAY_NOON)


# ---- when it cannot be --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "day", "words"),
    [
        ("9:30", MONDAY - dt.timedelta(days=3), "已经过了"),
        ("9:30", MONDAY + dt.timedelta(days=5), "不办公：周末"),
        ("9:30", MONDAY + dt.timedelta(days=21), "最多提前 14 天"),
        ("9:31", MONDAY, "没有这个时段"),
        ("12:15", MONDAY, "没有这个时段"),
        ("17:00", MONDAY, "没有这个时段"),
        ("3:00", MONDAY, "没有这个时段"),
    ],
)
def test_a_time_that_cannot_be_booked_says_why(stage: Stage, clock: str, day: dt.date, words: str) -> None:
    with pytest.raises(Problem, match=words):
        book(stage, clock, day=day)
    assert not Appointment.objects.exists()
    assert not Visitor.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_a_full_time_names_others_of_the_same_day(stage: Stage) -> None:
    book(stage, "9:30", 1)
    with pytest.raises(RuleBroken, match="刚刚约满") as refused:
        book(stage, "9:30", 2)
    assert "明天 9:00、明天 9:15、明天 9:45" in refused.value.detail
    assert "不预约也能办" in refused.value.detail


def test_the_database_has_the_last_word(stage: Stage) -> None:
    """Whatever the code believes, one lane takes one booking at a time."""
    first = book(stage)
    twin = Appointment.objects.get(pk=first.pk)
    twin.pk, twin.code, twin.number, twin.person = None, "another", "999999", "somebody else"
    with pytest.raises(IntegrityError, match="hall_no_double_booking"), transaction.atomic():
        twin.save()


def test_one_live_appointment_per_person_item_and_day(stage: Stage) -> None:
    book(stage, "9:30")
    with pytest.raises(RuleBroken, match="您已经预约了明天 9:30") as refused:
        book(stage, "10:30")
    assert not any(char.isdigit() for char in refused.value.detail), "the number is known to its owner only"
    book(stage, "10:30", item=FERTILITY)
    book(stage, "10:30", day=TUESDAY)
    book(stage, "11:30", item=None)
    with pytest.raises(RuleBroken, match="已经预约"):
        book(stage, "14:00", item=None)


def test_the_same_person_is_known_by_identity_number_whatever_the_phone(stage: Stage) -> None:
    identity = {"id_type": "id_card", "id_number": CITIZEN_ID}
    book(stage, "9:30", 1, **identity)
    with pytest.raises(RuleBroken, match="已经预约"):
        book(stage, "10:30", 2, **identity)
    book(stage, "10:30", 1, id_type="id_card", id_number=OTHER_ID)


def test_a_cancelled_one_does_not_stand_in_the_way(stage: Stage) -> None:
    appointments.cancel(book(stage), by=None, now=SUNDAY_NOON)
    assert book(stage, "9:30").state == "booked"


def test_nobody_hoards_places(stage: Stage, cast: Cast) -> None:
    for n in range(appointments.MOST_LIVE):
        book(
            stage,
            f"{9 + n // 2}:{30 * (n % 2):02}",
            day=TUESDAY + dt.timedelta(days=n // 2),
            item=[FOOD, FERTILITY][n % 2],
        )
    with pytest.raises(TooMany, match="5 个"):
        book(stage, "16:00", day=MONDAY)
    assert book(stage, "16:00", by=cast.actor("guide1"), channel="phone").state == "booked"


# ---- hostile input ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 201},
        {"name": "王\u202e小明"},
        {"name": None},
        {"phone": "12345"},
        {"phone": ""},
        {"phone": ["19900010000"]},
        {"id_number": "110101199001011234"},
        {"id_type": "id_card"},
        {"id_type": "dragon", "id_number": "1"},
        {"at": "tomorrow"},
        {"at": None},
        {"at": "9999-12-31T23:59:59+00:00"},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"item": "no-such-item"},
        {"item": "x" * 300},
        {"item": {"key": FOOD}},
        {"kind": "dragon"},
        {"kind": "general\x00"},
        {"kind": "x" * 4000},
        {"note": "\x00"},
        {"note": "x" * 201},
        {"state": "arrived"},
    ],
    ids=str,
)
def test_hostile_input_is_named_in_chinese_and_nothing_is_written(stage: Stage, change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        appointments.book(stage.cast.centre, {**wish(stage), **change}, by=None, now=SUNDAY_NOON)
    assert refused.value.errors
    assert all(any("\u4e00" <= char <= "\u9fff" for char in error.message) for error in refused.value.errors)
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("raw", [None, [], "x", 7, {}])
def test_what_is_no_booking_at_all(stage: Stage, raw: object) -> None:
    with pytest.raises(InvalidInput):
        appointments.book(stage.cast.centre, raw, by=None, now=SUNDAY_NOON)


def test_a_time_without_a_zone_is_the_halls(stage: Stage) -> None:
    assert book(stage, at="2026-11-23T09:30:00").starts_at == stage.at("9:30")


# ---- repeats ------------------------------------------------------------------------------------------------------


def test_a_repeated_request_is_the_first_booking(stage: Stage) -> None:
    first = book(stage, request="k" * 500)
    again = book(stage, request="k" * 500)
    assert again.pk == first.pk
    assert OutboxMessage.objects.filter(topic="hall.booked").count() == 1
    assert Visitor.objects.count() == 1


def test_somebody_elses_request_key_opens_nothing(stage: Stage) -> None:
    book(stage, n=1, request="key")
    with pytest.raises(RuleBroken, match="请求编号"):
        book(stage, n=2, request="key")


# ---- who may ------------------------------------------------------------------------------------------------------


def test_the_guide_enters_what_somebody_says_on_the_telephone(stage: Stage, cast: Cast) -> None:
    made = book(stage, by=cast.actor("guide1"), channel="phone")
    assert (made.channel, made.booked_by) == ("phone", cast.guide1)


@pytest.mark.parametrize("who", ["township1", "head1", "editor1", "admin", "supervisor1"])
def test_others_do_not_and_the_refusal_is_recorded(stage: Stage, cast: Cast, who: str) -> None:
    with pytest.raises(Refused):
        book(stage, by=cast.actor(who), channel="phone")
    assert AccessRecord.objects.filter(kind="refused", action="hall.book", account=cast.accounts[who]).count() == 1


def test_nobody_claims_to_be_the_telephone(stage: Stage, cast: Cast) -> None:
    for by in (None, cast.actor("citizen1")):
        with pytest.raises(Refused):
            book(stage, by=by, channel="phone")


def test_who_is_signed_in_is_known_without_saying_a_number(stage: Stage, cast: Cast) -> None:
    made = book(stage, by=cast.actor("citizen1"))
    assert made.visitor.applicant == cast.citizen1.applicant
    with pytest.raises(RuleBroken, match="已经预约"):
        book(stage, "10:30", 9, id_type="id_card", id_number=CITIZEN_ID)


# ---- moving and cancelling ----------------------------------------------------------------------------------------


def test_moving_gives_the_old_place_back_and_takes_the_new_one(stage: Stage) -> None:
    made = book(stage)
    number = made.number
    moved = appointments.move(made, stage.at("14:00", TUESDAY), by=None, now=SUNDAY_NOON)
    assert (moved.day, moved.starts_at, moved.moved, moved.number) == (TUESDAY, stage.at("14:00", TUESDAY), 1, number)
    assert OutboxMessage.objects.filter(topic="hall.moved").count() == 1
    assert book(stage, "9:30", 2).state == "booked"


def test_moving_to_the_same_time_changes_nothing(stage: Stage) -> None:
    made = book(stage)
    assert appointments.move(made, made.starts_at, by=None, now=SUNDAY_NOON).moved == 0
    assert not OutboxMessage.objects.filter(topic="hall.moved").exists()


def test_moving_by_a_quarter_of_an_hour_is_not_in_its_own_way(stage: Stage) -> None:
    stage.hall.rules = {"service_minutes": 30}
    stage.hall.save()
    memory.forget()
    made = book(stage)
    assert made.ends_at - made.starts_at == dt.timedelta(minutes=30)
    moved = appointments.move(made, stage.at("9:45"), by=None, now=SUNDAY_NOON)
    assert moved.starts_at == stage.at("9:45")


def test_moving_to_a_full_time_keeps_the_old_one(stage: Stage) -> None:
    book(stage, "10:00", 1)
    made = book(stage, "9:30", 2)
    with pytest.raises(RuleBroken, match="约满"):
        appointments.move(made, stage.at("10:00"), by=None, now=SUNDAY_NOON)
    made.refresh_from_db()
    assert (made.starts_at, made.state) == (stage.at("9:30"), "booked")


@pytest.mark.parametrize("at", ["", None, "soon", [], {"x": 1}, "2026-11-23"])
def test_moving_to_nonsense(stage: Stage, at: object) -> None:
    with pytest.raises(Problem):
        appointments.move(book(stage), at, by=None, now=SUNDAY_NOON)


def test_moving_never_makes_two_of_one_day(stage: Stage) -> None:
    book(stage, "9:30")
    other = book(stage, "9:30", day=TUESDAY)
    with pytest.raises(RuleBroken, match="已经预约"):
        appointments.move(other, stage.at("10:30"), by=None, now=SUNDAY_NOON)


def test_a_number_taken_on_the_new_day_is_drawn_anew(stage: Stage) -> None:
    stays, goes = book(stage, n=1, day=TUESDAY), book(stage, n=2)
    Appointment.objects.filter(pk=goes.pk).update(number=stays.number)
    moved = appointments.move(goes, stage.at("14:00", TUESDAY), by=None, now=SUNDAY_NOON)
    assert moved.number != stays.number


def test_moved_too_often_asks_to_telephone(stage: Stage, cast: Cast) -> None:
    made = book(stage)
    Appointment.objects.update(moved=appointments.MOST_MOVES)
    with pytest.raises(TooMany):
        appointments.move(made, stage.at("10:00"), by=None, now=SUNDAY_NOON)
    assert appointments.move(made, stage.at("10:00"), by=cast.actor("guide1"), now=SUNDAY_NOON).state == "booked"


def test_cancelling_frees_the_place_and_twice_is_once(stage: Stage) -> None:
    made = book(stage)
    gone = appointments.cancel(made, "孩子病了", by=None, now=SUNDAY_NOON)
    assert (gone.state, gone.end_reason, gone.ended_at) == ("cancelled", "孩子病了", SUNDAY_NOON)
    assert appointments.cancel(made, by=None, now=SUNDAY_NOON).pk == made.pk
    assert OutboxMessage.objects.filter(topic="hall.cancelled").count() == 1
    assert book(stage, "9:30", 2).state == "booked"


@pytest.mark.parametrize(
    ("state", "words"), [("arrived", "已经到场"), ("missed", "时间已经过了"), ("cancelled", "取消了")]
)
def test_what_has_ended_says_what_to_do_instead(stage: Stage, state: str, words: str) -> None:
    made = book(stage)
    Appointment.objects.update(state=state)
    with pytest.raises(NotNow, match=words):
        appointments.move(made, stage.at("10:00"), by=None, now=SUNDAY_NOON)
    if state != "cancelled":
        with pytest.raises(NotNow, match=words):
            appointments.cancel(made, by=None, now=SUNDAY_NOON)


def test_staff_of_another_centre_neither_move_nor_cancel(stage: Stage, cast: Cast) -> None:
    made, stranger = book(stage), cast.actor("township1")
    with pytest.raises(Refused):
        appointments.move(made, stage.at("10:00"), by=stranger, now=SUNDAY_NOON)
    with pytest.raises(Refused):
        appointments.cancel(made, by=stranger, now=SUNDAY_NOON)
    assert AccessRecord.objects.filter(kind="refused", account=cast.township1).count() == 2


@pytest.mark.parametrize("reason", ["\x00", "x" * 201, ["x"], "\u202e"])
def test_hostile_reasons(stage: Stage, reason: object) -> None:
    with pytest.raises(InvalidInput):
        appointments.cancel(book(stage), reason, by=None, now=SUNDAY_NOON)


# ---- finding it again ---------------------------------------------------------------------------------------------


def test_the_kiosk_finds_a_booking_by_number_and_phone(stage: Stage) -> None:
    made = book(stage)
    spaced = f" {made.number[:3]} {made.number[3:]} "
    assert appointments.find(stage.cast.centre, spaced, "0000", MONDAY) == made
    appointments.cancel(made, by=None, now=SUNDAY_NOON)
    with pytest.raises(NotFound):
        appointments.find(stage.cast.centre, made.number, "0000", MONDAY)


@pytest.mark.parametrize(
    ("number", "tail"),
    [("", ""), ("", "0000"), (None, "000"), (None, "1234"), ("x'--", "0000"), ("٣" * 6, "0000"), ("\x00", "0000")],
)
def test_it_is_not_found_without_both(stage: Stage, number: str | None, tail: str) -> None:
    made = book(stage)
    with pytest.raises(NotFound):
        appointments.find(stage.cast.centre, made.number if number is None else number, tail, MONDAY)


def test_it_is_found_on_its_day_and_in_its_centre_only(stage: Stage, cast: Cast) -> None:
    made = book(stage)
    for centre, day in ((cast.centre, TUESDAY), (cast.township, MONDAY)):
        with pytest.raises(NotFound):
            appointments.find(centre, made.number, "0000", day)


def test_an_identity_card_on_the_reader_finds_the_bookings_of_the_day(stage: Stage) -> None:
    late = book(stage, "14:00", id_number=CITIZEN_ID)
    early = book(stage, "9:30", id_number=CITIZEN_ID, item=FERTILITY)
    book(stage, "10:30", 3)
    assert appointments.of_person(stage.cast.centre, CITIZEN_ID, MONDAY) == [early, late]
    assert appointments.of_person(stage.cast.centre, OTHER_ID, MONDAY) == []


def test_planned_closures_take_windows_out_of_the_offer(stage: Stage) -> None:
    for code in ("A01", "A02", "A03"):
        WindowClosure.objects.create(
            window=stage.windows[code], starts_at=stage.at("9:00"), ends_at=stage.at("10:00"), reason="培训"
        )
    offered = appointments.offer(stage.cast.centre, FOOD, "general", MONDAY, SUNDAY_NOON)
    assert {slot.why_not for slot in offered[:4]} == {"窗口不开"}
    assert offered[4].free == 1
