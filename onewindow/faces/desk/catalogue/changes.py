"""`/desk/changes/`: the catalogue's changes, from telling the centre to the day they take effect.

The department tells and draws up, the management body reviews and publishes; a draft has a page of its own because it
is the whole item to write over, and everything else is the generic page of a matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.catalogue.changes import actions as room
from onewindow.catalogue.changes.inputs import Told
from onewindow.catalogue.changes.loop import APPLIERS, CHANGE
from onewindow.catalogue.models import ChangeRequest, Item
from onewindow.catalogue.versiondiff import FieldDifference, compare
from onewindow.faces.desk.access import staff
from onewindow.faces.desk.catalogue.changeform import ChangeForm
from onewindow.faces.desk.forms import InputForm, field_of
from onewindow.faces.desk.loops import matter
from onewindow.faces.desk.loops.face import MatterFace
from onewindow.faces.desk.loops.listing import address, chosen, listing
from onewindow.faces.desk.page import page
from onewindow.loops import engine
from onewindow.loops.models import LoopStep
from onewindow.people.authority import Actor
from onewindow.people.roles import Role
from onewindow.places.models import Centre
from onewindow.problems import InvalidInput, NotNow, Problem

HOME: Final = "/desk/changes/"
LISTS: Final[dict[str, tuple[str, str, Q]]] = {
    "waiting": ("等我办的", "inbox", Q()),
    "running": ("在办的", "edit", Q(closed_at=None) & ~Q(state="published")),
    "published": ("待生效", "calendar-event", Q(state="published")),
    "ended": ("已结束", "circle-check", Q(closed_at__isnull=False)),
}
_EDITED: Final = frozenset({"opened", "returned"})


def _rows(actor: Actor) -> QuerySet[Any]:
    wanted = ("centre__profile", "department", "item__current", "base", "made", "person")
    return room.visible(actor).select_related(*wanted)


# ---- one request ---------------------------------------------------------------------------------------------------


def _head(row: ChangeRequest, actor: Actor, steps: Sequence[LoopStep]) -> Mapping[str, Any]:
    """Two queries: other requests for the item, and the centres where they are to change."""
    return {
        "title": row.item.name,
        "list_title": "事项变更",
        "change": row,
        "basis": _basis(row),
        "groups": differences(row),
        "editing": row.state in _EDITED and room.may_apply(actor, row.item),
        "drawn_up": bool(row.draft),
        "moved_on": row.state not in CHANGE.ends and row.made_id is None and row.base_id != row.item.current_id,
        "others": room.also_changing(row.item, row.pk) if row.closed_at is None else [],
    }


def _basis(row: ChangeRequest) -> list[tuple[str, Any]]:
    return [
        ("为什么要变", row.get_kind_display()),
        ("依据", f"{row.basis_name}{f'（{row.basis_number}）' if row.basis_number else ''}"),
        ("公布日期" if row.kind not in {"deviation", "other"} else "发现日期", row.basis_on),
        ("告知人", row.person.name if row.person else ""),
    ]


def differences(row: ChangeRequest) -> list[tuple[str, list[FieldDifference]]]:
    """What the draft changes, grouped as two versions are compared; empty while nothing was drawn up."""
    found: list[FieldDifference] = []
    if row.base is not None and row.draft.get("spec"):
        try:
            found = compare(row.base.spec, room.proposed_spec(row))
        except InvalidInput as problem:  # a rule was tightened since it was drawn up
            found = [FieldDifference("其他", "草稿", "", problem.title)]
    found += list(_beside(row))
    return [(group, list(rows)) for group, rows in groupby(found, key=lambda one: one.group)]


def _beside(row: ChangeRequest) -> list[FieldDifference]:
    told, made = room.beside(row), []
    if "status" in told:
        words = dict(Item.STATUS)
        was = row.base.status if row.base else row.item.status
        made.append(FieldDifference("状态和中心", "事项状态", words[was], words[told["status"]]))
    if "centres" in told:
        names = dict(Centre.objects.filter(key__in=told["centres"]).values_list("key", "name"))
        made.append(FieldDifference("状态和中心", "受理的中心", "", "、".join(names.values())))
    return made


def _lines(step: LoopStep) -> list[str]:
    if step.action == "open":
        return [f"依据：{step.data.get('basis_name', '')}"]
    if number := step.data.get("number"):
        return [f"第 {number} 版"]
    return []


def _fields(row: Any, move: Any, actor: Actor) -> dict[str, forms.Field]:
    """A law names its day; without one it is today."""
    if move.action != "publish":
        return {}
    field = field_of(move.needs.model_fields["effective_from"])
    assert field is not None
    field.initial, field.help_text = timezone.localdate(), "今天公布就生效，或者以后的某一天零点起生效。"
    return {"effective_from": field}


FACE: Final = MatterFace(
    loop=CHANGE,
    home=HOME,
    nav="changes",
    rows=_rows,
    template="desk/changes/page.html",
    head=_head,
    what={
        "approve": "内容和依据对得上，可以公布。通过以后 1 个工作日内公布。",
        "publish": "公布新的一版。生效以前收的件按原来的版本办；生效那天起新收的件按新的版本办。",
        "send_back": "写明哪里要改，部门改好再报。",
        "reject": "不同意这次变更，到此结束。要改的请退回，不要用这一项。",
        "withdraw": "部门不改了，到此结束。",
        "void": "还没有生效的这一版作废，现行的版本继续用。作废以后不能恢复。",
    },
    icons={
        "open": "bell",
        "draft": "edit",
        "propose": "send",
        "approve": "circle-check",
        "publish": "speakerphone",
        "send_back": "arrow-back-up",
        "reject": "circle-x",
        "withdraw": "arrow-back-up",
        "void": "circle-x",
        "take_effect": "flag",
    },
    tones={
        "opened": "soon",
        "proposed": "primary",
        "returned": "late",
        "approved": "primary",
        "published": "accent",
        "in_force": "ontime",
    },
    danger=frozenset({"reject", "withdraw", "void"}),
    hidden=frozenset({"draft", "propose"}),
    fields=_fields,
    why_not=room.why_not,
    lines=_lines,
)


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def change(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    return matter.answer(request, actor, FACE, number)


# ---- the list ------------------------------------------------------------------------------------------------------


@require_safe
@staff
def changes(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Soonest due first. Two queries besides the frame."""
    asked = chosen(request, "list")
    if asked["list"] not in LISTS:
        asked["list"] = "waiting" if actor.roles & (APPLIERS | {Role.PUBLISHER, Role.MANAGER}) else "running"
    found = _rows(actor).filter(_of(actor, asked["list"]))
    context = {
        **listing(request, FACE, found, what=lambda row: row.item.name, about=_about, order="due"),
        "title": "事项变更",
        "lead": "法律、职能、改革有变化，或者指南和实际不符：先告诉中心，再把指南改好。文件公布起 3 个工作日内。",
        "tabs": _tabs(actor, asked["list"]),
        "order_words": "快到期的排在前面",
        "empty_title": f"没有{LISTS[asked['list']][0]}",
        "empty_words": "",
        "what_head": "事项",
        "telling": bool(actor.roles & APPLIERS),
    }
    return page(request, actor, "desk/changes/list.html", context, current="changes")


def _of(actor: Actor, key: str) -> Q:
    return Q(pk__in=room.waiting(actor).values("pk")) if key == "waiting" else LISTS[key][2]


def _about(row: ChangeRequest) -> str:
    if row.made is not None and row.state == "published":
        day = row.made.effective_from
        return f"第 {row.made.number} 版 {day.month}月{day.day}日生效 · {row.basis_name}"
    return f"{row.get_kind_display()} · {row.basis_name}"


def _tabs(actor: Actor, current: str) -> list[dict[str, Any]]:
    wanted: dict[str, Any] = {key: Count("pk", filter=_of(actor, key)) for key in LISTS}
    counted = room.visible(actor).aggregate(**wanted)
    return [
        {
            "label": label,
            "icon": icon,
            "count": counted[key],
            "url": address(HOME, {"list": key}),
            "current": key == current,
        }
        for key, (label, icon, _) in LISTS.items()
    ]


# ---- telling the centre --------------------------------------------------------------------------------------------


class TellForm(InputForm):
    """What `Told` asks for, with the department's own items to choose from."""

    item = forms.ChoiceField(label="事项")
    kind = forms.ChoiceField(label="为什么要变", choices=ChangeRequest.KINDS, widget=forms.RadioSelect)
    basis_name = forms.CharField(label="依据文件名称", max_length=200, help_text="没有文件的，写清楚哪里和实际不符。")
    basis_number = forms.CharField(label="文号", max_length=80, required=False)
    basis_on = forms.DateField(
        label="文件公布日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="没有文件的，写发现的那一天。3 个工作日从这天起算。",
    )
    words = forms.CharField(label="要变什么", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, actor: Actor, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["item"].choices = [("", "请选择事项"), *_own_items(actor)]  # type: ignore[attr-defined]


def _own_items(actor: Actor) -> list[tuple[str, str]]:
    """One query."""
    mine = {one.department_id for one in actor.postings if Role(one.role) in APPLIERS and one.department_id}
    rows = Item.objects.filter(department_id__in=sorted(mine), current__isnull=False).order_by("name")
    return list(rows.values_list("key", "name"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`?item=` fills in which one. Http404 for whoever speaks for no department."""
    if not actor.roles & APPLIERS:
        raise Http404
    if request.method != "POST":
        first = request.GET.get("item", "").replace("\0", "")[:80]
        return _asked(request, actor, TellForm(actor, initial={"item": first}))
    form = TellForm(actor, request.POST)
    if not form.is_valid():
        return _asked(request, actor, form, 422)
    try:
        row = room.tell({name: value for name, value in form.raw().items() if name in Told.model_fields}, actor)
    except Problem as problem:
        form.take(problem)
        return _asked(request, actor, form, problem.status)
    messages.success(request, f"已经告知中心，编号 {row.number}。接着写清楚怎么改。")
    return HttpResponseRedirect(f"{HOME}{row.number}/edit/")


def _asked(request: HttpRequest, actor: Actor, form: TellForm, status: int = 200) -> HttpResponse:
    return page(request, actor, "desk/changes/new.html", {"form": form}, current="changes", status=status)


# ---- drawing up ----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def edit(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """The version in force, to write over; `do=draft` keeps it, `do=propose` hands it in for review."""
    row: ChangeRequest = matter.find(FACE, actor, number)
    if not room.may_apply(actor, row.item):
        raise Http404
    if row.state not in _EDITED and request.method != "POST":
        return HttpResponseRedirect(FACE.url(row))
    form = _form(row, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _edited(request, actor, row, form)
    action = "propose" if request.POST.get("do") == "propose" else "draft"
    if not form.is_valid():
        return _edited(request, actor, row, form, 422)
    try:
        engine.perform(CHANGE, row, action, by=actor, data=form.raw(), expected_version=_version(request))
    except Problem as problem:
        if isinstance(problem, NotNow) and row.state not in _EDITED:
            messages.info(request, problem.title)
            return HttpResponseRedirect(FACE.url(row))
        form.take(problem)
        return _edited(request, actor, matter.find(FACE, actor, number), form, problem.status)
    done = "已经提交审核，5 个工作日内有结果。" if action == "propose" else "草稿已经存好。"
    messages.success(request, done)
    return HttpResponseRedirect(FACE.url(row) if action == "propose" else f"{HOME}{number}/edit/")


def _version(request: HttpRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _form(row: ChangeRequest, data: Any) -> ChangeForm:
    """Two queries: the county's centres, and those that take the item now."""
    county = Centre.objects.filter(division__code__startswith=row.centre.division_id[:6]).order_by("kind", "name")
    now = list(row.item.centres.order_by("key").values_list("key", flat=True))
    assert row.item.current is not None
    return ChangeForm(row.item.current.spec, row.item, row.draft, list(county.values_list("key", "name")), now, data)


def _edited(
    request: HttpRequest, actor: Actor, row: ChangeRequest, form: ChangeForm, status: int = 200
) -> HttpResponse:
    context = {
        "change": row,
        "form": form,
        "others": room.also_changing(row.item, row.pk),
        "moved_on": row.base_id != row.item.current_id,
        "reason": _reason(row),
    }
    return page(request, actor, "desk/changes/edit.html", context, current="changes", status=status)


def _reason(row: ChangeRequest) -> str:
    """Why it was sent back, where it was. One query."""
    if row.state != "returned":
        return ""
    last = [step for step in engine.steps(CHANGE, row) if step.action == "send_back"]
    return engine.words_of(last[-1]).get("reason", "") if last else ""


__all__ = ["FACE", "change", "changes", "differences", "edit", "new"]
