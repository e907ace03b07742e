"""The machine itself: starting over for the next visitor, its switches, its enrolment."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST, require_safe

from onewindow.faces.kiosk import terminals
from onewindow.faces.kiosk.page import ENROL, at_kiosk, refuse_when_many, show
from onewindow.hall.queues import HallMap
from onewindow.problems import NotFound

_SWITCHES = {"low": terminals.LOW, "voice": terminals.VOICE}


@require_safe
@at_kiosk
def again(request: HttpRequest, layout: HallMap) -> HttpResponse:
    """The visitor is gone: nothing of them stays on the machine."""
    response = HttpResponseRedirect(terminals.home(layout))
    terminals.forget(response, layout, *terminals.VISIT)
    return response


@require_POST
@at_kiosk
def mode(request: HttpRequest, layout: HallMap) -> HttpResponse:
    """Turns low controls or the voice on or off, and goes back to the page one was on."""
    back, home = request.POST.get("next", ""), terminals.home(layout)
    response = HttpResponseRedirect(back if back.startswith(home) and "\\" not in back and "//" not in back else home)
    for name, cookie in _SWITCHES.items():
        wanted = request.POST.get(name)
        if wanted == "1":
            terminals.remember(response, layout, cookie, "1")
        elif wanted == "0":
            terminals.forget(response, layout, cookie)
    return response


@require_safe
@at_kiosk
def enrol(request: HttpRequest, layout: HallMap, token: str) -> HttpResponse:
    """Opened once on the machine by whoever sets it up; the token was shown when the terminal was added."""
    refuse_when_many(request, ENROL)
    terminal = terminals.by_token(layout, token)
    if terminal is None:
        raise NotFound("这个登记地址不对，或者已经作废，请在管理页重新登记这台设备")
    response = show(request, layout, "enrolled.html", {"terminal": terminal})
    terminals.always(response, layout, terminals.ENROLLED, str(terminal.pk))
    return response
