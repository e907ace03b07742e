"""The hall as the API shows it: plain values of a ticket, a booking, a window. Names and phones are masked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F, FilteredRelation, Q

from onewindow.faces.api.answers import local
from onewindow.hall import live
from onewindow.hall.estimate import Wait
from onewindow.hall.lifecycle import TicketState
from onewindow.hall.messages import link
from onewindow.hall.models import Appointment, Ticket, TicketItem, Visitor, WindowSession
from onewindow.hall.queues import HallMap, WindowInfo
from onewindow.hall.rules import PRIORITY_LABELS, Priority

_STATES = dict(Appointment.STATES)


def centre(layout: HallMap) -> dict[str, str]:
    return {"key": layout.centre_key, "name": layout.centre_name}


def ticket(found: Ticket, layout: HallMap) -> dict[str, Any]:
    """One query for what they came for, one for who they are when they said so."""
    return {
        "number": found.number,
        "reference": found.reference,
        "url": f"{settings.OW_PUBLIC_URL}/ticket/{found.code}/",
        "day": found.day,
        "state": found.state,
        "state_label": found.state_label,
        "queue": _queue(found, layout),
        "window": _window(found, layout),
        "items": _lines(found),
        "purpose": found.purpose,
        "priority": found.priority,
        "priority_label": PRIORITY_LABELS[Priority(found.priority)],
        "visitor": visitor(found.visitor) if found.visitor_id and found.visitor else None,
        "appointment": found.appointment.number if found.appointment_id and found.appointment else None,
        "misses": found.misses,
        "taken_at": local(found.taken_at),
        "called_at": local(found.called_at),
        "started_at": local(found.started_at),
        "ended_at": local(found.ended_at),
        "end_reason": found.end_reason,
    }


def placed(found: Ticket, layout: HallMap, now: datetime) -> dict[str, Any]:
    """A ticket with its place in line while it waits."""
    place = live.place(found, now) if found.state == TicketState.WAITING else None
    told = place and {
        "ahead": place.ahead,
        "wait": wait(place.wait),
        "windows": list(place.windows),
        "sentence": place.sentence,
    }
    return {**ticket(found, layout), "place": told}


def wait(found: Wait | None) -> dict[str, float] | None:
    if found is None:
        return None
    return {
        "optimistic": round(found.optimistic, 1),
        "expected": round(found.expected, 1),
        "pessimistic": round(found.pessimistic, 1),
    }


def visitor(found: Visitor) -> dict[str, str]:
    return {"name": found.masked, "phone_masked": found.masked_phone}


def _queue(found: Ticket | Appointment, layout: HallMap) -> dict[str, str]:
    """By the layout in memory; a line that was switched off since is read."""
    queue = next((one for one in layout.queues if one.pk == found.queue_id), None) or found.queue
    return {"letter": queue.letter, "name": queue.name}


def _window(found: Ticket, layout: HallMap) -> dict[str, str] | None:
    if found.window_id is None:
        return None
    window = next((one for one in layout.windows if one.pk == found.window_id), None) or found.window
    assert window is not None
    return {"code": window.code, "name": window.name}


def _lines(found: Ticket) -> list[dict[str, Any]]:
    rows = TicketItem.objects.filter(ticket_id=found.pk).order_by("position")
    named = rows.values_list("item__code", "item__key", "item__name", "case__number", "done_at")
    return [
        {"code": code, "key": key, "name": name, "case": case, "done_at": local(done)}
        for code, key, name, case, done in named
    ]


def appointment(found: Appointment, layout: HallMap) -> dict[str, Any]:
    return {
        "code": found.code,
        "number": found.number,
        "url": link(found),
        "centre": centre(layout),
        "queue": _queue(found, layout),
        "item": {"key": found.item.key, "name": found.item.name} if found.item else None,
        "day": found.day,
        "starts_at": local(found.starts_at),
        "ends_at": local(found.ends_at),
        "state": found.state,
        "state_label": _STATES[found.state],
        "channel": found.channel,
        "visitor": visitor(found.visitor),
        "note": found.note,
        "moved": found.moved,
        "booked_at": local(found.booked_at),
        "arrived_at": local(found.arrived_at),
        "ended_at": local(found.ended_at),
        "end_reason": found.end_reason,
    }


def window(info: WindowInfo, at_hand: Ticket | None, layout: HallMap) -> dict[str, Any]:
    """The window as it stands now and the ticket of this step. One query, and those of the ticket."""
    session = _session(info.pk)
    state = "closed" if session is None else "paused" if session["paused"] else "open"
    since = session and (session["paused"] or session["opened_at"])
    return {
        "window": {"code": info.code, "name": info.name},
        "state": state,
        "person": session["account__name"] if session else "",
        "since": local(since) if since else None,
        "reason": (session and session["why"]) or "",
        "ticket": ticket(at_hand, layout) if at_hand else None,
    }


def _session(pk: int) -> Any:
    return (
        WindowSession.objects.filter(window_id=pk, closed_at__isnull=True)
        .annotate(pause=FilteredRelation("pauses", condition=Q(pauses__ended_at__isnull=True)))
        .values("opened_at", "account__name", paused=F("pause__started_at"), why=F("pause__reason"))
        .first()
    )
