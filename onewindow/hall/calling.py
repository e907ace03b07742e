"""At the window: call, and serve whoever came. Every verb is one statement and leaves a timed period.

`by` is the person sitting there. A ticket is bound to the window only from the call on, and by that person; whoever has
no open session at the window is told so, and nothing changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError
from django.utils import timezone

from onewindow.hall import signals, statements
from onewindow.hall.access import post_at, recorded_refusals
from onewindow.hall.lifecycle import AT_WINDOW, VERB_LABELS, TicketState, Verb, sources
from onewindow.hall.models import Ticket, TicketItem, TicketPeriod, WindowSession
from onewindow.hall.order import protected_before
from onewindow.hall.pace import average_wait
from onewindow.hall.queues import HallMap, WindowInfo, cannot_take, hall_map, item_info
from onewindow.hall.sessions import account_of, not_manned, pause_of, session_at
from onewindow.people.authority import Actor
from onewindow.people.models import Posting
from onewindow.places.models import Window
from onewindow.problems import FieldError, InvalidInput, NotNow

_LOOKS: Final = 2
"""Windows that call at the same moment pass over whom another one is just calling; who took a ticket in that moment is
seen only by a second look."""


@recorded_refusals("call")
def call_next(window: Window, *, by: Actor, now: datetime | None = None, request: str | None = None) -> Ticket | None:
    """Calls the first in line that this window and this person may take; None when nobody waits for them.

    Raises NotNow: window not opened or paused, or somebody is still at it. A repeat with `request` gives the first.
    """
    now = now or timezone.now()
    if (first := repeated(request)) is not None:
        return first
    posting = post_at(by, window.centre_id, now=now, window=window.pk)
    layout = hall_map(window.centre_id)
    chosen = {**_wanted(layout, layout.window(window.pk), posting), **_moment(layout, now)}
    ticket = None
    for _ in range(_LOOKS):
        ticket = ticket or _call(statements.NEXT_IN_LINE, window, by, now, chosen, request)
    if ticket is None and (ticket := repeated(request)) is None:
        _refuse_idle(window, by)
    return ticket


@recorded_refusals("call")
def call(
    window: Window, ticket: Ticket, *, by: Actor, now: datetime | None = None, request: str | None = None
) -> Ticket:
    """Calls a particular visitor: a missed one who came back, or one in line (the line's order is then passed over, and
    the period says so). Raises NotNow."""
    now = now or timezone.now()
    if (first := repeated(request)) is not None:
        return first
    post_at(by, window.centre_id, now=now, window=window.pk)
    chosen = {"ticket": ticket.pk, "centre": window.centre_id, "from": from_states(Verb.CALL)}
    reason = "按号叫" if ticket.state == TicketState.WAITING else "过号后回来"
    done = _call(statements.THIS_TICKET_TO_WINDOW, window, by, now, chosen, request, reason) or repeated(request)
    if done is None:
        _refuse_idle(window, by)
        raise not_now(ticket, Verb.CALL)
    return done


def _call(
    statement: str,
    window: Window,
    by: Actor,
    now: datetime,
    chosen: Mapping[str, Any],
    request: str | None,
    reason: str = "",
) -> Ticket | None:
    account = account_of(by)
    try:
        with statements.alone():
            ticket = statements.move(
                statement,
                {"window": window.pk, "account": account, **chosen},
                to=TicketState.CALLED,
                verb=Verb.CALL,
                now=now,
                changes={"window_id": window.pk, "account_id": account, "called_at": now},
                window=window.pk,
                account=account,
                reason=reason,
                request=request,
            )
    except IntegrityError:
        if (first := repeated(request)) is not None:
            return first
        raise _occupied(window) from None
    if ticket is not None:
        signals.moved.announce(ticket, Verb.CALL)
    return ticket


def _wanted(layout: HallMap, window: WindowInfo, posting: Posting) -> dict[str, Any]:
    """The lines and items of the window, as the statement asks for them."""
    lines = layout.served_by(window)
    less = window.less | cannot_take(posting.pk)
    return {
        "centre": layout.centre,
        "queues": [queue.pk for queue in lines if queue.kind == window.kind],
        "for_priority": [queue.pk for queue in lines if queue.kind != window.kind],
        "unsorted": [queue.pk for queue in lines if not queue.departments and queue.kind == "general"],
        "everything": not window.departments,
        "departments": sorted(window.departments),
        "more": sorted(window.more),
        "less": sorted(less),
    }


def _moment(layout: HallMap, now: datetime) -> dict[str, Any]:
    return {"protected": protected_before(now, average_wait(layout.centre, now), layout.rules)}


def _refuse_idle(window: Window, by: Actor) -> None:
    """Raises why nobody could be called; returns when it is simply that nobody waits."""
    session = session_at(window, by)
    if pause := pause_of(session):
        raise NotNow(f"{window.code} 窗口正在暂停（{pause.reason}），请先恢复再叫号")
    if current(window) is not None:
        raise _occupied(window)


def _occupied(window: Window) -> NotNow:
    there = current(window)
    if there is None:
        return NotNow("刚才有人同时叫号，请再按一次")
    return NotNow(
        f"{there.number} 还在 {window.code} 窗口（{there.state_label}），请先办完、过号或转走", detail=there.number
    )


# ---- serving ------------------------------------------------------------------------------------------------------


@recorded_refusals("recall")
def recall(window: Window, *, by: Actor, now: datetime | None = None, request: str | None = None) -> Ticket:
    """Calls the same number once more: a period of its own, so that screens announce it again."""
    return at_window(window, Verb.RECALL, TicketState.CALLED, by, now, {}, request=request)


@recorded_refusals("start")
def start(
    window: Window, *, by: Actor, item: str | None = None, now: datetime | None = None, request: str | None = None
) -> Ticket:
    """The visitor is here. `item` says which of theirs is being done; without it the first that is not done."""
    now = now or timezone.now()
    there = current(window)
    line = _line(there, item) if there else None
    changes = {"started_at": there.started_at or now} if there else {}
    return at_window(
        window, Verb.START, TicketState.SERVING, by, now, changes, item=line.item_id if line else None, request=request
    )


def _line(ticket: Ticket, item: str | None) -> TicketItem | None:
    lines = list(ticket.lines.all())
    if item:
        wanted = item_info(item).pk
        found = next((line for line in lines if line.item_id == wanted), None)
        if found is None:
            raise InvalidInput("这张号没有这个事项", [FieldError("item", "请选号上的事项")])
        return found
    return next((line for line in lines if line.done_at is None and line.item_id in ticket.items), None)


@recorded_refusals("miss")
def miss(window: Window, *, by: Actor, now: datetime | None = None, request: str | None = None) -> Ticket:
    """Called and not there. Missed too often, the ticket ends (hall rule `missed_most`)."""
    there, layout = current(window), hall_map(window.centre_id)
    misses = (there.misses if there else 0) + 1
    ends = misses >= layout.rules.missed_most
    changes: dict[str, Any] = {"misses": misses, "window_id": None}
    now = now or timezone.now()
    if ends:
        changes |= {"ended_at": now, "end_reason": "missed"}
    state = TicketState.LEFT if ends else TicketState.MISSED
    return at_window(window, Verb.MISS, state, by, now, changes, request=request)


@recorded_refusals("hold")
def hold(window: Window, *, by: Actor, reason: str, now: datetime | None = None, request: str | None = None) -> Ticket:
    """The visitor steps aside (a form to fill, a copy to make) and keeps this person; the window is free meanwhile."""
    if not reason.strip():
        raise InvalidInput("请写明为什么暂存", [FieldError("reason", "例如：去复印、去填表")])
    return at_window(window, Verb.HOLD, TicketState.HELD, by, now, {"window_id": None}, reason=reason, request=request)


@recorded_refusals("resume")
def resume(
    window: Window, ticket: Ticket, *, by: Actor, now: datetime | None = None, request: str | None = None
) -> Ticket:
    """Takes somebody on hold back. Raises NotNow while another is at the window."""
    now, account = now or timezone.now(), account_of(by)
    if (first := repeated(request)) is not None:
        return first
    line = _line(ticket, None)
    try:
        with statements.alone():
            done = statements.move(
                statements.THIS_TICKET_TO_WINDOW,
                {
                    "ticket": ticket.pk,
                    "centre": window.centre_id,
                    "window": window.pk,
                    "account": account,
                    "from": from_states(Verb.RESUME),
                },
                to=TicketState.SERVING,
                verb=Verb.RESUME,
                now=now,
                changes={"window_id": window.pk, "account_id": account},
                window=window.pk,
                account=account,
                item=line.item_id if line else None,
                request=request,
            )
    except IntegrityError:
        if (first := repeated(request)) is not None:
            return first
        raise _occupied(window) from None
    if done is None:
        if (first := repeated(request)) is not None:
            return first
        _refuse_idle(window, by)
        raise not_now(ticket, Verb.RESUME)
    signals.moved.announce(done, Verb.RESUME)
    return done


# ---- the one way ---------------------------------------------------------------------------------------------------


def current(window: Window) -> Ticket | None:
    """Who is called to or served at the window."""
    there = Ticket.objects.filter(window=window, state__in=sorted(state.value for state in AT_WINDOW))
    return there.select_related("visitor__applicant", "queue").first()


def at_window(
    window: Window,
    verb: Verb,
    to: TicketState,
    by: Actor,
    now: datetime | None,
    changes: Mapping[str, Any],
    *,
    item: int | None = None,
    reason: str = "",
    request: str | None = None,
) -> Ticket:
    """The verb on whoever this person has at this window; what the same request did before is not done twice."""
    account = account_of(by)
    if (first := repeated(request)) is not None:
        return first
    asked = Asked(window, by, account, now or timezone.now(), request)
    return move_there(asked, verb, to, changes, item=item, reason=reason)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for something at which window, when, and by which request; that it is no repeat was looked at."""

    window: Window
    by: Actor
    account: int
    now: datetime
    request: str | None


def move_there(
    asked: Asked, verb: Verb, to: TicketState, changes: Mapping[str, Any], *, item: int | None = None, reason: str = ""
) -> Ticket:
    """Moves whoever is at the window. Raises NotNow, Refused."""
    window, stays, done = asked.window, to in AT_WINDOW, None
    with suppress(IntegrityError), statements.alone():  # the same request, a moment ago
        done = statements.move(
            statements.AT_WINDOW,
            {"window": window.pk, "account": asked.account, "from": from_states(verb)},
            to=to,
            verb=verb,
            now=asked.now,
            changes=changes,
            window=window.pk if stays or to is not TicketState.WAITING else None,
            account=asked.account,
            item=item,
            reason=reason.strip(),
            request=asked.request,
        )
    if done is None:
        if (first := repeated(asked.request)) is not None:
            return first
        raise _nobody(window, verb, asked.by)
    signals.moved.announce(done, verb)
    return done


def _nobody(window: Window, verb: Verb, by: Actor) -> Exception:
    session = WindowSession.objects.filter(window=window, account_id=account_of(by), closed_at__isnull=True).exists()
    if not session:
        return not_manned(window, by)
    there = current(window)
    return NotNow(f"{window.code} 窗口现在没有人，请先叫号") if there is None else not_now(there, verb)


def not_now(ticket: Ticket, verb: Verb) -> NotNow:
    ticket.refresh_from_db()
    return NotNow(f"{ticket.number} 现在是「{ticket.state_label}」，不能「{VERB_LABELS[verb]}」")


def repeated(request: str | None) -> Ticket | None:
    """The ticket that the same request moved before."""
    if not request:
        return None
    period = TicketPeriod.objects.select_related("ticket").filter(request=request).first()
    return period.ticket if period else None


def from_states(verb: Verb) -> list[str]:
    return [state.value for state in sources(verb)]
