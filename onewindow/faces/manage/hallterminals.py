"""The machines of a hall: enrolling a kiosk with an address that is shown once, taking it back, and the screens'
addresses, which need no enrolment because they show nothing of anybody."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.faces.manage.access import managing, one
from onewindow.faces.manage.editing import Change, ManagedForm, handle, line_field
from onewindow.faces.manage.hallhours import METHODS, NothingForm
from onewindow.faces.manage.hallsettings import address, crumbs, hall_centre, kept_centre, shell
from onewindow.hall import changes
from onewindow.hall.models import Terminal
from onewindow.papers.qr import qr_svg
from onewindow.people.changes import Area, Steward
from onewindow.places.models import Centre


@require_safe
@managing(Area.HALL)
def show(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    return _page(request, steward, hall_centre(steward, key))


def _page(request: HttpRequest, steward: Steward, centre: Centre, **more: Any) -> HttpResponse:
    context = {
        "terminals": centre.terminals.order_by("revoked_at", "-enrolled_at")[:100],
        "kiosk_url": f"{settings.OW_PUBLIC_URL}/kiosk/{centre.key}/",
        "screen_url": f"{settings.OW_PUBLIC_URL}/screens/{centre.key}/",
        "windows": centre.windows.filter(is_active=True).order_by("code")[:300],
        **more,
    }
    return shell(request, steward, centre, "terminals", "terminals.html", context)


class TerminalForm(ManagedForm):
    name = line_field("名称", help_text="放在哪里，例如：东门取号机", longest=40)


@require_http_methods(METHODS)
@managing(Area.CENTRES, write=True)
def new(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    centre = kept_centre(steward, key)
    change = Change(
        TerminalForm(request.POST if request.method == "POST" else None),
        title="登记取号机",
        back=address(centre, "terminals/"),
        act=lambda raw: changes.enrol_terminal(centre, {**raw, "kind": "kiosk"}, by=steward),
        done="",
        area="hall",
        rules=[
            "登记以后给一个地址和二维码，只显示这一次；在那台取号机上打开它就登记好了",
            "机器丢了、换了，就把它停用，再登记新的",
            "要不要只让登记过的取号机取号，在「规则」里设",
        ],
        crumbs=crumbs(centre, ("终端", address(centre, "terminals/"))),
        save_label="登记",
        show=lambda request, made: _once(request, steward, centre, *made),
        verb="enrol_terminal",
    )
    return handle(request, steward, change)


@sensitive_variables("token", "link")
def _once(request: HttpRequest, steward: Steward, centre: Centre, terminal: Terminal, token: str) -> HttpResponse:
    messages.success(request, f"「{terminal.name}」已经登记，还差最后一步。")
    link = f"{settings.OW_PUBLIC_URL}/kiosk/{centre.key}/enrol/{token}/"
    qr = mark_safe(qr_svg(link))  # our own SVG of our own address
    return _page(request, steward, centre, made=terminal, link=link, qr=qr)


@require_http_methods(METHODS)
@managing(Area.CENTRES, write=True)
def revoke(request: HttpRequest, steward: Steward, key: str, pk: int) -> HttpResponse:
    centre = kept_centre(steward, key)
    found = one(Terminal.objects.filter(centre=centre, revoked_at__isnull=True).select_related("centre"), pk=pk)
    change = Change(
        NothingForm(request.POST if request.method == "POST" else None),
        title=f"停用「{found.name}」",
        back=address(centre, "terminals/"),
        act=lambda raw: changes.revoke_terminal(found, by=steward),
        done=f"「{found.name}」已经停用。",
        area="hall",
        before={"terminal_state": "在用"},
        after=lambda raw: {"terminal_state": "停用"},
        warning="停用以后不能恢复；还要用，就重新登记。",
        crumbs=crumbs(centre, ("终端", address(centre, "terminals/"))),
        save_label="停用",
        verb="revoke_terminal",
    )
    return handle(request, steward, change)
