"""The manager's hall: who sees it, what it shows now and then, and what can be done from there."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from onewindow.hall import emergency, memory
from onewindow.hall.models import EmergencyCall, Hall, Queue, WaitAlarm
from onewindow.places.models import Window
from tests.cast import Cast
from tests.hall.stage import Stage, build
from tests.manage.conftest import Browse, Elsewhere

HALL = "/manage/hall/taojiang/"
YESTERDAY = timezone.localdate() - dt.timedelta(days=1)


@pytest.fixture
def stage(cast: Cast) -> Stage:
    memory.forget()
    made = build(cast)
    made.day = YESTERDAY
    return made


@pytest.fixture
def day(stage: Stage) -> Stage:
    stage.open("A01")
    stage.pause(stage.open("A02", "clerk2"), "9:15", reason="换岗")
    stage.visit("9:00", called="9:05", started="9:06", ended="9:40")
    stage.visit("9:02")
    stage.visit("9:30")
    return stage


@pytest.mark.parametrize("path", ["", "now/", "figures/", "figures.csv"])
@pytest.mark.parametrize(
    ("who", "status"),
    [("manager1", 200), ("supervisor1", 200), ("admin", 200), ("clerk1", 404), ("chief1", 404), ("editor1", 404)],
)
def test_managers_and_supervisors_see_it_and_nobody_else(
    browse: Browse, day: Stage, path: str, who: str, status: int
) -> None:
    assert browse(who).get(HALL + path).status_code == status


def test_the_hall_of_another_county_is_not_found(browse: Browse, stage: Stage, elsewhere: Elsewhere) -> None:
    Hall.objects.create(centre=elsewhere.centre)
    for path in ("", "now/", "figures/", "figures.csv"):
        assert browse("manager1").get(f"/manage/hall/nanxian/{path}").status_code == 404
        assert browse("admin").get(f"/manage/hall/nanxian/{path}").status_code == 200


def test_one_hall_opens_at_once_and_several_are_listed(browse: Browse, day: Stage, cast: Cast) -> None:
    client = browse("manager1")
    assert client.get("/manage/hall/")["Location"] == HALL
    Hall.objects.create(centre=cast.township)
    page = client.get("/manage/hall/").content.decode()
    assert "桃花江镇便民服务中心" in page
    assert "2 人在等" in page


def test_without_a_hall_the_page_says_so(browse: Browse, cast: Cast) -> None:
    assert "还没有开通大厅取号" in browse("manager1").get("/manage/hall/").content.decode()
    assert browse("manager1").get(HALL).status_code == 404


def test_a_past_moment_shows_windows_and_lines_as_they_were(browse: Browse, day: Stage) -> None:
    page = browse("manager1").get(f"{HALL}?at={YESTERDAY}T09:20").content.decode()
    for words in (
        "回放",
        "陈窗 · 14 分钟",
        "A001",
        "李窗 · 5 分钟",
        "换岗",
        "<b>1</b> 人",
        "第一位已等 18 分钟",
        "data-hall-past",
    ):
        assert words in page, words
    later = browse("manager1").get(f"{HALL}now/?at={YESTERDAY}T09:45:30").content.decode()
    assert "<html" not in later
    assert "<b>2</b> 人" in later
    assert "A001" not in later


def test_a_day_and_a_time_may_be_asked_without_scripts(browse: Browse, day: Stage) -> None:
    page = browse("manager1").get(HALL, {"day": f"{YESTERDAY}", "time": "09:20"}).content.decode()
    assert "陈窗 · 14 分钟" in page
    assert f'value="{YESTERDAY}"' in page


@pytest.mark.parametrize(
    "at", ["gestern", "2026-13-45", "\x00", "9" * 500, "1066-10-14T10:00", "2099-01-01T10:00", "<script>", "T", "++"]
)
def test_a_moment_that_makes_no_sense_gets_a_clear_answer(browse: Browse, day: Stage, at: str) -> None:
    client = browse("manager1")
    shown, part = client.get(HALL, {"at": at}), client.get(f"{HALL}now/", {"at": at})
    assert (shown.status_code, part.status_code) == (400, 422)
    assert "下面是现在的情况" in shown.content.decode()
    assert "<script>" not in part.content.decode()


def test_now_shows_alarms_with_what_to_open(browse: Browse, day: Stage) -> None:
    WaitAlarm.objects.create(
        queue=day.lines["A"],
        started_at=timezone.now(),
        limit=30,
        expected=44,
        suggestion=[{"window": 1, "code": "A03", "name": "综合窗口3号", "state": "closed", "people": ["李窗"]}],
    )
    page = browse("supervisor1").get(HALL).content.decode()
    assert "等候超过 30 分钟：A 综合（最长预计 44 分钟）" in page
    assert "可以再开：A03 综合窗口3号（李窗）" in page


def test_lines_that_the_same_windows_could_help_are_one_notice(browse: Browse, day: Stage) -> None:
    for line in day.lines.values():
        WaitAlarm.objects.create(queue=line, started_at=timezone.now(), limit=30, expected=44)
    page = browse("manager1").get(HALL).content.decode()
    assert "A 综合（最长预计 44 分钟）、C 咨询（最长预计 44 分钟）" in page
    assert page.count("能办的窗口都开着") == 1


@pytest.fixture
def call(day: Stage, cast: Cast) -> EmergencyCall:
    return emergency.raise_call(cast.centre, "medical", by=cast.actor("clerk1"), window=day.windows["A01"])


def test_a_call_for_help_is_answered_and_closed_from_here(browse: Browse, call: EmergencyCall, cast: Cast) -> None:
    client = browse("manager1")
    assert "A01 综合窗口1号紧急求助：急病" in client.get(HALL).content.decode()
    client.post(f"{HALL}emergencies/{call.pk}/answer/")
    assert "沈管" in client.get(HALL).content.decode()
    done = client.post(f"{HALL}emergencies/{call.pk}/close/", {"outcome": "已送医院"}, follow=True)
    call.refresh_from_db()
    assert (call.answered_by, call.outcome) == (cast.manager1, "已送医院")
    assert "求助已经结束" in done.content.decode()
    assert "紧急求助" not in done.content.decode()


@pytest.mark.parametrize("outcome", ["", "\u202e", "字" * 300])
def test_an_outcome_that_cannot_be_kept_is_said(browse: Browse, call: EmergencyCall, outcome: str) -> None:
    page = browse("manager1").post(f"{HALL}emergencies/{call.pk}/close/", {"outcome": outcome}, follow=True)
    assert "没有保存" in page.content.decode()
    call.refresh_from_db()
    assert call.closed_at is None


def test_a_supervisor_only_reads(browse: Browse, call: EmergencyCall, elsewhere: Elsewhere) -> None:
    client = browse("supervisor1")
    page = client.get(HALL).content.decode()
    assert "紧急求助" in page
    assert "结束求助" not in page
    assert client.post(f"{HALL}emergencies/{call.pk}/answer/").status_code == 404
    assert browse("manager1").get(f"{HALL}emergencies/{call.pk}/answer/").status_code == 405
    assert browse("manager1").post(f"{HALL}emergencies/{call.pk + 99}/answer/").status_code == 404


@pytest.mark.parametrize("path", ["", "now/"])
def test_the_view_costs_the_same_however_full_the_hall_is(browse: Browse, day: Stage, path: str) -> None:
    client = browse("manager1")
    counts = []
    for _ in range(2):
        memory.forget()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(HALL + path).status_code == 200
        counts.append(len(queries))
        for n in range(30):
            Window.objects.get_or_create(centre=day.cast.centre, code=f"B{n}", name="综合窗口", kind="general")
            Queue.objects.get_or_create(centre=day.cast.centre, letter=f"{n}", name="队", kind="general")
            day.visit("9:50")
    assert abs(counts[0] - counts[1]) <= 1, "the calendar of the house is looked at again every few seconds"
    assert max(counts) <= 20
    with CaptureQueriesContext(connection) as queries:
        client.get(HALL + path)
    assert len(queries) <= 11
