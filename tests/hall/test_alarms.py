"""The alarm of a line names what could be opened, lasts as long as the wait, and is told once."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from onewindow.exchange.models import OutboxMessage
from onewindow.hall import alarms, memory
from onewindow.hall.alarms import check
from onewindow.hall.models import Ticket, WaitAlarm, WindowClosure
from tests.cast import Cast
from tests.hall.stage import MONDAY, Stage, build


@pytest.fixture
def stage(cast: Cast) -> Stage:
    memory.forget()
    return build(cast)


def crowd(stage: Stage, number: int = 8) -> None:
    """One window for so many people: an hour and more at ten minutes each."""
    stage.open("A01")
    for _ in range(number):
        stage.visit("9:30")


def test_a_long_wait_raises_one_alarm_and_one_message(stage: Stage) -> None:
    crowd(stage)
    check(stage.centre, stage.at("9:40"))
    check(stage.centre, stage.at("9:41"))
    alarm, message = WaitAlarm.objects.get(), OutboxMessage.objects.get(topic="oversight.hall_wait")
    assert (alarm.queue, alarm.started_at, alarm.limit) == (stage.lines["A"], stage.at("9:40"), 30)
    assert alarm.expected > 60
    assert message.subject == f"alarm:{alarm.pk}"
    assert message.payload["windows"] == ["A02", "A03"]
    assert (message.payload["centre"], message.payload["line"], message.payload["waiting"]) == ("taojiang", "A 综合", 8)


def test_it_names_windows_that_could_open_those_with_somebody_free_first(stage: Stage) -> None:
    crowd(stage)
    posting = stage.cast.posting("clerk2")
    posting.window = stage.windows["A03"]
    posting.save()
    (alarm,) = check(stage.centre, stage.at("9:40"))
    assert [(one["code"], one["people"]) for one in alarm.suggestion] == [("A03", ["李窗"]), ("A02", [])]
    assert alarms.words(alarm.suggestion) == "可以再开：A03 综合窗口3号（李窗）、A02 综合窗口2号（要安排人）"


def test_it_names_a_paused_window_and_leaves_out_one_that_is_shut_on_purpose(stage: Stage) -> None:
    crowd(stage)
    stage.pause(stage.open("A02", "clerk2"), "9:20")
    WindowClosure.objects.create(
        window=stage.windows["A03"], starts_at=stage.at("9:00"), ends_at=stage.at("17:00"), reason="检修"
    )
    (alarm,) = check(stage.centre, stage.at("9:40"))
    assert [(one["code"], one["state"], one["people"]) for one in alarm.suggestion] == [("A02", "paused", ["李窗"])]


def test_it_says_so_when_nothing_is_left_to_open(stage: Stage) -> None:
    crowd(stage, 30)
    stage.open("A02", "clerk2")
    stage.open("A03", "helper1")
    (alarm,) = check(stage.centre, stage.at("9:40"))
    assert alarm.suggestion == []
    assert "都开着" in alarms.words(alarm.suggestion)


def test_it_keeps_the_worst_and_ends_well_below_the_limit(stage: Stage) -> None:
    crowd(stage, 8)
    check(stage.centre, stage.at("9:40"))
    worst = WaitAlarm.objects.get().expected
    Ticket.objects.filter(pk__in=list(Ticket.objects.values_list("pk", flat=True)[3:])).update(state="left")
    stage.visit("9:40", called="9:41")
    (alarm,) = check(stage.centre, stage.at("9:42"))
    assert (alarm.ended_at, alarm.expected) == (None, worst)
    Ticket.objects.filter(state="waiting").update(state="left")
    assert check(stage.centre, stage.at("9:43")) == []
    assert WaitAlarm.objects.get().ended_at == stage.at("9:43")
    assert OutboxMessage.objects.filter(topic=alarms.TOPIC).count() == 1


def test_a_wait_within_the_limit_raises_nothing(stage: Stage) -> None:
    crowd(stage, 2)
    assert check(stage.centre, stage.at("9:40")) == []
    assert not WaitAlarm.objects.exists()


def test_a_line_in_which_nobody_stands_raises_nothing_though_its_windows_are_full(stage: Stage) -> None:
    other = stage.lines["C"]
    other.kind = "general"
    other.save()
    crowd(stage)
    assert [alarm.queue.letter for alarm in check(stage.centre, stage.at("9:40"))] == ["A"]


def test_the_limit_is_the_halls_own(stage: Stage) -> None:
    stage.hall.rules = {"wait_limit": 10}
    stage.hall.save()
    crowd(stage, 2)
    (alarm,) = check(stage.centre, stage.at("9:40"))
    assert alarm.limit == 10


def test_people_whom_no_window_serves_are_an_alarm(stage: Stage) -> None:
    stage.visit("9:30", line="C")
    assert check(stage.centre, stage.at("9:33")) == []
    (alarm,) = check(stage.centre, stage.at("9:40"))
    assert alarm.expected == 10
    assert [one["code"] for one in alarm.suggestion] == ["C01"]
    assert OutboxMessage.objects.get(topic=alarms.TOPIC).payload["served"] is False


@pytest.mark.parametrize("clock", ["12:10", "17:30"])
def test_no_alarm_stands_while_the_hall_is_closed(stage: Stage, clock: str) -> None:
    crowd(stage)
    check(stage.centre, stage.at("11:50"))
    assert check(stage.centre, stage.at(clock)) == []
    assert WaitAlarm.objects.get().ended_at == stage.at(clock)


def test_two_processes_raise_one_alarm(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second looked before the first had written."""
    crowd(stage)
    check(stage.centre, stage.at("9:40"))
    nothing = WaitAlarm.objects.none()
    monkeypatch.setattr(WaitAlarm.objects, "filter", lambda **_: nothing)
    assert check(stage.centre, stage.at("9:40")) == []
    monkeypatch.undo()
    assert WaitAlarm.objects.count() == OutboxMessage.objects.filter(topic=alarms.TOPIC).count() == 1


def test_the_minute_of_a_quiet_hall_is_cheap(stage: Stage, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    stage.open("A01")
    now = stage.at("10:00")
    check(stage.centre, now)
    with django_assert_num_queries(3):
        check(stage.centre, now)


def test_a_day_without_hours_has_no_alarm(stage: Stage) -> None:
    crowd(stage)
    sunday = dt.datetime.combine(MONDAY - dt.timedelta(days=1), dt.time(10), tzinfo=timezone.get_default_timezone())
    assert check(stage.centre, sunday) == []
