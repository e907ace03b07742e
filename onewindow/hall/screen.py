"""What the screens of a hall show: who is called where, who waits for what, which window is manned. No visitor's name,
phone or item ever comes in here; the only person named is the member of staff on the window's own plate."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from math import ceil
from typing import Any, Final, TypedDict

from django.db import connection
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from onewindow import __version__
from onewindow.hall import live, opening
from onewindow.hall.lifecycle import AT_WINDOW, LIVE, TicketState
from onewindow.hall.models import Ticket, TicketPeriod, WindowPause, WindowSession
from onewindow.hall.queues import HallMap, hall_map
from onewindow.people.roles import LABELS, Role

RECENT: Final = 6
"""Calls on the list of the big screen."""
LINES: Final = 8
"""Lines on the big screen."""
_LOOK_BACK: Final = 60
"""Calls read to find the recent ones: a ticket called again counts once, and every window may have one open."""
_DIGITS: Final = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_CALL_LABELS: Final = {
    TicketState.CALLED: "请到窗口",
    TicketState.SERVING: "办理中",
    TicketState.HELD: "办理中",
    TicketState.MISSED: "已过号",
    TicketState.FINISHED: "已办完",
    TicketState.WAITING: "重新等候",
    TicketState.LEFT: "已离开",
}
_WINDOW_LABELS: Final = {
    "called": "请到本窗口",
    "serving": "正在办理",
    "idle": "请稍候",
    "paused": "暂停服务",
    "closed": "未开放",
}


class Call(TypedDict):
    """A call: `seq` grows with every call and recall, `open` while the visitor is still expected at the window."""

    seq: int
    number: str
    window: str
    window_name: str
    at: str
    state: str
    label: str
    open: bool
    say: str


class Line(TypedDict):
    """A queue: how many wait, and what somebody who comes now must expect, in minutes (None: nobody can say).

    `shown`: whether the big screen has room for it.
    """

    letter: str
    name: str
    waiting: int
    minutes: int | None
    words: str
    shown: bool


class Plate(TypedDict):
    """A window's own screen. `state`: called, serving, idle, paused or closed; `person`, `role`: who sits there."""

    code: str
    name: str
    state: str
    label: str
    number: str
    person: str
    role: str


class State(TypedDict):
    """Everything a screen shows but the time."""

    release: str
    centre: str
    centre_name: str
    notice: str
    open: bool
    hours: str
    next_open: str
    phone_tickets: bool
    calls: list[Call]
    now_calling: list[Call]
    queues: list[Line]
    windows: list[Plate]


def state(centre_id: int, now: datetime | None = None) -> State:
    """What the screens of this centre show. Raises NotFound where no hall was set up."""
    now = now or timezone.now()
    layout = hall_map(centre_id)
    rows = list(_called(centre_id, now))
    is_open = opening.now_open(centre_id, now) is not None
    return {
        "release": __version__,  # a screen that was served by an older one loads itself anew
        "centre": layout.centre_key,
        "centre_name": layout.centre_name,
        "notice": layout.notice,
        "open": is_open,
        "hours": opening.words(centre_id, timezone.localdate(now)),
        "next_open": "" if is_open else opening.next_words(centre_id, now),
        "phone_tickets": layout.rules.phone_tickets,
        "calls": _recent(rows),
        "now_calling": [_call(row) for row in rows if row["ended_at"] is None],
        "queues": _lines(centre_id, now, is_open),
        "windows": _plates(layout),
    }


# ---- calls --------------------------------------------------------------------------------------------------------


def _called(centre_id: int, now: datetime) -> Iterable[Any]:
    """Today's last calls, newest first, with the window of the call: not where the ticket or its clerk is now."""
    return (
        TicketPeriod.objects.filter(centre_id=centre_id, state=TicketState.CALLED, started_at__gte=_midnight(now))
        .order_by("-started_at", "-pk")
        .values(
            "pk", "ticket_id", "ticket__number", "ticket__state", "window__code", "window__name", "started_at",
            "ended_at",
        )[:_LOOK_BACK]
    )  # fmt: skip


def _midnight(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def _recent(rows: list[dict[str, Any]]) -> list[Call]:
    newest: dict[int, Call] = {}
    for row in rows:
        if row["ticket_id"] not in newest:
            newest[row["ticket_id"]] = _call(row)
            if len(newest) == RECENT:
                break
    return list(newest.values())


def _call(row: dict[str, Any]) -> Call:
    number, code, called = row["ticket__number"], row["window__code"] or "", TicketState(row["ticket__state"])
    at = timezone.localtime(row["started_at"])
    return {
        "seq": row["pk"],
        "number": number,
        "window": code,
        "window_name": row["window__name"] or "",
        "at": f"{at:%H:%M}",
        "state": called.value,
        "label": _CALL_LABELS[called],
        "open": row["ended_at"] is None,
        "say": spoken(number, code),
    }


def spoken(number: str, window: str) -> str:
    """What the loudspeaker says: 请 A 零 二 三 号 到 A 零 一 窗口. Sign by sign, so that no voice reads 「二十三」."""
    place = window.removesuffix("窗口").removesuffix("号")
    return f"请 {_spelled(number)} 号 到 {_spelled(place)} 窗口"


def _spelled(code: str) -> str:
    return " ".join(_DIGITS.get(sign, sign) for sign in code if sign.isalnum())


# ---- who waits ----------------------------------------------------------------------------------------------------


def _lines(centre_id: int, now: datetime, is_open: bool) -> list[Line]:
    """All lines by letter. Where there are too many for the big screen it shows those in which somebody waits."""
    found = live.waits(centre_id, now)
    fullest = sorted(found, key=lambda line: (-line.waiting, not line.windows_open, line.queue.letter))
    shown = {line.queue.pk for line in fullest[:LINES]}
    return [_line(line, line.queue.pk in shown, is_open) for line in found]


def _line(found: live.QueueWait, shown: bool, is_open: bool) -> Line:
    minutes = None if found.wait is None else ceil(found.wait.expected)
    return {
        "letter": found.queue.letter,
        "name": found.queue.name,
        "waiting": found.waiting,
        "minutes": minutes,
        "words": _wait_words(minutes) if is_open or found.waiting else "未开放",
        "shown": shown,
    }


def _wait_words(minutes: int | None) -> str:
    if minutes is None:
        return "暂无窗口"
    return f"约 {minutes} 分钟" if minutes else "不用等候"


# ---- windows ------------------------------------------------------------------------------------------------------


def _plates(layout: HallMap) -> list[Plate]:
    manned = {row["window_id"]: row for row in _manned(layout.centre)}
    return [_plate(window.code, window.name, manned.get(window.pk)) for window in layout.windows]


def _manned(centre_id: int) -> Iterable[Any]:
    """Windows with somebody on them, whether they pause, number and state of the ticket there."""
    there = Ticket.objects.filter(window=OuterRef("window"), state__in=sorted(AT_WINDOW))
    return (
        WindowSession.objects.filter(window__centre_id=centre_id, closed_at__isnull=True)
        .annotate(
            pauses_now=Exists(WindowPause.objects.filter(session=OuterRef("pk"), ended_at__isnull=True)),
            number=Subquery(there.values("number")[:1]),
            state=Subquery(there.values("state")[:1]),
        )
        .values("window_id", "pauses_now", "number", "state", "account__name", "posting__role")
    )


def _plate(code: str, name: str, row: dict[str, Any] | None) -> Plate:
    shown = "closed" if row is None else row["state"] or ("paused" if row["pauses_now"] else "idle")
    return {
        "code": code,
        "name": name,
        "state": shown,
        "label": _WINDOW_LABELS[shown],
        "number": (row and row["number"]) or "",
        "person": row["account__name"] if row else "",
        "role": LABELS[Role(row["posting__role"])] if row else "",
    }


# ---- has anything changed? ----------------------------------------------------------------------------------------

_LIVE_WORDS: Final = ", ".join(f"'{state.value}'" for state in sorted(LIVE))
_MARKS: Final = f"""
SELECT hall.centre_id, concat_ws('/', hall.xmin,
  (SELECT concat_ws(',', sum(id), count(ended_at)) FROM (
     SELECT id, ended_at FROM hall_ticketperiod
     WHERE centre_id = hall.centre_id AND state = 'called' ORDER BY started_at DESC LIMIT 40) AS calls),
  (SELECT concat_ws(',', count(*), bit_xor(hashint8extended(id, xmin::text::bigint))) FROM hall_ticket
     WHERE centre_id = hall.centre_id AND state IN ({_LIVE_WORDS})),
  (SELECT concat_ws(',', count(*), sum(session.id), sum(pause.id)) FROM hall_windowsession AS session
     JOIN places_window AS place ON place.id = session.window_id
     LEFT JOIN hall_windowpause AS pause ON pause.session_id = session.id AND pause.ended_at IS NULL
     WHERE place.centre_id = hall.centre_id AND session.closed_at IS NULL)), clock_timestamp()
FROM hall_hall AS hall WHERE hall.centre_id = ANY(%s)
"""  # noqa: S608 - the states are constants of this program


def marks(centres: Collection[int]) -> dict[int, tuple[str, datetime]]:
    """For each of these halls a mark that differs once anything on its screens has changed, and the database's time.

    One query, a fraction of a millisecond a hall. It compares row versions (xmin) and what is open rather than asking
    for what is newer than the last look: a transaction that began earlier and committed later is not overlooked.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MARKS, [list(centres)])
        return {centre: (mark, at) for centre, mark, at in cursor.fetchall()}


def hall_row(mark: str) -> str:
    """The part of a mark that stands for the hall's own row: its notice and its rules."""
    return mark.partition("/")[0]
