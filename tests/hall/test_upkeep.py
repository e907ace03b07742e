"""What happens to bookings by themselves: places given back, reminders once, and other times for a day that closed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.clocks import store
from onewindow.clocks.calendar import DayKind, WorkCalendar
from onewindow.exchange.models import OutboxMessage
from onewindow.hall import appointments, memory
from onewindow.hall.messages import notice
from onewindow.hall.models import Appointment, DayHours, WindowClosure
from onewindow.problems import NotNow, RuleBroken
from tests.cast import FERTILITY, FOOD, Cast
from tests.hall.bookings import SUNDAY_NOON, TUESDAY, book
from tests.hall.stage import MONDAY, Stage, build

FRIDAY_BEFORE = SUNDAY_NOON - dt.timedelta(days=2)


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return build(cast)


def sent(topic: str) -> int:
    return OutboxMessage.objects.filter(topic=f"hall.{topic}").count()


def shut(stage: Stage, day: dt.date = MONDAY, periods: list[list[object]] | None = None) -> None:
    DayHours.objects.filter(day=day, ended_at__isnull=True).update(ended_at=SUNDAY_NOON)
    DayHours.objects.create(centre=stage.cast.centre, day=day, periods=periods or [], reason="停电检修")
    memory.forget()


# ---- not there ----------------------------------------------------------------------------------------------------


def test_who_does_not_come_gives_the_place_back_after_the_grace_and_not_before(stage: Stage) -> None:
    made = book(stage)
    assert appointments.release_due(stage.at("9:45")) == 0
    assert appointments.release_due(stage.at("9:45:01")) == 1
    assert appointments.release_due(stage.at("9:46")) == 0
    made.refresh_from_db()
    assert (made.state, made.ended_at) == ("missed", stage.at("9:45:01"))
    assert sent("missed") == 1


def test_the_grace_is_the_halls_own(stage: Stage) -> None:
    stage.hall.rules = {"release_minutes": 40}
    stage.hall.save()
    book(stage)
    assert appointments.release_due(stage.at("10:09")) == 0
    assert appointments.release_due(stage.at("10:11")) == 1


def test_a_released_place_can_be_booked_again_while_its_time_lasts(stage: Stage) -> None:
    stage.hall.rules = {"release_minutes": 5, "service_minutes": 60}
    stage.hall.save()
    memory.forget()
    first = book(stage, "9:00")
    assert first.ends_at == stage.at("10:00")
    before = appointments.offer(stage.cast.centre, FOOD, "general", MONDAY, stage.at("9:06"))
    assert appointments.release_due(stage.at("9:06")) == 1
    after = appointments.offer(stage.cast.centre, FOOD, "general", MONDAY, stage.at("9:06"))
    assert (before[1].starts, before[1].free, after[1].free) == (stage.at("9:15"), 0, 1)


def test_who_came_or_cancelled_is_not_released(stage: Stage) -> None:
    came, gone = book(stage, "9:00", 1), book(stage, "9:30", 2)
    Appointment.objects.filter(pk=came.pk).update(state="arrived")
    appointments.cancel(gone, by=None, now=SUNDAY_NOON)
    assert appointments.release_due(stage.at("16:00")) == 0


def test_yesterdays_are_released_even_if_nothing_ran_at_the_time(stage: Stage) -> None:
    book(stage)
    assert appointments.release_due(stage.at("9:00", TUESDAY)) == 1


def test_many_are_released_in_batches(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onewindow.hall.upkeep._BATCH", 2)
    for n in range(5):
        book(stage, f"{9 + n // 4}:{15 * (n % 4):02}", n)
    assert appointments.release_due(stage.at("12:00")) == 5
    assert sent("missed") == 5


# ---- reminders ----------------------------------------------------------------------------------------------------


def test_everybody_is_reminded_once(stage: Stage) -> None:
    made = book(stage, now=FRIDAY_BEFORE)
    assert appointments.remind_due(stage.at("15:29", SUNDAY_NOON.date())) == 0
    due = stage.at("15:31", SUNDAY_NOON.date())
    assert [appointments.remind_due(due) for _ in range(3)] == [1, 0, 0]
    assert appointments.remind_due(stage.at("8:30")) == 0
    assert sent("reminder") == 1
    made.refresh_from_db()
    assert made.reminded_at == due


def test_nobody_is_reminded_of_what_they_booked_a_moment_ago(stage: Stage) -> None:
    book(stage, now=stage.at("16:00", SUNDAY_NOON.date()))
    assert appointments.remind_due(stage.at("16:01", SUNDAY_NOON.date())) == 0


def test_who_moved_is_reminded_of_the_new_time(stage: Stage) -> None:
    made = book(stage, now=FRIDAY_BEFORE)
    assert appointments.remind_due(stage.at("16:00", SUNDAY_NOON.date())) == 1
    appointments.move(made, stage.at("9:30", TUESDAY), by=None, now=stage.at("17:00", SUNDAY_NOON.date()))
    assert appointments.remind_due(stage.at("9:00")) == 0
    assert appointments.remind_due(stage.at("16:00")) == 1


def test_nobody_is_woken(stage: Stage) -> None:
    book(stage, "16:00", now=FRIDAY_BEFORE)
    assert appointments.remind_due(stage.at("22:30", SUNDAY_NOON.date())) == 0
    assert appointments.remind_due(stage.at("8:00")) == 1


def test_nobody_is_reminded_of_what_is_over_cancelled_or_displaced(stage: Stage) -> None:
    book(stage, "9:00", 1, now=FRIDAY_BEFORE)
    appointments.cancel(book(stage, "14:00", 2, now=FRIDAY_BEFORE), by=None, now=FRIDAY_BEFORE)
    displaced = book(stage, "15:00", 3, now=FRIDAY_BEFORE)
    Appointment.objects.filter(pk=displaced.pk).update(state="displaced")
    assert appointments.remind_due(stage.at("9:01")) == 0


def test_a_reminder_carries_the_link_and_no_personal_data_lies_in_the_outbox(stage: Stage) -> None:
    made = book(stage, now=FRIDAY_BEFORE)
    appointments.remind_due(stage.at("16:00", SUNDAY_NOON.date()))
    message = OutboxMessage.objects.get(topic="hall.reminder")
    assert message.payload == {"appointment": made.pk}
    assert f"/appointments/{made.code}/" in notice(message)["text"]


# ---- the day is closed --------------------------------------------------------------------------------------------


def test_closing_a_day_tells_everybody_booked_and_offers_other_times(stage: Stage) -> None:
    people = [book(stage, clock, n) for n, clock in enumerate(("9:00", "11:30", "16:00"))]
    other_day = book(stage, "9:00", 8, day=TUESDAY)
    shut(stage)
    assert appointments.displace(stage.cast.centre, MONDAY, SUNDAY_NOON) == 3
    assert appointments.displace(stage.cast.centre, MONDAY, SUNDAY_NOON) == 0
    assert sent("displaced") == 3
    other_day.refresh_from_db()
    assert other_day.state == "booked"
    told = OutboxMessage.objects.get(topic="hall.displaced", subject=f"appointment:{people[2].pk}")
    assert told.payload["times"] == [stage.at("16:00", MONDAY + dt.timedelta(days=n)).isoformat() for n in (1, 2, 3)]
    text = notice(told)["text"]
    assert f"/appointments/{people[2].code}/" in text
    assert "还可以约：11月24日 16:00、11月25日 16:00、11月26日 16:00" in text


def test_the_displaced_choose_another_time_by_the_same_link(stage: Stage) -> None:
    made = book(stage)
    shut(stage)
    appointments.displace(stage.cast.centre, MONDAY, SUNDAY_NOON)
    made.refresh_from_db()
    times = appointments.other_times(made, SUNDAY_NOON)
    moved = appointments.move(made, times[0], by=None, now=SUNDAY_NOON)
    assert (moved.state, moved.starts_at) == ("booked", stage.at("9:30", TUESDAY))


def test_the_displaced_still_have_one_live_appointment(stage: Stage) -> None:
    made = book(stage)
    shut(stage)
    appointments.displace(stage.cast.centre, MONDAY, SUNDAY_NOON)
    DayHours.objects.all().delete()
    memory.forget()
    with pytest.raises(RuleBroken, match="已经预约"):
        book(stage, "14:00")
    made.refresh_from_db()
    back = appointments.move(made, stage.at("9:30"), by=None, now=SUNDAY_NOON)
    assert back.state == "booked", "the hall opened again: the same time may be taken back"


def test_who_lets_a_closed_day_pass_is_off_the_list(stage: Stage) -> None:
    made = book(stage)
    shut(stage)
    appointments.displace(stage.cast.centre, MONDAY, SUNDAY_NOON)
    appointments.release_due(stage.at("9:00", TUESDAY))
    made.refresh_from_db()
    assert made.state == "cancelled"
    with pytest.raises(NotNow):
        appointments.move(made, stage.at("14:00", TUESDAY), by=None, now=stage.at("9:00", TUESDAY))


def test_shorter_hours_displace_only_whom_they_cut_off(stage: Stage) -> None:
    stays, goes = book(stage, "9:00", 1), book(stage, "14:00", 2)
    shut(stage, periods=[[540, 720, "regular"]])
    assert appointments.displace(stage.cast.centre, MONDAY, SUNDAY_NOON) == 1
    stays.refresh_from_db()
    goes.refresh_from_db()
    assert (stays.state, goes.state) == ("booked", "displaced")


def test_closing_now_leaves_alone_whose_time_is_over(stage: Stage) -> None:
    book(stage, "9:00", 1)
    book(stage, "14:00", 2)
    shut(stage)
    assert appointments.displace(stage.cast.centre, MONDAY, stage.at("10:00")) == 1


def test_a_window_that_shuts_hands_its_bookings_to_another(stage: Stage) -> None:
    made = book(stage)
    taken = next(window for window in stage.windows.values() if window.pk == made.lane)
    shut_times = {"starts_at": stage.at("9:00"), "ends_at": stage.at("12:00"), "reason": "培训"}
    WindowClosure.objects.create(window=taken, **shut_times)
    assert appointments.displace(stage.cast.centre, MONDAY, SUNDAY_NOON) == 0
    made.refresh_from_db()
    assert made.state == "booked"
    assert made.lane != taken.pk
    for code in ("A01", "A02", "A03"):
        WindowClosure.objects.create(window=stage.windows[code], **shut_times)
    assert appointments.displace(stage.cast.centre, MONDAY, SUNDAY_NOON) == 1


def test_a_holiday_announced_later_displaces_by_itself(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    book(stage, "9:30", 1)
    book(stage, "9:30", 2, day=TUESDAY)
    assert appointments.displace_due(SUNDAY_NOON) == 0
    shipped = WorkCalendar.shipped()
    calendar = WorkCalendar({**shipped.special, MONDAY: (DayKind.HOLIDAY, "纪念日")}, shipped.published)
    monkeypatch.setattr("onewindow.hall.opening.current_calendar", lambda: calendar)
    assert appointments.displace_due(SUNDAY_NOON) == 1
    assert appointments.displace_due(SUNDAY_NOON) == 0


def test_a_line_that_is_gone_is_told_without_other_times(stage: Stage) -> None:
    book(stage)
    shut(stage)
    stage.lines["A"].is_active = False
    stage.lines["A"].save()
    memory.forget()
    assert appointments.displace(stage.cast.centre, MONDAY, SUNDAY_NOON) == 1
    assert OutboxMessage.objects.get(topic="hall.displaced").payload["times"] == []


# ---- what it costs ------------------------------------------------------------------------------------------------


def test_the_sweeps_cost_the_same_for_one_and_for_twelve(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "RECHECK_SECONDS", 1e9)
    store.current_calendar()

    appointments.days(stage.cast.centre, FOOD, now=FRIDAY_BEFORE)

    def cost(people: int, first: int) -> list[int]:
        for n in range(people):
            slot = first + n
            book(
                stage, f"{13 + slot // 4}:{15 * (slot % 4):02}", slot, now=FRIDAY_BEFORE, item=[FOOD, FERTILITY][n % 2]
            )
        found = []
        for sweep, now in (
            (appointments.remind_due, stage.at("20:00", SUNDAY_NOON.date())),
            (appointments.displace_due, SUNDAY_NOON),
            (appointments.release_due, stage.at("20:00")),
        ):
            with CaptureQueriesContext(connection) as asked:
                sweep(now)
            found.append(len([one for one in asked if "SAVEPOINT" not in one["sql"]]))
        return found

    assert cost(1, 0) == cost(12, 1) == [4, 2, 4]
