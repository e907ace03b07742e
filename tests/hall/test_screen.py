"""What the screens of a hall are told."""

from __future__ import annotations

import datetime as dt
import json
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import DjangoAssertNumQueries

from onewindow.hall import calling, onward, screen, sessions, tickets
from onewindow.hall.models import Hall, Queue, Ticket
from onewindow.problems import NotFound
from tests.cast import CITIZEN, Cast
from tests.hall.stage import Stage, build


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return build(cast)


def shown(stage: Stage, at: str = "10:00") -> screen.State:
    return screen.state(stage.centre, stage.at(at))


def plate(stage: Stage, code: str, at: str = "10:00") -> screen.Plate:
    return next(one for one in shown(stage, at)["windows"] if one["code"] == code)


def do(stage: Stage, verb: str, at: str, code: str = "A01", who: str = "clerk1", **more: Any) -> Any:
    room = next(one for one in (calling, onward, sessions) if hasattr(one, verb))
    return getattr(room, verb)(stage.windows[code], by=stage.cast.actor(who), now=stage.at(at), **more)


def test_a_hall_before_the_first_visitor(stage: Stage) -> None:
    state = shown(stage)
    assert (state["calls"], state["now_calling"]) == ([], [])
    assert state["open"]
    assert state["next_open"] == ""
    assert {(line["letter"], line["waiting"], line["words"]) for line in state["queues"]} == {
        ("A", 0, "暂无窗口"),
        ("C", 0, "暂无窗口"),
    }
    assert {one["label"] for one in state["windows"]} == {"未开放"}


def test_a_call_names_number_window_and_time_and_how_it_is_said(stage: Stage) -> None:
    stage.open("A02", "clerk2")
    ticket = stage.visit("9:30", window="A02", who="clerk2", called="9:58")
    (call,) = shown(stage)["now_calling"]
    assert shown(stage)["calls"] == [call]
    period = ticket.periods.get(state="called")
    assert call == {
        "seq": period.pk,
        "number": "A001",
        "window": "A02",
        "window_name": "综合窗口2号",
        "at": "09:58",
        "state": "called",
        "label": "请到窗口",
        "open": True,
        "say": "请 A 零 零 一 号 到 A 零 二 窗口",
    }


@pytest.mark.parametrize(
    ("number", "window", "words"),
    [
        ("A023", "A01", "请 A 零 二 三 号 到 A 零 一 窗口"),
        ("AB123", "12", "请 A B 一 二 三 号 到 一 二 窗口"),
        ("C900", "综合-7号", "请 C 九 零 零 号 到 综 合 七 窗口"),
        ("Q006", "3号窗口", "请 Q 零 零 六 号 到 三 窗口"),
    ],
)
def test_numbers_are_spelled_so_that_no_voice_adds_them_up(number: str, window: str, words: str) -> None:
    assert screen.spoken(number, window) == words


def test_a_recall_is_a_new_call_of_the_same_number(stage: Stage) -> None:
    tickets.take(stage.cast.centre, {}, source="kiosk", now=stage.at("9:30"))
    do(stage, "open_window", "9:31")
    do(stage, "call_next", "9:40")
    (first,) = shown(stage)["now_calling"]
    do(stage, "recall", "9:41")
    (again,) = shown(stage)["now_calling"]
    assert again["seq"] > first["seq"]
    assert (again["number"], again["at"]) == ("A001", "09:41")
    assert shown(stage)["calls"] == [again]


def test_the_last_six_numbers_newest_first(stage: Stage) -> None:
    for minute in range(8):
        stage.visit("9:00", called=f"9:1{minute}", started=f"9:1{minute}:20", ended=f"9:1{minute}:50")
    assert [call["number"] for call in shown(stage)["calls"]] == ["A008", "A007", "A006", "A005", "A004", "A003"]
    assert {call["label"] for call in shown(stage)["calls"]} == {"已办完"}
    assert shown(stage)["now_calling"] == []


def test_yesterdays_calls_are_not_shown(stage: Stage) -> None:
    stage.visit("9:00", called="9:10", started="9:11", ended="9:12", day=stage.day - dt.timedelta(days=1))
    assert shown(stage)["calls"] == []


def test_who_was_missed_is_not_called_any_more_and_the_list_says_so(stage: Stage) -> None:
    stage.visit("9:00", called="9:10", missed="9:15")
    state = shown(stage)
    assert state["now_calling"] == []
    assert [(c["number"], c["window"], c["label"], c["open"]) for c in state["calls"]] == [
        ("A001", "A01", "已过号", False)
    ]


def test_a_window_shows_what_it_does(stage: Stage) -> None:
    session = stage.open("A01")
    assert (plate(stage, "A01")["state"], plate(stage, "A01")["label"]) == ("idle", "请稍候")
    pause = stage.pause(session, "9:30")
    assert (plate(stage, "A01")["state"], plate(stage, "A01")["label"]) == ("paused", "暂停服务")
    pause.delete()
    tickets.take(stage.cast.centre, {}, source="kiosk", now=stage.at("9:30"))
    do(stage, "call_next", "9:40")
    assert (plate(stage, "A01")["label"], plate(stage, "A01")["number"]) == ("请到本窗口", "A001")
    do(stage, "start", "9:41")
    assert (plate(stage, "A01")["label"], plate(stage, "A01")["number"]) == ("正在办理", "A001")
    do(stage, "finish", "9:50")
    assert (plate(stage, "A01")["state"], plate(stage, "A01")["number"]) == ("idle", "")
    assert plate(stage, "A02")["state"] == "closed"


def test_a_window_names_who_sits_there_and_only_while_they_do(stage: Stage) -> None:
    stage.open("A01")
    clerk = stage.cast.clerk1
    assert (plate(stage, "A01")["person"], plate(stage, "A01")["role"]) == (clerk.name, "综合窗口受理员")
    assert (plate(stage, "A02")["person"], plate(stage, "A02")["role"]) == ("", "")


def test_a_visitor_on_hold_leaves_the_window_free(stage: Stage) -> None:
    tickets.take(stage.cast.centre, {}, source="kiosk", now=stage.at("9:30"))
    do(stage, "open_window", "9:31")
    do(stage, "call_next", "9:40")
    do(stage, "start", "9:41")
    do(stage, "hold", "9:45", reason="去复印")
    assert (plate(stage, "A01")["state"], plate(stage, "A01")["number"]) == ("idle", "")


def test_lines_show_how_many_wait_and_how_long(stage: Stage) -> None:
    stage.open("A01")
    for _ in range(3):
        stage.visit("9:30")
    line = next(one for one in shown(stage)["queues"] if one["letter"] == "A")
    assert line["waiting"] == 3
    assert line["minutes"]
    assert line["words"] == f"约 {line['minutes']} 分钟"


def test_with_many_lines_the_big_screen_shows_those_in_which_most_wait(stage: Stage) -> None:
    for letter in "DEFGHJKL":
        Queue.objects.create(centre=stage.cast.centre, letter=letter, name=f"业务{letter}", kind="general")
    stage.lines = {line.letter: line for line in Queue.objects.all()}
    for letter in "LKA":
        stage.visit("9:30", line=letter)
    lines = shown(stage)["queues"]
    assert "".join(line["letter"] for line in lines) == "ACDEFGHJKL"
    picked = {line["letter"] for line in lines if line["shown"]}
    assert len(picked) == screen.LINES
    assert set("LKA") <= picked


def test_a_closed_hall_says_when_it_opens_next(stage: Stage) -> None:
    state = shown(stage, "12:30")
    assert not state["open"]
    assert state["next_open"] == "今天 13:00"
    assert {line["words"] for line in state["queues"]} == {"未开放"}
    evening = screen.state(stage.centre, stage.at("18:00", stage.day + dt.timedelta(days=4)))
    assert evening["next_open"].startswith("11月30日")
    assert "9:00–12:00" in evening["hours"]


def test_nothing_of_the_visitor_is_ever_told(stage: Stage) -> None:
    visitor = {name: CITIZEN[name] for name in ("name", "id_type", "id_number", "phone")}
    body = {"visitor": visitor, "purpose": "咨询离婚登记", "priority": "disabled"}
    ticket = tickets.take(stage.cast.centre, body, source="kiosk", now=stage.at("9:30"))
    do(stage, "open_window", "9:31")
    do(stage, "call_next", "9:40")
    said = json.dumps(shown(stage), ensure_ascii=False)
    assert ticket.number in said
    for secret in (*visitor.values(), visitor["name"][0] + "*", ticket.code, "离婚", "disabled", "残疾"):
        assert secret not in said


def test_a_centre_without_a_hall_has_no_screens(cast: Cast) -> None:
    with pytest.raises(NotFound):
        screen.state(cast.township.pk)


def test_four_queries_however_much_goes_on(stage: Stage, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    shown(stage)
    for code, who in (("A01", "clerk1"), ("A02", "clerk2")):
        stage.pause(stage.open(code, who), "9:30")
        stage.visit("9:00", window=code, who=who, called="9:10")
        stage.visit("9:00", window=code, who=who, called="9:05", started="9:06", ended="9:09")
    for _ in range(20):
        stage.visit("9:20", line="C")
    with django_assert_max_num_queries(4):
        shown(stage)


# ---- has anything changed? ----


def mark(stage: Stage) -> str:
    return screen.marks([stage.centre])[stage.centre][0]


@pytest.mark.django_db(transaction=True)
def test_every_move_at_a_window_changes_the_mark(cast: Cast) -> None:
    """Committed, move by move: within one transaction a row's version says less."""
    stage = build(cast)
    seen = [mark(stage)]
    assert mark(stage) == seen[0]

    def then(verb: str, at: str, **more: Any) -> None:
        do(stage, verb, at, **more)
        seen.append(mark(stage))

    tickets.take(stage.cast.centre, {}, source="kiosk", now=stage.at("9:30"))
    seen.append(mark(stage))
    then("open_window", "9:31")
    then("pause_window", "9:32", reason="打印机缺纸")
    then("resume_window", "9:33")
    then("call_next", "9:40")
    then("recall", "9:41")
    then("start", "9:42")
    then("hold", "9:43", reason="去复印")
    calling.resume(stage.windows["A01"], Ticket.objects.get(), by=stage.cast.actor("clerk1"), now=stage.at("9:44"))
    seen.append(mark(stage))
    then("transfer", "9:45", queue=stage.lines["C"].pk, reason="先问清楚")
    then("close_window", "9:46")
    Hall.objects.update(notice="今天下午系统维护")
    seen.append(mark(stage))
    assert [n for n, (before, after) in enumerate(pairwise(seen)) if before == after] == []


def test_marks_of_all_halls_are_one_query(stage: Stage, cast: Cast) -> None:
    Hall.objects.create(centre=cast.township)
    wanted = [stage.centre, cast.township.pk, 987654]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = screen.marks(wanted)
    assert len(asked) == 1
    assert set(found) == set(wanted[:2])
