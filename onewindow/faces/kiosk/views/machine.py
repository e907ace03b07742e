"""The machine itself: starting over for the next visitor, its switches, its enrolment."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onewindow.faces.kiosk import terminals
from onewindow.faces.kiosk.page import ENROL, at_kiosk, refuse_when_many, show
from onewindow.hall import machines
from onewindow.hall.queues import HallMap

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


@require_http_methods(["GET", "HEAD", "POST"])
@at_kiosk
def enrol(request: HttpRequest, layout: HallMap, token: str) -> HttpResponse:
    """Opened on the machine by whoever sets it up. Looking does nothing yet, for a link that is sent along is looked at
    by many; the button enrols this machine, and then the link is used up."""
    refuse_when_many(request, ENROL)
    terminal = machines.to_enrol(layout.centre, "kiosk", token)
    if request.method != "POST":
        return show(request, layout, "enrol.html", {"terminal": terminal, "path": request.path})
    badge = machines.enrol(terminal, timezone.now())
    response = show(request, layout, "enrolled.html", {"terminal": terminal})
    terminals.always(response, layout, terminals.ENROLLED, badge)
    return response
