"""What an address below /hall names: a centre, its window, a ticket, a booking. One answer for missing and hidden."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone

from onewindow.hall.lifecycle import LIVE
from onewindow.hall.memory import remembered
from onewindow.hall.models import Appointment, Ticket
from onewindow.hall.queues import HallMap, QueueInfo, WindowInfo, hall_map
from onewindow.people.authority import Actor
from onewindow.places.models import Centre
from onewindow.problems import FieldError, InvalidInput, NotFound

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_TICKET: Final = re.compile(r"(?:([0-9]{8})-)?([A-Z]{1,2}[0-9]{1,6})")
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{10,32}")
_NO_TICKET: Final = "没有这个号，或者您不能查看"
_NO_APPOINTMENT: Final = "没有这个预约，或者您不能查看"


def centre_of(key: str) -> Centre:
    """Raises NotFound."""
    if not _KEY.fullmatch(key):
        raise NotFound("没有这个中心，请核对地址")
    return _centre(key)


@remembered(10)
def _centre(key: str) -> Centre:
    found = Centre.objects.filter(key=key, is_open=True).first()
    if found is None:
        raise NotFound("没有这个中心，或者已经停用，请核对地址")
    return found


def hall_of(key: str) -> HallMap:
    """The layout of a centre's hall. Raises NotFound for an unknown centre and for one without a hall."""
    return hall_map(centre_of(key))


def window_of(layout: HallMap, code: str) -> WindowInfo:
    """Raises NotFound: also for a window of another centre."""
    found = next((window for window in layout.windows if window.code == code), None)
    if found is None:
        known = "、".join(window.code for window in layout.windows[:20])
        raise NotFound(f"{layout.centre_name}没有这个窗口", detail=f"这里的窗口：{known}" if known else "")
    return found


def queue_of(layout: HallMap, letter: str) -> QueueInfo:
    """Raises InvalidInput that names the lines there are."""
    found = next((queue for queue in layout.queues if queue.letter == letter.upper()), None)
    if found is None:
        known = "、".join(f"{queue.letter} {queue.name}" for queue in layout.queues)
        raise InvalidInput("没有这条队伍", [FieldError("queue", f"请写队伍的字母：{known}")])
    return found


def ticket_of(by: Actor, layout: HallMap, number: str) -> Ticket:
    """By its number (today's, else the newest still alive) or by its reference with the day. Raises NotFound."""
    given = _TICKET.fullmatch(number.upper())
    if given is None:
        raise NotFound(_NO_TICKET)
    rows = Ticket.objects.filter(_own(by) | Q(pk__in=Ticket.objects.visible_to(by).values("pk")))
    rows = rows.filter(_of_day(given[1]), centre_id=layout.centre, number=given[2])
    found: Ticket | None = rows.select_related("visitor", "appointment").order_by("-day").first()
    if found is None:
        raise NotFound(_NO_TICKET)
    return found


def _of_day(digits: str | None) -> Q:
    if digits is None:
        return Q(day=timezone.localdate()) | Q(state__in=[state.value for state in LIVE])
    try:
        return Q(day=datetime.strptime(digits, "%Y%m%d").date())  # noqa: DTZ007 - a day, not a moment
    except ValueError:
        raise NotFound(_NO_TICKET) from None


def appointment_of(by: Actor, layout: HallMap, code: str) -> Appointment:
    """Raises NotFound."""
    if not _CODE.fullmatch(code):
        raise NotFound(_NO_APPOINTMENT)
    rows = Appointment.objects.filter(
        _own(by) | Q(booked_by=by.account) | Q(pk__in=Appointment.objects.visible_to(by).values("pk"))
    )
    rows = rows.filter(centre_id=layout.centre, code=code)
    found: Appointment | None = rows.select_related("visitor", "item", "centre", "queue").first()
    if found is None:
        raise NotFound(_NO_APPOINTMENT)
    return found


def _own(by: Actor) -> Q:
    applicant: Any = by.account.applicant_id if by.account else None
    return Q(pk__in=[]) if applicant is None else Q(visitor__applicant_id=applicant)


def day_of(text: date | None) -> date:
    return text or timezone.localdate()
