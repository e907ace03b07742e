"""The hall: bookings, tickets, how long one waits, and what the screens show."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from ninja.errors import AuthenticationError
from pydantic import AwareDatetime, Field

from onewindow.faces.api import docs, hallview
from onewindow.faces.api.answers import answer, local
from onewindow.faces.api.hallfinding import appointment_of, hall_of, ticket_of
from onewindow.faces.api.reading import json_body, query
from onewindow.faces.api.repeats import once, once_together
from onewindow.faces.api.security import Token, caller
from onewindow.faces.api.shapes_hall import (
    AppointmentShape,
    OfferDays,
    OfferShape,
    PlacedTicket,
    ScreenShape,
    WaitsShape,
)
from onewindow.faces.portal import throttle
from onewindow.hall import appointments, live, onward, opening, screen, tickets
from onewindow.hall.appointments import BookInput
from onewindow.hall.models import Appointment, Ticket
from onewindow.hall.queues import HallMap
from onewindow.hall.rules import Priority
from onewindow.hall.tickets import TakeInput
from onewindow.inputs import Input, OptionalLine, at_most
from onewindow.people.authority import Actor
from onewindow.problems import TooMany

router = Router(tags=["大厅"])
public = Router(tags=["大厅"])
ADDRESS: Final = throttle.Limit("hall-address", 900, 15)
"""Screens of one hall share an address: once a second is enough for all of them together."""


# ---- bookings ----------------------------------------------------------------------------------------------------


class AppointmentInput(BookInput):
    """A booking with how it was made; an applicant's own program books online."""

    channel: Literal["phone", "hall"] = Field(default="phone", title="工作人员登记的：电话 phone，现场 hall")


class MoveInput(Input):
    at: AwareDatetime = Field(title="改到什么时候（可约时段的开始）")


class CancelInput(Input):
    reason: OptionalLine = Field(default="", title="为什么取消")


class OfferQuery(Input):
    item: OptionalLine = Field(default="", title="事项编码或 key；不写是综合业务")
    kind: OptionalLine = Field(default="general", title="办什么：general 综合、consulting 咨询……")
    day: date | None = Field(default=None, title="哪一天；不写时列出能约的日子")


@router.get(
    "/hall/{centre}/appointments/offers",
    response={200: OfferShape | OfferDays},
    openapi_extra=docs.reads(OfferQuery, more=(409,)),
    summary="可以预约的日子，或者一天里的时段",
)
def appointment_offers(request: HttpRequest, centre: str) -> HttpResponse:
    asked, layout, now = query(request, OfferQuery), hall_of(centre), timezone.now()
    chosen = asked.item or None
    if asked.day is None:
        days = appointments.days(layout.centre, chosen, asked.kind, now)
        return answer({"days": [{"day": one.day, "free": one.free, "why_not": one.why_not} for one in days]})
    slots = appointments.offer(layout.centre, chosen, asked.kind, asked.day, now)
    return answer(
        {
            "day": asked.day,
            "hours": opening.words(layout.centre, asked.day),
            "slots": [
                {"starts": local(s.starts), "ends": local(s.ends), "free": s.free, "why_not": s.why_not} for s in slots
            ],
        }
    )


@router.post(
    "/hall/{centre}/appointments",
    response={201: AppointmentShape},
    openapi_extra=docs.writes(
        AppointmentInput,
        example={
            "item": "food-operation-licence",
            "at": "2026-11-23T09:30:00+08:00",
            "name": "李桃花",
            "phone": "19900000001",
            "channel": "phone",
        },
    ),
    summary="预约",
)
def book_appointment(request: HttpRequest, centre: str) -> HttpResponse:
    """Staff enter a call or a visit; an applicant's program books for its owner."""
    data, by, layout = json_body(request), caller(request), hall_of(centre)
    channel = AppointmentInput.parse(data).channel
    raw = {name: value for name, value in data.items() if name != "channel"}

    def book(name: str | None) -> Appointment:
        how = "online" if _applicant(by) else channel
        return appointments.book(layout.centre, raw, by=by, channel=how, request=name)

    booked = once(request, data, book)
    where = f"/api/v1/hall/{layout.centre_key}/appointments/{booked.code}"
    return answer(hallview.appointment(booked, layout), status=201, headers={"Location": where})


def _applicant(by: Actor) -> bool:
    return by.account is not None and by.account.kind == "applicant"


@router.get(
    "/hall/{centre}/appointments/{code}",
    response={200: AppointmentShape},
    openapi_extra=docs.reads(),
    summary="一个预约",
)
def appointment(request: HttpRequest, centre: str, code: str) -> HttpResponse:
    layout = hall_of(centre)
    return answer(hallview.appointment(appointment_of(caller(request), layout, code), layout))


@router.post(
    "/hall/{centre}/appointments/{code}/move",
    response={200: AppointmentShape},
    openapi_extra=docs.writes(MoveInput, example={"at": "2026-11-24T10:00:00+08:00"}),
    summary="改期",
)
def move_appointment(request: HttpRequest, centre: str, code: str) -> HttpResponse:
    data, by, layout = json_body(request), caller(request), hall_of(centre)
    given, found = MoveInput.parse(data), appointment_of(by, layout, code)
    return _changed(request, data, found, layout, "move", lambda: appointments.move(found, given.at, by=by))


@router.post(
    "/hall/{centre}/appointments/{code}/cancel",
    response={200: AppointmentShape},
    openapi_extra=docs.writes(CancelInput, example={"reason": "临时有事"}),
    summary="取消预约",
)
def cancel_appointment(request: HttpRequest, centre: str, code: str) -> HttpResponse:
    data, by, layout = json_body(request, may_be_empty=True), caller(request), hall_of(centre)
    given, found = CancelInput.parse(data), appointment_of(by, layout, code)
    return _changed(request, data, found, layout, "cancel", lambda: appointments.cancel(found, given.reason, by=by))


def _changed(request: HttpRequest, data: Any, found: Appointment, layout: HallMap, verb: str, act: Any) -> HttpResponse:
    subject = f"appointment:{found.pk}"
    done = once_together(request, data, act, lambda: found, verb=verb, subject=subject)
    return answer(hallview.appointment(done, layout))


class Nothing(Input):
    """没有要填的内容"""


@router.post(
    "/hall/{centre}/appointments/{code}/check-in",
    response={201: PlacedTicket},
    openapi_extra=docs.writes(Nothing, example={}),
    summary="预约的人到了，签到取号",
)
def check_in(request: HttpRequest, centre: str, code: str) -> HttpResponse:
    """Checking in twice gives the same ticket, with or without a key."""
    data, by, layout = json_body(request, may_be_empty=True), caller(request), hall_of(centre)
    Nothing.parse(data)
    found = appointment_of(by, layout, code)
    return _given(once(request, data, lambda _: tickets.check_in(found, source="api", by=by)), layout)


# ---- tickets -----------------------------------------------------------------------------------------------------


@router.post(
    "/hall/{centre}/tickets",
    response={201: PlacedTicket},
    openapi_extra=docs.writes(
        TakeInput,
        example={
            "kind": "general",
            "items": ["food-operation-licence"],
            "visitor": {"name": "李桃花", "phone": "19900000001"},
        },
    ),
    summary="取号",
)
def take_ticket(request: HttpRequest, centre: str) -> HttpResponse:
    """For staff of the hall and their machines. A ticket names no window; that is known when it is called."""
    data, by, layout = json_body(request), caller(request), hall_of(centre)
    given = TakeInput.parse(data)
    taken = once(request, data, lambda name: tickets.take(layout.centre, given, source="api", by=by, request=name))
    return _given(taken, layout)


def _given(taken: Ticket, layout: HallMap) -> HttpResponse:
    where = f"/api/v1/hall/{layout.centre_key}/tickets/{taken.reference}"
    return answer(hallview.placed(taken, layout, timezone.now()), status=201, headers={"Location": where})


@router.get(
    "/hall/{centre}/tickets/{number}",
    response={200: PlacedTicket},
    openapi_extra=docs.reads(),
    summary="一个号（当天的号码，或带日期的号码）",
)
def ticket(request: HttpRequest, centre: str, number: str) -> HttpResponse:
    layout = hall_of(centre)
    return answer(hallview.placed(ticket_of(caller(request), layout, number), layout, timezone.now()))


class PriorityInput(Input):
    priority: Priority = Field(title="优先的理由；空是取消优先")
    note: Annotated[OptionalLine, at_most(100)] = Field(default="", title="说明")


@router.post(
    "/hall/{centre}/tickets/{number}/priority",
    response={200: PlacedTicket},
    openapi_extra=docs.writes(PriorityInput, example={"priority": "elderly", "note": "看过身份证，72 岁"}),
    summary="给优先，或者取消优先",
)
def prioritise(request: HttpRequest, centre: str, number: str) -> HttpResponse:
    data = json_body(request)
    given = PriorityInput.parse(data)
    return _at_ticket(
        request, centre, number, data, "priority",
        lambda found, by: tickets.set_priority(found, given.priority, given.note, by=by),
    )  # fmt: skip


@router.post(
    "/hall/{centre}/tickets/{number}/return",
    response={200: PlacedTicket},
    openapi_extra=docs.writes(Nothing, example={}),
    summary="过号的人回来，重新排队",
)
def give_back(request: HttpRequest, centre: str, number: str) -> HttpResponse:
    data = json_body(request, may_be_empty=True)
    Nothing.parse(data)
    return _at_ticket(request, centre, number, data, "give_back", lambda found, by: onward.give_back(found, by=by))


@router.post(
    "/hall/{centre}/tickets/{number}/leave",
    response={200: PlacedTicket},
    openapi_extra=docs.writes(Nothing, example={}),
    summary="不等了",
)
def leave(request: HttpRequest, centre: str, number: str) -> HttpResponse:
    data = json_body(request, may_be_empty=True)
    Nothing.parse(data)
    return _at_ticket(request, centre, number, data, "leave", lambda found, by: tickets.leave(found, by=by))


def _at_ticket(request: HttpRequest, centre: str, number: str, data: Any, verb: str, act: Any) -> HttpResponse:
    layout, by = hall_of(centre), caller(request)
    found = ticket_of(by, layout, number)
    done = once_together(request, data, lambda: act(found, by), lambda: found, verb=verb, subject=f"ticket:{found.pk}")
    return answer(hallview.placed(done, layout, timezone.now()))


# ---- for everybody -----------------------------------------------------------------------------------------------


@public.get(
    "/hall/{centre}/waits",
    response={200: WaitsShape},
    openapi_extra=docs.reads(public=True, more=(401, 429)),
    summary="现在要等多久（不用令牌）",
)
def waits(request: HttpRequest, centre: str) -> HttpResponse:
    """Who shows a token is not counted."""
    _count(request)
    layout, now = hall_of(centre), timezone.now()
    return answer(
        {
            "centre": hallview.centre(layout),
            "at": local(now),
            "open": opening.now_open(layout.centre, now) is not None,
            "hours": opening.words(layout.centre, timezone.localdate(now)),
            "queues": [_waiting(one) for one in live.waits(layout.centre, now)],
        }
    )


def _waiting(one: live.QueueWait) -> dict[str, Any]:
    return {
        "letter": one.queue.letter,
        "name": one.queue.name,
        "kind": one.queue.kind,
        "waiting": one.waiting,
        "windows_open": one.windows_open,
        "longest": round(one.longest, 1),
        "wait": hallview.wait(one.wait),
    }


@public.get(
    "/hall/{centre}/screen",
    response={200: ScreenShape},
    openapi_extra=docs.reads(public=True, more=(401, 429)),
    summary="大屏上的内容（不用令牌）",
)
def hall_screen(request: HttpRequest, centre: str) -> HttpResponse:
    """What hangs in the hall for all to see: numbers and windows, nobody's name."""
    _count(request)
    layout, now = hall_of(centre), timezone.now()
    return answer({**screen.state(layout.centre, now), "at": local(now)})


def _count(request: HttpRequest) -> None:
    """Raises AuthenticationError for a token that is none, TooMany for an address that asks too often."""
    if "Authorization" in request.headers:
        if not Token()(request):
            raise AuthenticationError
        return
    if not throttle.allowed(ADDRESS, throttle.address_of(request)):
        raise TooMany("查得太频繁了，请过一会儿再试")


INPUTS: Final[tuple[type[Input], ...]] = (
    AppointmentInput, CancelInput, MoveInput, Nothing, PriorityInput, TakeInput,
)  # fmt: skip
