"""The hall as a manager sees it: now, refreshed while somebody looks, or at any past moment, played again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from onewindow.faces.manage.access import held, managing, may_change, one
from onewindow.faces.manage.page import page
from onewindow.hall import alarms, emergency, hours, live, opening
from onewindow.hall.lifecycle import TicketState
from onewindow.hall.live import Snapshot, WindowState
from onewindow.hall.models import EmergencyCall, WaitAlarm
from onewindow.people.changes import Area, Steward
from onewindow.places.models import Centre
from onewindow.problems import NotFound, Problem

_FAR: Final = "{at:%Y年%-m月%-d日} 还没有到。只能看现在和以前的情况"
_STATES: Final = {
    "serving": ("办理中", "primary"),
    "called": ("已叫号", "accent"),
    "free": ("空闲", "ontime"),
    "paused": ("暂停", "paused"),
    "closed": ("没有开", "done"),
}
_MOST_HALLS: Final = 300
_SPEEDS: Final = (1, 10, 60, 300)
_AROUND: Final = dt.timedelta(minutes=30)
_NO_HOURS: Final = (8 * 3600, 18 * 3600)
_LAST_SECOND: Final = 24 * 3600 - 1


@dataclass(frozen=True, slots=True)
class Shown:
    """A window as it is drawn."""

    one: WindowState
    label: str
    tone: str
    minutes: int | None

    @property
    def spell(self) -> str:
        """8 分钟, 2 小时 5 分钟; for a free window since when it is open."""
        if self.minutes is None or self.one.since is None:
            return ""
        if self.one.state == "free":
            return f"{timezone.localtime(self.one.since):%-H:%M} 开窗"
        spent, rest = divmod(self.minutes, 60)
        return f"{spent} 小时 {rest} 分钟" if spent else f"{rest} 分钟"


def halls_for(steward: Steward) -> QuerySet[Centre]:
    """The centres with a hall that this person looks after."""
    return Centre.objects.filter(held(steward, Area.HALL).on("division__code"), hall__isnull=False, is_open=True)


def hall_of(steward: Steward, key: str) -> Centre:
    found: Centre = one(halls_for(steward), key=key)
    return found


@require_safe
@managing(Area.HALL)
def halls(request: HttpRequest, steward: Steward) -> HttpResponse:
    """Which hall; straight on where there is only one."""
    found = list(
        halls_for(steward)
        .annotate(
            waiting=Count("tickets", filter=Q(tickets__state=TicketState.WAITING)),
        )
        .order_by("key")[:_MOST_HALLS]
    )
    if len(found) == 1:
        return redirect(f"/manage/hall/{found[0].key}/")
    return page(request, steward, "manage/hall_live_choose.html", {"halls": found}, current="hall")


@require_safe
@managing(Area.HALL)
def hall(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    """The live view, or with `at` (or `day` and `time`) the hall as it stood then."""
    centre, (at, error) = hall_of(steward, key), _asked(request, steward.now)
    context = {
        **_now(centre, at, steward),
        **tabs(centre, "live"),
        "error": error,
        "player": _player(centre, at, steward.now),
    }
    return page(request, steward, "manage/hall_live.html", context, current="hall", status=400 if error else 200)


@require_safe
@managing(Area.HALL)
def now(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    """The part of the page that changes, for htmx and for the player."""
    centre, (at, error) = hall_of(steward, key), _asked(request, steward.now)
    if error:
        return HttpResponse(error, status=422, content_type="text/plain; charset=utf-8")
    return page(request, steward, "manage/hall_live_now.html", _now(centre, at, steward), current="hall")


@require_POST
@managing(Area.HALL, write=True)
def answer(request: HttpRequest, steward: Steward, key: str, pk: int) -> HttpResponse:
    centre = hall_of(steward, key)
    return _help(request, centre, pk, lambda call: emergency.answer(call, by=steward.actor), "已经记下：您正在处理。")


@require_POST
@managing(Area.HALL, write=True)
def close(request: HttpRequest, steward: Steward, key: str, pk: int) -> HttpResponse:
    centre, outcome = hall_of(steward, key), request.POST.get("outcome", "")
    return _help(request, centre, pk, lambda call: emergency.close(call, outcome, by=steward.actor), "求助已经结束。")


def _help(request: HttpRequest, centre: Centre, pk: int, act: Any, done: str) -> HttpResponse:
    call: EmergencyCall = one(EmergencyCall.objects.select_related("centre").filter(centre=centre), pk=pk)
    try:
        act(call)
        messages.success(request, done)
    except Problem as problem:
        said = "；".join(error.message for error in problem.errors)
        messages.error(request, f"没有保存：{problem.title}{f'（处理结果：{said}）' if said else ''}")
    return redirect(f"/manage/hall/{centre.key}/")


# ---- what is shown ------------------------------------------------------------------------------------------------


def tabs(centre: Centre, current: str) -> dict[str, Any]:
    """The pages of one hall; `current` is live, figures, or what the settings call themselves."""
    return {"centre": centre, "tab": current}


def _now(centre: Centre, at: dt.datetime | None, steward: Steward) -> dict[str, Any]:
    try:
        seen = live.snapshot(centre.pk, at)
    except NotFound as problem:
        return {"closed": problem.title, "centre": centre}
    windows = [_shown(window, seen.at) for window in seen.windows]
    return {
        "centre": centre,
        "seen": seen,
        "windows": windows,
        "alarms": _alarms(seen.alarms),
        "worst": _worst(seen),
        "hours_words": _hours(seen),
        "limit": seen.layout.rules.wait_limit,
        "day_word": "今天" if seen.live else "当天",
        "now_word": "现在" if seen.live else "当时",
        "may_help": seen.live and may_change(steward, Area.HALL, centre.division_id),
    }


def _shown(window: WindowState, at: dt.datetime) -> Shown:
    label, tone = _STATES[window.state]
    minutes = None if window.since is None else max(int((at - window.since).total_seconds() // 60), 0)
    return Shown(window, label, tone, minutes)


def _alarms(found: Iterable[WaitAlarm]) -> list[dict[str, Any]]:
    """Lines that the same windows could help are one notice."""
    grouped: dict[str, list[WaitAlarm]] = {}
    for alarm in found:
        grouped.setdefault(alarms.words(alarm.suggestion), []).append(alarm)
    return [
        {
            "words": words,
            "lines": [f"{one.queue}（最长预计 {one.expected} 分钟）" for one in rows],
            "limit": rows[0].limit,
            "since": min(one.started_at for one in rows),
        }
        for words, rows in grouped.items()
    ]


def _worst(seen: Snapshot) -> dict[str, Any] | None:
    """The line with the longest wait to expect; one that nobody serves comes first."""
    lines = [line for line in seen.queues if line.waiting or line.windows_open]
    if not lines:
        return None
    line = max(lines, key=lambda one: (one.wait is None and one.waiting > 0, one.wait.expected if one.wait else 0.0))
    return {"line": line, "minutes": None if line.wait is None else ceil(line.wait.expected)}


def _hours(seen: Snapshot) -> str:
    """办公中 · 9:00–12:00，13:00–17:00; or why the hall is closed that day."""
    day = timezone.localdate(seen.at)
    said = hours.words(seen.hours, day)
    if not said:
        return opening.words(seen.layout.centre, day) if seen.live else "这一天不办公"
    return f"{'办公中' if seen.open_now else '不在办公时间'} · {said}"


# ---- which moment -------------------------------------------------------------------------------------------------


def _asked(request: HttpRequest, now_: dt.datetime) -> tuple[dt.datetime | None, str]:
    """(the moment asked for, what is wrong with it); no moment is now."""
    text = request.GET.get("at", "").strip()
    day, time = request.GET.get("day", "").strip(), request.GET.get("time", "").strip()
    if not text and day:
        text = f"{day}T{time or '09:00'}"
    if not text:
        return None, ""
    try:
        at = dt.datetime.fromisoformat(text[:40])
    except ValueError:
        return None, "没有看懂这个时间，请写成 2026-11-23 10:30 这样"
    if not 2000 <= at.year <= 2099:
        return None, "没有这一天的记录"
    at = at if at.tzinfo else at.replace(tzinfo=timezone.get_default_timezone())
    if at > now_:
        return None, _FAR.format(at=timezone.localtime(at))
    return at, ""


def _player(centre: Centre, at: dt.datetime | None, now_: dt.datetime) -> dict[str, Any]:
    """The slider's ends: half an hour around the day's opening, up to now; seconds after midnight."""
    local, current = timezone.localtime(at or now_), timezone.localtime(now_)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    stretches = live.hours_at(centre.pk, local, live=at is None)
    here = int((local - midnight).total_seconds())
    first, last = _NO_HOURS
    if stretches:
        first = int((stretches[0].starts - _AROUND - midnight).total_seconds())
        last = int((stretches[-1].ends + _AROUND - midnight).total_seconds())
    last = min(last, _LAST_SECOND, int((current - midnight).total_seconds()))
    return {
        "day": f"{local:%Y-%m-%d}",
        "time": f"{local:%H:%M}",
        "today": f"{current:%Y-%m-%d}",
        "speeds": _SPEEDS,
        "at": here,
        "first": max(min(first, here), 0),
        "last": max(last, here),
    }
