"""What users of other queue systems complain of, as tests by name (tickets and calling)."""

from __future__ import annotations

import datetime as dt

import pytest

from onewindow.hall import calling, onward, sessions, sweep, tickets
from onewindow.hall.models import Ticket
from tests.cast import COMPANY, Cast
from tests.hall.stage import MONDAY, Stage, build

TUESDAY = MONDAY + dt.timedelta(days=1)


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return build(cast)


def test_ticket_bound_to_a_desk_too_early(stage: Stage) -> None:
    """Three people wait while one window is slow: whoever is free calls the next, whatever window was free before."""
    clerks = {"A01": "clerk1", "A02": "clerk2"}
    for code, who in clerks.items():
        sessions.open_window(stage.windows[code], by=stage.cast.actor(who), now=stage.at("9:00"))
    waiting = [
        tickets.take(stage.cast.centre, {"items": [COMPANY]}, source="kiosk", now=stage.at("9:01")) for _ in range(3)
    ]
    assert all(ticket.window_id is None and ticket.account_id is None for ticket in waiting)
    calling.call_next(stage.windows["A01"], by=stage.cast.actor("clerk1"), now=stage.at("9:02"))
    assert [t.window_id for t in Ticket.objects.order_by("pk")] == [stage.windows["A01"].pk, None, None]
    for n in (1, 2):  # A01 is still busy with the first; A02 serves both others
        called = calling.call_next(stage.windows["A02"], by=stage.cast.actor("clerk2"), now=stage.at("9:03"))
        assert called is not None
        assert called.pk == waiting[n].pk
        calling.start(stage.windows["A02"], by=stage.cast.actor("clerk2"), now=stage.at("9:04"))
        onward.finish(stage.windows["A02"], by=stage.cast.actor("clerk2"), now=stage.at("9:05"))


def left_over(stage: Stage) -> Ticket:
    ticket = tickets.take(stage.cast.centre, {}, source="kiosk", now=stage.at("16:40"))
    sweep.sweep(stage.at("18:00"))
    ticket.refresh_from_db()
    assert ticket.state == "waiting"  # an hour after closing people may still be served
    sweep.sweep(stage.at("19:01"))
    sweep.sweep(stage.at("19:02"))
    ticket.refresh_from_db()
    return ticket


def test_queue_kept_overnight_settable_off(stage: Stage) -> None:
    ticket = left_over(stage)
    assert (ticket.state, ticket.end_reason, ticket.ended_at) == ("left", "closed", stage.at("19:01"))


def test_queue_kept_overnight_settable_on(cast: Cast) -> None:
    stage = build(cast, keep_overnight=True)
    ticket = left_over(stage)
    assert ticket.state == "waiting"
    sessions.open_window(stage.windows["A01"], by=cast.actor("clerk1"), now=stage.at("9:00", TUESDAY))
    later = tickets.take(cast.centre, {}, source="kiosk", now=stage.at("8:50", TUESDAY))
    called = calling.call_next(stage.windows["A01"], by=cast.actor("clerk1"), now=stage.at("9:01", TUESDAY))
    assert called is not None
    assert called.pk == ticket.pk
    assert later.state == "waiting"
