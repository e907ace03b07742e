"""The people in front of a window: who is called next and why, who is held here, who missed their call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Prefetch, Q, prefetch_related_objects
from django.utils import timezone

from onewindow.hall import order
from onewindow.hall.lifecycle import AT_WINDOW, TicketState
from onewindow.hall.models import Ticket, TicketItem
from onewindow.hall.pace import average_wait
from onewindow.hall.queues import HallMap, WindowInfo, cannot_take
from onewindow.hall.rules import PRIORITY_LABELS, Priority
from onewindow.people.models import Posting

SHOWN: Final = 8
"""How many of the line are shown; the rest is a number."""
_READ: Final = 400


@dataclass(frozen=True, slots=True)
class Row:
    """One visitor. `reason` says why they stand where they stand; empty for somebody in their ordinary turn."""

    ticket: Ticket
    who: str
    things: str
    minutes: int
    reason: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Front:
    """What a window has in front of it. `current` is called or being served; `more` stand behind those shown."""

    current: Ticket | None
    line: tuple[Row, ...]
    more: int
    held: tuple[Row, ...]
    missed: tuple[Row, ...]


def front(layout: HallMap, window: WindowInfo, posting: Posting, now: datetime) -> Front:
    """The line of one window in the order of the call. At most five queries, however long the line."""
    found = list(_live(layout, window, posting.account_id))
    waiting = [one for one in found if one.state == TicketState.WAITING]
    protected = order.protected_before(now, average_wait(layout.centre, now), layout.rules)
    mine = [one for one in waiting if _takes(layout, window, one, cannot_take(posting.pk))]
    mine.sort(key=lambda one: order.key(one.place_at, one.rank_at, one.pk, protected=protected, now=now))
    current = next((one for one in found if TicketState(one.state) in AT_WINDOW), None)
    held = [one for one in found if one.state == TicketState.HELD]
    missed = [one for one in found if one.state == TicketState.MISSED]
    told = [*mine[:SHOWN], *held, *missed, *([current] if current else [])]
    with_people(told)
    return Front(
        current=current,
        line=tuple(_row(one, now, _reason(one, layout, protected, now)) for one in mine[:SHOWN]),
        more=max(0, len(mine) - SHOWN),
        held=tuple(_row(one, now, ("", "")) for one in held),
        missed=tuple(_row(one, now, ("", "")) for one in missed),
    )


def _live(layout: HallMap, window: WindowInfo, account: int) -> Iterable[Ticket]:
    """Who waits or was missed in the window's lines, who is at it, and who is on hold with its person."""
    served = [queue.pk for queue in layout.served_by(window)]
    wanted = Q(queue_id__in=served, state__in=[TicketState.WAITING.value, TicketState.MISSED.value])
    wanted |= Q(window_id=window.pk, state__in=sorted(state.value for state in AT_WINDOW))
    wanted |= Q(account_id=account, state=TicketState.HELD.value)
    found: Iterable[Ticket] = Ticket.objects.live().filter(wanted, centre_id=layout.centre).order_by("place_at", "id")
    return found[:_READ]  # type: ignore[index,no-any-return]


def _takes(layout: HallMap, window: WindowInfo, ticket: Ticket, cannot: frozenset[int]) -> bool:
    queue = layout.queue(ticket.queue_id)
    if queue.kind != window.kind and not ticket.priority:
        return False  # a green window helps the general lines, but only those with a priority
    return not cannot & set(ticket.items) and window.takes(queue, ticket.departments, ticket.items)


def with_people(tickets: Sequence[Ticket]) -> None:
    """Loads visitors and items of these tickets. Two queries."""
    lines = Prefetch("lines", TicketItem.objects.select_related("item").order_by("position"))
    prefetch_related_objects(list(tickets), "visitor", lines)


def things_of(ticket: Ticket) -> str:
    """What somebody came for, in a few words; of a ticket that came with its lines."""
    names = [line.item.name for line in ticket.lines.all()]
    if not names:
        return ticket.purpose or "没有选事项"
    return names[0] if len(names) == 1 else f"{names[0]}等 {len(names)} 项"


def _row(ticket: Ticket, now: datetime, why: tuple[str, str]) -> Row:
    who = ticket.visitor.masked if ticket.visitor else ""
    reason, tone = why
    return Row(ticket, who, things_of(ticket), minutes_since(ticket.place_at, now), reason, tone)


def minutes_since(moment: datetime | None, now: datetime) -> int:
    return 0 if moment is None else max(0, int((now - moment).total_seconds() // 60))


def _reason(ticket: Ticket, layout: HallMap, protected: datetime, now: datetime) -> tuple[str, str]:
    """(words, tone): why this visitor stands where they stand."""
    priority = Priority(ticket.priority)
    if ticket.place_at <= protected:
        return "等得久了，不再让别人先", "soon"
    if ticket.place_at > now:
        return f"预约 {_clock(ticket.place_at)}，还没有到时间", "done"
    if priority is Priority.APPOINTMENT:
        return "预约到时，先叫", "primary"
    if priority:
        note = f"：{ticket.priority_note}" if ticket.priority_note else ""
        return f"{PRIORITY_LABELS[priority]}{note}，提前 {layout.rules.advance.get(priority.value, 0)} 分钟", "accent"
    return "", ""


def _clock(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local.hour}:{local.minute:02}"


def as_told(ticket: Ticket) -> dict[str, Any]:
    """The visitor at the window, for the page."""
    priority = PRIORITY_LABELS[Priority(ticket.priority)] if ticket.priority else ""
    return {
        "ticket": ticket,
        "who": ticket.visitor.masked if ticket.visitor else "",
        "phone": ticket.visitor.masked_phone if ticket.visitor else "",
        "lines": list(ticket.lines.all()),
        "priority": "、".join(part for part in (priority, ticket.priority_note) if part),
    }


__all__ = ["SHOWN", "Front", "Row", "as_told", "front", "minutes_since", "things_of", "with_people"]
