"""What users of other systems complain about on their screens, kept from happening here."""

from __future__ import annotations

import pytest

from onewindow.hall import calling, memory, onward, screen, sessions, tickets
from onewindow.hall.models import Ticket
from onewindow.places.models import Window
from tests.cast import Cast
from tests.hall.stage import Stage, build


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return build(cast)


def take_and_call(stage: Stage, code: str, who: str, at: str) -> Ticket:
    sessions.open_window(stage.windows[code], by=stage.cast.actor(who), now=stage.at(at))
    tickets.take(stage.cast.centre, {}, source="kiosk", now=stage.at(at))
    called = calling.call_next(stage.windows[code], by=stage.cast.actor(who), now=stage.at(at))
    assert called is not None
    return called


def test_the_display_names_the_desk_of_the_call_not_where_the_clerk_usually_sits(stage: Stage) -> None:
    """clerk1 is posted at A01 and helps out at A02 today."""
    take_and_call(stage, "A02", "clerk1", "9:30")
    state = screen.state(stage.centre, stage.at("9:31"))
    assert [(call["number"], call["window"]) for call in state["now_calling"]] == [("A001", "A02")]
    assert "到 A 零 二 窗口" in state["now_calling"][0]["say"]
    assert {one["code"]: one["number"] for one in state["windows"]}["A01"] == ""


def test_the_display_names_the_new_desk_after_a_missed_visitor_is_called_elsewhere(stage: Stage) -> None:
    ticket = take_and_call(stage, "A01", "clerk1", "9:30")
    calling.miss(stage.windows["A01"], by=stage.cast.actor("clerk1"), now=stage.at("9:33"))
    sessions.open_window(stage.windows["A02"], by=stage.cast.actor("clerk2"), now=stage.at("9:34"))
    ticket.refresh_from_db()
    calling.call(stage.windows["A02"], ticket, by=stage.cast.actor("clerk2"), now=stage.at("9:40"))
    state = screen.state(stage.centre, stage.at("9:41"))
    assert [(call["number"], call["window"]) for call in state["calls"]] == [("A001", "A02")]
    assert [call["window"] for call in state["now_calling"]] == ["A02"]


def test_the_display_keeps_the_desk_of_a_past_call_when_the_visitor_moved_on(stage: Stage) -> None:
    take_and_call(stage, "A01", "clerk1", "9:30")
    by = stage.cast.actor("clerk1")
    calling.start(stage.windows["A01"], by=by, now=stage.at("9:31"))
    onward.transfer(stage.windows["A01"], by=by, queue=stage.lines["C"].pk, reason="先咨询", now=stage.at("9:35"))
    state = screen.state(stage.centre, stage.at("9:36"))
    assert [(call["window"], call["label"], call["open"]) for call in state["calls"]] == [("A01", "重新等候", False)]
    assert state["now_calling"] == []


def test_recent_calls_always_name_their_desk(stage: Stage) -> None:
    """Whatever became of the visitor: at the window, served, missed, gone on hold, finished."""
    stage.visit("9:00", called="9:10", missed="9:12")
    stage.visit("9:00", called="9:13", started="9:14", ended="9:20")
    stage.visit("9:00", window="A02", who="clerk2", called="9:21", started="9:22")
    stage.visit("9:00", window="C01", line="C", who="helper1", called="9:23")
    calls = screen.state(stage.centre, stage.at("9:30"))["calls"]
    assert [(call["window"], call["window_name"]) for call in calls] == [
        ("C01", "咨询窗口"),
        ("A02", "综合窗口2号"),
        ("A01", "综合窗口1号"),
        ("A01", "综合窗口1号"),
    ]


def test_recent_calls_name_their_desk_when_it_was_switched_off_meanwhile(stage: Stage) -> None:
    stage.visit("9:00", called="9:10", started="9:14", ended="9:20")
    Window.objects.filter(code="A01").update(is_active=False)
    memory.forget()
    state = screen.state(stage.centre, stage.at("9:30"))
    assert [call["window"] for call in state["calls"]] == ["A01"]
    assert "A01" not in {one["code"] for one in state["windows"]}
