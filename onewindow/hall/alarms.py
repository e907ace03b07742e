"""The alarm of a line: who comes now would wait beyond the hall's limit. It names the windows that could open.

Looked at every minute by the sweep; a row is the time the alarm lasted, and the first minute writes one message.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.outbox import Message, rows
from onewindow.hall import looks, opening
from onewindow.hall.live import QueueWait, waits
from onewindow.hall.models import WaitAlarm, WindowClosure, WindowSession
from onewindow.hall.queues import HallMap, hall_map
from onewindow.people.models import Posting

TOPIC: Final = "oversight.hall_wait"
EASED: Final = 0.8
"""An alarm ends when the wait is this far below the limit again, so that it does not come and go every minute."""
NOBODY_SERVES: Final = 5
"""Minutes somebody may stand in a line that no window serves before that is an alarm too (windows open in a row)."""
_SUGGESTED: Final = 5


@dataclass(frozen=True, slots=True)
class Idle:
    """A window that could serve: closed (`people` are posted there and free) or paused (`people` sit there)."""

    window: int
    code: str
    name: str
    state: str
    people: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "window": self.window,
            "code": self.code,
            "name": self.name,
            "state": self.state,
            "people": list(self.people),
        }


def check(centre: int, now: datetime) -> list[WaitAlarm]:
    """Opens, prolongs and ends the alarms of a hall; returns those that stand. While it is closed none does."""
    standing = {one.queue_id: one for one in WaitAlarm.objects.filter(queue__centre_id=centre, ended_at__isnull=True)}
    if opening.now_open(centre, now) is None:
        _end(standing.values(), now)
        return []
    layout = hall_map(centre)
    limit, lines = layout.rules.wait_limit, waits(centre, now)
    late = {line.queue.pk: line for line in lines if _is_late(line, limit, standing=line.queue.pk in standing)}
    _end([alarm for queue, alarm in standing.items() if queue not in late], now)
    if not late:
        return []
    idle = _idle(layout, now)
    return [
        alarm
        for queue, line in late.items()
        if (alarm := _raise(standing.get(queue), layout, line, idle, limit, now)) is not None
    ]


def expected(line: QueueWait) -> int:
    """What the alarm says in minutes: the expected wait, or how long the first stands where no window serves."""
    return ceil(line.wait.expected if line.wait else line.longest)


def _is_late(line: QueueWait, limit: int, *, standing: bool) -> bool:
    """Where nobody stands nobody is late, though windows shared with other lines are full: those raise the alarm."""
    if not line.waiting:
        return False
    if line.wait is None:
        return line.longest >= NOBODY_SERVES
    return line.wait.expected > (limit * EASED if standing else limit)


def _raise(
    alarm: WaitAlarm | None,
    layout: HallMap,
    line: QueueWait,
    idle: Collection[Idle],
    limit: int,
    now: datetime,
) -> WaitAlarm | None:
    able = {window.pk for window in layout.ordinary_windows(line.queue)}
    suggestion = [one.as_json() for one in idle if one.window in able][:_SUGGESTED]
    if alarm is None:
        return _first(layout, line, suggestion, limit, now)
    alarm.expected, alarm.suggestion = max(alarm.expected, expected(line)), suggestion
    alarm.save(update_fields=["expected", "suggestion"])
    return alarm


def _first(
    layout: HallMap, line: QueueWait, suggestion: list[dict[str, Any]], limit: int, now: datetime
) -> WaitAlarm | None:
    """The alarm and its message in one transaction; None when another process raised it in the same moment."""
    said = {
        "centre": layout.centre_key,
        "line": f"{line.queue.letter} {line.queue.name}",
        "waiting": line.waiting,
        "expected": expected(line),
        "served": line.wait is not None,
        "limit": limit,
        "windows": [one["code"] for one in suggestion],
    }
    try:
        with transaction.atomic():
            alarm = WaitAlarm.objects.create(
                queue_id=line.queue.pk,
                started_at=now,
                limit=limit,
                expected=expected(line),
                suggestion=suggestion,
            )
            OutboxMessage.objects.bulk_create(rows([Message(TOPIC, f"alarm:{alarm.pk}", said)], now))
    except IntegrityError:
        return None
    return alarm


def _end(alarms: Collection[WaitAlarm], now: datetime) -> None:
    WaitAlarm.objects.filter(pk__in=[one.pk for one in alarms], ended_at__isnull=True).update(ended_at=now)


def _idle(layout: HallMap, now: datetime) -> list[Idle]:
    """Windows that call nobody now and are not shut on purpose: those with somebody free first. Three queries."""
    manned = looks.manned(layout.centre, now, live=True)
    shut = WindowClosure.objects.filter(window__centre_id=layout.centre, starts_at__lte=now, ends_at__gt=now)
    away = set(shut.values_list("window_id", flat=True))
    people = _free_people(layout.centre, now)
    found = []
    for window in layout.windows:
        there = manned.get(window.pk)
        if window.pk in away or (there is not None and there.paused is None):
            continue
        who = (there.who,) if there else tuple(people.get(window.pk, ()))
        found.append(Idle(window.pk, window.code, window.name, "paused" if there else "closed", who))
    return sorted(found, key=lambda one: (not one.people, one.state, one.code))


def _free_people(centre: int, now: datetime) -> dict[int, list[str]]:
    """Window -> who is posted there and sits at no other window now."""
    busy = WindowSession.objects.filter(closed_at__isnull=True).values("account")
    posted = Posting.objects.valid_on(timezone.localdate(now)).filter(
        ~Q(account__in=busy), centre_id=centre, window__isnull=False, account__is_active=True
    )
    found: dict[int, list[str]] = {}
    for window, name in posted.order_by("id").values_list("window_id", "account__name"):
        found.setdefault(window, []).append(name)
    return found


def words(suggestion: Collection[dict[str, Any]]) -> str:
    """「可以再开：A03 综合窗口3号（李窗）；请恢复叫号：A02 综合窗口2号（陈窗）」, or that nothing is left to open."""
    named: dict[str, list[str]] = {}
    for one in suggestion:
        who = f"（{'、'.join(one['people'])}）" if one.get("people") else "（要安排人）"
        verb = "请恢复叫号" if one.get("state") == "paused" else "可以再开"
        named.setdefault(verb, []).append(f"{one['code']} {one['name']}{who}")
    parts = [f"{verb}：{'、'.join(windows)}" for verb, windows in named.items()]
    return "；".join(parts) or "能办的窗口都开着。可以请导办引导分流，或者从别的窗口调人"
