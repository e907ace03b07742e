"""Every page of the kiosk: its hall, what the machine remembers, and errors as pages that lead on."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from onewindow.faces.kiosk import terminals
from onewindow.faces.kiosk.choosing import Choice, choice_of
from onewindow.faces.kiosk.instead import ways
from onewindow.faces.portal import throttle
from onewindow.faces.portal.throttle import Limit
from onewindow.hall.memory import remembered
from onewindow.hall.models import Hall
from onewindow.hall.queues import HallMap, hall_map
from onewindow.places.models import Centre
from onewindow.problems import InvalidInput, NotFound, Problem, RuleBroken, TooMany

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, HallMap, P], HttpResponse]

IDLE_SECONDS: Final = 60
WARN_SECONDS: Final = 45
TAKE: Final = Limit("kiosk-take", 900, 15)
"""Tickets from one address: a whole hall may stand behind one."""
ARRIVE: Final = Limit("kiosk-arrive", 120, 15)
"""Looking up bookings by four digits."""
ENROL: Final = Limit("kiosk-enrol", 20, 15)
_MOST_HALLS: Final = 8


def in_hall(
    view: View[P],
    *,
    unknown: Callable[[HttpRequest, NotFound], HttpResponse],
    trouble: Callable[[HttpRequest, HallMap, Problem], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Finds the hall of the address; whatever goes wrong becomes a page in Chinese with a way on."""

    @never_cache
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, centre: str, **kwargs: Any) -> HttpResponse:
        try:
            layout = hall_map(centre_key(centre))
        except NotFound as problem:
            return unknown(request, problem)
        try:
            return view(request, layout, *args, **kwargs)
        except Problem as problem:
            return trouble(request, layout, problem)

    return shown


def at_kiosk(view: View[P]) -> Callable[..., HttpResponse]:
    """A page of the machine in this hall."""
    return in_hall(view, unknown=unknown, trouble=trouble)


@remembered(10)
def centre_key(key: str) -> int:
    """The centre's number. Raises NotFound."""
    found = None if "\0" in key else Centre.objects.filter(key=key[:40]).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound("没有这个大厅")
    return int(found)


def show(
    request: HttpRequest, layout: HallMap, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    home = terminals.home(layout)
    around = {
        "layout": layout,
        "home": home,
        "site_name": layout.centre_name,
        "low": bool(terminals.told(request, terminals.LOW)),
        "voice": bool(terminals.told(request, terminals.VOICE)),
        "prints": bool(terminals.told(request, terminals.PRINTS)),
        "here": request.get_full_path() if request.method in {"GET", "HEAD"} else home,
        "now": timezone.now(),
        "idle": IDLE_SECONDS,
        "warn": WARN_SECONDS,
    }
    return render(request, f"kiosk/{template}", {**around, **(context or {})}, status=status)


def unknown(request: HttpRequest, problem: NotFound) -> HttpResponse:
    """No such hall: which halls there are."""
    halls = list(
        Hall.objects.filter(centre__is_open=True)
        .order_by("centre__division_id", "centre_id")
        .values_list("centre__key", "centre__name")[:_MOST_HALLS]
    )
    context = {"problem": problem, "halls": halls, "site_name": "大厅取号"}
    return render(request, "kiosk/unknown.html", context, status=404)


def trouble(request: HttpRequest, layout: HallMap, problem: Problem) -> HttpResponse:
    """What went wrong, and what else one can do about what was chosen."""
    choice = chosen(request)
    found = ways(layout, choice.kind, choice.items, timezone.now())
    return show(
        request,
        layout,
        "problem.html",
        {"problem": problem, "ways": found, "elsewhere": isinstance(problem, RuleBroken)},
        status=problem.status,
    )


def chosen(request: HttpRequest) -> Choice:
    """What was chosen so far; nothing when that makes no sense."""
    try:
        return choice_of(request.POST if request.method == "POST" else request.GET)
    except InvalidInput:
        return Choice()


def refuse_when_many(request: HttpRequest, limit: Limit) -> None:
    """Raises TooMany."""
    if not throttle.allowed(limit, throttle.address_of(request)):
        raise TooMany("这台机器操作得太频繁了，请等几分钟，或者到导办台取号")
