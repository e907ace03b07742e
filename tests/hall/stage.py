"""A hall on stage: rows as the actions leave them, written directly so that a test can say what happened and when.

Moments are clock times of one Monday: `stage.visit("9:00", called="9:12", started="9:13", ended="9:25")`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from onewindow.hall.models import (
    Appointment,
    Hall,
    Queue,
    Ticket,
    TicketItem,
    TicketPeriod,
    Visitor,
    WeeklyHours,
    WindowPause,
    WindowSession,
)
from onewindow.places.models import Window
from tests.cast import Cast

MONDAY = dt.date(2026, 11, 23)


@dataclass
class Stage:
    """Two lines: A at the windows A01–A03 (clerk1, clerk2, helper1 sit there), C at the consulting window C01."""

    cast: Cast
    hall: Hall
    lines: dict[str, Queue]
    windows: dict[str, Window]
    day: dt.date = MONDAY
    _numbers: dict[str, int] = field(default_factory=dict)

    @property
    def centre(self) -> int:
        return self.cast.centre.pk

    def at(self, clock: str, day: dt.date | None = None) -> dt.datetime:
        moment = dt.time.fromisoformat(clock.zfill(len(clock) + len(clock.split(":")[0]) % 2))
        return dt.datetime.combine(day or self.day, moment, tzinfo=timezone.get_default_timezone())

    def open(self, code: str = "A01", who: str = "clerk1", at: str = "9:00", until: str = "") -> WindowSession:
        return WindowSession.objects.create(
            window=self.windows[code],
            posting=self.cast.posting(who),
            account=self.cast.accounts[who],
            opened_at=self.at(at),
            closed_at=self.at(until) if until else None,
        )

    def pause(self, session: WindowSession, at: str, until: str = "", reason: str = "喝水") -> WindowPause:
        return WindowPause.objects.create(
            session=session, reason=reason, started_at=self.at(at), ended_at=self.at(until) if until else None
        )

    def visit(
        self,
        taken: str,
        *,
        line: str = "A",
        window: str = "A01",
        who: str = "clerk1",
        called: str = "",
        started: str = "",
        ended: str = "",
        left: str = "",
        missed: str = "",
        items: Iterable[str] = (),
        day: dt.date | None = None,
        **more: Any,
    ) -> Ticket:
        """One visit, as far as the given times go: waiting from `taken`, and so on. `left` ends it where it stands."""
        day, queue = day or self.day, self.lines[line]
        clock = {name: self.at(text, day) for name, text in _said(taken, called, started, ended, left, missed)}
        wanted = [self.cast.items[key] for key in items]
        state = _state(clock)
        served = {"window": self.windows[window], "account": self.cast.accounts[who]} if "called" in clock else {}
        ticket = Ticket.objects.create(
            centre_id=self.centre,
            day=day,
            number=self._number(line, day),
            queue=queue,
            state=state,
            **(served if state not in {"waiting", "missed"} else {}),
            taken_at=clock["taken"],
            place_at=clock["taken"],
            rank_at=clock["taken"],
            called_at=clock.get("called"),
            started_at=clock.get("started"),
            ended_at=clock.get("ended") or clock.get("left"),
            end_reason="不等了" if "left" in clock else "",
            departments=sorted({item.department_id for item in wanted}),
            items=[item.pk for item in wanted],
            **more,
        )
        TicketItem.objects.bulk_create(
            TicketItem(ticket=ticket, position=n, item=item) for n, item in enumerate(wanted)
        )
        item = wanted[0] if wanted else None
        TicketPeriod.objects.bulk_create(_periods(ticket, clock, served, item))
        return ticket

    def booked(self, at: str, line: str = "A", **more: Any) -> Appointment:
        """An appointment at `at`, made at eight; its visitor is not there yet."""
        order, starts = Appointment.objects.count() + 1, self.at(at)
        visitor = Visitor.objects.create(name="王小明", phone="19900001234", person=f"person-{order}")
        return Appointment.objects.create(
            number=f"Y{order:03}",
            centre_id=self.centre,
            queue=self.lines[line],
            visitor=visitor,
            person=visitor.person,
            day=self.day,
            period=(starts, starts + dt.timedelta(minutes=15)),
            lane=order,
            booked_at=self.at("8:00"),
            **more,
        )

    def booking(self, taken: str, at: str, line: str = "A", **visit: Any) -> Ticket:
        """An appointment at `at` whose visitor came at `taken`."""
        kept = self.booked(at, line, state="arrived", arrived_at=self.at(taken))
        return self.visit(taken, line=line, appointment=kept, visitor=kept.visitor, priority="appointment", **visit)

    def _number(self, line: str, day: dt.date) -> str:
        key = f"{line}{day}"
        self._numbers[key] = self._numbers.get(key, 0) + 1
        return f"{line}{self._numbers[key]:03}"


def _said(*texts: str) -> Iterable[tuple[str, str]]:
    names = ("taken", "called", "started", "ended", "left", "missed")
    return ((name, text) for name, text in zip(names, texts, strict=True) if text)


def _state(clock: dict[str, dt.datetime]) -> str:
    for name, state in (
        ("ended", "finished"),
        ("left", "left"),
        ("missed", "missed"),
        ("started", "serving"),
        ("called", "called"),
    ):
        if name in clock:
            return state
    return "waiting"


def _periods(ticket: Ticket, clock: dict[str, dt.datetime], served: dict[str, Any], item: Any) -> list[TicketPeriod]:
    steps = [("waiting", "take", "taken"), ("called", "call", "called"), ("missed", "miss", "missed")]
    steps += [("serving", "start", "started")]
    begun = [(state, verb, clock[name]) for state, verb, name in steps if name in clock]
    ends = [moment for _, _, moment in begun[1:]] + [clock.get("ended") or clock.get("left")]
    return [
        TicketPeriod(
            ticket=ticket,
            centre_id=ticket.centre_id,
            state=state,
            queue_id=ticket.queue_id,
            **(served if state in {"called", "serving"} else {}),
            item=item if state == "serving" else None,
            started_at=moment,
            ended_at=end,
            verb=verb,
        )
        for (state, verb, moment), end in zip(begun, ends, strict=True)
    ]


def build(cast: Cast, **rules: Any) -> Stage:
    """The hall of the cast's centre, open Monday to Friday 9:00–12:00 and 13:00–17:00."""
    hall = Hall.objects.create(centre=cast.centre, rules=rules)
    first = Window.objects.get(centre=cast.centre, code="A01")
    windows = {"A01": first}
    for code, name, kind in (
        ("A02", "综合窗口2号", "general"),
        ("A03", "综合窗口3号", "general"),
        ("C01", "咨询窗口", "consulting"),
    ):
        windows[code] = Window.objects.create(centre=cast.centre, code=code, name=name, kind=kind)
    lines = {
        "A": Queue.objects.create(centre=cast.centre, letter="A", name="综合", kind="general"),
        "C": Queue.objects.create(centre=cast.centre, letter="C", name="咨询", kind="consulting"),
    }
    WeeklyHours.objects.bulk_create(
        WeeklyHours(centre=cast.centre, weekday=day, opens=opens, closes=closes, valid_from=dt.date(2020, 1, 1))
        for day in range(5)
        for opens, closes in ((540, 720), (780, 1020))
    )
    return Stage(cast, hall, lines, windows)
