"""What the clock does in a hall while nobody acts: every minute, and harmless when it runs twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef
from django.utils import timezone

from onewindow.hall import alarms, appointments, cases_hook, opening, signals, statements
from onewindow.hall.lifecycle import TicketState, Verb
from onewindow.hall.models import Hall, Ticket, TicketPeriod, Visitor, WaitAlarm, WindowPause, WindowSession

_AFTER_CLOSING: Final = timedelta(hours=2)
"""Who is being served at closing is served to the end; what is still open so long after was forgotten."""


def sweep(now: datetime | None = None) -> dict[str, int]:
    """Places not taken are given back, reminders go out, long waits raise their alarm, finished days are tidied up."""
    now = now or timezone.now()
    done = {"released": appointments.release_due(now), "reminded": appointments.remind_due(now)}
    done |= {"displaced": 0, "linked": 0, "left": 0, "missed": 0, "closed": 0}
    if now.minute % 10 == 0:  # what reads more than the last minute
        done |= {"displaced": appointments.displace_due(now), "linked": cases_hook.mend(now)}
    for hall in _with_something_going_on():
        done["missed"] += _end_missed(hall, now)
        if _over(hall.pk, now):
            done["left"] += _end_day(hall, now)
            done["closed"] += _close_windows(hall.pk, now)
        else:
            alarms.check(hall.pk, now)
    return done


def _with_something_going_on() -> Iterable[Hall]:
    """Halls with a ticket, a manned window or an alarm that has not ended: a quiet village costs nothing."""
    here = OuterRef("pk")
    return Hall.objects.filter(
        Exists(Ticket.objects.live().filter(centre=here))
        | Exists(WindowSession.objects.filter(window__centre=here, closed_at=None))
        | Exists(WaitAlarm.objects.filter(queue__centre=here, ended_at=None))
    ).order_by("pk")


def _over(centre: int, now: datetime) -> bool:
    """Whether the day's last closing is long past (or the day had no hours at all)."""
    if opening.now_open(centre, now):
        return False
    today = opening.opening(centre, timezone.localdate(now))
    ended = [one for one in today if one.ends <= now]
    coming = [one for one in today if one.starts > now]
    if coming and (ended or now >= coming[0].starts - _AFTER_CLOSING):
        return False
    return not ended or now >= ended[-1].ends + _AFTER_CLOSING


def _end_missed(hall: Hall, now: datetime) -> int:
    """Missed and not back in the time the rules give."""
    before = now - timedelta(minutes=hall.told.missed_minutes)
    periods = TicketPeriod.objects.filter(
        centre_id=hall.pk, state=TicketState.MISSED, ended_at=None, started_at__lt=before, ticket__state="missed"
    )
    return sum(_leave(pk, "missed", now) for pk in periods.values_list("ticket_id", flat=True))


def _end_day(hall: Hall, now: datetime) -> int:
    """Who still waited when the hall closed: the place is kept for the next day where the rules say so."""
    states = ["called", "missed", "held"] if hall.told.keep_overnight else ["waiting", "called", "missed", "held"]
    live = Ticket.objects.filter(centre_id=hall.pk, state__in=states, taken_at__lt=now - _AFTER_CLOSING)
    return sum(_leave(pk, "closed", now) for pk in live.values_list("pk", flat=True))


def _leave(ticket: int, reason: str, now: datetime) -> bool:
    done = statements.move(
        statements.THIS_TICKET,
        {"ticket": ticket, "from": ["waiting", "called", "missed", "held"]},
        to=TicketState.LEFT,
        verb=Verb.LEAVE,
        now=now,
        changes={"ended_at": now, "end_reason": reason, "window_id": None},
        reason=reason,
    )
    if done is not None:
        signals.moved.announce(done, Verb.LEAVE)
    return done is not None


def _close_windows(centre: int, now: datetime) -> int:
    """Sessions that nobody closed; a window where somebody is still being served stays open."""
    serving = Ticket.objects.filter(centre_id=centre, state="serving").values("window_id")
    open_now = WindowSession.objects.filter(
        window__centre_id=centre, closed_at=None, opened_at__lt=now - _AFTER_CLOSING
    ).exclude(window_id__in=serving)
    keys = list(open_now.values_list("pk", flat=True))
    WindowPause.objects.filter(session_id__in=keys, ended_at=None).update(ended_at=now)
    return WindowSession.objects.filter(pk__in=keys, closed_at=None).update(
        closed_at=now, close_reason="下班后自动关窗"
    )


def forget_visitors(now: datetime | None = None) -> int:
    """Erases names and phones of visitors whose time has passed (hall rule `forget_days`); figures keep their rows."""
    now, erased = now or timezone.now(), 0
    for hall in Hall.objects.all():
        before = now - timedelta(days=hall.told.forget_days)
        old = Visitor.objects.filter(created_at__lt=before).exclude(person="")
        for kind in ("tickets__centre", "appointments__centre"):
            mine = list(
                old.filter(**{kind: hall.pk}).exclude(appointments__state="booked").values_list("pk", flat=True)
            )
            erased += Visitor.objects.filter(pk__in=mine).update(name="", phone=None, person="", applicant=None)
    return erased


__all__ = ["forget_visitors", "sweep"]
