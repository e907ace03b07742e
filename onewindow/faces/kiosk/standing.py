"""Where somebody with a ticket stands, in words: on the machine that gave it and on their own phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from django.conf import settings
from django.utils import timezone

from onewindow.hall import live
from onewindow.hall.estimate import words
from onewindow.hall.lifecycle import LIVE, TicketState, Verb, sources
from onewindow.hall.live import Place
from onewindow.hall.models import Ticket, TicketItem
from onewindow.hall.queues import HallMap, hall_map
from onewindow.hall.rules import PRIORITY_LABELS, Priority
from onewindow.voice.ratings.invitations import slip_words

_TONES: Final[Mapping[TicketState, str]] = {
    TicketState.WAITING: "primary",
    TicketState.CALLED: "accent",
    TicketState.SERVING: "ontime",
    TicketState.HELD: "paused",
    TicketState.MISSED: "late",
    TicketState.FINISHED: "done",
    TicketState.LEFT: "done",
}
_DIGITS: Final = dict(zip("0123456789", "零一二三四五六七八九", strict=True))


@dataclass(frozen=True, slots=True)
class Standing:
    """A ticket as its owner sees it. `place` only while waiting."""

    ticket: Ticket
    layout: HallMap
    place: Place | None
    items: tuple[tuple[str, str], ...]
    now: datetime

    @property
    def state(self) -> TicketState:
        return TicketState(self.ticket.state)

    @property
    def tone(self) -> str:
        return _TONES[self.state]

    @property
    def live(self) -> bool:
        """Whether it can still be called; one of an earlier day only where places are kept overnight."""
        today = self.ticket.day == timezone.localdate(self.now) or self.layout.rules.keep_overnight
        return self.state in LIVE and today

    @property
    def slip(self) -> str:
        """The code by which the visit can be rated at the kiosk once it is over, as it is printed."""
        return slip_words(self.ticket)

    @property
    def may_leave(self) -> bool:
        return self.live and self.state in sources(Verb.LEAVE)

    @property
    def may_return(self) -> bool:
        """Whether a missed ticket can still be taken back in line."""
        until = self.returns_until
        return until is not None and self.now < until

    @property
    def soonest(self) -> int:
        return round(self.place.wait.optimistic) if self.place and self.place.wait else 0

    @property
    def longest(self) -> int:
        return ceil(self.place.wait.pessimistic) if self.place and self.place.wait else 0

    @property
    def wait(self) -> str:
        """The band of minutes in words."""
        return words(self.place.wait) if self.place else ""

    @property
    def windows(self) -> str:
        """Which windows may call, open ones first: 综合受理（A01、A02 等 10 个）."""
        names = dict.fromkeys(self.place.windows) if self.place else {}
        able = self.layout.windows_of(
            self.layout.queue(self.ticket.queue_id), self.ticket.departments, self.ticket.items
        )
        return "、".join(f"{name}（{_codes([one.code for one in able if one.name == name])}）" for name in names)

    @property
    def path(self) -> str:
        return f"/ticket/{self.ticket.code}/"

    @property
    def url(self) -> str:
        return f"{settings.OW_PUBLIC_URL}{self.path}"

    @property
    def priority(self) -> str:
        chosen = Priority(self.ticket.priority)
        return PRIORITY_LABELS[chosen] if chosen else ""

    @property
    def window(self) -> str:
        """「A05 窗口 综合受理」 once it was called."""
        window = self.ticket.window
        return f"{window.code} 窗口 {window.name}" if window else ""

    @property
    def returns_until(self) -> datetime | None:
        """Until when a missed ticket can be taken back in line."""
        called = self.ticket.called_at
        return called + timedelta(minutes=self.layout.rules.missed_minutes) if called else None

    @property
    def spoken(self) -> str:
        """The number as it is said: A 零二三."""
        letters = "".join(f"{c} " if c.isalpha() else _DIGITS.get(c, c) for c in self.ticket.number)
        return letters.strip()


def _codes(codes: list[str]) -> str:
    return "、".join(codes) if len(codes) <= 3 else f"{'、'.join(codes[:2])} 等 {len(codes)} 个"


def by_code(code: str) -> Ticket | None:
    """The ticket of a visitor's page. One query; any text is safe."""
    if "\0" in code or len(code) > 32:
        return None
    rows = Ticket.objects.select_related("centre", "queue", "window", "appointment")
    found: Ticket | None = rows.filter(code=code).first()
    return found


def standing(ticket: Ticket, now: datetime) -> Standing:
    """At most five queries besides what is remembered of the hall."""
    lines = TicketItem.objects.filter(ticket=ticket).order_by("position").values_list("item__name", "item__key")
    waits = ticket.state == TicketState.WAITING
    place = live.place(ticket, now) if waits else None
    return Standing(ticket, hall_map(ticket.centre_id), place, tuple(lines), now)
