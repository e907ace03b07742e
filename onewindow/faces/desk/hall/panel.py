"""`/desk/hall/`: the window panel. Open the window, call, serve, and see who is in front of it and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db.models import Avg, Count, F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from onewindow.faces.desk.access import staff
from onewindow.faces.desk.doing import good_key
from onewindow.faces.desk.hall.bar import CallBar, call_bar, hall_postings
from onewindow.faces.desk.hall.line import as_told, front, minutes_since
from onewindow.faces.desk.page import page
from onewindow.hall import live, opening
from onewindow.hall.lifecycle import TicketState
from onewindow.hall.models import EmergencyCall, Ticket, WindowPause, WindowSession
from onewindow.hall.queues import HallMap, hall_map
from onewindow.people.authority import Actor
from onewindow.people.models import Posting
from onewindow.problems import Problem
from onewindow.voice.complaints.registering import COMPLAINTS_LINE

PAUSES: Final = ("短暂离开", "吃饭", "整理材料", "开会或培训", "设备故障")
"""Usual reasons for a pause; any other may be typed."""


@require_safe
@staff
def hall_panel(request: HttpRequest, actor: Actor) -> HttpResponse:
    return shown(request, actor)


def shown(
    request: HttpRequest, actor: Actor, *, problem: Problem | None = None, status: int = 200, typed: str = ""
) -> HttpResponse:
    """The panel as it stands now; `problem` is why the last press did nothing, `typed` the reason that came with it."""
    now = timezone.now()
    bar = call_bar(actor, now)
    posting = posting_for(actor, bar)
    context: dict[str, Any] = {
        "problem": problem,
        "typed": typed,
        "key": good_key(""),
        "call_bar": bar,
        "on_panel": True,
        "on_hall": True,
    }
    if posting is None:
        return page(request, actor, "desk/hall/none.html", context, current="hall", status=status)
    layout = hall_map(posting.centre_id)
    context |= _around(actor, layout, now)
    if bar is None:
        context |= _closed(actor, posting, layout, now)
        return page(request, actor, "desk/hall/closed.html", context, current="hall", status=status)
    context |= _manned(actor, bar, posting, layout, now)
    return page(request, actor, "desk/hall/panel.html", context, current="hall", status=status)


def posting_for(actor: Actor, bar: CallBar | None) -> Posting | None:
    """The post in which this person works at the hall: of the centre of the open window, else the chosen one."""
    found = hall_postings(actor)
    if bar is not None:
        found = [one for one in found if one.centre_id == bar.centre] or found
    return found[0] if found else None


def _around(actor: Actor, layout: HallMap, now: datetime) -> dict[str, Any]:
    """What every state of the panel shows: the hours, and calls for help nobody has closed. Two queries."""
    return {
        "layout": layout,
        "hours": opening.words(layout.centre, timezone.localdate(now)),
        "emergencies": list(live.emergencies(layout.centre, now)),
        "emergency_kinds": EmergencyCall.KINDS,
    }


# ---- before the window is open -------------------------------------------------------------------------------------


def _closed(actor: Actor, posting: Posting, layout: HallMap, now: datetime) -> dict[str, Any]:
    """The window of the posting first, then the others; who sits at those that are taken. Two queries."""
    taken = dict(
        WindowSession.objects.filter(closed_at=None, window__centre_id=layout.centre).values_list(
            "window_id", "account__name"
        )
    )
    rows = [
        {
            "window": window,
            "serves": "、".join(queue.name for queue in layout.served_by(window)),
            "by": taken.get(window.pk, ""),
            "own": window.pk == posting.window_id,
        }
        for window in layout.windows
    ]
    rows.sort(key=lambda row: (not row["own"], bool(row["by"])))
    waits = live.waits(layout.centre, now)
    free = [one.pk for one in layout.windows if one.pk not in taken]
    chosen = posting.window_id if posting.window_id in free else next(iter(free), None)
    return {"rows": rows, "chosen": chosen, "waits": waits}


# ---- while it is open ----------------------------------------------------------------------------------------------


def _manned(actor: Actor, bar: CallBar, posting: Posting, layout: HallMap, now: datetime) -> dict[str, Any]:
    window = layout.window(bar.window)
    seen = front(layout, window, posting, now)
    served = {queue.pk for queue in layout.served_by(window)}
    waits = live.waits(layout.centre, now)
    return {
        "front": seen,
        "now": as_told(seen.current) if seen.current else None,
        "takes_complaint": seen.current is not None and layout.queue(seen.current.queue_id).kind == COMPLAINTS_LINE,
        "waits": [one for one in waits if one.queue.pk in served],
        "others": [queue for queue in layout.queues if seen.current and queue.pk != seen.current.queue_id],
        "pause": _pause(bar, actor, now) if bar.paused else None,
        "pauses": PAUSES,
        "today": _today(actor, now),
    }


def _pause(bar: CallBar, actor: Actor, now: datetime) -> dict[str, Any] | None:
    found = WindowPause.objects.filter(session__account=actor.account, session__closed_at=None, ended_at=None).first()
    if found is None:
        return None
    return {"reason": found.reason, "minutes": minutes_since(found.started_at, now)}


def _today(actor: Actor, now: datetime) -> dict[str, Any]:
    """How many this person finished today, and in how many minutes each. One query."""
    done = Ticket.objects.filter(
        account=actor.account, day=timezone.localdate(now), state=TicketState.FINISHED, started_at__isnull=False
    )
    found = done.aggregate(count=Count("pk"), mean=Avg(F("ended_at") - F("started_at")))
    mean = found["mean"]
    return {"count": found["count"], "minutes": round(mean.total_seconds() / 60) if mean else 0}


__all__ = ["hall_panel", "posting_for", "shown"]
