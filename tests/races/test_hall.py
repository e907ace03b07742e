"""The hall at its fullest: two hundred visitors and sixty windows at once, and every pair of steps that may collide.

What "in order" means when many windows call at the same time: whenever a ticket was called, no ticket of better rank
that the window may take was waiting and free, from before that call began until after it had ended. (A better one may
be in the hands of another window at that very moment; then it is passed over, and that window has it.)
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from django.db import connection

from onewindow.hall import appointments, calling, memory, onward, order, sessions, tickets
from onewindow.hall.models import Appointment, Ticket, TicketPeriod, WindowSession
from onewindow.hall.queues import HallMap, WindowInfo, hall_map
from onewindow.people.authority import Actor
from onewindow.people.models import Account, Posting
from onewindow.places.models import Window
from onewindow.problems import NotNow, Problem, RuleBroken
from tests.cast import FERTILITY, FOOD, HYGIENE, Cast
from tests.hall.stage import Stage, build
from tests.races.conftest import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)
VISITORS, WINDOWS = 200, 60
AVERAGE = 10.0
"""Minutes that people lately waited, so that whoever came before 9:40 is protected at ten (fairness 2)."""


@pytest.fixture
def hall(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Lines A and C at the windows A01–A03 and C01, any number of tickets; the pace is known."""
    monkeypatch.setattr(calling, "average_wait", lambda *_: AVERAGE)
    return build(cast, missed_most=10)


@pytest.fixture
def ten(hall: Stage) -> dt.datetime:
    return hall.at("10:00")


def person(cast: Cast, name: str) -> Actor:
    """A further clerk of the hall."""
    like = cast.posting("clerk1")
    account = Account.objects.create(username=name, name=name)
    Posting.objects.create(account=account, role="clerk", centre=like.centre, valid_from=like.valid_from)
    return Actor.of(account)


def take(hall: Stage, now: dt.datetime, **body: Any) -> Ticket:
    return tickets.take(
        hall.centre, {"override": "赛跑", **body}, source="guide", by=hall.cast.actor("guide1"), now=now
    )


def outcome(act: Callable[[], Any]) -> tuple[Any]:
    """What came of it: the answer, or the problem."""
    try:
        return (act(),)
    except Problem as problem:
        return (problem,)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    return [found for (found,) in all_at_once([partial(outcome, act) for act in acts])]


# ---- everybody at once -------------------------------------------------------------------------------------------

WANTED: tuple[dict[str, Any], ...] = (
    {},
    {"items": [FOOD]},
    {"items": [HYGIENE]},
    {"items": [FOOD], "priority": "elderly", "priority_note": "72 岁"},
    {"items": [FERTILITY], "priority": "with_child", "priority_note": "带婴儿"},
    {"kind": "consulting"},
    {"items": [HYGIENE], "priority": "green", "priority_note": "急事"},
)


@dataclass(frozen=True)
class Call:
    """A call as its window saw it, in seconds of one clock."""

    ticket: Ticket
    window: WindowInfo
    began: float
    ended: float


@dataclass(frozen=True)
class Taken:
    ticket: Ticket
    ended: float


def _windows(hall: Stage) -> list[tuple[Window, Actor]]:
    """Sixty, each with its person: thirty for everything, fifteen of one department, ten that advise, five green."""
    found = []
    for n in range(WINDOWS):
        kind = "consulting" if n % 6 == 5 else "green" if n % 12 == 4 else "general"
        window = Window.objects.create(centre=hall.cast.centre, code=f"W{n:02}", name=f"窗口{n}", kind=kind)
        if n % 4 == 2:
            window.departments.add(hall.cast.market if n % 8 == 2 else hall.cast.health)
        found.append((window, person(hall.cast, f"clerk-{n}")))
    memory.forget()
    return found


def _work(window: Window, by: Actor, now: dt.datetime, over: Callable[[], bool], layout: HallMap) -> list[Call]:
    """Calls, serves and finishes until nobody is left; between two steps the connection goes back to the pool."""
    calls: list[Call] = []
    sessions.open_window(window, by=by, now=now)
    while True:
        last_round = over()
        began = time.perf_counter()
        ticket = calling.call_next(window, by=by, now=now)
        ended = time.perf_counter()
        if ticket is not None:
            calls.append(Call(ticket, layout.window(window.pk), began, ended))
            calling.start(window, by=by, now=now)
            onward.finish(window, by=by, now=now)
        connection.close()
        if ticket is None and last_round:
            return calls


def test_two_hundred_visitors_and_sixty_windows(hall: Stage, ten: dt.datetime) -> None:
    windows, layout = _windows(hall), hall_map(hall.centre)
    left, lock = [VISITORS], threading.Lock()

    def visit(n: int) -> list[Taken]:
        """Number n came n·7 seconds after 9:38, so that some are protected by ten and most are not."""
        ticket = take(hall, hall.at("9:38") + dt.timedelta(seconds=7 * n), **WANTED[n % len(WANTED)])
        with lock:
            left[0] -= 1
        return [Taken(ticket, time.perf_counter())]

    def serve(window: Window, by: Actor) -> list[Call]:
        return _work(window, by, ten, lambda: left[0] == 0, layout)

    jobs: list[Callable[[], list[Any]]] = [partial(visit, n) for n in range(VISITORS)]
    jobs += [partial(serve, window, by) for window, by in windows]
    answers = [found for answer in all_at_once(jobs) for found in answer]
    taken = [found for found in answers if isinstance(found, Taken)]
    calls = [found for found in answers if isinstance(found, Call)]

    _numbers_are_unique(taken)
    _everybody_was_called_once(calls)
    assert _out_of_order(taken, calls, layout, ten) == []
    assert any(call.ticket.place_at <= _protected(layout, ten) for call in calls)


def _numbers_are_unique(taken: Sequence[Taken]) -> None:
    """No number twice and none left out, in every line."""
    assert len({found.ticket.number for found in taken}) == VISITORS
    for letter, most in Counter(found.ticket.number[0] for found in taken).items():
        numbers = sorted(found.ticket.number for found in taken if found.ticket.number[0] == letter)
        assert numbers == [f"{letter}{n:03}" for n in range(1, most + 1)]


def _everybody_was_called_once(calls: Sequence[Call]) -> None:
    assert len(calls) == len({call.ticket.pk for call in calls}) == VISITORS
    assert TicketPeriod.objects.filter(verb="call").count() == VISITORS
    assert set(Ticket.objects.values_list("state", flat=True)) == {"finished"}
    assert not TicketPeriod.objects.filter(ended_at=None).exists()
    bound = dict(TicketPeriod.objects.filter(verb="call").values_list("ticket_id", "window_id"))
    assert bound == {call.ticket.pk: call.window.pk for call in calls}


def _protected(layout: HallMap, now: dt.datetime) -> dt.datetime:
    return order.protected_before(now, AVERAGE, layout.rules)


def _out_of_order(
    taken: Sequence[Taken], calls: Sequence[Call], layout: HallMap, now: dt.datetime
) -> list[tuple[str, str, str]]:
    """(called, passed over, window) wherever a better one was free all the while."""
    protected, free_from = _protected(layout, now), {found.ticket.pk: found.ended for found in taken}

    def key(ticket: Ticket) -> order.Key:
        return order.key(ticket.place_at, ticket.rank_at, ticket.pk, protected=protected, now=now)

    return [
        (call.ticket.number, other.ticket.number, call.window.code)
        for call in calls
        for other in calls
        if other.began > call.ended
        and free_from[other.ticket.pk] < call.began
        and _may_take(layout, call.window, other.ticket)
        and key(other.ticket) < key(call.ticket)
    ]


def _may_take(layout: HallMap, window: WindowInfo, ticket: Ticket) -> bool:
    queue = layout.queue(ticket.queue_id)
    if not layout.serves(window, queue) or (window.kind == "green" and not ticket.priority):
        return False
    return window.takes(queue, ticket.departments, ticket.items)


def test_the_measure_of_order_finds_what_is_out_of_order(hall: Stage, ten: dt.datetime) -> None:
    first, second = (take(hall, hall.at(clock)) for clock in ("9:50", "9:55"))
    layout = hall_map(hall.centre)
    window = layout.window(hall.windows["A01"].pk)
    taken = [Taken(first, 1.0), Taken(second, 2.0)]
    wrong = [Call(second, window, 3.0, 4.0), Call(first, window, 5.0, 6.0)]
    assert _out_of_order(taken, wrong, layout, ten) == [("A002", "A001", "A01")]
    at_the_same_time = [Call(second, window, 3.0, 4.0), Call(first, window, 3.5, 6.0)]
    assert _out_of_order(taken, at_the_same_time, layout, ten) == []


# ---- two steps that collide --------------------------------------------------------------------------------------

ROUNDS = 12


@pytest.fixture
def clerks(hall: Stage) -> list[Actor]:
    return [hall.cast.actor("clerk1"), hall.cast.actor("clerk2")]


def test_many_open_one_window_and_one_succeeds(hall: Stage, ten: dt.datetime) -> None:
    people = [person(hall.cast, f"clerk-{n}") for n in range(20)]
    window = hall.windows["A01"]
    said = at_once(*[partial(sessions.open_window, window, by=by, now=ten) for by in people])
    opened = [one for one in said if isinstance(one, WindowSession)]
    assert len(opened) == WindowSession.objects.filter(closed_at=None).count() == 1
    for refused in (one for one in said if one is not opened[0]):
        assert isinstance(refused, NotNow)
        assert opened[0].account.name in refused.title


def test_one_person_opens_several_windows_and_gets_one(hall: Stage, ten: dt.datetime, clerks: list[Actor]) -> None:
    said = at_once(*[partial(sessions.open_window, w, by=clerks[0], now=ten) for w in hall.windows.values()])
    assert Counter(type(one) for one in said) == {WindowSession: 1, NotNow: 3}
    assert WindowSession.objects.filter(closed_at=None).count() == 1


def test_a_window_called_from_twice_at_once_has_one_visitor(hall: Stage, ten: dt.datetime, clerks: list[Actor]) -> None:
    """A double click: one is called, the other click is told who is there, or that somebody was called just now."""
    window = hall.windows["A01"]
    for _ in range(5):
        take(hall, hall.at("9:50"))
    sessions.open_window(window, by=clerks[0], now=ten)
    said = at_once(*[partial(calling.call_next, window, by=clerks[0], now=ten) for _ in range(6)])
    assert Counter(type(one) for one in said) == {Ticket: 1, NotNow: 5}
    assert Ticket.objects.filter(state="called", window=window).count() == 1


def test_the_same_call_repeated_at_once_is_one_call(hall: Stage, ten: dt.datetime, clerks: list[Actor]) -> None:
    window = hall.windows["A01"]
    for _ in range(5):
        take(hall, hall.at("9:50"))
    sessions.open_window(window, by=clerks[0], now=ten)
    said = at_once(*[partial(calling.call_next, window, by=clerks[0], now=ten, request="k") for _ in range(6)])
    assert {one.number for one in said} == {"A001"}
    assert TicketPeriod.objects.filter(verb="call").count() == 1


def test_the_same_ticket_asked_for_twenty_times_is_one(hall: Stage, ten: dt.datetime) -> None:
    said = at_once(
        *[
            partial(tickets.take, hall.centre, {"items": [FOOD]}, source="kiosk", now=ten, request="same")
            for _ in range(20)
        ]
    )
    assert {one.number for one in said} == {Ticket.objects.get().number}
    assert TicketPeriod.objects.count() == 1


def test_one_ticket_called_by_number_from_two_windows_goes_to_one(
    hall: Stage, ten: dt.datetime, clerks: list[Actor]
) -> None:
    windows = [hall.windows["A01"], hall.windows["A02"]]
    for window, by in zip(windows, clerks, strict=True):
        sessions.open_window(window, by=by, now=ten)
    for _ in range(ROUNDS):
        ticket = take(hall, hall.at("9:50"))
        said = at_once(
            partial(calling.call, windows[0], ticket, by=clerks[0], now=ten),
            partial(calling.call_next, windows[1], by=clerks[1], now=ten),
        )
        won = [place for place, one in enumerate(said) if isinstance(one, Ticket)]
        assert len(won) == 1, said
        assert said[1 - won[0]] is None or isinstance(said[1 - won[0]], NotNow)
        calling.start(windows[won[0]], by=clerks[won[0]], now=ten)
        onward.finish(windows[won[0]], by=clerks[won[0]], now=ten)
    assert TicketPeriod.objects.filter(verb="call").count() == ROUNDS


def test_a_transfer_against_a_call_leaves_the_visitor_in_one_place(
    hall: Stage, ten: dt.datetime, clerks: list[Actor]
) -> None:
    """Sent on to the advice window while that one calls: there at once, or still in its line; never lost or doubled."""
    general, advice = hall.windows["A01"], hall.windows["C01"]
    for window, by in zip((general, advice), clerks, strict=True):
        sessions.open_window(window, by=by, now=ten)
    for _ in range(ROUNDS):
        ticket = take(hall, hall.at("9:50"))
        calling.call_next(general, by=clerks[0], now=ten)
        to = hall.lines["C"].pk
        sent, called = at_once(
            partial(onward.transfer, general, by=clerks[0], queue=to, reason="咨询", now=ten),
            partial(calling.call_next, advice, by=clerks[1], now=ten),
        )
        assert (sent.pk, sent.place_at) == (ticket.pk, ticket.place_at)
        assert called is None or called.pk == ticket.pk
        ticket.refresh_from_db()
        assert (ticket.state, ticket.window_id) == (("called", advice.pk) if called else ("waiting", None))
        assert TicketPeriod.objects.filter(ticket=ticket, ended_at=None).count() == 1
        if called is None:
            calling.call_next(advice, by=clerks[1], now=ten)
        calling.start(advice, by=clerks[1], now=ten)
        onward.finish(advice, by=clerks[1], now=ten)


def test_a_window_never_closes_on_somebody_just_called(hall: Stage, ten: dt.datetime, clerks: list[Actor]) -> None:
    window, by = hall.windows["A01"], clerks[0]
    seen = Counter[str]()
    take(hall, hall.at("9:50"))
    for _ in range(ROUNDS):
        sessions.open_window(window, by=by, now=ten)
        closed, called = at_once(
            partial(sessions.close_window, window, by=by, now=ten),
            partial(calling.call_next, window, by=by, now=ten),
        )
        assert isinstance(closed, WindowSession) != isinstance(called, Ticket), (closed, called)
        open_now = WindowSession.objects.filter(window=window, closed_at=None).exists()
        assert open_now is isinstance(called, Ticket)
        seen["called" if open_now else "closed"] += 1
        if open_now:
            calling.miss(window, by=by, now=ten)
            onward.give_back(Ticket.objects.get(), by=by, now=ten)
            sessions.close_window(window, by=by, now=ten)
    assert sum(seen.values()) == ROUNDS


def test_leaving_against_a_call(hall: Stage, ten: dt.datetime, clerks: list[Actor]) -> None:
    """Whoever gives up while being called has left or is called and then left; the window is free or has them."""
    window, by = hall.windows["A01"], clerks[0]
    sessions.open_window(window, by=by, now=ten)
    for _ in range(ROUNDS):
        ticket = take(hall, hall.at("9:50"))
        left, called = at_once(
            partial(tickets.leave, ticket, by=None, now=ten), partial(calling.call_next, window, by=by, now=ten)
        )
        ticket.refresh_from_db()
        assert isinstance(left, Ticket), left
        assert ticket.state == "left"
        assert calling.current(window) is None
        assert TicketPeriod.objects.filter(ticket=ticket, ended_at=None).count() == 0
        assert TicketPeriod.objects.filter(ticket=ticket, verb="call").count() == (called is not None)


def test_checking_in_twice_at_once_is_one_ticket(hall: Stage, ten: dt.datetime) -> None:
    raw = {"at": hall.at("10:15"), "name": "李桃花", "phone": "19900000001"}
    booked = appointments.book(hall.centre, raw, by=None, now=hall.at("9:05"))
    said = at_once(*[partial(tickets.check_in, booked, source="kiosk", now=ten) for _ in range(10)])
    assert {one.number for one in said} == {Ticket.objects.get().number}
    assert Appointment.objects.get().state == "arrived"


def test_the_last_place_is_booked_once(hall: Stage, ten: dt.datetime) -> None:
    """Twenty people want the same slot of the advice window, which has one lane."""
    bodies = [
        {"kind": "consulting", "at": hall.at("11:00"), "name": "李桃花", "phone": f"199000001{n:02}"} for n in range(20)
    ]
    said = at_once(*[partial(appointments.book, hall.centre, body, by=None, now=ten) for body in bodies])
    assert Counter(type(one) for one in said) == {Appointment: 1, RuleBroken: 19}


def test_one_visitor_at_two_machines_gets_one_ticket(hall: Stage, ten: dt.datetime) -> None:
    body = {"items": [FOOD], "visitor": {"name": "李桃花", "phone": "19900000001"}}
    said = at_once(*[partial(tickets.take, hall.centre, body, source="kiosk", now=ten) for _ in range(8)])
    assert Counter(type(one) for one in said) == {Ticket: 1, RuleBroken: 7}
    assert Ticket.objects.count() == 1
