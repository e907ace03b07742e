"""The demonstration's halls: laid out, filled with days that look lived in, and alive from minute to minute."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count, F, Max, Q
from pytest_django.plugin import DjangoDbBlocker

from onewindow.catalogue.models import Item
from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.models import Deadline
from onewindow.demo import hall as demo_hall
from onewindow.demo import hall_layout
from onewindow.demo.base import load_base
from onewindow.demo.crowd import load_portal_accounts
from onewindow.demo.hall import BEAT, advance, load_hall
from onewindow.demo.hall_acts import Acts
from onewindow.demo.hall_cases import visit_for
from onewindow.demo.hall_day import KEY, Day, House
from onewindow.demo.hall_life import Stage
from onewindow.demo.hall_record import Record
from onewindow.demo.hall_shifts import PLAYED
from onewindow.hall import calling, memory, opening, sessions, tickets
from onewindow.hall.lifecycle import AT_WINDOW
from onewindow.hall.models import (
    Appointment,
    DayHours,
    Hall,
    Queue,
    Ticket,
    TicketItem,
    TicketPeriod,
    WindowPause,
    WindowSession,
)
from onewindow.hall.queues import hall_map
from onewindow.people.authority import Actor
from onewindow.people.models import Account
from onewindow.places.models import Centre, Window
from onewindow.server import demo_hall as server_hall
from onewindow.server.models import Heartbeat
from onewindow.voice.models import Invitation, Rating

pytestmark = pytest.mark.django_db

FRIDAY = dt.date(2026, 11, 20)
NOW = dt.datetime(2026, 11, 20, 10, 40, tzinfo=SHANGHAI)


@pytest.fixture(scope="module", autouse=True)
def _filled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        memory.forget()
        load_base()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(demo_hall, "DAYS_BEFORE", 1)
            load_hall(now=NOW)
        yield
        transaction.set_rollback(True)
    memory.forget()


@pytest.fixture
def county() -> Centre:
    return Centre.objects.get(key="taojiang")


def simulated() -> Any:
    return Ticket.objects.filter(Q(request__startswith=KEY) | Q(appointment__isnull=False))


# ---- the layout ---------------------------------------------------------------------------------------------------


def test_every_place_has_a_hall_and_a_second_load_changes_nothing() -> None:
    before = [model.objects.count() for model in (Hall, Queue, Window, Account, Ticket, TicketPeriod, Appointment)]
    assert Hall.objects.count() == Centre.objects.filter(is_open=True).count()
    load_base()
    assert load_hall(now=NOW) == 0
    assert before == [
        model.objects.count() for model in (Hall, Queue, Window, Account, Ticket, TicketPeriod, Appointment)
    ]


@pytest.mark.parametrize("moment", ["2026-11-20 03:00", "2026-11-21 14:00", "2026-11-22 23:59", "2026-11-20 12:30"])
def test_the_demonstration_can_be_tried_at_any_hour_of_any_day(moment: str, county: Centre) -> None:
    found = opening.now_open(county.pk, dt.datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI))
    assert found is not None
    assert found.kind == "extended"
    assert "演示" in county.hall.notice


def test_and_on_public_holidays_once_they_are_known(county: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: dt.date(2026, 9, 1))
    county.day_hours.filter(day=dt.date(2026, 10, 2)).delete()
    DayHours.objects.create(centre=county, day=dt.date(2026, 10, 2), periods=[], reason="停电检修")
    hall_layout.load_layout(county, {})
    hall_layout.load_layout(county, {})
    assert county.day_hours.get(day=dt.date(2026, 10, 1)).periods == [[0, 1440, "extended"]]
    assert county.day_hours.get(day=dt.date(2026, 10, 2)).periods == []


def test_every_item_and_every_window_has_its_line(county: Centre) -> None:
    layout = hall_map(county)
    for item in Item.objects.in_use():
        assert layout.windows_of(layout.queue_for("general", [item]), [item.department_id], [item.pk])
    for window in layout.windows:
        assert layout.served_by(window), window.code


# ---- the days ------------------------------------------------------------------------------------------------------


def test_a_day_of_the_hall_was_lived_through(county: Centre) -> None:
    thursday = Ticket.objects.filter(centre=county, day=FRIDAY - dt.timedelta(days=1))
    assert 430 < thursday.count() < 800
    assert not thursday.exclude(state__in=["finished", "left"]).exists()
    assert thursday.filter(state="left").count() < 0.1 * thursday.count()
    assert thursday.exclude(appointment=None).count() > 15
    assert set(thursday.values_list("priority", flat=True)) >= {"", "elderly", "appointment"}
    verbs = set(TicketPeriod.objects.filter(ticket__in=thursday).values_list("verb", flat=True))
    assert verbs >= {"take", "call", "recall", "start", "miss", "return", "hold", "resume", "transfer", "finish"}
    assert thursday.annotate(n=Count("lines")).filter(n__gt=1).exists()


def test_today_ends_now(county: Centre) -> None:
    today = Ticket.objects.filter(centre=county, day=FRIDAY)
    assert today.filter(state="waiting").exists()
    assert today.filter(state="serving").count() > 5
    assert WindowSession.objects.filter(closed_at=None, window__centre=county).count() > 20
    latest = TicketPeriod.objects.aggregate(begun=Max("started_at"), over=Max("ended_at"))
    assert latest["begun"] <= NOW
    assert latest["over"] <= NOW
    assert Appointment.objects.filter(day__gt=FRIDAY, state="booked").exists()


def test_periods_of_a_ticket_follow_each_other_without_a_gap() -> None:
    for ticket in Ticket.objects.prefetch_related("periods")[:400]:
        periods = sorted(ticket.periods.all(), key=lambda one: (one.started_at, one.pk))
        assert periods[0].started_at == ticket.taken_at
        assert all(one.ended_at == other.started_at for one, other in pairwise(periods))
        assert periods[-1].state == ticket.state


def test_nobody_served_two_at_once() -> None:
    rows = TicketPeriod.objects.filter(state__in=["called", "serving"]).exclude(ended_at=F("started_at"))
    by_window: dict[int, list[tuple[dt.datetime, dt.datetime]]] = {}
    for window, begun, over in rows.order_by("started_at").values_list("window_id", "started_at", "ended_at"):
        by_window.setdefault(window, []).append((begun, over or NOW))
    for row in by_window.values():
        assert all(one[1] <= other[0] for one, other in pairwise(row))


def test_the_people_one_may_play_were_left_alone() -> None:
    assert not WindowSession.objects.filter(account__username__in=PLAYED).exists()


def test_a_past_day_is_written_exactly_as_the_actions_would_have_left_it(county: Centre) -> None:
    """A working morning, once through the actions and once at once."""
    day = dt.date(2026, 11, 25)
    until = dt.datetime(2026, 11, 25, 9, 50, tzinfo=SHANGHAI)
    sides = []
    for fast in (False, True):
        with transaction.atomic():
            WindowSession.objects.filter(closed_at=None).update(closed_at=NOW)
            Ticket.objects.live().update(state="left", window=None)
            memory.forget()
            plan = Day(day, House())
            acts = Record(day, len(plan.visits), plan.house.applicants) if fast else Acts()
            begin = dt.datetime.combine(day, dt.time(), SHANGHAI)
            tally = Stage(plan, begin, shared=False, past=True, acts=acts).run(until)
            if isinstance(acts, Record):
                acts.save()
            sides.append((rows_of(day), tally.acts))
            transaction.set_rollback(True)
    memory.forget()
    (through, acts_through), (at_once, acts_at_once) = sides
    assert len(through["tickets"]) > 60
    for kind, expected in through.items():
        assert at_once[kind] == expected, kind
    assert acts_at_once == acts_through


def rows_of(day: dt.date) -> dict[str, list[Any]]:
    """Everything that a day left, without keys that differ from run to run."""
    told = [
        "number",
        "centre__key",
        "queue__letter",
        "state",
        "window__code",
        "account__username",
        "source",
        "priority",
    ]
    told += ["priority_note", "taken_at", "place_at", "rank_at", "called_at", "started_at", "ended_at", "end_reason"]
    told += ["departments", "items", "misses", "request", "purpose", "appointment__number", "visitor__person"]
    at = ["ticket__centre__key", "ticket__number"]
    period = [*at, "state", "queue__letter", "window__code", "account__username", "item__key", "started_at", "ended_at"]
    tickets_of_day = Ticket.objects.filter(day=day)
    names = {
        pk: f"{centre} {number}" for pk, centre, number in tickets_of_day.values_list("pk", "centre__key", "number")
    }
    limits = Deadline.objects.filter(subject_kind="ticket", subject_id__in=names)
    fixed = ["kind", "key", "label", "rule", "limit_n", "limit_unit", "start_on", "due_at", "warn_at", "settled_at"]
    fixed += ["outcome", "provisional", "paused_ground", "centre_id", "department_id"]
    sessions = WindowSession.objects.filter(opened_at__date__gte=day)
    seat = ["window__code", "window__centre__key", "posting_id", "account_id", "opened_at", "closed_at", "close_reason"]
    lines = TicketItem.objects.filter(ticket__day=day)
    periods = TicketPeriod.objects.filter(ticket__day=day)
    pauses = WindowPause.objects.filter(session__in=sessions)
    return {
        "tickets": sorted(map(str, tickets_of_day.values_list(*told))),
        "visitors": sorted((str(t.visitor.name), str(t.visitor.phone)) for t in tickets_of_day if t.visitor),
        "lines": sorted(map(str, lines.values_list(*at, "position", "item__key", "done_at"))),
        "periods": sorted(map(str, periods.values_list(*period, "verb", "reason", "request"))),
        "limits": sorted((names[row.subject_id], *(str(getattr(row, name)) for name in fixed)) for row in limits),
        "sessions": sorted(map(str, sessions.values_list(*seat))),
        "pauses": sorted(map(str, pauses.values_list("session__window__code", "reason", "started_at", "ended_at"))),
    }


# ---- alive ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def later() -> Iterator[dt.datetime]:
    """Ten minutes on; what happens then is undone."""
    with transaction.atomic():
        yield NOW + dt.timedelta(minutes=10)
        transaction.set_rollback(True)


def state_of_things() -> list[Any]:
    rows = TicketPeriod.objects.order_by("pk").values_list("ticket_id", "state", "started_at", "ended_at")
    return [list(rows), Ticket.objects.count(), WindowSession.objects.filter(closed_at=None).count()]


def test_the_hall_goes_on_to_now_and_a_second_time_changes_nothing(later: dt.datetime) -> None:
    before = state_of_things()
    tally = advance(later)
    assert tally is not None
    assert tally.acts["arrive"] > 5
    assert tally.acts["finish"] > 5
    assert not tally.refused, tally.refused
    after = state_of_things()
    assert after != before
    advance(later)
    assert state_of_things() == after


def test_most_visitors_rate_their_visit_by_themselves_and_once(later: dt.datetime) -> None:
    over = NOW + dt.timedelta(hours=1)
    for minutes in range(0, 61, 10):
        advance(NOW + dt.timedelta(minutes=minutes))
    given = Rating.objects.filter(at__gt=NOW)
    finished = simulated().filter(state="finished", ended_at__gt=NOW, ended_at__lte=over).count()
    assert finished * 0.25 < given.filter(channel="tablet").count() < finished * 0.65
    assert not given.filter(at__gt=over).exists()
    assert given.filter(level__gte=4).count() > 0.9 * given.count()
    before = given.count()
    advance(over)
    assert given.count() == before
    assert not Invitation.objects.filter(ticket__in=given.values("ticket"), used_at=None).exists()


def test_small_steps_and_one_large_step_serve_the_same_visitors(later: dt.datetime) -> None:
    def came() -> set[tuple[str, str]]:
        return set(simulated().filter(taken_at__gt=NOW, appointment=None).values_list("request", "number"))

    with transaction.atomic():
        advance(later)
        at_once = came()
        transaction.set_rollback(True)
    for seconds in range(0, 601, 60):
        advance(NOW + dt.timedelta(seconds=seconds))
    assert len(at_once) > 5
    assert came() == at_once


def test_a_pause_lasts_as_long_as_it_was_meant_to_however_often_the_hall_is_carried_on(later: dt.datetime) -> None:
    over = NOW + dt.timedelta(minutes=45)
    every = [pause for shift in Day(FRIDAY, House()).shifts for pause in shift.pauses]
    planned = {(pause.reason, pause.ends) for pause in every if pause.starts > NOW and pause.ends < over}
    for minutes in range(0, 46, 3):
        advance(NOW + dt.timedelta(minutes=minutes))
    taken = WindowPause.objects.filter(started_at__gt=NOW, ended_at__lt=over)
    assert len(planned) >= 2
    assert len(set(taken.values_list("reason", "ended_at")) & planned) >= len(planned) / 2
    assert taken.count() <= len(planned)


def test_a_real_visitor_is_never_called_by_a_simulated_clerk(county: Centre, later: dt.datetime) -> None:
    mine = tickets.take(county, {"kind": "general"}, source="kiosk", now=NOW)
    for minutes in (5, 20, 50, 90):
        advance(NOW + dt.timedelta(minutes=minutes))
    mine.refresh_from_db()
    assert mine.state == "waiting"
    assert simulated().filter(state="finished", called_at__gt=NOW).count() > 20


def test_whoever_plays_a_clerk_calls_anybody_and_keeps_them(county: Centre, later: dt.datetime) -> None:
    window, clerk = Window.objects.get(centre=county, code="A01"), Actor.of(Account.objects.get(username="clerk1"))
    sessions.open_window(window, by=clerk, now=NOW)
    called = calling.call_next(window, by=clerk, now=NOW)
    assert called is not None
    advance(NOW + dt.timedelta(minutes=40))
    called.refresh_from_db()
    assert (called.state, called.window_id) == ("called", window.pk)
    assert WindowSession.objects.filter(window=window, closed_at=None).exists()


def test_after_a_pause_at_most_an_hour_is_made_up_for(later: dt.datetime) -> None:
    much_later = NOW + dt.timedelta(hours=4)
    advance(much_later)
    assert not simulated().filter(taken_at__gt=NOW, taken_at__lt=much_later - dt.timedelta(hours=1)).exists()
    assert simulated().filter(taken_at__gt=much_later - dt.timedelta(hours=1)).count() > 30


def test_a_night_with_the_server_off_leaves_nobody_at_a_window(later: dt.datetime) -> None:
    monday = dt.datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI)
    for minutes in range(0, 30, 10):
        advance(monday + dt.timedelta(minutes=minutes))
    stale = Ticket.objects.filter(day=FRIDAY, state__in=[state.value for state in AT_WINDOW])
    assert not stale.exists()
    assert not WindowSession.objects.filter(closed_at=None, opened_at__lt=monday - dt.timedelta(hours=2)).exists()
    assert WindowSession.objects.filter(closed_at=None).count() > 20


def test_what_the_hall_refuses_does_not_stop_the_rest(county: Centre, later: dt.datetime) -> None:
    Window.objects.filter(centre=county, code="C05").update(is_active=False)
    memory.forget()
    tally = advance(NOW + dt.timedelta(minutes=30))
    memory.forget()
    assert tally is not None
    assert tally.acts["finish"] > 10


@pytest.fixture
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own connection is not given up between two ticks."""
    monkeypatch.setattr("django.db.close_old_connections", lambda: None)


def test_without_a_demonstration_nothing_is_touched(one_connection: None, later: dt.datetime) -> None:
    Account.objects.filter(username="duty1").update(is_demo=False)
    before = state_of_things()
    assert advance(later) is None
    assert server_hall.tick() == server_hall.LOOK_AGAIN
    assert state_of_things() == before


def test_where_only_the_base_was_loaded_nothing_moves(later: dt.datetime) -> None:
    Heartbeat.objects.filter(name=BEAT).delete()
    before = state_of_things()
    assert advance(later) is None
    assert state_of_things() == before


def test_a_failure_is_kept_from_the_worker(one_connection: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(demo_hall, "advance", broken)
    assert server_hall.tick() == server_hall.LOOK_AGAIN


def test_a_case_of_the_day_comes_from_a_visit_of_somebody_without_a_name(county: Centre) -> None:
    clerks = list(Account.objects.filter(username__startswith="clerk").values_list("username", flat=True))
    lines = TicketItem.objects.filter(ticket__day=FRIDAY, ticket__state="finished", ticket__visitor=None)
    line = lines.filter(ticket__account__username__in=clerks, ticket__centre=county).select_related("item").first()
    assert line is not None
    found = visit_for(line.item, NOW, NOW, clerks)
    assert found is not None
    assert found.reference.startswith("20261120-")
    assert found.clerk in clerks
    assert visit_for(line.item, NOW - dt.timedelta(days=90), NOW, clerks) is None


def test_portal_accounts_are_loaded_once() -> None:
    before = Account.objects.count()
    load_portal_accounts()
    assert Account.objects.count() == before
