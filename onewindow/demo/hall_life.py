"""The demonstration's halls alive: events in the order of time, each done through the hall's own actions.

A `Stage` reads from the database how things stand at `since` and carries them on to `until`; it keeps nothing between
two runs. What somebody does follows from the day's plan, so that a run may be repeated or interrupted: a visit bears
the request key of its plan, and a window is opened, called and closed only when it is in that state.

Simulated clerks call only simulated visitors, and nobody acts for the accounts that people play (`hall_shifts.PLAYED`).
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, cast

from django.db.models import Q

from onewindow.demo.hall_acts import Acts
from onewindow.demo.hall_day import AHEAD, Day, request_key
from onewindow.demo.hall_desks import Desk, Tally, Windows
from onewindow.demo.hall_forms import book, ticket_form
from onewindow.demo.hall_shifts import Shift
from onewindow.demo.hall_visits import Visit
from onewindow.demo.places import HALL
from onewindow.hall import upkeep
from onewindow.hall.lifecycle import TicketState
from onewindow.hall.models import Ticket, TicketPeriod, WindowSession
from onewindow.hall.order import key, protected_before
from onewindow.hall.queues import hall_map
from onewindow.hall.tickets import Source
from onewindow.problems import NotFound

_AWAY: Final = "要办的事在别的窗口"
_EARLY: Final = dt.timedelta(hours=1)
_SWEEP_EVERY: Final = dt.timedelta(minutes=10)


class Stage(Windows):
    """One day between two moments. `shared`: real visitors may stand in the same lines; while one does, a simulated
    clerk chooses among the simulated ones by the hall's own order instead of calling the next. `past`: the time lies
    behind us, so what the sweep does from minute to minute is done here as well."""

    def __init__(
        self, day: Day, since: dt.datetime, *, shared: bool, past: bool = False, acts: Acts | None = None
    ) -> None:
        super().__init__(day, since, acts or Acts())
        self.shared, self.past = shared, past
        self._line: dict[int, Ticket] = {}
        before = Day(day.date - dt.timedelta(days=1), day.house)
        self._visits = {request_key(one.date, v.number): v for one in (before, day) for v in one.visits}
        self._booked = {row.pk: key for one in (before, day) for key, row in one.bookings.items()}
        self._keys: dict[int, str] = {}

    def run(self, until: dt.datetime) -> Tally:
        """Carries the halls from `since` to `until`."""
        self._plan(until)
        self._look()
        self._play(until)
        return self.tally

    # ---- what was planned, and how things stand ------------------------------------------------------------------

    def _plan(self, until: dt.datetime) -> None:
        for shift in self.day.shifts:
            if self.since < shift.opens <= until or shift.opens <= self.since < shift.closes:
                self._at(shift.opens, "open", lambda now, shift=shift: self._open(shift, now))  # type: ignore[misc]
        for ahead in range(AHEAD + 1):
            other = self.day if not ahead else Day(self.day.date + dt.timedelta(days=ahead), self.house)
            for visit in other.visits:
                if visit.booked and self.since < other.booked_at(visit) <= until:
                    self._at(other.booked_at(visit), "book", lambda now, d=other, v=visit: book(d, v, now))  # type: ignore[misc]
        if self.past:
            self._at(self.since, "sweep", self._sweep)
        for visit in self.day.visits:
            if self.since < visit.at <= until:
                self._at(visit.at, "arrive", lambda now, one=visit: self._arrive(one, now))  # type: ignore[misc]

    def _look(self) -> None:
        """Takes up the sessions and tickets that are already there."""
        sessions = WindowSession.objects.filter(closed_at=None, account__username__in=self.day.people)
        sessions = sessions.select_related("window", "account").prefetch_related("pauses")
        for session in sessions:
            with suppress(NotFound):  # the window was put out of use meanwhile
                self._sit(session)
        recent = [self.day.date, self.day.date - dt.timedelta(days=1)]
        known = Q(day__in=recent) | Q(window__in=self._desks) | Q(state=TicketState.HELD)
        live = Ticket.objects.filter(known, centre__in=self.house.centres.values()).live()
        for ticket in live.prefetch_related("periods"):
            self._take_up(ticket)
        for desk in self._desks.values():
            if desk.free:
                self._at(self.since, "call", lambda now, desk=desk: self._call(desk, now))  # type: ignore[misc]

    def _sit(self, session: WindowSession) -> None:
        """A window that is open already, with what lies ahead of it."""
        shift = self._shift_of(session)
        if shift is not None and session.opened_at < shift.opens - _EARLY:  # left open some days ago
            shift = None
        desk = self._desk(session.window, session.account.username, shift.closes if shift else self.since)
        taken = list(session.pauses.all())
        desk.paused = any(pause.ended_at is None for pause in taken)
        self._at(desk.closes, "close", lambda now: self._close(desk, now))
        meant = [pause for pause in shift.pauses if pause.starts <= self.since < pause.ends] if shift else []
        if desk.paused:
            ends = meant[0].ends if meant else self.since
            self._at(ends, "resume", lambda now: self._resume_window(desk, now))
        elif meant and not any(pause.started_at >= meant[0].starts for pause in taken):
            desk.pause_due = meant[0]  # somebody was still there when it should have begun
        if shift is not None:
            self._plan_pauses(desk, shift)

    def _take_up(self, ticket: Ticket) -> None:
        request = ticket.request or self._booked.get(ticket.appointment_id or 0, "")
        if request not in self._visits:
            self._wind_up(ticket)
            return
        self._keys[ticket.pk] = request
        period: TicketPeriod = max(ticket.periods.all(), key=lambda one: (one.started_at, one.pk))
        if ticket.state == TicketState.WAITING:
            self._wait(ticket)
        elif ticket.state == TicketState.MISSED:
            self._missed(ticket, period.started_at)
        elif (desk := self._desks.get(ticket.window_id or period.window_id or 0)) is not None:
            self._go_on(desk, ticket, period)

    def _wind_up(self, ticket: Ticket) -> None:
        """Somebody real is left alone; a simulated visitor of a day long over, still at a simulated window, goes."""
        mine = next((desk for desk in self._desks.values() if desk.person == ticket.account_id), None)
        if mine is None or ticket.day == self.day.date:
            return
        if ticket.state == TicketState.SERVING:
            self._at(self.since, "wind up", lambda now: _drop(self.acts.finish(mine.window, mine.actor, now)))
        else:
            self._at(self.since, "wind up", lambda now: _drop(self.acts.leave(ticket, now)))

    def _go_on(self, desk: Desk, ticket: Ticket, period: TicketPeriod) -> None:
        """A ticket that is called, being served or held by a simulated clerk."""
        if ticket.state == TicketState.HELD:
            self._aside(desk, ticket, period.started_at)
            return
        desk.ticket = ticket
        if ticket.state == TicketState.CALLED:
            self._called(desk, ticket, period.started_at)
        else:
            stepped_aside = any(one.state == TicketState.HELD for one in ticket.periods.all())
            self._serve(desk, ticket, period.started_at, again=stepped_aside)

    def _shift_of(self, session: WindowSession) -> Shift | None:
        mine = [one for one in self.day.shifts if one.username == session.account.username]
        return next((one for one in mine if one.opens <= self.since < one.closes), None)

    def _sweep(self, now: dt.datetime) -> None:
        """The places of those who did not come."""
        upkeep.release_due(now)
        self._at(now + _SWEEP_EVERY, "sweep", self._sweep)

    # ---- coming and waiting ---------------------------------------------------------------------------------------

    def _arrive(self, visit: Visit, now: dt.datetime) -> None:
        request = request_key(self.day.date, visit.number)
        booked = self.day.bookings.get(request)
        if booked is not None and visit.absent:
            return
        by = self.house.guide if visit.source == "guide" and visit.centre == HALL else None
        source = cast(Source, visit.source if by or visit.source != "guide" else "kiosk")
        if booked is not None:
            ticket = self.acts.check_in(booked, source, by, now)
        else:
            form = ticket_form(visit)
            centre = self.house.centres[visit.centre]
            ticket = self.acts.take(centre, form, source, by, now, request)
        if ticket.state == TicketState.WAITING:  # and not one of an earlier run
            self._keys[ticket.pk] = request
            self._wait(ticket)
            self._offer(ticket, now)

    def _visit(self, ticket: Ticket) -> Visit:
        return self._visits[self._keys[ticket.pk]]

    def _wait(self, ticket: Ticket) -> None:
        self._line[ticket.pk] = ticket
        patience = dt.timedelta(minutes=self._visit(ticket).patience)
        self._at(ticket.place_at + patience, "leave", lambda now: self._leave(ticket, now))

    def _leave(self, ticket: Ticket, now: dt.datetime) -> None:
        if self._line.get(ticket.pk) is ticket:
            del self._line[ticket.pk]
            self.acts.leave(ticket, now)

    def _offer(self, ticket: Ticket, now: dt.datetime) -> None:
        """A free window that may take the ticket calls; those that take less come first."""
        able = [desk for desk in self._desks.values() if desk.free and self._suits(desk, ticket)]
        if able:
            fields = bool([desk for desk in able if desk.info.departments])
            first = [desk for desk in able if bool(desk.info.departments) is fields]
            self._call(first[self._visit(ticket).number % len(first)], now)

    def _suits(self, desk: Desk, ticket: Ticket) -> bool:
        if desk.layout.centre != ticket.centre_id:
            return False
        queue = desk.layout.queue(ticket.queue_id)
        if not desk.layout.serves(desk.info, queue) or (desk.info.kind == "green" and not ticket.priority):
            return False
        cannot = desk.info.less | self.house.cannot(desk.actor, desk.window)
        return desk.info.takes(queue, ticket.departments, ticket.items) and not cannot & set(ticket.items)

    # ---- at the window --------------------------------------------------------------------------------------------

    def _call(self, desk: Desk, now: dt.datetime) -> None:
        if not self._here(desk) or not desk.free:
            return
        if now >= desk.closes:
            self._close(desk, now)
            return
        if desk.pause_due is not None:
            self._rest(desk, now)
            return
        mine = [ticket for ticket in self._line.values() if self._suits(desk, ticket)]
        called = self._called_of(desk, mine, now) if mine else None
        if called is not None:
            del self._line[called.pk]
            desk.ticket = called
            self._called(desk, called, now)

    def _called_of(self, desk: Desk, mine: list[Ticket], now: dt.datetime) -> Ticket | None:
        first = self._first(desk, mine, now)
        if self.shared and self._real_people_wait(desk):
            return self.acts.call(desk.window, first, desk.actor, now)
        return self.acts.call_first(desk.window, desk.actor, first, self._line, now)

    def _real_people_wait(self, desk: Desk) -> bool:
        waiting = Ticket.objects.waiting().filter(centre_id=desk.layout.centre)
        return bool(waiting.exclude(pk__in=self._line).exists())

    def _first(self, desk: Desk, mine: Iterable[Ticket], now: dt.datetime) -> Ticket:
        """Whom the hall would call first if only the simulated were there."""
        protected = protected_before(now, self.acts.average_wait(desk.layout.centre, now), desk.layout.rules)
        return min(mine, key=lambda one: key(one.place_at, one.rank_at, one.pk, protected=protected, now=now))

    def _called(self, desk: Desk, ticket: Ticket, since: dt.datetime) -> None:
        visit = self._visit(ticket)
        if ticket.misses < visit.misses:
            recall, miss = dt.timedelta(minutes=0.8), dt.timedelta(minutes=1.7)
            if since + recall > self.now or self.now == since:
                self._at(since + recall, "recall", lambda now: self._recall(desk, ticket, now))
            self._at(since + miss, "miss", lambda now: self._miss(desk, ticket, now))
        else:
            walk = dt.timedelta(minutes=visit.walk)
            self._at(since + walk, "start", lambda now: self._start(desk, ticket, now))

    def _recall(self, desk: Desk, ticket: Ticket, now: dt.datetime) -> None:
        if desk.ticket is ticket:
            self.acts.recall(desk.window, desk.actor, now)

    def _miss(self, desk: Desk, ticket: Ticket, now: dt.datetime) -> None:
        if desk.ticket is not ticket:
            return
        desk.ticket = None
        missed = self.acts.miss(desk.window, desk.actor, now)
        self._missed(missed, now)
        self._call(desk, now)

    def _missed(self, ticket: Ticket, since: dt.datetime) -> None:
        visit = self._visit(ticket)
        if ticket.state != TicketState.MISSED:
            return
        if visit.returns:
            back = dt.timedelta(minutes=visit.returns)
            self._at(since + back, "return", lambda now: self._return(ticket, now))
        else:
            most = dt.timedelta(minutes=hall_map(ticket.centre_id).rules.missed_minutes + 1)
            self._at(since + most, "gone", lambda now: _drop(self.acts.leave(ticket, now, "missed")))

    def _return(self, ticket: Ticket, now: dt.datetime) -> None:
        at_county = ticket.centre_id == self.house.centres[HALL].pk
        back = self.acts.give_back(ticket, self.house.guide if at_county else None, now)
        self._wait(back)
        self._offer(back, now)

    def _start(self, desk: Desk, ticket: Ticket, now: dt.datetime) -> None:
        if desk.ticket is ticket:
            desk.ticket = self.acts.start(desk.window, desk.actor, now)
            self._serve(desk, desk.ticket, now)

    def _serve(self, desk: Desk, ticket: Ticket, since: dt.datetime, *, again: bool = False) -> None:
        """What follows the beginning of a service: its end, or before that a step aside or another line."""
        visit = self._visit(ticket)
        minutes = self._minutes(visit, ticket)
        if visit.elsewhere and visit.centre == HALL and not self._moved_on(ticket):
            self._at(since + minutes * 0.3, "transfer", lambda now: self._transfer(desk, ticket, now))
        elif visit.aside and not again:
            self._at(since + minutes * 0.5, "hold", lambda now: self._hold(desk, ticket, now))
        else:
            share = 0.5 if again else 1.0
            self._at(since + minutes * share, "finish", lambda now: self._finish(desk, ticket, now))

    def _minutes(self, visit: Visit, ticket: Ticket) -> dt.timedelta:
        things = max(1, len(ticket.items))
        other = 0.8 + 0.4 * random.Random(f"{visit.number} {ticket.queue_id}").random()
        return dt.timedelta(minutes=visit.service * other * (1 + 0.6 * (things - 1)))

    def _moved_on(self, ticket: Ticket) -> bool:
        """The letter of the number is that of the line they first stood in."""
        letter = hall_map(ticket.centre_id).queue(ticket.queue_id).letter
        return not ticket.number.startswith(letter) or ticket.number[len(letter)].isalpha()

    def _hold(self, desk: Desk, ticket: Ticket, now: dt.datetime) -> None:
        if desk.ticket is not ticket:
            return
        held = self.acts.hold(desk.window, desk.actor, self._visit(ticket).aside_reason, now)
        desk.ticket = None
        self._aside(desk, held, now)
        self._call(desk, now)

    def _aside(self, desk: Desk, ticket: Ticket, since: dt.datetime) -> None:
        back = dt.timedelta(minutes=self._visit(ticket).aside or 5)
        self._at(since + back, "back", lambda now: self._back(desk, ticket, now))

    def _back(self, desk: Desk, ticket: Ticket, now: dt.datetime) -> None:
        """They go on as soon as the window is free."""
        if not self._here(desk):
            return
        if not desk.free:
            self._at(now + dt.timedelta(seconds=20), "wait at the window", lambda then: self._back(desk, ticket, then))
            return
        desk.ticket = self.acts.resume(desk.window, ticket, desk.actor, now)
        self._serve(desk, desk.ticket, now, again=True)

    def _transfer(self, desk: Desk, ticket: Ticket, now: dt.datetime) -> None:
        """Asked at the wrong place: to a line that can do it, keeping their place in time."""
        if desk.ticket is not ticket:
            return
        lines = [q for q in desk.layout.queues if q.pk != ticket.queue_id and q.kind == "general"]
        if not lines:
            self._finish(desk, ticket, now)
            return
        chosen = random.Random(f"line {self._keys[ticket.pk]}").choice(lines)
        moved = self.acts.transfer(desk.window, desk.actor, chosen.pk, _AWAY, now)
        desk.ticket = None
        self._wait(moved)
        self._call(desk, now)
        if moved.pk in self._line:
            self._offer(moved, now)

    def _finish(self, desk: Desk, ticket: Ticket, now: dt.datetime) -> None:
        if desk.ticket is not ticket:
            return
        done = self.acts.finish(desk.window, desk.actor, now)
        desk.ticket = None
        if done.state == TicketState.WAITING:  # further things, in another line
            self._wait(done)
            self._offer(done, now)
        pause = dt.timedelta(seconds=random.Random(f"breath {self._keys[ticket.pk]}").uniform(5, 45))
        self._at(now + pause, "call", lambda then: self._call(desk, then))
        if now >= desk.closes:
            self._close(desk, now)


def _drop(done: object) -> None:
    """The outcome is not needed."""
