"""The call bar: who is at my window, on every page of the desk while my window is open. One query."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Exists, IntegerField, JSONField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast, Extract, JSONObject
from django.utils import timezone

from onewindow.hall.access import COUNTERS
from onewindow.hall.lifecycle import AT_WINDOW, STATE_LABELS, TicketState
from onewindow.hall.memory import remembered
from onewindow.hall.models import Hall, Ticket, TicketItem, WindowPause, WindowSession
from onewindow.people.authority import Actor
from onewindow.people.models import Account, Posting
from onewindow.people.roles import Role

GUIDES: Final = frozenset({Role.GUIDE, Role.CLERK, Role.TOWNSHIP_CLERK, Role.HELPER})
"""For whom the guide desk stands in the navigation; everybody who may sit at a window may use it."""


@dataclass(frozen=True, slots=True)
class AtWindow:
    """The visitor at the window. `minutes` since the call, or since the service began."""

    code: str
    number: str
    state: TicketState
    minutes: int
    item: str
    item_key: str

    @property
    def serving(self) -> bool:
        return self.state is TicketState.SERVING

    @property
    def state_label(self) -> str:
        return STATE_LABELS[self.state]


@dataclass(frozen=True, slots=True)
class CallBar:
    """My open window, and who is at it."""

    window: int
    code: str
    name: str
    centre: int
    paused: bool
    visitor: AtWindow | None


@remembered(10)
def halls() -> frozenset[int]:
    """The centres that have a hall."""
    return frozenset(Hall.objects.values_list("pk", flat=True))


def hall_postings(actor: Actor) -> list[Posting]:
    """The posts in which this person may sit at a window of a hall, the chosen one first."""
    return [one for one in actor.postings if Role(one.role) in COUNTERS and one.centre_id in halls()]


def call_bar(actor: Actor, now: datetime | None = None) -> CallBar | None:
    """None without an open window. One query; none for somebody who can have no window."""
    if actor.account is None or not hall_postings(actor):
        return None
    row = _rows(actor.account).first()
    if row is None or row["desk"] is None:
        return None
    desk, seen = row["desk"], row["visitor"]
    visitor = None if seen is None else _visitor(seen, now or timezone.now())
    return CallBar(desk["window"], desk["code"], desk["name"], desk["centre"], desk["paused"], visitor)


def _visitor(seen: dict[str, Any], now: datetime) -> AtWindow:
    state = TicketState(seen["state"])
    since = seen["started"] if state is TicketState.SERVING and seen["started"] is not None else seen["called"]
    passed = now.timestamp() - since if since is not None else 0
    item = seen["item"] or {"name": "", "key": ""}
    minutes = max(0, math.floor(passed / 60))
    return AtWindow(seen["code"], seen["number"], state, minutes, item["name"], item["key"])


def _rows(account: Account) -> QuerySet[Account, Any]:
    mine = WindowSession.objects.filter(account=OuterRef("pk"), closed_at=None)
    pause = WindowPause.objects.filter(session=OuterRef("pk"), ended_at=None)
    desk = mine.annotate(paused=Exists(pause)).values(
        found=JSONObject(
            window="window_id", code="window__code", name="window__name", centre="window__centre_id", paused="paused"
        )
    )
    here = Ticket.objects.filter(
        window__sessions__account=OuterRef("pk"),
        window__sessions__closed_at=None,
        state__in=sorted(state.value for state in AT_WINDOW),
    )
    first = TicketItem.objects.filter(ticket=OuterRef("pk"), done_at=None).order_by("position")
    visitor = here.values(
        found=JSONObject(
            code="code",
            number="number",
            state="state",
            called=Cast(Extract("called_at", "epoch", tzinfo=UTC), IntegerField()),
            started=Cast(Extract("started_at", "epoch", tzinfo=UTC), IntegerField()),
            item=Subquery(first.values(found=JSONObject(name="item__name", key="item__key"))[:1]),
        )
    )
    return Account.objects.filter(pk=account.pk).values(
        desk=Subquery(desk[:1], output_field=JSONField()), visitor=Subquery(visitor[:1], output_field=JSONField())
    )


__all__ = ["GUIDES", "AtWindow", "CallBar", "call_bar", "hall_postings", "halls"]
