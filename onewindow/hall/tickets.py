"""Taking a ticket: at the kiosk, at the guide desk, on a phone, or by arriving for an appointment.

A ticket names what the visitor came for and the line they stand in; never a window (that is known at the call).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from django.db import IntegrityError, transaction
from django.utils import timezone
from pydantic import Field

from onewindow.hall import opening, signals, statements
from onewindow.hall.access import COUNTERS, post_at, recorded_refusals
from onewindow.hall.capacity import Load, load, places_left
from onewindow.hall.lifecycle import TicketState, Verb, sources
from onewindow.hall.models import Appointment, Ticket, Visitor, new_code
from onewindow.hall.order import rank
from onewindow.hall.queues import HallMap, ItemInfo, QueueInfo, hall_map, items_of
from onewindow.hall.rules import PRIORITY_LABELS, SELF_DECLARED, Priority
from onewindow.hall.visitors import visitor_of
from onewindow.inputs import Input, Line, OptionalLine, at_most
from onewindow.people.authority import Actor
from onewindow.places.models import Centre
from onewindow.problems import FieldError, InvalidInput, NotNow, RuleBroken

Source = Literal["kiosk", "guide", "phone", "api"]
_RULE: Final = "大厅等候时间上限（大厅规则）"


class VisitorInput(Input):
    """Who the visitor is, if they say so; with an identity number the window need not ask again."""

    name: Line = Field(title="姓名")
    phone: OptionalLine = Field(default="", title="手机号码")
    id_type: Literal["", "id_card", "uscc", "passport", "hmt_permit", "other"] = Field(default="", title="证件类型")
    id_number: OptionalLine = Field(default="", title="证件号码")


class TakeInput(Input):
    """What somebody came for. `override` is a reason for giving a ticket although the kiosk would not (staff only)."""

    kind: Annotated[OptionalLine, at_most(20)] = Field(default="general", title="办什么")
    items: tuple[Line, ...] = Field(default=(), title="事项")
    priority: Priority = Field(default=Priority.NONE, title="优先")
    priority_note: Annotated[OptionalLine, at_most(100)] = Field(default="", title="优先的说明")
    visitor: VisitorInput | None = Field(default=None, title="办事人")
    purpose: Annotated[OptionalLine, at_most(60)] = Field(default="", title="来意")
    override: Annotated[OptionalLine, at_most(100)] = Field(default="", title="停止取号后仍然给号的理由")


@dataclass(frozen=True, slots=True)
class Offer:
    """A line as the kiosk shows it: whether it still gives tickets today, and if not, why."""

    queue: QueueInfo
    open: bool
    why_not: str
    waiting: int
    places_left: int


@recorded_refusals("take")
def take(
    centre: Centre | int,
    raw: TakeInput | dict[str, Any],
    *,
    source: Source,
    by: Actor | None = None,
    now: datetime | None = None,
    request: str | None = None,
) -> Ticket:
    """A ticket for somebody who is here. A repeat with the same `request` gives the first one.

    Raises NotFound (no hall), InvalidInput (items, priority, identity), NotNow (closed, or no time left today),
    RuleBroken (item not taken here, ticket twice), Refused (only staff may do that).
    """
    data = raw if isinstance(raw, TakeInput) else TakeInput.parse(raw)
    now, layout = now or timezone.now(), hall_map(centre)
    busy = load(layout.centre, now, request)
    if busy.repeated is not None:
        return Ticket.objects.get(pk=busy.repeated)
    _check_staff_only(layout, data, source, by, now)
    items = items_of(data.items)
    queue, group = layout.plan(data.kind, items)[0]
    if not data.override:
        refuse_when_closed(layout, now)
        _refuse_when_full(layout, queue, busy, now)
    visit = _Visit(layout, queue, group, items, data, source, None, by, now, place=now, request=request)
    return _write(visit) if data.visitor is None else _write_known(visit, data.visitor)


def check_in(
    appointment: Appointment, *, source: Source, by: Actor | None = None, now: datetime | None = None
) -> Ticket:
    """Somebody who booked is here. In time they stand in line from their hour on; too late, as anybody who comes now.

    Raises NotNow: another day, too early, already here, cancelled, or the hall is closed. A repeat gives the ticket.
    """
    now = now or timezone.now()
    with transaction.atomic():
        booked = (
            Appointment.objects.select_for_update(of=("self",)).select_related("visitor", "item").get(pk=appointment.pk)
        )
        if booked.state == "arrived" and (first := Ticket.objects.filter(appointment=booked).first()) is not None:
            return first
        layout = hall_map(booked.centre_id)
        _refuse_untimely(layout, booked, now)
        late = booked.state == "missed" or now > booked.starts_at + timedelta(minutes=layout.rules.release_minutes)
        items = items_of((booked.item.key,)) if booked.item else ()
        booked.state, booked.arrived_at = ("missed" if late else "arrived"), now
        booked.save(update_fields=["state", "arrived_at"])
        data = TakeInput(
            kind=layout.queue(booked.queue_id).kind,
            priority=Priority.NONE if late else Priority.APPOINTMENT,
            priority_note=f"预约 {booked.number}{'，晚到' if late else ''}",
        )
        place = now if late else max(now, booked.starts_at)
        queue = layout.queue(booked.queue_id)
        visit = _Visit(layout, queue, items, items, data, source, booked.visitor, by, now, place, booked.pk)
        return _write(visit)


def offers(centre: Centre | int, now: datetime | None = None) -> list[Offer]:
    """Every line of the hall, with whether it still gives tickets today and why not. Raises NotFound."""
    now, layout = now or timezone.now(), hall_map(centre)
    closed, busy = closed_words(layout, now), load(layout.centre, now)
    found = []
    for queue in layout.queues:
        left = 0 if closed else places_left(layout, queue, now, busy)
        why = closed or _full_words(layout, queue, left)
        found.append(Offer(queue, not why, why, busy.waiting.get(queue.pk, 0), max(left, 0)))
    return found


@recorded_refusals("priority")
def set_priority(
    ticket: Ticket, priority: Priority | str, note: str, *, by: Actor, now: datetime | None = None
) -> Ticket:
    """Staff grant or take back a priority, with the reason; the place in time stays. Raises NotNow when not waiting."""
    layout = hall_map(ticket.centre_id)
    post_at(by, ticket.centre_id, now=now)
    try:
        chosen = Priority(priority)
    except ValueError:
        raise InvalidInput("没有这种优先", [FieldError("priority", "请重新选择")]) from None
    if chosen and not note.strip():
        raise InvalidInput("优先要说明理由", [FieldError("note", "请写明为什么优先，例如：行动不便")])
    changed = Ticket.objects.filter(pk=ticket.pk, state=TicketState.WAITING).update(
        priority=chosen, priority_note=note.strip()[:100], rank_at=rank(ticket.place_at, chosen, layout.rules)
    )
    if not changed:
        raise NotNow(f"{ticket.number} 已经不在等候，不能改优先")
    ticket.refresh_from_db()
    return ticket


def leave(ticket: Ticket, *, by: Actor | None, now: datetime | None = None, reason: str = "visitor") -> Ticket:
    """The visitor does not wait any longer (their own page, or staff on their word). Raises NotNow."""
    if by is not None and not by.system:
        post_at(by, ticket.centre_id, now=now)
    now = now or timezone.now()
    done = statements.move(
        statements.THIS_TICKET,
        {"ticket": ticket.pk, "from": [state.value for state in sources(Verb.LEAVE)]},
        to=TicketState.LEFT,
        verb=Verb.LEAVE,
        now=now,
        changes={"ended_at": now, "end_reason": reason, "window_id": None},
        account=by.account.pk if by and by.account else None,
        reason=reason,
    )
    if done is None:
        ticket.refresh_from_db()
        raise NotNow(f"{ticket.number} 现在是「{ticket.state_label}」，不用再取消")
    signals.moved.announce(done, Verb.LEAVE)
    return done


# ---- what stands in the way ---------------------------------------------------------------------------------------


def closed_words(layout: HallMap, now: datetime) -> str:
    """Why no tickets are given at this moment, or "" when they are: an hour before opening and through the lunch break
    people may already stand in line; after the last closing of the day they may not."""
    if opening.now_open(layout.centre, now):
        return ""
    upcoming = opening.next_open(layout.centre, now)
    if upcoming is None:
        return f"{layout.centre_name}近期不办公，请看公告或打电话问一问"
    today = timezone.localdate(now)
    before = timedelta(minutes=layout.rules.early_minutes)
    lunch = any(one.ends <= now for one in opening.opening(layout.centre, today))
    if upcoming.starts.date() == today and (lunch or now >= upcoming.starts - before):
        return ""
    words = opening.words(layout.centre, today)
    start = timezone.localtime(upcoming.starts)
    day = "今天" if start.date() == today else f"{start.month}月{start.day}日"
    return f"现在不办公（今天{words}）。下次办公从{day} {start.hour}:{start.minute:02} 开始"


def refuse_when_closed(layout: HallMap, now: datetime) -> None:
    if why := closed_words(layout, now):
        raise NotNow(why)


def _full_words(layout: HallMap, queue: QueueInfo, left: int) -> str:
    if not layout.windows_of(queue):
        return f"「{queue.name}」现在没有窗口"
    return "" if left > 0 else f"「{queue.name}」今天的号已经取完：排队的人办完就到下班时间了"


def _refuse_when_full(layout: HallMap, queue: QueueInfo, busy: Load, now: datetime) -> None:
    if why := _full_words(layout, queue, places_left(layout, queue, now, busy)):
        raise NotNow(why, detail="您可以网上办理、预约别的时间，或者到导办台问一问")


def _check_staff_only(layout: HallMap, data: TakeInput, source: Source, by: Actor | None, now: datetime) -> None:
    """Overriding and green tickets need a post here; what visitors say of themselves must be allowed."""
    if source in {"guide", "api"} or data.override or data.priority is Priority.GREEN:
        post_at(by or Actor(None), layout.centre, now=now, roles=COUNTERS)
        if data.priority and data.priority not in SELF_DECLARED and not data.priority_note:
            raise InvalidInput("优先要说明理由", [FieldError("priority_note", "请写明为什么优先")])
    if data.priority is Priority.APPOINTMENT:
        raise InvalidInput("预约的号请用“预约签到”取", [FieldError("priority", "请用预约号或手机号签到")])
    if data.priority and by is None and not layout.rules.self_declared:
        label = PRIORITY_LABELS[data.priority]
        raise InvalidInput(f"「{label}」请到导办台取号", [FieldError("priority", "请到导办台，由工作人员给您取号")])


def _refuse_second(layout: HallMap, visitor: Visitor, items: tuple[ItemInfo, ...]) -> None:
    wanted = [item.pk for item in items]
    live = Ticket.objects.live().filter(centre_id=layout.centre, visitor__person=visitor.person)
    for ticket in live.order_by("pk"):
        if (not wanted and not ticket.items) or set(wanted) & set(ticket.items):
            raise RuleBroken(
                f"您已经取过号了：{ticket.number}（{ticket.state_label}），不用再取",
                [FieldError("visitor", f"请用 {ticket.number} 等候")],
                detail=ticket.number,
            )


def _refuse_untimely(layout: HallMap, booked: Appointment, now: datetime) -> None:
    start = timezone.localtime(booked.starts_at)
    words = f"{start.month}月{start.day}日 {start.hour}:{start.minute:02}"
    if booked.state in {"cancelled", "displaced"}:
        label = "已经取消" if booked.state == "cancelled" else "因为大厅不办公需要改期"
        raise NotNow(f"这个预约{label}。您可以现场取号")
    if Ticket.objects.filter(appointment=booked).exists():
        raise NotNow(f"预约 {booked.number} 已经签到过了")
    if start.date() != timezone.localdate(now):
        raise NotNow(f"您的预约是{words}，不是今天。今天要办可以现场取号")
    if now < booked.starts_at - timedelta(minutes=layout.rules.early_minutes):
        raise NotNow(f"您的预约是{words}，请在之前 {layout.rules.early_minutes} 分钟内来签到；想早些办可以现场取号")
    refuse_when_closed(layout, now)


# ---- writing it ---------------------------------------------------------------------------------------------------


def _visitor(given: VisitorInput, by: Actor | None) -> Visitor:
    demo = bool(by and by.account and by.account.is_demo)
    applicant = by.account.applicant if by and by.account and by.account.applicant_id else None
    try:
        return visitor_of(given.name, given.phone, given.id_type, given.id_number, applicant=applicant, demo=demo)
    except InvalidInput as problem:
        raise InvalidInput(
            problem.title, [FieldError(f"visitor.{error.field}", error.message) for error in problem.errors]
        ) from None


@dataclass(frozen=True, slots=True)
class _Visit:
    """Everything a ticket is written from. `group` are the items of the first station, `items` all of them."""

    layout: HallMap
    queue: QueueInfo
    group: tuple[ItemInfo, ...]
    items: tuple[ItemInfo, ...]
    data: TakeInput
    source: Source
    visitor: Visitor | None
    by: Actor | None
    now: datetime
    place: datetime
    appointment: int | None = None
    request: str | None = None


def _write_known(visit: _Visit, given: VisitorInput) -> Ticket:
    """Who says who they are gets one ticket, also at two machines at once; refused, nothing of them is kept."""
    with transaction.atomic():
        visitor = _visitor(given, visit.by)
        statements.one_at_a_time(f"hall.visitor:{visit.layout.centre}:{visitor.person}")
        if visit.request and (first := Ticket.objects.filter(request=visit.request).first()) is not None:
            transaction.set_rollback(True)  # the same request, a moment ago
            return first
        _refuse_second(visit.layout, visitor, visit.items)
        return _write(replace(visit, visitor=visitor))


def _write(visit: _Visit) -> Ticket:
    try:
        with statements.alone():
            return statements.take(_values(visit))
    except IntegrityError:
        if visit.request and (first := Ticket.objects.filter(request=visit.request).first()) is not None:
            return first
        raise


def _values(visit: _Visit) -> dict[str, Any]:
    layout, queue, data = visit.layout, visit.queue, visit.data
    day = timezone.localdate(visit.now)
    serial = statements.draw_number(f"ticket/{layout.centre}/{day:%Y%m%d}/{queue.letter}")
    return {
        "centre": layout.centre,
        "day": day,
        "number": f"{queue.letter}{serial:03}",
        "code": new_code(),
        "queue": queue.pk,
        "visitor": visit.visitor.pk if visit.visitor else None,
        "appointment": visit.appointment,
        "source": visit.source,
        "purpose": data.purpose,
        "priority": data.priority.value,
        "priority_note": data.priority_note,
        "now": visit.now,
        "place": visit.place,
        "rank": rank(visit.place, data.priority, layout.rules),
        "departments": sorted({item.department for item in visit.group}),
        "items": [item.pk for item in visit.group],
        "lines": [item.pk for item in visit.items],
        "request": visit.request,
        "account": visit.by.account.pk if visit.by and visit.by.account else None,
        "override": data.override,
        "rule": _RULE,
        "limit": layout.rules.wait_limit,
    }
