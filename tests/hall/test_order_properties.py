"""Any life of a hall: whoever the database calls is whom the pure order would have called, and nobody waits unfairly.

Hypothesis lives through takes, calls, misses, returns, transfers, priorities, leaving and time going by. Before every
call the choice is worked out from the rows by `order.key`; the fairness promise is checked on its own, without the key.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from onewindow.hall import calling, memory, onward, order, sessions, tickets
from onewindow.hall.models import Hall, Queue, Ticket, TicketPeriod, WindowItem
from onewindow.hall.pace import average_wait
from onewindow.hall.queues import HallMap, WindowInfo, hall_map
from onewindow.hall.rules import HallRules
from onewindow.people.authority import Actor
from onewindow.places.models import Window
from tests.cast import FERTILITY, FOOD, HYGIENE, Cast
from tests.hall.stage import Stage, build

pytestmark = pytest.mark.django_db

WANTED: tuple[dict[str, Any], ...] = (
    {},
    {"items": [FOOD]},
    {"items": [HYGIENE]},
    {"items": [FERTILITY]},
    {"items": [FOOD, HYGIENE]},
    {"kind": "consulting"},
)
PRIORITIES = ("", "", "green", "elderly", "with_child", "soldier")
CODES = ("A01", "A02", "A03", "C01", "G01")
NOTE = "看过证件"
Visit = tuple[int, str, int]
VISIT = st.tuples(st.integers(0, len(WANTED) - 1), st.sampled_from(PRIORITIES), st.integers(1, 240))
"""What they come for, with which priority, and how many seconds after the one before."""


def furnish(cast: Cast) -> Stage:
    """A01 takes everything, A02 the market's but not FOOD, A03 health's and FOOD too, C01 advises, G01 is green."""
    stage = build(cast, missed_most=3, missed_back=2, fairness_floor=10, fairness=2.0)
    windows = stage.windows
    windows["G01"] = Window.objects.create(centre=cast.centre, code="G01", name="绿色通道", kind="green")
    windows["A02"].departments.add(cast.market)
    windows["A03"].departments.add(cast.health)
    WindowItem.objects.create(window=windows["A02"], item=cast.items[FOOD], takes=False)
    WindowItem.objects.create(window=windows["A03"], item=cast.items[FOOD], takes=True)
    line = Queue.objects.create(centre=cast.centre, letter="B", name="卫生", kind="general")
    line.departments.add(cast.health)
    stage.lines["B"] = line
    for code, who in zip(CODES, ("clerk1", "clerk2", "helper1", "exit1", "examiner1"), strict=True):
        sessions.open_window(windows[code], by=cast.actor(who), now=stage.at("9:00"))
    return stage


class HallLife(RuleBasedStateMachine):
    """One morning of the hall, taken back at the end."""

    stage: Stage
    people: dict[str, Actor]
    layout: HallMap

    def __init__(self) -> None:
        super().__init__()
        memory.forget()
        self.before = transaction.savepoint()
        self.now = self.stage.at("9:00")
        self.behind: dict[int, set[int]] = {}

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.before)

    # ---- what happens ----

    @rule(minutes=st.integers(0, 14), seconds=st.integers(1, 59))
    def time_goes_by(self, minutes: int, seconds: int) -> None:
        self.now += dt.timedelta(minutes=minutes, seconds=seconds)

    @initialize(visits=st.lists(VISIT, min_size=4, max_size=10))
    def the_doors_open(self, visits: list[Visit]) -> None:
        self.some_come(visits)

    @rule(visits=st.lists(VISIT, min_size=1, max_size=4))
    def some_come(self, visits: list[Visit]) -> None:
        for wanted, priority, seconds in visits:
            self.now += dt.timedelta(seconds=seconds, microseconds=7)  # so that no two ranks are the same
            body = {**WANTED[wanted], "priority": priority, "priority_note": NOTE if priority else ""}
            body["override"] = "测试"
            tickets.take(self.stage.centre, body, source="guide", by=self.people["A01"], now=self.now)

    @rule(minutes=st.integers(1, 50))
    def somebody_booked_comes_early(self, minutes: int) -> None:
        """As checking in leaves it: in line from the booked time on, an hour ahead."""
        ticket = tickets.take(
            self.stage.centre, {"override": "测试"}, source="guide", by=self.people["A01"], now=self.now
        )
        due = self.now + dt.timedelta(minutes=minutes)
        ranked = order.rank(due, "appointment", self.layout.rules)
        Ticket.objects.filter(pk=ticket.pk).update(place_at=due, rank_at=ranked, priority="appointment")

    @rule(code=st.sampled_from(CODES), then=st.sampled_from(["miss", "miss", "finish", "hold", "A", "B", "C", ""]))
    def a_window_calls(self, code: str, then: str) -> None:
        window = self.stage.windows[code]
        if calling.current(window) is None:
            expected, line = self._expected(self.layout.window(window.pk))
            called = calling.call_next(window, by=self.people[code], now=self.now)
            assert (called and called.number) == (expected and expected.number)
            if called is None:
                return
            self._is_fair(called, line)
            self._is_behind_the_few(called, line)
            assert (called.window_id, called.state) == (window.pk, "called")
        self._go_on(window, self.people[code], then)

    def _go_on(self, window: Window, by: Actor, then: str) -> None:
        """Missed, served or sent on to another line; or nothing yet."""
        self.now += dt.timedelta(seconds=20)
        there = calling.current(window)
        assert there is not None
        self._forget(there)
        if then == "miss":
            calling.miss(window, by=by, now=self.now)
        elif then in self.stage.lines:
            to = self.stage.lines[then].pk
            sent = onward.transfer(window, by=by, queue=to, reason="办别的", now=self.now)
            assert (sent.place_at, sent.rank_at, sent.window_id) == (there.place_at, there.rank_at, None)
        elif then:
            calling.start(window, by=by, now=self.now)
            self.now += dt.timedelta(minutes=3)
            if then == "hold":
                calling.hold(window, by=by, reason="去复印", now=self.now)
            else:
                onward.finish(window, by=by, now=self.now)

    @precondition(lambda self: self._any("missed"))
    @rule(data=st.data())
    def a_missed_visitor_comes_back(self, data: st.DataObject) -> None:
        ticket = self._one("missed", data)
        since = TicketPeriod.objects.get(ticket=ticket, ended_at=None).started_at
        if self.now - since > dt.timedelta(minutes=self.layout.rules.missed_minutes):
            return
        line = Ticket.objects.waiting().filter(queue=ticket.queue_id)
        self.now += dt.timedelta(seconds=1)
        due = [other for other in line if other.place_at <= self.now]
        back = onward.give_back(ticket, by=self.people["A01"], now=self.now)
        ahead = [other for other in line.exclude(pk=back.pk) if self._key(other) < self._key(back)]
        most = self.layout.rules.missed_back
        assert len(ahead) >= min(most, len(due))
        assert len([other for other in ahead if other.pk not in self.behind]) <= most, (
            "others who came back may be before"
        )
        self.behind[back.pk] = {other.pk for other in ahead}

    @precondition(lambda self: self._any("waiting"))
    @rule(data=st.data(), priority=st.sampled_from(PRIORITIES))
    def somebody_gets_or_loses_a_priority(self, data: st.DataObject, priority: str) -> None:
        ticket = self._one("waiting", data)
        changed = tickets.set_priority(ticket, priority, NOTE if priority else "", by=self.people["A01"], now=self.now)
        assert changed.place_at == ticket.place_at
        self._forget(ticket)

    def _forget(self, ticket: Ticket) -> None:
        """Their own place changed since: who came back is no longer measured against them, nor they themselves."""
        self.behind.pop(ticket.pk, None)
        for few in self.behind.values():
            few.discard(ticket.pk)

    @precondition(lambda self: self._any("waiting"))
    @rule(data=st.data())
    def somebody_leaves(self, data: st.DataObject) -> None:
        tickets.leave(self._one("waiting", data), by=None, now=self.now)

    # ---- what always holds ----

    @invariant()
    def every_ticket_is_in_one_state_and_one_period(self) -> None:
        open_now = dict(TicketPeriod.objects.filter(ended_at=None).values_list("ticket_id", "state"))
        assert open_now == dict(Ticket.objects.live().values_list("pk", "state"))

    def _is_fair(self, called: Ticket, line: list[Ticket]) -> None:
        """Whoever has waited the multiple of the average is passed by nobody who came later."""
        rules = self.layout.rules
        longest = dt.timedelta(minutes=rules.fairness * max(self._average(), rules.fairness_floor))
        for other in line:
            if self.now - other.place_at >= longest:
                assert called.place_at <= other.place_at, (called.number, other.number)

    def _is_behind_the_few(self, called: Ticket, line: list[Ticket]) -> None:
        """Who came back after a miss is called after those who were put before them, however long it takes."""
        few = self.behind.pop(called.pk, set())
        still = [other for other in line if other.pk in few and other.queue_id == called.queue_id]
        assert not still, (called.number, [other.number for other in still])

    # ---- the pure side ----

    def _expected(self, window: WindowInfo) -> tuple[Ticket | None, list[Ticket]]:
        """Whom the pure order would call, and everybody whom this window might have called."""
        line = [ticket for ticket in Ticket.objects.waiting() if self._may_take(window, ticket)]
        return min(line, key=self._key, default=None), line

    def _may_take(self, window: WindowInfo, ticket: Ticket) -> bool:
        queue = self.layout.queue(ticket.queue_id)
        if not self.layout.serves(window, queue) or (window.kind == "green" and not ticket.priority):
            return False
        return window.takes(queue, ticket.departments, ticket.items)

    def _key(self, ticket: Ticket) -> order.Key:
        protected = order.protected_before(self.now, self._average(), self.layout.rules)
        return order.key(ticket.place_at, ticket.rank_at, ticket.pk, protected=protected, now=self.now)

    def _average(self) -> float:
        return average_wait(self.stage.centre, self.now)

    def _any(self, state: str) -> bool:
        return bool(Ticket.objects.filter(state=state).exists())

    def _one(self, state: str, data: st.DataObject) -> Ticket:
        rows = list(Ticket.objects.filter(state=state).order_by("pk"))
        return rows[data.draw(st.integers(0, len(rows) - 1))]


def test_any_morning_is_called_in_the_pure_order_and_fairly(cast: Cast) -> None:
    stage = furnish(cast)
    windows = dict(zip(CODES, ("clerk1", "clerk2", "helper1", "exit1", "examiner1"), strict=True))

    class Life(HallLife):
        pass

    Life.stage, Life.layout = stage, hall_map(stage.centre)
    Life.people = {code: cast.actor(who) for code, who in windows.items()}
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=15,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            report_multiple_bugs=False,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


# ---- the promises of the order by themselves ---------------------------------------------------------------------

MINUTES = st.integers(0, 240)
RULES = HallRules()


@pytest.mark.parametrize("priority", sorted(RULES.advance))
def test_a_priority_overtakes_only_those_who_came_shortly_before(priority: str, cast: Cast) -> None:
    stage, ahead = furnish(cast), RULES.advance[priority]
    Hall.objects.update(rules={"fairness": 10, "fairness_floor": 120})
    memory.forget()
    first = stage.at("9:00")
    layout = hall_map(stage.centre)
    protected = order.protected_before(stage.at("11:00"), 0, layout.rules)

    def key(pk: int, place: dt.datetime, with_priority: str = "") -> order.Key:
        ranked = order.rank(place, with_priority, layout.rules)
        return order.key(place, ranked, pk, protected=protected, now=stage.at("11:00"))

    inside, outside = first + dt.timedelta(minutes=ahead - 1), first + dt.timedelta(minutes=ahead + 1)
    assert key(2, inside, priority) < key(1, first)
    assert key(2, outside, priority) > key(1, first)
