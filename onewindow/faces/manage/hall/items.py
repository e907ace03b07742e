"""Which items a window takes beyond or short of its departments, what a person cannot take, and planned closures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.catalogue.models import Item
from onewindow.faces.manage.access import current_postings, managing, one
from onewindow.faces.manage.editing import Change, ManagedForm, handle, line_field, seen_of, ticks
from onewindow.faces.manage.hall.hours import METHODS, NothingForm, counted
from onewindow.faces.manage.hall.settings import address, crumbs, hall_centre, kept_centre, shell
from onewindow.faces.manage.labels import role_label
from onewindow.hall import changes
from onewindow.hall.access import COUNTERS
from onewindow.hall.models import WindowClosure
from onewindow.people.changes import Area, Steward
from onewindow.people.models import Posting
from onewindow.places.changes import departments_of, refuse_stale
from onewindow.places.models import Centre, Window

_CLOSURE_RULES: Final = [
    "这段时间的预约不算这个窗口；已经算在它上面的，别的窗口接得下就接，接不下的人会收到短信",
    "只是离开一会儿不用写，在窗口上点「暂停」就行",
]


@require_safe
@managing(Area.HALL)
def show(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    """The windows with their exceptions and closures to come, and the people who may sit there."""
    centre = hall_centre(steward, key)
    coming = WindowClosure.objects.filter(ends_at__gt=steward.now).order_by("starts_at")
    more = Count("item_exceptions", filter=Q(item_exceptions__takes=True))
    less = Count("item_exceptions", filter=Q(item_exceptions__takes=False))
    windows = (
        centre.windows.annotate(more=more, less=less)
        .prefetch_related("departments", Prefetch("closures", coming, to_attr="coming"))
        .order_by("-is_active", "code")
    )
    people = _people(steward, centre)
    context = {
        "windows": windows[:300],
        "people": [{"posting": one, "role": role_label(one.role)} for one in people],
    }
    return shell(request, steward, centre, "windows", "windows.html", context)


def _people(steward: Steward, centre: Centre) -> QuerySet[Posting]:
    found = current_postings(steward, Area.HALL).filter(centre=centre, role__in=[role.value for role in COUNTERS])
    rows: QuerySet[Posting] = found.select_related("account", "window").annotate(less=Count("item_exceptions"))
    return rows.order_by("account__name", "id")[:300]


# ---- items --------------------------------------------------------------------------------------------------------


class WindowItemsForm(ManagedForm):
    """`less`: of what its departments bring, not taken; `more`: of other departments, taken as well."""

    def __init__(self, window: Window, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        own = {department.pk for department in window.departments.all()}
        rows = _items_of(window.centre)
        less = [item for item in rows if not own or item.department_id in own]
        others = [item for item in rows if own and item.department_id not in own]
        self.fields["less"] = ticks("不办哪些事项", _choices(less), help_text="本来归这个窗口，但是不在这里办的")
        if others:
            self.fields["more"] = ticks("另外还办哪些事项", _choices(others), help_text="别的部门的事项，也在这里办的")


def _items_of(centre: Centre) -> list[Item]:
    bodies = departments_of(centre).filter(is_active=True)
    rows = Item.objects.in_use().filter(department__in=bodies).select_related("department")
    return list(rows.order_by("department_id", "name", "id")[:2000])


def _choices(items: Iterable[Item]) -> list[tuple[str, str]]:
    return [(item.key, f"{item.name}（{item.department.short_name}）") for item in items]


def _chosen(rows: Iterable[tuple[str, bool]]) -> dict[str, list[str]]:
    known = list(rows)
    return {
        "less": sorted(key for key, takes in known if not takes),
        "more": sorted(key for key, takes in known if takes),
    }


@require_http_methods(METHODS)
@managing(Area.CENTRES, write=True)
def window_items(request: HttpRequest, steward: Steward, key: str, pk: int) -> HttpResponse:
    centre = kept_centre(steward, key)
    window = one(centre.windows.prefetch_related("departments").select_related("centre"), pk=pk)
    before = _chosen(window.item_exceptions.values_list("item__key", "takes"))
    form = WindowItemsForm(window, request.POST if request.method == "POST" else None, initial=before)

    def act(raw: dict[str, Any]) -> None:
        refuse_stale(before, seen_of(request))
        changes.set_window_items(window, raw, by=steward)

    change = Change(
        form,
        title=f"窗口 {window} 办哪些事项",
        back=address(centre, "windows/"),
        act=act,
        done=f"窗口 {window.code} 办的事项已经保存，下一次叫号就按它。",
        area="hall",
        before=before,
        after=lambda raw: {name: sorted(raw.get(name, [])) for name in ("less", "more")},
        rules=[
            "平常不用在这里选：窗口接它的部门的所有事项，无差别窗口接所有事项",
            "这里只写例外",
            "群众选了不在这个窗口办的事项，号就不会叫到这里",
        ],
        crumbs=crumbs(centre, ("窗口和人", address(centre, "windows/"))),
        verb="set_window_items",
    )
    return handle(request, steward, change)


class PersonItemsForm(ManagedForm):
    def __init__(self, centre: Centre, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["items"] = ticks("现在还不能办哪些事项", _choices(_items_of(centre)), help_text="没有勾的都能办")


@require_http_methods(METHODS)
@managing(Area.CENTRES, write=True)
def person_items(request: HttpRequest, steward: Steward, key: str, pk: int) -> HttpResponse:
    centre = kept_centre(steward, key)
    rows = current_postings(steward, Area.CENTRES).filter(centre=centre, role__in=[role.value for role in COUNTERS])
    posting = one(rows.select_related("account", "centre"), pk=pk)
    before = {"cannot": sorted(posting.item_exceptions.values_list("item__key", flat=True))}
    form = PersonItemsForm(
        centre, request.POST if request.method == "POST" else None, initial={"items": before["cannot"]}
    )

    def act(raw: dict[str, Any]) -> None:
        refuse_stale(before, seen_of(request))
        changes.set_posting_items(posting, raw, by=steward)

    change = Change(
        form,
        title=f"{posting.account.name} 还不能办哪些事项",
        back=address(centre, "windows/#people"),
        act=act,
        done="已经保存，下一次叫号就按它。",
        area="hall",
        before=before,
        after=lambda raw: {"cannot": sorted(raw["items"])},
        rules=["新来的人还没培训到的事项，勾上；学会了再去掉", "选了这些事项的号不会叫给这个人，由别的窗口叫"],
        crumbs=crumbs(centre, ("窗口和人", address(centre, "windows/"))),
        verb="set_posting_items",
    )
    return handle(request, steward, change)


# ---- planned closures ---------------------------------------------------------------------------------------------


def _moment(label: str) -> Any:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    wrong = {"required": f"请填写{label}。", "invalid": f"{label}要写成日期和时间，例如 2026-11-22 09:30。"}
    known = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
    return forms.DateTimeField(label=label, widget=widget, input_formats=known, error_messages=wrong)


class ClosureForm(ManagedForm):
    starts_at = _moment("从什么时候")
    ends_at = _moment("到什么时候")
    reason = line_field("原因", help_text="例如：设备检修、人员培训", longest=100)

    def _plain(self, name: str, value: Any) -> Any:
        return value.isoformat() if isinstance(value, dt.datetime) else super()._plain(name, value)


@require_http_methods(METHODS)
@managing(Area.CENTRES, write=True)
def new_closure(request: HttpRequest, steward: Steward, key: str, pk: int) -> HttpResponse:
    centre = kept_centre(steward, key)
    window = one(centre.windows.select_related("centre"), pk=pk)
    change = Change(
        ClosureForm(request.POST if request.method == "POST" else None),
        title=f"安排窗口 {window} 停办",
        back=address(centre, "windows/"),
        act=lambda raw: None,
        done="停办已经安排好。",
        area="hall",
        rules=_CLOSURE_RULES,
        crumbs=crumbs(centre, ("窗口和人", address(centre, "windows/"))),
        verb="add_closure",
    )
    change.act = lambda raw: counted(change, centre, lambda: changes.add_closure(window, raw, by=steward))
    return handle(request, steward, change)


@require_http_methods(METHODS)
@managing(Area.CENTRES, write=True)
def remove_closure(request: HttpRequest, steward: Steward, key: str, pk: int) -> HttpResponse:
    centre = kept_centre(steward, key)
    found = one(WindowClosure.objects.filter(window__centre=centre).select_related("window__centre"), pk=pk)
    starts, ends = (timezone.localtime(moment).isoformat() for moment in (found.starts_at, found.ends_at))
    change = Change(
        NothingForm(request.POST if request.method == "POST" else None),
        title=f"取消窗口 {found.window} 的停办",
        back=address(centre, "windows/"),
        act=lambda raw: changes.remove_closure(found, by=steward),
        done="停办已经取消，预约又算上这个窗口。",
        area="hall",
        before={"starts_at": starts, "ends_at": ends, "reason": found.reason},
        after=lambda raw: {},
        crumbs=crumbs(centre, ("窗口和人", address(centre, "windows/"))),
        save_label="取消停办",
        verb="remove_closure",
    )
    return handle(request, steward, change)
