"""The lines of a hall: for which windows, which departments' items, and whether one may book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.faces.manage.access import managing, one
from onewindow.faces.manage.editing import Change, ManagedForm, choices, handle, line_field, pick, seen_of, tick, ticks
from onewindow.faces.manage.hall.hours import METHODS
from onewindow.faces.manage.hall.settings import address, crumbs, hall_centre, kept_centre, shell
from onewindow.hall import changes
from onewindow.hall.models import Queue
from onewindow.hall.queues import hall_map
from onewindow.people.changes import Area, Steward
from onewindow.places.changes import departments_of
from onewindow.places.models import Centre, Window
from onewindow.problems import NotFound

_RULES: Final = [
    "窗口叫哪条队的号，看类型和部门：类型相同，又是无差别窗口或者有共同的部门，就能叫",
    "不选部门：接同类窗口里别的队伍不接的所有事项。同一类最多一条这样的队伍",
    "一个部门的事项只能在一条同类的队伍里，不然没人知道该排哪条",
    "字母印在号票上，以后不能改；不用了就停用",
]


class QueueForm(ManagedForm):
    ids: ClassVar[frozenset[str]] = frozenset({"departments"})

    name = line_field("名称", help_text="群众在取号机和大屏上看到的，例如：社保医保", longest=30)
    kind = pick("哪类窗口办", choices(Window.KINDS))
    departments = ticks("接哪些部门的事项", [], help_text="不选就接同类里别的队伍不接的所有事项")
    takes_appointments = tick("可以预约", "不勾也能取号排队；预约从来不是必须的")
    is_active = tick("启用这条队伍")

    def __init__(self, centre: Centre, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        bodies = departments_of(centre).filter(is_active=True).order_by("id").values_list("pk", "name")
        self.fields["departments"].choices = list(bodies)  # type: ignore[attr-defined]


class NewQueueForm(QueueForm):
    letter = line_field("字母", help_text="一两个英文字母，印在号上，例如 A", longest=2)
    field_order = ("letter",)


@require_safe
@managing(Area.HALL)
def show(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    """Every line with the windows that can call from it; one that no window serves is marked."""
    centre = hall_centre(steward, key)
    rows = centre.queues.prefetch_related("departments").order_by("-is_active", "letter")
    served = _served(centre)
    context = {"rows": [{"queue": queue, "windows": served.get(queue.pk)} for queue in rows]}
    return shell(request, steward, centre, "queues", "queues.html", context)


def _served(centre: Centre) -> dict[int, str]:
    try:
        layout = hall_map(centre)
    except NotFound:
        return {}
    return {queue.pk: "、".join(one.code for one in layout.windows_of(queue)) for queue in layout.queues}


@require_http_methods(METHODS)
@managing(Area.CENTRES, write=True)
def new(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    centre = kept_centre(steward, key)
    form = NewQueueForm(
        centre,
        request.POST if request.method == "POST" else None,
        initial={"is_active": True, "takes_appointments": True, "kind": "general"},
    )
    change = Change(
        form,
        title="新增队伍",
        back=address(centre, "queues/"),
        act=lambda raw: changes.add_queue(centre, raw, by=steward),
        done="队伍已经加上，取号机马上能选。",
        area="hall",
        rules=_RULES,
        crumbs=crumbs(centre, ("队伍", address(centre, "queues/"))),
        verb="add_queue",
    )
    return handle(request, steward, change)


@require_http_methods(METHODS)
@managing(Area.CENTRES, write=True)
def edit(request: HttpRequest, steward: Steward, key: str, pk: int) -> HttpResponse:
    centre = kept_centre(steward, key)
    found = one(Queue.objects.filter(centre=centre).prefetch_related("departments"), pk=pk)
    facts = changes.queue_facts(found)
    change = Change(
        QueueForm(centre, request.POST if request.method == "POST" else None, initial=facts),
        title=f"修改队伍 {found}",
        back=address(centre, "queues/"),
        act=lambda raw: changes.edit_queue(found, raw, by=steward, seen=seen_of(request)),
        done="队伍已经保存。",
        area="hall",
        before=facts,
        after=lambda raw: {**raw, "departments": sorted(raw["departments"])},
        rules=_RULES,
        crumbs=crumbs(centre, ("队伍", address(centre, "queues/"))),
        verb="edit_queue",
    )
    return handle(request, steward, change)
