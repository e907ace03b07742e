"""Windows of a centre: adding one, changing one, and the name plates to print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.faces.manage.access import centres_for, managing, one
from onewindow.faces.manage.centres import windows_of
from onewindow.faces.manage.editing import (
    Change,
    ManagedForm,
    choices,
    handle,
    line_field,
    pick,
    radio,
    seen_of,
    tick,
    ticks,
)
from onewindow.faces.manage.lists import words
from onewindow.people.changes import Area, Steward
from onewindow.places.changes import add_window, departments_of, edit_window, window_facts
from onewindow.places.models import Centre, Window

_RULES = [
    "无差别：接所有部门的事项，不用选部门",
    "分领域：只接选中的部门的事项，至少选一个",
    "窗口不用了就停用，不删除：以前的件和评价还要找得到它",
]


class WindowForm(ManagedForm):
    ids: ClassVar[frozenset[str]] = frozenset({"zone", "departments"})

    name = line_field("名称", help_text="群众在牌子上看到的名字，例如：综合受理、社保就业", longest=60)
    kind = pick("类型", choices(Window.KINDS))
    mode = radio("受理方式", Window.MODES)
    departments = ticks("受理哪些部门的事项", [], help_text="只有分领域的窗口要选")
    zone = pick("功能区", [], required=False)
    is_active = tick("启用这个窗口")

    def __init__(self, centre: Centre, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        bodies = departments_of(centre).filter(is_active=True).order_by("id").values_list("pk", "name")
        self.fields["departments"].choices = list(bodies)  # type: ignore[attr-defined]
        zones = centre.zones.order_by("id").values_list("pk", "name")
        self.fields["zone"].choices = choices(list(zones), "不属于任何功能区")  # type: ignore[attr-defined]


class NewWindowForm(WindowForm):
    code = line_field("窗口号", help_text="字母和数字，最多 10 位，例如 A01。印在号票和牌子上，以后不能改", longest=10)
    field_order = ("code",)


@require_http_methods(["GET", "HEAD", "POST"])
@managing(Area.CENTRES, write=True)
def new(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    centre = one(centres_for(steward), pk=pk)
    form = NewWindowForm(
        centre, request.POST if request.method == "POST" else None, initial={"mode": "any", "is_active": True}
    )
    change = Change(
        form,
        title="新增窗口",
        back=f"/manage/centres/{centre.pk}/#windows",
        act=lambda raw: add_window(centre, raw, by=steward),
        done="窗口已经加上。接着可以给它安排人员、打印窗口牌。",
        area="centres",
        rules=_RULES,
        crumbs=_crumbs(centre),
        verb="add_window",
    )
    return handle(request, steward, change)


@require_http_methods(["GET", "HEAD", "POST"])
@managing(Area.CENTRES, write=True)
def edit(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    found = _window(steward, pk)
    facts = window_facts(found)
    change = Change(
        WindowForm(found.centre, request.POST if request.method == "POST" else None, initial=facts),
        title=f"修改窗口 {found.code}",
        back=f"/manage/centres/{found.centre_id}/#windows",
        act=lambda raw: edit_window(found, raw, by=steward, seen=seen_of(request)),
        done=f"窗口 {found.code} 已经保存。",
        area="centres",
        before=facts,
        after=lambda raw: {**raw, "departments": sorted(raw["departments"])},
        rules=_RULES,
        crumbs=_crumbs(found.centre),
        verb="edit_window",
    )
    return handle(request, steward, change)


def _window(steward: Steward, pk: int) -> Window:
    rows = Window.objects.select_related("centre").prefetch_related("departments")
    found: Window = one(rows.filter(centre__in=centres_for(steward).values("pk")), pk=pk)
    return found


@require_safe
@managing(Area.CENTRES)
def plates(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    """窗口名称牌 of the windows in use, one a half page; `?window=A01` prints one."""
    centre = one(centres_for(steward), pk=pk)
    rows = [window for window in windows_of(steward, centre) if window.is_active]
    if code := words(request, "window"):
        rows = [window for window in rows if window.code == code]
        if not rows:
            raise Http404
    return render(request, "manage/plates.html", {"centre": centre, "windows": rows})


def _crumbs(centre: Centre) -> list[tuple[str, str]]:
    return [("中心和窗口", "/manage/centres/"), (centre.name, f"/manage/centres/{centre.pk}/")]
