"""At the window: open it, call, serve, send on, close it. Every verb is one statement and leaves a timed period.

`by` is the person sitting there. A ticket is bound to the window only from the call on, and by that person; whoever has
no open session at the window is told so, and nothing changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from onewindow.hall import signals, statements
from onewindow.hall.access import post_at, recorded_refusals
from onewindow.hall.lifecycle import AT_WINDOW, VERB_LABELS, TicketState, Verb, sources
from onewindow.hall.models import Ticket, TicketItem, TicketPeriod, WindowPause, WindowSession
from onewindow.hall.order import behind, protected_before
from onewindow.hall.pace import average_wait
from onewindow.hall.queues import HallMap, WindowInfo, cannot_take, hall_map, item_info
from onewindow.people.authority import Actor
from onewindow.people.models import Posting
from onewindow.places.models import Window
from onewindow.problems import FieldError, InvalidInput, NotNow, Refused

_LOOKS: Final = 2
"""Windows that call at the same moment pass over whom another one is just calling; who took a ticket in that moment is
seen only by a second look."""


# ---- the window ---------------------------------------------------------------------------------------------------


def open_session(account: int) -> WindowSession | None:
    """The window this person has open now, with its pause if there is one (`paused`)."""
    sessions = WindowSession.objects.filter(account_id=account, closed_at__isnull=True)
    return sessions.select_related("window__centre", "posting").first()


def pause_of(session: WindowSession) -> WindowPause | None:
    return session.pauses.filter(ended_at__isnull=True).first()


@recorded_refusals("open")
def open_window(window: Window, *, by: Actor, now: datetime | None = None) -> WindowSession:
    """Raises Refused (no post here), NotFound (window out of use), NotNow (somebody sits there, or one's other window
    is still open). Opening one's own open window again gives the same session."""
    now = now or timezone.now()
    hall_map(window.centre_id).window(window.pk)
    posting = post_at(by, window.centre_id, now=now, window=window.pk)
    try:
        with transaction.atomic():
            session: WindowSession = WindowSession.objects.create(
                window=window, posting=posting, account_id=posting.account_id, opened_at=now
            )
            return session
    except IntegrityError:
        return _already_open(window, posting)


def _already_open(window: Window, posting: Posting) -> WindowSession:
    open_now = WindowSession.objects.filter(closed_at__isnull=True).select_related("window", "account")
    mine = open_now.filter(account_id=posting.account_id).first()
    if mine is not None and mine.window_id == window.pk:
        return mine
    if mine is not None:
        raise NotNow(f"您在 {mine.window.code} 窗口还开着，请先关上，再到 {window.code} 开窗")
    theirs = open_now.filter(window=window).first()
    who = theirs.account.name if theirs else "别人"
    raise NotNow(f"{window.code} 窗口现在由{who}开着，请换一个窗口，或者请{who}先关窗")


@recorded_refusals("close")
def close_window(window: Window, *, by: Actor, reason: str = "", now: datetime | None = None) -> WindowSession:
    """Raises NotNow while somebody is at the window or on hold with this person."""
    now, account = now or timezone.now(), _account(by)
    with transaction.atomic():
        session = (
            WindowSession.objects.select_for_update().filter(window=window, account_id=account, closed_at=None).first()
        )
        if session is None:
            raise _not_manned(window, by)
        left = Ticket.objects.filter(account_id=account, centre_id=window.centre_id, state__in=_UNFINISHED)
        if numbers := "、".join(left.order_by("number").values_list("number", flat=True)):
            raise NotNow(f"{numbers} 还没有办完。请先办完，或者转到别的队伍，再关窗")
        WindowPause.objects.filter(session=session, ended_at=None).update(ended_at=now)
        session.closed_at, session.close_reason = now, reason.strip()[:100]
        session.save(update_fields=["closed_at", "close_reason"])
        return session


_UNFINISHED: Final = [TicketState.CALLED.value, TicketState.SERVING.value, TicketState.HELD.value]


@recorded_refusals("pause")
def pause_window(window: Window, *, by: Actor, reason: str, now: datetime | None = None) -> WindowPause:
    """The window calls nobody until it resumes; who is there is served to the end. Raises InvalidInput, NotNow."""
    if not reason.strip():
        raise InvalidInput("请写明为什么暂停", [FieldError("reason", "例如：打印机缺纸、用餐、开会")])
    session = _session(window, by)
    try:
        with transaction.atomic():
            pause: WindowPause = WindowPause.objects.create(
                session=session, reason=reason.strip()[:60], started_at=now or timezone.now()
            )
            return pause
    except IntegrityError:
        raise NotNow(f"{window.code} 窗口已经暂停了") from None


@recorded_refusals("resume")
def resume_window(window: Window, *, by: Actor, now: datetime | None = None) -> WindowSession:
    """Raises NotNow when it is not paused."""
    session = _session(window, by)
    if not WindowPause.objects.filter(session=session, ended_at=None).update(ended_at=now or timezone.now()):
        raise NotNow(f"{window.code} 窗口没有暂停")
    return session


def _session(window: Window, by: Actor) -> WindowSession:
    session: WindowSession | None = WindowSession.objects.filter(
        window=window, account_id=_account(by), closed_at__isnull=True
    ).first()
    if session is None:
        raise _not_manned(window, by)
    return session


def _not_manned(window: Window, by: Actor) -> Exception:
    """Why this person can do nothing at this window: not theirs at all, or not opened."""
    try:
        post_at(by, window.centre_id)
    except Refused as refused:
        return refused
    return NotNow(f"您还没有打开 {window.code} 窗口，请先开窗")


# ---- calling ------------------------------------------------------------------------------------------------------


@recorded_refusals("call")
def call_next(window: Window, *, by: Actor, now: datetime | None = None, request: str | None = None) -> Ticket | None:
    """Calls the first in line that this window and this person may take; None when nobody waits for them.

    Raises NotNow: window not opened or paused, or somebody is still at it. A repeat with `request` gives the first.
    """
    now = now or timezone.now()
    if (first := _repeated(request)) is not None:
        return first
    posting = post_at(by, window.centre_id, now=now, window=window.pk)
    layout = hall_map(window.centre_id)
    chosen = {**_wanted(layout, layout.window(window.pk), posting), **_moment(layout, now)}
    ticket = None
    for _ in range(_LOOKS):
        ticket = ticket or _call(statements.NEXT_IN_LINE, window, by, now, chosen, request)
    if ticket is None and (ticket := _repeated(request)) is None:
        _refuse_idle(window, by)
    return ticket


@recorded_refusals("call")
def call(
    window: Window, ticket: Ticket, *, by: Actor, now: datetime | None = None, request: str | None = None
) -> Ticket:
    """Calls a particular visitor: a missed one who came back, or one in line (the line's order is then passed over, and
    the period says so). Raises NotNow."""
    now = now or timezone.now()
    if (first := _repeated(request)) is not None:
        return first
    post_at(by, window.centre_id, now=now, window=window.pk)
    chosen = {"ticket": ticket.pk, "centre": window.centre_id, "from": _from(Verb.CALL)}
    reason = "按号叫" if ticket.state == TicketState.WAITING else "过号后回来"
    done = _call(statements.THIS_TICKET_TO_WINDOW, window, by, now, chosen, request, reason) or _repeated(request)
    if done is None:
        _refuse_idle(window, by)
        raise _not_now(ticket, Verb.CALL)
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
    account = _account(by)
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
        if (first := _repeated(request)) is not None:
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
    session = _session(window, by)
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
    return _at_window(window, Verb.RECALL, TicketState.CALLED, by, now, {}, request=request)


@recorded_refusals("start")
def start(
    window: Window, *, by: Actor, item: str | None = None, now: datetime | None = None, request: str | None = None
) -> Ticket:
    """The visitor is here. `item` says which of theirs is being done; without it the first that is not done."""
    now = now or timezone.now()
    there = current(window)
    line = _line(there, item) if there else None
    changes = {"started_at": there.started_at or now} if there else {}
    return _at_window(
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
    return _at_window(window, Verb.MISS, state, by, now, changes, request=request)


@recorded_refusals("hold")
def hold(window: Window, *, by: Actor, reason: str, now: datetime | None = None, request: str | None = None) -> Ticket:
    """The visitor steps aside (a form to fill, a copy to make) and keeps this person; the window is free meanwhile."""
    if not reason.strip():
        raise InvalidInput("请写明为什么暂存", [FieldError("reason", "例如：去复印、去填表")])
    return _at_window(window, Verb.HOLD, TicketState.HELD, by, now, {"window_id": None}, reason=reason, request=request)


@recorded_refusals("resume")
def resume(
    window: Window, ticket: Ticket, *, by: Actor, now: datetime | None = None, request: str | None = None
) -> Ticket:
    """Takes somebody on hold back. Raises NotNow while another is at the window."""
    now, account = now or timezone.now(), _account(by)
    if (first := _repeated(request)) is not None:
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
                    "from": _from(Verb.RESUME),
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
        if (first := _repeated(request)) is not None:
            return first
        raise _occupied(window) from None
    if done is None:
        if (first := _repeated(request)) is not None:
            return first
        _refuse_idle(window, by)
        raise _not_now(ticket, Verb.RESUME)
    signals.moved.announce(done, Verb.RESUME)
    return done


@recorded_refusals("finish")
def finish(
    window: Window, *, by: Actor, reason: str = "", now: datetime | None = None, request: str | None = None
) -> Ticket:
    """Done here. What the visitor came for elsewhere brings them back in line there, at their place of before."""
    now = now or timezone.now()
    if (first := _repeated(request)) is not None:
        return first
    with transaction.atomic():
        there = (
            Ticket.objects.select_for_update().filter(window=window, account_id=_account(by), state="serving").first()
        )
        if there is not None:
            TicketItem.objects.filter(ticket=there, item_id__in=there.items, done_at=None).update(done_at=now)
            further = _next_station(hall_map(window.centre_id), there)
            if further is not None:
                return _at_window(
                    window, Verb.TRANSFER, TicketState.WAITING, by, now, further, reason="还有事项要办", request=request
                )
        changes = {"ended_at": now, "end_reason": reason.strip()[:60] or "done"}
        return _at_window(window, Verb.FINISH, TicketState.FINISHED, by, now, changes, reason=reason, request=request)


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
        moved = _at_window(window, Verb.TRANSFER, TicketState.WAITING, by, now, changes, reason=reason, request=request)
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
        {"ticket": ticket.pk, "from": _from(Verb.RETURN)},
        to=TicketState.WAITING,
        verb=Verb.RETURN,
        now=now,
        changes={**place, "account_id": None},
        account=by.account.pk if by and by.account else None,
    )
    if done is None:
        raise _not_now(ticket, Verb.RETURN)
    signals.moved.announce(done, Verb.RETURN)
    return done


def _refuse_gone(ticket: Ticket, layout: HallMap, now: datetime) -> None:
    missed = TicketPeriod.objects.filter(ticket=ticket, state=TicketState.MISSED, ended_at=None).first()
    if missed is None:
        raise _not_now(ticket, Verb.RETURN)
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


# ---- the one way ---------------------------------------------------------------------------------------------------


def current(window: Window) -> Ticket | None:
    """Who is called to or served at the window."""
    there = Ticket.objects.filter(window=window, state__in=sorted(state.value for state in AT_WINDOW))
    return there.select_related("visitor__applicant", "queue").first()


def _at_window(
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
    """The verb on whoever this person has at this window."""
    account, now = _account(by), now or timezone.now()
    if (first := _repeated(request)) is not None:
        return first
    stays = to in AT_WINDOW
    done = None
    with suppress(IntegrityError), statements.alone():  # the same request, a moment ago
        done = statements.move(
            statements.AT_WINDOW,
            {"window": window.pk, "account": account, "from": _from(verb)},
            to=to,
            verb=verb,
            now=now,
            changes=changes,
            window=window.pk if stays or to is not TicketState.WAITING else None,
            account=account,
            item=item,
            reason=reason.strip(),
            request=request,
        )
    if done is None:
        if (first := _repeated(request)) is not None:
            return first
        raise _nobody(window, verb, by)
    signals.moved.announce(done, verb)
    return done


def _nobody(window: Window, verb: Verb, by: Actor) -> Exception:
    session = WindowSession.objects.filter(window=window, account_id=_account(by), closed_at__isnull=True).exists()
    if not session:
        return _not_manned(window, by)
    there = current(window)
    return NotNow(f"{window.code} 窗口现在没有人，请先叫号") if there is None else _not_now(there, verb)


def _not_now(ticket: Ticket, verb: Verb) -> NotNow:
    ticket.refresh_from_db()
    return NotNow(f"{ticket.number} 现在是「{ticket.state_label}」，不能「{VERB_LABELS[verb]}」")


def _repeated(request: str | None) -> Ticket | None:
    """The ticket that the same request moved before."""
    if not request:
        return None
    period = TicketPeriod.objects.select_related("ticket").filter(request=request).first()
    return period.ticket if period else None


def _from(verb: Verb) -> list[str]:
    return [state.value for state in sources(verb)]


def _account(by: Actor) -> int:
    if by.account is None:
        raise Refused("这一步必须由窗口工作人员办理")
    return by.account.pk
