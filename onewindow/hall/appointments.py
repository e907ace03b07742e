"""Booking a time, moving it, cancelling it, finding it again. Nobody has to book: whoever comes is served as well.

A booking locks the centre's day, counts what is promised (bookable.py) and takes a lane; the exclusion constraint of
the table has the last word. Whoever holds the link of a booking may move and cancel it without signing in; staff of
the centre may do so for somebody on the telephone.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from pydantic import AfterValidator

from onewindow.clocks.reckon import SHANGHAI
from onewindow.hall import bookable, memory, messages, opening
from onewindow.hall.access import post_at, recorded_refusals
from onewindow.hall.bookable import WALK_IN, DayOffer, Service, days, offer
from onewindow.hall.hours import day_words, minute_of, moment
from onewindow.hall.lookup import find, of_person, other_times
from onewindow.hall.models import Appointment, Visitor
from onewindow.hall.queues import hall_map
from onewindow.hall.upkeep import displace, displace_due, lock_day, release_due, remind_due, tell
from onewindow.hall.visitors import visitor_of
from onewindow.inputs import Input, Line, OptionalLine
from onewindow.people.authority import Actor
from onewindow.people.numbers import check_id, check_phone
from onewindow.places.models import Centre
from onewindow.problems import FieldError, InvalidInput, NotNow, RuleBroken, TooMany

__all__ = [
    "BookInput",
    "DayOffer",
    "book",
    "cancel",
    "days",
    "displace",
    "displace_due",
    "find",
    "move",
    "of_person",
    "offer",
    "other_times",
    "release_due",
    "remind_due",
]
Channel = Literal["online", "phone", "hall"]
MOST_LIVE: Final = 5
"""Live bookings of one person made online; more would keep places from others. Staff may enter more."""
MOST_MOVES: Final = 10
_NUMBERS: Final = 1_000_000
_OTHERS: Final = 3


# ---- what comes in ------------------------------------------------------------------------------------------------


def _at(time: datetime) -> datetime:
    """Without a zone it is the hall's time. Only years that a calendar reaches."""
    aware = time if time.tzinfo else time.replace(tzinfo=SHANGHAI)
    if not 2000 <= aware.year <= 2200:
        raise ValueError("请选择日历上的时间")
    return aware.astimezone(SHANGHAI)


def _kind(text: str) -> str:
    if len(text) > 20:
        raise ValueError("没有这个选项")
    return text


Moment = Annotated[datetime, AfterValidator(_at)]


class BookInput(Input):
    """`item` is a key or code; `at` the start of a time that `offer` named. The phone is where the messages go."""

    item: Annotated[OptionalLine, AfterValidator(lambda text: text[:80])] | None = None
    kind: Annotated[str, AfterValidator(_kind)] = "general"
    at: Moment
    name: Line
    phone: Annotated[Line, AfterValidator(check_phone)]
    id_type: Literal["", "id_card", "uscc", "passport", "hmt_permit", "other"] = ""
    id_number: OptionalLine = ""
    note: OptionalLine = ""


class MoveInput(Input):
    at: Moment


@dataclass(frozen=True)
class _Booking:
    """A booking on its way: who, what, when, by whom."""

    told: BookInput
    wanted: Service
    channel: Channel
    by: Actor | None
    request: str | None
    now: datetime
    demo: bool


# ---- booking ------------------------------------------------------------------------------------------------------


@recorded_refusals("book")
def book(
    centre: Centre | int,
    raw: object,
    *,
    by: Actor | None,
    channel: Channel = "online",
    now: datetime | None = None,
    request: str | None = None,
    demo: bool = False,
) -> Appointment:
    """Books a time. `request` makes a repeat harmless: the same person gets the first booking again.

    Raises InvalidInput, RuleBroken (closed, full, past, already booked; the detail names other times), NotFound,
    Refused (staff of another centre) and TooMany.
    """
    at, told = now or timezone.now(), BookInput.parse(raw)
    layout = hall_map(centre)
    if channel != "online" or _is_staff(by):
        post_at(by or Actor(None), layout.centre, now=at)
    wanted = bookable.service(layout.centre, told.item or None, told.kind, at)
    _check_identity(told)
    booking = _Booking(told, wanted, channel, by, _key(layout.centre, request), at, demo)
    try:
        return _booked(booking)
    except IntegrityError as error:
        if "hall_appointment_request" not in str(error):
            raise
        return _booked(booking)  # its twin, on another day, came first and is found now


def _booked(booking: _Booking) -> Appointment:
    """Everything under the day's lock, in one transaction."""
    told, wanted = booking.told, booking.wanted
    with _last_word(wanted, told.at, booking.now), transaction.atomic():
        lock_day(wanted.hall.centre, _day(told.at))
        visitor = _visitor(told, booking.by, booking.demo)
        first = Appointment.objects.filter(request=booking.request).first() if booking.request else None
        return _write(booking, visitor) if first is None else _repeated(first, visitor)


def _check_identity(told: BookInput) -> None:
    if told.id_type and not told.id_number:
        raise InvalidInput("有一处需要改一改", [FieldError("id_number", "请填写证件号码，或者不选证件类型")])
    if told.id_number:
        try:
            check_id(told.id_type or "id_card", told.id_number)
        except ValueError as error:
            raise InvalidInput("有一处需要改一改", [FieldError("id_number", str(error))]) from None


def _visitor(told: BookInput, by: Actor | None, demo: bool) -> Visitor:
    account = by.account if by else None
    applicant = account.applicant if account is not None and not told.id_number else None
    id_type = told.id_type or ("id_card" if told.id_number else "")
    return visitor_of(told.name, told.phone, id_type, told.id_number, applicant=applicant, demo=demo)


def _key(centre: int, request: str | None) -> str | None:
    """Requests of one centre never meet those of another; any length fits."""
    return hashlib.sha256(f"{centre}:{request}".encode()).hexdigest() if request else None


def _repeated(first: Appointment, visitor: Visitor) -> Appointment:
    if first.person != visitor.person:
        raise RuleBroken("这个请求编号已经用于另一位来访人，请换一个编号")
    if visitor.pk != first.visitor_id:
        visitor.delete()
    return first


def _write(booking: _Booking, visitor: Visitor) -> Appointment:
    """The row and its message, in the transaction that holds the day's lock."""
    told, wanted, now = booking.told, booking.wanted, booking.now
    item = wanted.item.pk if wanted.item else None
    live = _live_of(visitor.person, now)
    _refuse_second(live, item, _day(told.at), now)
    if len(live) >= MOST_LIVE and not _is_staff(booking.by):
        raise TooMany(f"您已经有 {MOST_LIVE} 个还没办的预约，请先办完或取消一个", detail=WALK_IN)
    lane = _lane(wanted, told.at, now)
    made: Appointment = Appointment.objects.create(
        number=_number(wanted.hall.centre, _day(told.at)),
        centre_id=wanted.hall.centre,
        queue_id=wanted.queue.pk,
        item_id=item,
        visitor=visitor,
        person=visitor.person,
        day=_day(told.at),
        period=_period(told.at, wanted.length),
        lane=lane,
        channel=booking.channel,
        note=told.note,
        booked_at=now,
        booked_by=booking.by.account if booking.by else None,
        reminded_at=_reminded(wanted, told.at, now),
        request=booking.request,
    )
    tell([messages.message(made, "booked")], now)
    return made


def _live_of(person: str, now: datetime, *, without: int = 0) -> list[Appointment]:
    """The person's bookings still to come; found by the visitor, whose index of persons is there."""
    live = Appointment.objects.live().filter(visitor__person=person, day__gte=timezone.localdate(now))
    return list(live.exclude(pk=without))


def _refuse_second(live: Iterable[Appointment], item: int | None, day: date, now: datetime) -> None:
    """One live booking per person, item and day. Says when it is, not its number: anybody may type a phone."""
    twin = next((one for one in live if one.item_id == item and one.day == day), None)
    if twin is None:
        return
    when = f"{day_words(day, timezone.localdate(now))} {_clock(twin.starts_at)}"
    raise RuleBroken(
        f"您已经预约了{when}办这件事，同一天不用再约",
        [FieldError("at", "要改时间或取消，请打开预约短信里的链接")],
        "没有收到短信时，请打大厅电话，工作人员可以帮您改期或取消。",
    )


def _lane(wanted: Service, at: datetime, now: datetime, *, without: int = 0) -> int:
    """The lane for a booking at that time. Raises InvalidInput (no such time) or RuleBroken (not free)."""
    day = _day(at)
    if at <= now:
        raise RuleBroken("这个时间已经过了，请选以后的时间", detail=_others(wanted, at, now))
    if day not in bookable.horizon(wanted.hall, now):
        raise RuleBroken(f"最多提前 {wanted.hall.rules.horizon_days} 天预约，请选近一点的日期")
    plan = bookable.settled_plan(wanted, day, without=without)
    if not plan.opens:
        if opening.opening(wanted.hall.centre, day):
            memory.forget()  # another process closed the day a moment ago
        closed = opening.words(wanted.hall.centre, day, timezone.localdate(now))
        raise RuleBroken(f"{closed}，请换一天", detail=_others(wanted, at, now))
    start = minute_of(at, day)
    if moment(day, start) != at or start not in plan.starts():
        raise InvalidInput("没有这个时段", [FieldError("at", "请从列出的时段里选一个")])
    lane = plan.lane(start)
    if lane is None:
        raise RuleBroken("这个时段刚刚约满", [FieldError("at", "请换一个时段")], _others(wanted, at, now))
    return lane


def _others(wanted: Service, wished: datetime, now: datetime) -> str:
    """Other times, those of the same day first, and the way without booking, as a sentence."""
    today, free = timezone.localdate(now), bookable.free_times(wanted, now)
    same = sorted((time for time in free if _day(time) == _day(wished)), key=lambda time: abs(time - wished))
    found = sorted(same[:_OTHERS]) or bookable.nearest(free, wished, _OTHERS)
    times = "、".join(f"{day_words(_day(time), today)} {_clock(time)}" for time in found)
    return f"还可以约：{times}。{WALK_IN}" if times else WALK_IN


@contextmanager
def _last_word(wanted: Service, at: datetime, now: datetime) -> Iterator[None]:
    """The table's own constraints, in words."""
    try:
        yield
    except IntegrityError as error:
        if "hall_one_appointment" in str(error):
            raise RuleBroken("您这一天已经预约了这件事", [FieldError("at", "请打开预约短信里的链接")]) from None
        if "hall_no_double_booking" in str(error):
            detail = _others(wanted, at, now)
            raise RuleBroken("这个时段刚刚约满", [FieldError("at", "请换一个时段")], detail) from None
        raise


# ---- moving and cancelling ----------------------------------------------------------------------------------------


@recorded_refusals("move_appointment")
def move(appointment: Appointment, at: object, *, by: Actor | None, now: datetime | None = None) -> Appointment:
    """To another time in the same line. The same time again changes nothing. Raises as `book`, and NotNow."""
    said, to = now or timezone.now(), MoveInput.parse({"at": at}).at
    _may_change(appointment, by, said)
    wanted = bookable.service_of(appointment, said)
    with _last_word(wanted, to, said), transaction.atomic():
        lock_day(wanted.hall.centre, _day(to))
        locked = _locked(appointment)
        _refuse_ended(locked)
        if locked.state == "booked" and locked.starts_at == to:
            return locked
        if locked.moved >= MOST_MOVES and not _is_staff(by):
            raise TooMany(f"这个预约已经改过 {MOST_MOVES} 次，请打大厅电话改期", detail=WALK_IN)
        return _moved(locked, wanted, to, said)


def _moved(locked: Appointment, wanted: Service, to: datetime, now: datetime) -> Appointment:
    _refuse_second(_live_of(locked.person, now, without=locked.pk), locked.item_id, _day(to), now)
    locked.lane = _lane(wanted, to, now, without=locked.pk)
    if locked.day != _day(to):
        locked.day, locked.number = _day(to), _number(locked.centre_id, _day(to), keep=locked.number)
    locked.period = _period(to, wanted.length)
    locked.state, locked.moved = "booked", locked.moved + 1
    locked.reminded_at = _reminded(wanted, to, now)
    locked.save()
    tell([messages.message(locked, "moved")], now)
    return locked


@recorded_refusals("cancel_appointment")
def cancel(
    appointment: Appointment, reason: object = "", *, by: Actor | None, now: datetime | None = None
) -> Appointment:
    """Gives the place back. Cancelled already: nothing more happens. Raises NotNow, Refused, InvalidInput."""
    at, why = now or timezone.now(), _Reason.parse({"reason": reason or ""}).reason
    _may_change(appointment, by, at)
    with transaction.atomic():
        locked = _locked(appointment)
        if locked.state == "cancelled":
            return locked
        _refuse_ended(locked)
        locked.state, locked.ended_at = "cancelled", at
        locked.end_reason = why or ("工作人员取消" if _is_staff(by) else "本人取消")
        locked.save()
        tell([messages.message(locked, "cancelled")], at)
    return locked


class _Reason(Input):
    reason: Annotated[OptionalLine, AfterValidator(lambda text: text[:100])] = ""


def _refuse_ended(locked: Appointment) -> None:
    """Raises NotNow with what to do instead."""
    ended = {
        "arrived": "您已经到场取号，不用再改预约。不想等了，请在号票页面点“不等了”",
        "missed": "这次预约的时间已经过了，位置已经放开。可以重新预约，也可以直接来大厅取号",
        "cancelled": "这个预约已经取消了。可以重新预约，也可以直接来大厅取号",
    }
    if locked.state in ended:
        raise NotNow(ended[locked.state])


def _may_change(appointment: Appointment, by: Actor | None, now: datetime) -> None:
    """Whoever holds the link may; a member of staff must work in that centre."""
    if _is_staff(by):
        post_at(by or Actor(None), appointment.centre_id, now=now)


def _is_staff(by: Actor | None) -> bool:
    return by is not None and by.account is not None and by.account.kind == "staff"


def _locked(appointment: Appointment) -> Appointment:
    found: Appointment = Appointment.objects.select_for_update().get(pk=appointment.pk)
    return found


# ---- small things -------------------------------------------------------------------------------------------------


def _reminded(wanted: Service, at: datetime, now: datetime) -> datetime | None:
    """A message this close to the time is itself the reminder."""
    return now if at - now <= timedelta(hours=wanted.hall.rules.reminder_hours) else None


def _number(centre: int, day: date, keep: str = "") -> str:
    """Six digits that nobody guesses, unused on that day; the day is locked."""
    used = set(Appointment.objects.filter(centre_id=centre, day=day).values_list("number", flat=True))
    number = keep
    while not number or number in used:
        number = f"{secrets.randbelow(_NUMBERS):06}"
    return number


def _day(at: datetime) -> date:
    return timezone.localdate(at)


def _clock(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local.hour}:{local.minute:02}"


def _period(at: datetime, minutes: int) -> DateTimeTZRange:
    return DateTimeTZRange(at, at + timedelta(minutes=minutes), "[)")
