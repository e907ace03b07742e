"""The hall's minute: what ends by itself, and that it may run twice."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from onewindow.hall import calling, onward, sessions, sweep, tickets
from onewindow.hall.models import Ticket, TicketPeriod, Visitor, WindowSession
from tests.cast import Cast
from tests.hall.stage import Stage, build


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return build(cast)


def test_a_missed_visitor_who_does_not_come_back_has_left(stage: Stage) -> None:
    window, clerk = stage.windows["A01"], stage.cast.actor("clerk1")
    ticket = tickets.take(stage.cast.centre, {}, source="kiosk", now=stage.at("9:05"))
    sessions.open_window(window, by=clerk, now=stage.at("9:00"))
    calling.call_next(window, by=clerk, now=stage.at("9:10"))
    calling.miss(window, by=clerk, now=stage.at("9:12"))
    assert sweep.sweep(stage.at("10:12"))["missed"] == 0
    assert sweep.sweep(stage.at("10:13"))["missed"] == 1
    assert sweep.sweep(stage.at("10:14"))["missed"] == 0
    ticket.refresh_from_db()
    assert (ticket.state, ticket.end_reason) == ("left", "missed")
    assert TicketPeriod.objects.filter(ticket=ticket, ended_at=None).count() == 0


def test_forgotten_windows_close_long_after_hours_but_not_over_somebody_being_served(stage: Stage) -> None:
    clerk, other = stage.cast.actor("clerk1"), stage.cast.actor("clerk2")
    sessions.open_window(stage.windows["A01"], by=clerk, now=stage.at("9:00"))
    paused = sessions.open_window(stage.windows["A02"], by=other, now=stage.at("9:00"))
    sessions.pause_window(stage.windows["A02"], by=other, reason="开会", now=stage.at("16:00"))
    tickets.take(stage.cast.centre, {}, source="kiosk", now=stage.at("16:30"))
    calling.call_next(stage.windows["A01"], by=clerk, now=stage.at("16:55"))
    calling.start(stage.windows["A01"], by=clerk, now=stage.at("16:56"))
    assert sweep.sweep(stage.at("18:59"))["closed"] == 0
    assert sweep.sweep(stage.at("19:00"))["closed"] == 1
    paused.refresh_from_db()
    assert paused.close_reason == "下班后自动关窗"
    assert paused.pauses.get().ended_at == stage.at("19:00")
    assert Ticket.objects.get().state == "serving"
    onward.finish(stage.windows["A01"], by=clerk, now=stage.at("19:10"))
    assert sweep.sweep(stage.at("19:11"))["closed"] == 1
    assert not WindowSession.objects.filter(closed_at=None).exists()


def test_nothing_ends_over_lunch(stage: Stage) -> None:
    tickets.take(stage.cast.centre, {}, source="kiosk", now=stage.at("11:50"))
    stage.open("A01", "clerk1", "9:00")
    assert sweep.sweep(stage.at("12:59"))["left"] == 0
    assert Ticket.objects.get().state == "waiting"


def test_names_and_phones_are_forgotten_after_the_time_the_rules_give(cast: Cast) -> None:
    stage = build(cast, forget_days=30)
    who = {"name": "王小明", "phone": "19900001234"}
    ticket = tickets.take(cast.centre, {"visitor": who}, source="kiosk", now=stage.at("9:05"))
    Visitor.objects.update(created_at=timezone.now() - dt.timedelta(days=29))
    assert sweep.forget_visitors() == 0
    Visitor.objects.update(created_at=timezone.now() - dt.timedelta(days=31))
    assert sweep.forget_visitors() == 1
    assert sweep.forget_visitors() == 0
    visitor = Visitor.objects.get()
    assert (visitor.name, visitor.phone, visitor.person) == ("", None, "")
    ticket.refresh_from_db()
    assert ticket.visitor_id == visitor.pk
