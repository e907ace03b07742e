"""Finding a booking again: at the kiosk by what the person knows, or by the identity card on the reader."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from django.utils import timezone

from onewindow.hall import bookable
from onewindow.hall.models import Appointment
from onewindow.hall.upkeep import free_for
from onewindow.people.crypto import blind_index
from onewindow.places.models import Centre
from onewindow.problems import NotFound

_UNKNOWN: Final = "没有找到这个预约。请核对预约号和手机号后四位，或者不用预约直接取号"


def find(centre: Centre | int, number: str, phone_tail: str, day: date) -> Appointment:
    """By number and the last four digits of the phone, as typed at the kiosk. Raises NotFound, whatever is wrong."""
    typed, tail = "".join(number.split())[:16], "".join(phone_tail.split())[-4:]
    key = centre if isinstance(centre, int) else centre.pk
    rows = Appointment.objects.select_related("visitor", "queue", "item", "centre")
    found: Appointment | None = None
    if typed.isascii() and typed.isdigit():
        found = rows.filter(centre_id=key, day=day, number=typed).exclude(state="cancelled").first()
    if found is None or len(tail) < 4 or not str(found.visitor.phone or "").endswith(tail):
        raise NotFound(_UNKNOWN)
    return found


def of_person(centre: Centre | int, id_number: str, day: date) -> list[Appointment]:
    """The day's live bookings of whoever laid an identity card on the reader, by time."""
    key = centre if isinstance(centre, int) else centre.pk
    person = blind_index("person", blind_index("id", id_number))
    found = Appointment.objects.live().filter(centre_id=key, day=day, person=person)
    return list(found.select_related("visitor", "queue", "item", "centre").order_by("period"))


def other_times(appointment: Appointment, now: datetime | None = None, most: int = 3) -> list[datetime]:
    """Free times for a booking that must move, one a day, near its own time of day; empty where there is none."""
    return bookable.nearest(free_for(appointment, now or timezone.now()), appointment.starts_at, most)
