"""The screens: the big one of a hall, the small one of a window, and the feed that keeps both up to date."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from onewindow.faces.design.words import cn_short_date
from onewindow.hall import feed as memory
from onewindow.hall import phone, screen
from onewindow.hall.models import Hall
from onewindow.papers.qr import qr_svg
from onewindow.places.models import Centre
from onewindow.problems import NotFound, Problem

P = ParamSpec("P")
Show = Callable[Concatenate[HttpRequest, P], HttpResponse]
_KEY: Final = re.compile(r"[-a-zA-Z0-9_]{1,40}")
_MOST_HALLS: Final = 200
_WEEKDAYS: Final = "一二三四五六日"


def _problems_as_pages(show: Show[P]) -> Show[P]:
    """What a person who mounts a screen sees when its address is wrong."""

    @wraps(show)
    def shown(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return show(request, *args, **kwargs)
        except Problem as problem:
            return render(request, "screens/problem.html", {"problem": problem}, status=problem.status)

    return shown


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The halls that have screens, for whoever sets one up."""
    halls = Centre.objects.filter(is_open=True, hall__isnull=False).order_by("division_id", "id")[:_MOST_HALLS]
    return render(request, "screens/index.html", {"halls": halls})


@require_safe
@_problems_as_pages
def hall(request: HttpRequest, centre: str) -> HttpResponse:
    """The big screen."""
    shown = screen.state(_centre(centre))
    spot = next(iter(shown["now_calling"] or shown["calls"]), None)
    return render(request, "screens/hall.html", {"state": shown, "spot": spot, **_around(shown)})


@require_safe
@_problems_as_pages
def windows(request: HttpRequest, centre: str) -> HttpResponse:
    """The windows of a hall with the addresses of their screens."""
    return render(request, "screens/windows.html", {"state": screen.state(_centre(centre))})


@require_safe
@_problems_as_pages
def window(request: HttpRequest, centre: str, code: str) -> HttpResponse:
    """The small screen over a window."""
    shown = screen.state(_centre(centre))
    plate = next((plate for plate in shown["windows"] if plate["code"] == code), None)
    if plate is None:
        raise NotFound(f"{shown['centre_name']}没有编号「{code[:20]}」的窗口", detail=f"/screens/{centre}/windows/")
    return render(request, "screens/window.html", {"state": shown, "plate": plate, **_around(shown)})


@require_safe
@_problems_as_pages
def qr(request: HttpRequest, centre: str) -> HttpResponse:
    """The QR for tickets by phone; it changes every five minutes."""
    pk = _centre(centre)
    if not Hall.objects.get(pk=pk).told.phone_tickets:
        raise NotFound("这个大厅没有开通手机取号，请到取号机或导办台取号")
    answer = HttpResponse(qr_svg(phone.url(centre, timezone.now())), content_type="image/svg+xml")
    answer["Cache-Control"] = "no-store"
    return answer


def feed(request: HttpRequest, centre: str) -> HttpResponse:
    """The first question for a hall in this process: reads it, and has it watched from now on."""
    if request.method != "GET":
        return _refused(405, "method-not-allowed", "这个地址只能读取", Allow="GET")
    try:
        pk = _centre(centre)
        found: memory.Told | bool = read(pk)
    except NotFound as problem:
        return _refused(404, "not-found", problem.title)
    except (OperationalError, InterfaceError):
        found = False
    if isinstance(found, memory.Told):
        memory.memory.watch(centre, pk, found)
    tag = request.headers.get("If-None-Match", "")
    status, headers, body = memory.answer(found, request.META.get("QUERY_STRING", ""), tag)
    answer = HttpResponse(body, status=status, headers=dict(headers))
    answer["Cache-Control"] = "no-store"
    return answer


def read(pk: int) -> memory.Told:
    """What the screens of this hall show now. The mark is read first: what comes in between is seen the next time."""
    found = screen.marks([pk]).get(pk)
    mark, at = found or ("", timezone.now())
    return memory.told(screen.state(pk), mark, at.timestamp())


def _centre(key: str) -> int:
    """The number of a hall by its key. Raises NotFound."""
    pk = None
    if _KEY.fullmatch(key):
        found = Centre.objects.filter(key=key, is_open=True, hall__isnull=False)
        pk = found.values_list("pk", flat=True).first()
    if pk is None:
        raise NotFound(f"没有「{key[:40]}」这个大厅，或者它还没有开通叫号")
    return pk


def _refused(status: int, kind: str, title: str, **headers: str) -> JsonResponse:
    body = {"type": f"/problems/{kind}", "title": title, "status": status}
    return JsonResponse(
        body,
        status=status,
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store", **headers},
        json_dumps_params={"ensure_ascii": False},
    )


def _around(shown: screen.State) -> dict[str, Any]:
    """What the page's script starts from: the version it shows and the time of the server."""
    now = timezone.now()
    return {
        "version": memory.told(shown).version,
        "now": timezone.localtime(now),
        "now_ms": int(now.timestamp() * 1000),
        "today": _day_words(now),
    }


def _day_words(now: datetime) -> str:
    return f"{cn_short_date(now)} 星期{_WEEKDAYS[timezone.localdate(now).weekday()]}"
