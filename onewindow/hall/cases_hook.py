"""A case that names its ticket becomes one of the things of that visit.

The case itself carries the ticket (`Case.ticket`, from 收件 on), so nothing is lost when the process dies between the
case and this link: `mend` makes the links that are missing, from the cases.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from onewindow.cases.lifecycle import Action
from onewindow.cases.models import Case
from onewindow.hall.lifecycle import AT_WINDOW, TicketState
from onewindow.hall.models import Ticket, TicketItem

if TYPE_CHECKING:
    from onewindow.cases.projection import Event

_REFERENCE: Final = re.compile(r"(?:(\d{8})-)?([A-Z]{1,2}\d{3,5})", re.ASCII)
_BEING_SERVED: Final = frozenset({*AT_WINDOW, TicketState.HELD})


def on_recorded(sender: type[Case], case: Case, event: Event, **more: Any) -> None:
    """Receiver of `cases.signals.recorded`: after 收件, and only for a case with a ticket."""
    if case.ticket and event.action is Action.RECEIVE:
        link(case)


def parse(text: str, day: date) -> tuple[date, str, bool] | None:
    """(day, number, whether the day was written) of 20261122-A023 or A023; None for anything else."""
    found = _REFERENCE.fullmatch(text.strip().upper())
    if found is None:
        return None
    if not found[1]:
        return day, found[2], False
    try:
        return date.fromisoformat(found[1]), found[2], True
    except ValueError:
        return None


def link(case: Case) -> TicketItem | None:
    """The line of the ticket that this case is now, marked done; a thing nobody had named before is added.

    None when the case names no ticket of its centre (without a query, when it names none at all). A number without its
    day counts only while it is being served.
    """
    at = case.received_at or case.created_at
    named = parse(case.ticket, timezone.localdate(at))
    if named is None:
        return None
    with transaction.atomic():
        return _linked(case, at, *named)


def _linked(case: Case, at: datetime, day: date, number: str, dated: bool) -> TicketItem | None:
    tickets = Ticket.objects.select_for_update().filter(centre_id=case.centre_id, day=day, number=number)
    ticket = (tickets if dated else tickets.filter(state__in=sorted(_BEING_SERVED))).first()
    if ticket is None:
        return None
    return TicketItem.objects.filter(ticket=ticket, case=case).first() or _line(ticket, case, at)


def _line(ticket: Ticket, case: Case, at: datetime) -> TicketItem:
    line = ticket.lines.filter(item_id=case.item_id, case=None).order_by("position").first()
    if line is not None:
        line.case, line.done_at = case, at
        line.save(update_fields=["case", "done_at"])
        return line
    last = ticket.lines.aggregate(last=Max("position"))["last"]
    return TicketItem.objects.create(
        ticket=ticket, position=0 if last is None else last + 1, item_id=case.item_id, case=case, done_at=at
    )


def mend(now: datetime, hours: int = 48) -> int:
    """Links the cases of the last hours that name a ticket and are linked to none. Returns how many. Two queries if
    there is nothing to do."""
    recent = Case.objects.filter(received_at__gt=now - timedelta(hours=hours), received_at__lte=now).exclude(ticket="")
    missing = recent.exclude(pk__in=TicketItem.objects.exclude(case=None).values("case_id"))
    return sum(link(case) is not None for case in missing.order_by("id"))


__all__ = ["link", "mend", "on_recorded", "parse"]
