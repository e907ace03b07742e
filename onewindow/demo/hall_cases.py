"""Which visit to the hall a case of the demonstration came from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from onewindow.catalogue.models import Item
from onewindow.clocks.clock import SHANGHAI
from onewindow.demo.places import HALL
from onewindow.hall.lifecycle import TicketState
from onewindow.hall.models import TicketItem


@dataclass(frozen=True, slots=True)
class ServedVisit:
    """A ticket as a case names it, who served it, and when the case may have been received."""

    reference: str
    clerk: str
    moment: dt.datetime


def visit_for(item: Item, day: dt.datetime, now: dt.datetime, clerks: Collection[str]) -> ServedVisit | None:
    """A finished visit of that day by somebody who came for the item, left no name and has no case yet."""
    lines = TicketItem.objects.filter(
        item=item,
        case=None,
        ticket__centre__key=HALL,
        ticket__day=day.astimezone(SHANGHAI).date(),
        ticket__state=TicketState.FINISHED,
        ticket__visitor=None,
        ticket__ended_at__lte=now,
        ticket__account__username__in=clerks,
    )
    line = lines.select_related("ticket__account").order_by("ticket_id").first()
    if line is None or line.ticket.started_at is None or line.ticket.account is None:
        return None
    return ServedVisit(
        line.ticket.reference, line.ticket.account.username, line.ticket.started_at + dt.timedelta(minutes=1)
    )
