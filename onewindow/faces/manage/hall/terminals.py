"""The machines of a hall: enrolling a kiosk or a window's rating screen with an address that is shown once, giving it a
new one, taking it back; and the addresses of the screens, which need no enrolment: they show nothing of anybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.faces.manage.access import managing, one
from onewindow.faces.manage.editing import Change, ManagedForm, choices, handle, line_field
from onewindow.faces.manage.hall.hours import METHODS, NothingForm
from onewindow.faces.manage.hall.settings import address, crumbs, hall_centre, kept_centre, shell
from onewindow.hall import changes
from onewindow.hall.models import Terminal
from onewindow.papers.qr import qr_svg
from onewindow.people.changes import Area, Steward
from onewindow.places.models import Centre

_LIVELY: Final = dt.timedelta(minutes=10)
_MOST: Final = 300


def _listed(centre: Centre) -> list[dict[str, Any]]:
    """Those in use first. One query."""
    lively = timezone.now() - _LIVELY
    rows = centre.terminals.select_related("window").order_by(F("revoked_at").desc(nulls_first=True), "kind", "name")
    return [
        {
            "row": row,
            "place": f"{row.window.code} {row.window.name}" if row.window else "",
            "state": _state(row),
            "lively": row.seen_at is not None and row.seen_at > lively,
        }
        for row in rows[:_MOST]
    ]


def _state(row: Terminal) -> tuple[str, str]:
    """In words, and the tone of the badge."""
    if row.revoked_at is not None:
        return "停用", "done"
    return ("在用", "ontime") if row.opened_at else ("等着登记", "soon")


@require_safe
@managing(Area.HALL)
def show(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    return _page(request, steward, hall_centre(steward, key))


def _page(request: HttpRequest, steward: Steward, centre: Centre, **more: Any) -> HttpResponse:
    context = {
        "terminals": _listed(centre),
        "kiosk_url": f"{settings.OW_PUBLIC_URL}/kiosk/{centre.key}/",
        "screen_url": f"{settings.OW_PUBLIC_URL}/screens/{centre.key}/",
        "windows": centre.windows.filter(is_active=True).order_by("code")[:300],
        **more,
    }
    return shell(request, steward, centre, "terminals", "terminals.html", context)


class KioskForm(ManagedForm):
    name = line_field("名称", help_text="放在哪里，例如：东门取号机", longest=40)


class ScreenForm(ManagedForm):
    ids: ClassVar[frozenset[str]] = frozenset({"window"})

    window = forms.ChoiceField(label="放在哪个窗口")
    name = line_field("名称", help_text="例如：A01 评价屏", longest=40)

    def __init__(self, data: Mapping[str, Any] | None, windows: list[tuple[Any, str]]) -> None:
        super().__init__(data)
        self.fields["window"].choices = choices(windows)  # type: ignore[attr-defined]


_KINDS: Final = {
    "kiosk": ("取号机", "要不要只让登记过的取号机取号，在「规则」里设"),
    "window_screen": ("窗口评价屏", "登记以后只给这个窗口用；这台设备上不要登录工作人员账号，否则打不开"),
}
_RULES: Final = (
    "登记以后给一个地址和二维码，只显示这一次；在那台设备上打开它，按「登记这台设备」就好了",
    "一个地址只能登记一台设备；没登记成、换了设备，就「换一个地址」",
    "设备丢了、不用了，就把它停用",
)


@require_http_methods(METHODS)
@managing(Area.CENTRES, write=True)
def new(request: HttpRequest, steward: Steward, key: str, kind: str = "kiosk") -> HttpResponse:
    """Enrols a kiosk, or the rating screen of a window."""
    centre, (label, rule) = kept_centre(steward, key), _KINDS[kind]
    sent = request.POST if request.method == "POST" else None
    change = Change(
        KioskForm(sent) if kind == "kiosk" else ScreenForm(sent, _windows(centre)),
        title=f"登记{label}",
        back=address(centre, "terminals/"),
        act=lambda raw: changes.enrol_terminal(centre, {**raw, "kind": kind}, by=steward),
        done="",
        area="hall",
        rules=[*_RULES, rule],
        crumbs=crumbs(centre, ("终端", address(centre, "terminals/"))),
        save_label="登记",
        show=lambda request, made: _once(request, steward, centre, *made),
        verb="enrol_terminal",
    )
    return handle(request, steward, change)


def _windows(centre: Centre) -> list[tuple[Any, str]]:
    rows = centre.windows.filter(is_active=True).order_by("code")[:300]
    return [(str(one.pk), f"{one.code} {one.name}") for one in rows]


@sensitive_variables("token", "link")
def _once(request: HttpRequest, steward: Steward, centre: Centre, terminal: Terminal, token: str) -> HttpResponse:
    messages.success(request, f"「{terminal.name}」的登记地址在下面，还差最后一步。")
    home = f"/kiosk/{centre.key}/"
    if terminal.kind == "window_screen" and terminal.window is not None:
        home = f"/voice/tablet/{centre.key}/{terminal.window.code}/"
    link = f"{settings.OW_PUBLIC_URL}{home}enrol/{token}/"
    qr = mark_safe(qr_svg(link))  # our own SVG of our own address
    return _page(request, steward, centre, made=terminal, link=link, qr=qr)


@require_http_methods(METHODS)
@managing(Area.CENTRES, write=True)
def renew(request: HttpRequest, steward: Steward, key: str, pk: int) -> HttpResponse:
    """A new link for a machine in use, shown once."""
    centre, found = _in_use(steward, key, pk)
    change = Change(
        NothingForm(request.POST if request.method == "POST" else None),
        title=f"给「{found.name}」换一个登记地址",
        back=address(centre, "terminals/"),
        act=lambda raw: changes.renew_terminal(found, by=steward),
        done="",
        area="hall",
        before={"terminal_state": "已登记" if found.opened_at else "等着登记"},
        after=lambda raw: {"terminal_state": "等着登记，换了新地址"},
        warning="原来的地址作废，原来登记过的设备要用新地址重新登记才能用。",
        crumbs=crumbs(centre, ("终端", address(centre, "terminals/"))),
        save_label="换地址",
        show=lambda request, made: _once(request, steward, centre, *made),
        verb="renew_terminal",
    )
    return handle(request, steward, change)


def _in_use(steward: Steward, key: str, pk: int) -> tuple[Centre, Terminal]:
    """Raises Http404."""
    centre = kept_centre(steward, key)
    rows = Terminal.objects.filter(centre=centre, revoked_at__isnull=True).select_related("centre", "window")
    return centre, one(rows, pk=pk)


@require_http_methods(METHODS)
@managing(Area.CENTRES, write=True)
def revoke(request: HttpRequest, steward: Steward, key: str, pk: int) -> HttpResponse:
    centre, found = _in_use(steward, key, pk)
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
