"""What the visitors of the demonstration say at the kiosk, at the guide desk and when they book."""

from __future__ import annotations

import datetime as dt
from typing import Any

from onewindow.demo.crowd import visitors
from onewindow.demo.hall_day import Day, request_key
from onewindow.demo.hall_visits import Visit
from onewindow.hall import appointments
from onewindow.hall.queues import hall_map


def ticket_form(visit: Visit) -> dict[str, Any]:
    """What the visitor says at the kiosk or the guide desk."""
    form: dict[str, Any] = {"kind": visit.kind, "items": visit.items}
    if visit.priority:
        form |= {"priority": visit.priority, "priority_note": visit.note}
    if visit.person is not None:
        one = visit.person
        form["visitor"] = {"name": one.name, "phone": one.phone, "id_type": one.id_type, "id_number": one.id_number}
    return form


def book(day: Day, visit: Visit, now: dt.datetime) -> None:
    """Books for a later hour of the same day or for another day. Raises a Problem where the time is taken."""
    centre = day.house.centres[visit.centre]
    pool = visitors("natural")
    one = visit.person or pool[visit.number * 7 % len(pool)]
    form = {
        "item": visit.items[0] if visit.items else None,
        "kind": visit.kind,
        "at": day.slot(visit, hall_map(centre).rules.slot_minutes),
        "name": one.name,
        "phone": one.phone,
    }
    if visit.person is not None:
        form |= {"id_type": one.id_type, "id_number": one.id_number}
    appointments.book(
        centre, form, by=None, channel="online", now=now, request=request_key(day.date, visit.number), demo=True
    )
