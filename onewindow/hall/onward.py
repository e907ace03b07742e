"""Sending a visitor on from the window: done, to another line, or back in line after being missed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from onewindow.hall import signals, statements
from onewindow.hall.access import post_at, recorded_refusals
from onewindow.hall.calling import Asked, at_window, current, from_states, move_there, not_now, repeated
from onewindow.hall.lifecycle import TicketState, Verb
from onewindow.hall.models import Ticket, TicketItem, TicketPeriod
from onewindow.hall.order import behind, protected_before
from onewindow.hall.pace import average_wait
from onewindow.hall.queues import HallMap, hall_map, item_info
from onewindow.hall.sessions import account_of
from onewindow.people.authority import Actor
from onewindow.places.models import Window
from onewindow.problems import FieldError, InvalidInput, NotNow


@recorded_refusals("finish")
def finish(
    window: Window, *, by: Actor, reason: str = "", now: datetime | None = None, request: str | None = None
) -> Ticket:
    """Done here. What the visitor came for elsewhere brings them back in line there, at their place of before."""
    if (first := repeated(request)) is not None:
        return first
    asked = Asked(window, by, account_of(by), now or timezone.now(), request)
    with transaction.atomic():
        there = (
            Ticket.objects.select_for_update().filter(window=window, account_id=asked.account, state="serving").first()
        )
        if there is not None:
            lines = TicketItem.objects.filter(ticket=there, item_id__in=there.items, done_at=None)
            lines.update(done_at=asked.now)
            further = _next_station(hall_map(window.centre_id), there)
            if further is not None:
                return move_there(asked, Verb.TRANSFER, TicketState.WAITING, further, reason="还有事项要办")
        changes = {"ended_at": asked.now, "end_reason": reason.strip()[:60] or "done"}
        return move_there(asked, Verb.FINISH, TicketState.FINISHED, changes, reason=reason)


def _next_station(layout: HallMap, ticket: Ticket) -> dict[str, Any] | None:
    """The line for the visitor's remaining items, or None when all is done."""
    left = [line.item for line in ticket.lines.filter(done_at=None).select_related("item")]
    if not left:
        return None
    queue, group = layout.plan(layout.queue(ticket.queue_id).kind, [item_info(item.key) for item in left])[0]
    return {
        "window_id": None,
        "account_id": None,
        "queue_id": queue.pk,
        "departments": sorted({item.department for item in group}),
        "items": [item.pk for item in group],
    }


@recorded_refusals("transfer")
def transfer(
    window: Window,
    *,
    by: Actor,
    queue: int,
    reason: str,
    now: datetime | None = None,
    request: str | None = None,
) -> Ticket:
    """Sends the visitor to another line, at their place of before. Raises NotFound (no such line), InvalidInput.

    To a line of the same kind that does not take the items they go because the items were the wrong ones: these are
    taken off the ticket. From another kind of line (a question first) they come back for them.
    """
    layout = hall_map(window.centre_id)
    target = layout.queue(queue)
    if not reason.strip():
        raise InvalidInput("请写明为什么转", [FieldError("reason", "例如：要办的是不动产登记")])
    if not layout.windows_of(target):
        raise NotNow(f"「{target.name}」现在没有窗口，请换一条队伍")
    there = current(window)
    changes: dict[str, Any] = {"window_id": None, "account_id": None, "queue_id": target.pk}
    wrong = there is not None and not layout.belongs(target, there.departments, there.items)
    if wrong:
        changes |= {"departments": [], "items": []}
    with transaction.atomic():
        moved = at_window(window, Verb.TRANSFER, TicketState.WAITING, by, now, changes, reason=reason, request=request)
        if wrong and there is not None and layout.queue(there.queue_id).kind == target.kind:
            TicketItem.objects.filter(ticket=moved, item_id__in=there.items, case=None, done_at=None).delete()
    return moved


@recorded_refusals("return")
def give_back(ticket: Ticket, *, by: Actor | None = None, now: datetime | None = None) -> Ticket:
    """Somebody missed is back: in line again behind a few others (hall rule `missed_back`). By staff, or by the visitor
    on their own page (`by` None). Raises NotNow: not missed, or missed too long ago."""
    now, layout = now or timezone.now(), hall_map(ticket.centre_id)
    if by is not None:
        post_at(by, ticket.centre_id, now=now)
    _refuse_gone(ticket, layout, now)
    place = _behind_a_few(layout, ticket, now)
    done = statements.move(
        statements.THIS_TICKET,
        {"ticket": ticket.pk, "from": from_states(Verb.RETURN)},
        to=TicketState.WAITING,
        verb=Verb.RETURN,
        now=now,
        changes={**place, "account_id": None},
        account=by.account.pk if by and by.account else None,
    )
    if done is None:
        raise not_now(ticket, Verb.RETURN)
    signals.moved.announce(done, Verb.RETURN)
    return done


def _refuse_gone(ticket: Ticket, layout: HallMap, now: datetime) -> None:
    missed = TicketPeriod.objects.filter(ticket=ticket, state=TicketState.MISSED, ended_at=None).first()
    if missed is None:
        raise not_now(ticket, Verb.RETURN)
    if now > missed.started_at + timedelta(minutes=layout.rules.missed_minutes):
        raise NotNow(f"{ticket.number} 过号超过 {layout.rules.missed_minutes} 分钟，请重新取号")


def _behind_a_few(layout: HallMap, ticket: Ticket, now: datetime) -> dict[str, datetime]:
    """The place of a returned visitor: behind the first few of the line, never behind more."""
    protected = protected_before(now, average_wait(layout.centre, now), layout.rules)
    line = Ticket.objects.waiting().filter(centre_id=ticket.centre_id, queue_id=ticket.queue_id)
    rows = line.values_list("place_at", "rank_at", "pk")
    found = behind(rows, layout.rules.missed_back, protected=protected, now=now)
    place, ranked = found or (min(now, ticket.place_at), min(now, ticket.rank_at))
    return {"place_at": place, "rank_at": ranked}
