"""A past day of the demonstration's halls, kept in memory and written at once: the rows that the actions would have
left, which a test compares one by one. Through the actions a day takes half a minute, so a second."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from django.db import connection, transaction

from onewindow.clocks.models import Deadline
from onewindow.demo.hall_acts import Acts
from onewindow.hall.access import post_at
from onewindow.hall.lifecycle import LIVE, MOVES, TicketState, Verb
from onewindow.hall.models import (
    Appointment,
    Ticket,
    TicketItem,
    TicketPeriod,
    Visitor,
    WindowPause,
    WindowSession,
    new_code,
)
from onewindow.hall.order import key, protected_before, rank
from onewindow.hall.pace import stepped
from onewindow.hall.queues import HallMap, ItemInfo, hall_map, items_of
from onewindow.hall.rules import Priority
from onewindow.hall.tickets import Source, refuse_when_closed
from onewindow.papers.models import Serial
from onewindow.people.authority import Actor
from onewindow.people.crypto import blind_index
from onewindow.people.models import Applicant
from onewindow.places.models import Centre, Window
from onewindow.problems import NotNow, RuleBroken

_RULE: Final = "大厅等候时间上限（大厅规则）"
_HOUR: Final = dt.timedelta(hours=1)
_MOMENT: Final = dt.timedelta(microseconds=1)


class Record(Acts):
    """Begins with an empty hall at midnight. `save` writes everything; before, nothing is in the database."""

    def __init__(self, day: dt.date, most: int, applicants: Mapping[str, Applicant]) -> None:
        self.day, self._applicants = day, applicants
        self._numbers = _reserved("hall_ticket", most)
        self._tickets: dict[int, Ticket] = {}
        self._lines: dict[int, list[TicketItem]] = {}
        self._items: dict[int, ItemInfo] = {}
        self._periods: list[TicketPeriod] = []
        self._open: dict[int, TicketPeriod] = {}
        self._limits: dict[int, Deadline] = {}
        self._visitors: list[Visitor] = []
        self._serials: dict[str, int] = {}
        self._sessions: list[WindowSession] = []
        self._manned: dict[int, WindowSession] = {}
        self._pauses: dict[int, WindowPause] = {}
        self._every_pause: list[WindowPause] = []
        self._arrived: list[Appointment] = []
        self._waits: dict[int, list[tuple[dt.datetime, float]]] = defaultdict(list)
        self._at: dict[int, Ticket] = {}

    # ---- windows --------------------------------------------------------------------------------------------------

    def open_window(self, window: Window, by: Actor, now: dt.datetime) -> None:
        posting = post_at(by, window.centre_id, now=now, window=window.pk)
        session = WindowSession(window=window, posting=posting, account_id=posting.account_id, opened_at=now)
        self._sessions.append(session)
        self._manned[window.pk] = session

    def close_window(self, window: Window, by: Actor, now: dt.datetime) -> None:
        account, busy = _account(by), {TicketState.CALLED, TicketState.SERVING, TicketState.HELD}
        if any(one.account_id == account and one.state in busy for one in self._tickets.values()):
            raise NotNow("还没有办完")
        self._manned.pop(window.pk).closed_at = now
        if (pause := self._pauses.pop(window.pk, None)) is not None:
            pause.ended_at = now

    def pause_window(self, window: Window, by: Actor, reason: str, now: dt.datetime) -> None:
        pause = WindowPause(session=self._manned[window.pk], reason=reason, started_at=now)
        self._pauses[window.pk] = pause
        self._every_pause.append(pause)

    def resume_window(self, window: Window, by: Actor, now: dt.datetime) -> None:
        self._pauses.pop(window.pk).ended_at = now

    # ---- tickets --------------------------------------------------------------------------------------------------

    def take(
        self, centre: Centre, form: dict[str, Any], source: Source, by: Actor | None, now: dt.datetime, request: str
    ) -> Ticket:
        layout, items = hall_map(centre), items_of(form["items"])
        refuse_when_closed(layout, now)
        queue, group = layout.plan(form["kind"], items)[0]
        visitor = self._visitor(form["visitor"]) if "visitor" in form else None
        if visitor is not None:
            self._refuse_second(layout.centre, visitor, {item.pk for item in items})
            self._visitors.append(visitor)
        ticket = self._new(layout, queue.pk, group, now, now, source, Priority(form.get("priority", "")))
        ticket.visitor, ticket.request = visitor, request
        ticket.priority_note = form.get("priority_note", "")
        return self._written(ticket, items, by, layout)

    def check_in(self, booked: Appointment, source: Source, by: Actor | None, now: dt.datetime) -> Ticket:
        layout = hall_map(booked.centre_id)
        items = items_of((booked.item.key,)) if booked.item else ()
        place = max(now, booked.starts_at)
        booked.state, booked.arrived_at = "arrived", now
        Appointment.objects.filter(pk=booked.pk).update(state="arrived", arrived_at=now)
        ticket = self._new(layout, booked.queue_id, items, now, place, source, Priority.APPOINTMENT)
        ticket.visitor, ticket.appointment = booked.visitor, booked
        ticket.priority_note = f"预约 {booked.number}"
        return self._written(ticket, items, by, layout)

    def _new(
        self,
        layout: HallMap,
        queue: int,
        group: Iterable[ItemInfo],
        now: dt.datetime,
        place: dt.datetime,
        source: Source,
        priority: Priority,
    ) -> Ticket:
        told = list(group)
        return Ticket(
            pk=next(self._numbers),
            centre_id=layout.centre,
            day=self.day,
            number=self._number(layout, layout.queue(queue).letter),
            code=new_code(),
            queue_id=queue,
            state=TicketState.WAITING.value,
            source=source,
            priority=priority.value,
            taken_at=now,
            place_at=place,
            rank_at=rank(place, priority, layout.rules),
            departments=sorted({item.department for item in told}),
            items=[item.pk for item in told],
        )

    def _number(self, layout: HallMap, letter: str) -> str:
        name = f"ticket/{layout.centre}/{self.day:%Y%m%d}/{letter}"
        if name not in self._serials:
            self._serials[name] = Serial.objects.filter(key=name).values_list("last", flat=True).first() or 0
        self._serials[name] += 1
        return f"{letter}{self._serials[name]:03}"

    def _written(self, ticket: Ticket, items: Iterable[ItemInfo], by: Actor | None, layout: HallMap) -> Ticket:
        self._tickets[ticket.pk] = ticket
        self._items |= {item.pk: item for item in items}
        lines = [TicketItem(ticket=ticket, position=n, item_id=item.pk) for n, item in enumerate(items, start=1)]
        self._lines[ticket.pk] = lines
        limit = layout.rules.wait_limit
        self._limits[ticket.pk] = Deadline(
            subject_kind="ticket",
            subject_id=ticket.pk,
            kind="wait",
            label="等候叫号",
            rule=_RULE,
            limit_n=limit,
            limit_unit="minute",
            start_on=self.day,
            due_at=ticket.place_at + dt.timedelta(minutes=limit),
            warn_at=ticket.place_at + dt.timedelta(minutes=limit * 2 // 3),
            centre_id=layout.centre,
        )
        self._begin(ticket, Verb.TRANSFER, ticket.taken_at, account=by.account.pk if by and by.account else None)
        self._open[ticket.pk].verb = "take"
        return ticket

    def _visitor(self, said: dict[str, str]) -> Visitor:
        applicant = self._applicants[said["id_number"]]
        person = blind_index("person", applicant.id_index)
        return Visitor(name=said["name"], phone=said["phone"] or None, person=person, applicant=applicant)

    def _refuse_second(self, centre: int, visitor: Visitor, wanted: set[int]) -> None:
        for one in self._tickets.values():
            same = one.visitor is not None and one.visitor.person == visitor.person and one.centre_id == centre
            if same and one.state in LIVE and (wanted & set(one.items) or (not wanted and not one.items)):
                raise RuleBroken("您已经取过号了")

    # ---- at the window --------------------------------------------------------------------------------------------

    def average_wait(self, centre: int, now: dt.datetime) -> float:
        """As `pace.average_wait`: of the last hour, else of today; to ten seconds."""
        moment = stepped(now)
        ended = [(at, minutes) for at, minutes in self._waits[centre] if at <= moment]
        recent = [minutes for at, minutes in ended if at > moment - _HOUR]
        known = recent or [minutes for _, minutes in ended]
        return sum(known) / len(known) if known else 0.0

    def call_first(
        self, window: Window, by: Actor, first: Ticket, line: Collection[int], now: dt.datetime
    ) -> Ticket | None:
        return self.call(window, first, by, now)

    def call(self, window: Window, ticket: Ticket, by: Actor, now: dt.datetime) -> Ticket:
        ticket.window, ticket.account_id, ticket.called_at = window, _account(by), now
        self._at[window.pk] = ticket
        return self._move(ticket, Verb.CALL, now, by, window)

    def recall(self, window: Window, by: Actor, now: dt.datetime) -> Ticket:
        return self._move(self._at[window.pk], Verb.RECALL, now, by, window)

    def start(self, window: Window, by: Actor, now: dt.datetime) -> Ticket:
        ticket = self._at[window.pk]
        ticket.started_at = ticket.started_at or now
        return self._move(ticket, Verb.START, now, by, window, item=self._next_item(ticket))

    def miss(self, window: Window, by: Actor, now: dt.datetime) -> Ticket:
        ticket = self._at.pop(window.pk)
        ticket.misses, ticket.window = ticket.misses + 1, None
        if ticket.misses < hall_map(ticket.centre_id).rules.missed_most:
            return self._move(ticket, Verb.MISS, now, by, window)
        ticket.ended_at, ticket.end_reason = now, "missed"
        return self._move(ticket, Verb.MISS, now, by, window, to=TicketState.LEFT)

    def hold(self, window: Window, by: Actor, reason: str, now: dt.datetime) -> Ticket:
        ticket = self._at.pop(window.pk)
        ticket.window = None
        return self._move(ticket, Verb.HOLD, now, by, window, reason=reason)

    def resume(self, window: Window, ticket: Ticket, by: Actor, now: dt.datetime) -> Ticket:
        ticket.window, ticket.account_id = window, _account(by)
        self._at[window.pk] = ticket
        return self._move(ticket, Verb.RESUME, now, by, window, item=self._next_item(ticket))

    def transfer(self, window: Window, by: Actor, queue: int, reason: str, now: dt.datetime) -> Ticket:
        ticket, layout = self._at.pop(window.pk), hall_map(window.centre_id)
        if not layout.windows_of(layout.queue(queue), ticket.departments, ticket.items):
            ticket.departments, ticket.items = [], []
        ticket.window, ticket.account, ticket.queue_id = None, None, queue
        return self._move(ticket, Verb.TRANSFER, now, by, None, reason=reason)

    def finish(self, window: Window, by: Actor, now: dt.datetime) -> Ticket:
        ticket, layout = self._at.pop(window.pk), hall_map(window.centre_id)
        for line in self._lines[ticket.pk]:
            if line.item_id in ticket.items and line.done_at is None:
                line.done_at = now
        left = [self._items[line.item_id] for line in self._lines[ticket.pk] if line.done_at is None]
        if not left:
            ticket.ended_at, ticket.end_reason = now, "done"
            return self._move(ticket, Verb.FINISH, now, by, window)
        queue, group = layout.plan(layout.queue(ticket.queue_id).kind, left)[0]
        ticket.window, ticket.account, ticket.queue_id = None, None, queue.pk
        ticket.departments = sorted({item.department for item in group})
        ticket.items = [item.pk for item in group]
        return self._move(ticket, Verb.TRANSFER, now, by, None, reason="还有事项要办")

    def leave(self, ticket: Ticket, now: dt.datetime, reason: str = "visitor") -> Ticket:
        ticket.window, ticket.ended_at, ticket.end_reason = None, now, reason
        return self._move(ticket, Verb.LEAVE, now, None, None, reason=reason)

    def give_back(self, ticket: Ticket, by: Actor | None, now: dt.datetime) -> Ticket:
        layout = hall_map(ticket.centre_id)
        protected = protected_before(now, self.average_wait(layout.centre, now), layout.rules)
        line = [t for t in self._tickets.values() if t.state == TicketState.WAITING and t.queue_id == ticket.queue_id]
        keys = sorted(key(t.place_at, t.rank_at, t.pk, protected=protected, now=now) for t in line)
        ahead = keys[: layout.rules.missed_back]
        if not ahead:
            ticket.place_at, ticket.rank_at = min(now, ticket.place_at), min(now, ticket.rank_at)
        else:
            after = ahead[-1][1] + _MOMENT
            ticket.place_at = after if ahead[-1][0] == 0 else max(after, protected + _MOMENT)
            ticket.rank_at = after
        ticket.account = None
        return self._move(ticket, Verb.RETURN, now, by, None)

    def _next_item(self, ticket: Ticket) -> int | None:
        lines = (line.item_id for line in self._lines[ticket.pk] if line.done_at is None)
        return next((item for item in lines if item in ticket.items), None)

    # ---- periods --------------------------------------------------------------------------------------------------

    def _move(
        self,
        ticket: Ticket,
        verb: Verb,
        now: dt.datetime,
        by: Actor | None,
        window: Window | None,
        *,
        to: TicketState | None = None,
        item: int | None = None,
        reason: str = "",
    ) -> Ticket:
        """The period that ends, the limit that is settled, the period that begins."""
        period = self._open[ticket.pk]
        period.ended_at = max(now, period.started_at)
        if period.state == TicketState.WAITING:
            waited = (period.ended_at - period.started_at).total_seconds() / 60
            self._waits[ticket.centre_id].append((period.ended_at, waited))
        self._settle(ticket, verb, now)
        ticket.state = (to or MOVES[(TicketState(ticket.state), verb)]).value
        account = by.account.pk if by and by.account else None
        self._begin(ticket, verb, period.ended_at, account=account, window=window, item=item, reason=reason)
        return ticket

    def _settle(self, ticket: Ticket, verb: Verb, now: dt.datetime) -> None:
        limit = self._limits[ticket.pk]
        if verb is Verb.RETURN or limit.settled_at is not None:
            return
        assert limit.due_at is not None
        limit.settled_at = now
        limit.outcome = "void" if verb is Verb.LEAVE else "late" if limit.due_at < now else "met"

    def _begin(
        self,
        ticket: Ticket,
        verb: Verb,
        now: dt.datetime,
        *,
        account: int | None,
        window: Window | None = None,
        item: int | None = None,
        reason: str = "",
    ) -> None:
        period = TicketPeriod(
            ticket=ticket,
            centre_id=ticket.centre_id,
            state=ticket.state,
            queue_id=ticket.queue_id,
            window=window,
            account_id=account,
            item_id=item,
            started_at=now,
            ended_at=None if ticket.state in LIVE else now,
            verb=verb.value,
            reason=reason,
        )
        self._periods.append(period)
        self._open[ticket.pk] = period

    # ---- writing it -----------------------------------------------------------------------------------------------

    @transaction.atomic
    def save(self) -> int:
        """Everything at once. Returns the number of tickets."""
        Visitor.objects.bulk_create(self._visitors)
        for ticket in self._tickets.values():
            ticket.visitor = ticket.visitor  # the key it got just now
        Ticket.objects.bulk_create(self._tickets.values())
        TicketItem.objects.bulk_create(line for lines in self._lines.values() for line in lines)
        TicketPeriod.objects.bulk_create(self._periods)
        Deadline.objects.bulk_create(self._limits.values())
        WindowSession.objects.bulk_create(self._sessions)
        for pause in self._every_pause:
            pause.session = pause.session
        WindowPause.objects.bulk_create(self._every_pause)
        serials = [Serial(key=name, last=last) for name, last in self._serials.items()]
        Serial.objects.bulk_create(serials, update_conflicts=True, unique_fields=["key"], update_fields=["last"])
        return len(self._tickets)


def _reserved(table: str, most: int) -> Any:
    """Numbers from the table's own sequence, in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, most])
        return iter([row[0] for row in cursor.fetchall()])


def _account(by: Actor) -> int:
    assert by.account is not None
    return by.account.pk
