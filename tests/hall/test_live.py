"""The hall as it stands and as it stood: lines, windows, places, and the same answer from the periods afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import DjangoAssertNumQueries

from onewindow.hall import memory
from onewindow.hall.live import place, snapshot, waits
from onewindow.hall.models import EmergencyCall, WaitAlarm
from onewindow.hall.queues import hall_map
from onewindow.places.models import Window
from onewindow.problems import NotFound
from tests.cast import Cast
from tests.hall.stage import Stage, build


@pytest.fixture
def stage(cast: Cast) -> Stage:
    memory.forget()
    return build(cast)


def test_a_line_with_no_window_open_promises_nothing(stage: Stage) -> None:
    stage.visit("9:00")
    line, _ = waits(stage.centre, stage.at("9:10"))
    assert (line.waiting, line.windows_open, line.wait, line.longest) == (1, 0, None, 10.0)
    assert "说不准" in line.words


def test_a_paused_window_serves_nobody(stage: Stage) -> None:
    session = stage.open("A01")
    assert waits(stage.centre, stage.at("9:10"))[0].windows_open == 1
    stage.pause(session, "9:05")
    assert waits(stage.centre, stage.at("9:10"))[0].wait is None


def test_more_windows_make_the_wait_shorter(stage: Stage) -> None:
    for _ in range(6):
        stage.visit("9:00")
    stage.open("A01")
    slow = waits(stage.centre, stage.at("9:10"))[0].wait
    stage.open("A02", "clerk2")
    quick = waits(stage.centre, stage.at("9:10"))[0].wait
    assert slow is not None
    assert quick is not None
    assert 0 < quick.expected < slow.expected * 0.7


def test_a_window_of_one_field_does_not_count_for_those_of_whom_no_item_is_known(stage: Stage) -> None:
    stage.windows["A02"].departments.add(stage.cast.market)
    stage.open("A02", "clerk2")
    stage.visit("9:00")
    line, _ = waits(stage.centre, stage.at("9:10"))
    assert (line.windows_open, line.wait) == (0, None)
    for code in ("A01", "A03"):
        stage.windows[code].departments.add(stage.cast.health)
    memory.forget()
    assert waits(stage.centre, stage.at("9:10"))[0].windows_open == 1


def test_people_of_another_line_at_the_same_windows_count(stage: Stage) -> None:
    other = stage.lines["C"]
    other.kind = "general"
    other.save()
    stage.open("A01")
    stage.visit("9:00", called="9:05")
    alone = waits(stage.centre, stage.at("9:10"))[0].wait
    for _ in range(5):
        stage.visit("9:06", line="C")
    crowded = waits(stage.centre, stage.at("9:10"))[0].wait
    assert alone is not None
    assert crowded is not None
    assert crowded.expected > alone.expected + 40


def test_people_booked_for_the_next_hour_count_as_far_as_the_wait_lasts(stage: Stage) -> None:
    stage.open("A01")
    for _ in range(3):
        stage.visit("9:00")
    without = waits(stage.centre, stage.at("9:10"))[0].wait
    for at in ("9:15", "9:30", "9:45", "10:00"):
        stage.booked(at)
    booked = waits(stage.centre, stage.at("9:10"))[0].wait
    assert without is not None
    assert booked is not None
    assert without.expected + 5 < booked.expected < without.expected + 40


def test_a_place_counts_who_is_called_before(stage: Stage) -> None:
    stage.open("A01")
    stage.visit("8:50", called="9:00", started="9:01")
    first, second = stage.visit("9:00"), stage.visit("9:05")
    found = place(second, stage.at("9:10"))
    assert found.ahead == 1
    assert found.wait is not None
    assert found.sentence.startswith("前面还有 1 位，约")
    assert found.windows == ("综合窗口1号", "综合窗口2号", "综合窗口3号")
    assert place(first, stage.at("9:10")).sentence == "下一个就是您，请在窗口附近等候"


def test_a_priority_passes_those_who_are_not_protected_yet(stage: Stage) -> None:
    stage.open("A01")
    plain = stage.visit("9:00")
    elderly = stage.visit("9:05", priority="elderly")
    elderly.rank_at = stage.at("8:50")
    elderly.save()
    assert place(plain, stage.at("9:10")).ahead == 1
    assert place(elderly, stage.at("9:10")).ahead == 0
    assert place(plain, stage.at("9:20")).ahead == 0
    assert place(elderly, stage.at("9:20")).ahead == 1


def test_a_place_promises_nothing_where_no_window_is_open(stage: Stage) -> None:
    first, second = stage.visit("9:00"), stage.visit("9:05")
    assert place(first, stage.at("9:10")).sentence.startswith("您排在第一位。现在没有窗口办理")
    assert place(second, stage.at("9:10")).wait is None
    assert "说不准" in place(second, stage.at("9:10")).sentence


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ({"called": "9:10"}, "请到 A01 综合窗口1号"),
        ({"called": "9:10", "started": "9:11"}, "正在 A01 综合窗口1号 办理"),
        ({"called": "9:10", "missed": "9:12"}, "叫过您的号"),
        ({"called": "9:10", "started": "9:11", "ended": "9:20"}, "已经办完"),
        ({"left": "9:10"}, "这个号已经结束"),
    ],
)
def test_whoever_does_not_wait_is_told_where_they_are(stage: Stage, times: dict[str, Any], said: str) -> None:
    assert place(stage.visit("9:00", **times), stage.at("9:30")).sentence.startswith(said)


def staged_day(stage: Stage) -> None:
    """A01 9:00–12:00 with a pause 10:00–10:10; A02 from 9:30; four visits."""
    stage.pause(stage.open("A01", until="12:00"), "10:00", "10:10", "换岗")
    stage.open("A02", "clerk2", at="9:30")
    stage.visit("8:55", called="9:05", started="9:06", ended="9:26")
    stage.visit("9:02", called="9:31", started="9:32", ended="10:30", window="A02", who="clerk2")
    stage.visit("9:20", left="9:50")
    stage.visit("9:40")


def test_a_past_moment_is_read_from_the_periods(stage: Stage) -> None:
    staged_day(stage)
    early, later = snapshot(stage.centre, stage.at("9:22")), snapshot(stage.centre, stage.at("10:05"))
    a01, a02, *_ = early.windows
    assert (a01.state, a01.who, a01.number, a01.since) == ("serving", "陈窗", "A001", stage.at("9:06"))
    assert (a02.state, a02.who) == ("closed", "")
    assert early.waiting == 2
    assert early.queues[0].longest == 20.0
    assert early.today.tickets == 3
    assert early.today.finished == early.today.left == 0
    a01, a02, *_ = later.windows
    assert (a01.state, a01.since, a01.reason) == ("paused", stage.at("10:00"), "换岗")
    assert (a02.state, a02.who, a02.number) == ("serving", "李窗", "A002")
    assert (later.waiting, later.working) == (1, 1)
    assert (later.today.tickets, later.today.finished, later.today.left) == (4, 1, 1)
    assert later.today.wait == pytest.approx((10 + 29) / 2)
    assert later.today.longest == pytest.approx(29)
    assert later.today.service == pytest.approx(20)
    assert snapshot(stage.centre, stage.at("9:03")).windows[0].state == "free"
    assert snapshot(stage.centre, stage.at("12:00")).windows[0].state == "closed"


def test_now_and_the_same_moment_read_back_agree(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    staged_day(stage)
    now = stage.at("14:00")
    monkeypatch.setattr("onewindow.hall.live.timezone.now", lambda: now)
    live, back = snapshot(stage.centre), snapshot(stage.centre, now)
    assert live.live
    assert not back.live
    assert live.windows == back.windows
    assert live.queues == back.queues
    assert live.today == back.today


def test_alarms_and_calls_for_help_are_shown_as_long_as_they_lasted(stage: Stage) -> None:
    WaitAlarm.objects.create(
        queue=stage.lines["A"], started_at=stage.at("10:00"), ended_at=stage.at("10:20"), limit=30, expected=44
    )
    EmergencyCall.objects.create(
        centre=stage.cast.centre,
        window=stage.windows["A01"],
        kind="medical",
        called_by=stage.cast.clerk1,
        called_at=stage.at("10:05"),
        closed_at=stage.at("10:30"),
    )
    seen = [(len(one.alarms), len(one.emergencies)) for one in (snapshot(stage.centre, stage.at(t)) for t in _CLOCKS)]
    assert seen == [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]


_CLOCKS = ("9:59", "10:00", "10:05", "10:20", "10:30")


def test_hours_are_those_that_were_promised(stage: Stage) -> None:
    assert not snapshot(stage.centre, stage.at("12:30")).open_now
    assert not snapshot(stage.centre, stage.at("8:59")).open_now


def test_a_centre_without_a_hall_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFound):
        snapshot(stage.cast.township.pk)


def test_the_queries_are_counted(stage: Stage, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    staged_day(stage)
    ticket, now = stage.visit("9:45"), stage.at("9:50")
    hall_map(stage.centre)
    snapshot(stage.centre, now)
    with django_assert_num_queries(2):
        waits(stage.centre, now)
    place(ticket, now)
    with django_assert_num_queries(2):
        place(ticket, now)
    for n in range(4, 40):
        Window.objects.create(centre=stage.cast.centre, code=f"A{n:02}", name="综合窗口", kind="general")
        stage.visit("9:46")
    memory.forget()
    hall_map(stage.centre)
    with CaptureQueriesContext(connection) as queries:
        snapshot(stage.centre, now)
    assert len(queries) <= 9
