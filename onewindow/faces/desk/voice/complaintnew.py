"""`/desk/complaints/new/`: taking down what somebody says at the window or by phone, and the slip they take home.

The slip carries the code by which the complainant follows and confirms. It is there for half an hour, and only for
whoever took the complaint down; afterwards nobody in the house can see the code.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.catalogue.models import Item
from onewindow.faces.design.forms import PlainForm
from onewindow.faces.design.words import cn_datetime
from onewindow.faces.desk.access import staff
from onewindow.faces.desk.hall.visit import ticket_at_mine
from onewindow.faces.desk.loops import matter
from onewindow.faces.desk.page import page
from onewindow.faces.desk.voice import complaints as face
from onewindow.faces.evidence import FilesField
from onewindow.hall.models import Ticket
from onewindow.loops.engine import steps
from onewindow.papers.qr import qr_svg
from onewindow.people.authority import Actor
from onewindow.places.models import Department
from onewindow.problems import Problem
from onewindow.voice.complaints.registering import TAKERS, register
from onewindow.voice.complaints.words import link
from onewindow.voice.inputs import EVIDENCE_SHARED
from onewindow.voice.loops import COMPLAINT
from onewindow.voice.models import Complaint

_ONCE: Final = re.compile(r"[0-9a-f]{32}")
Choices = list[tuple[str, Any]]


class NewComplaintForm(PlainForm):
    """What happened first; what it belongs to and who says it only as far as they want."""

    channel = forms.ChoiceField(
        label="怎么来的",
        choices=[("window", "在窗口说的"), ("phone", "打电话来的"), ("hotline", "热线转来的")],
        widget=forms.RadioSelect,
        initial="window",
    )
    kind = forms.ChoiceField(label="类别", choices=Complaint.KINDS, widget=forms.RadioSelect, initial="cannot_get_done")
    cause = forms.ChoiceField(label="遇到了什么", choices=Complaint.CAUSES, widget=forms.RadioSelect)
    text = forms.CharField(
        label="事情的经过",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="照群众的话写：什么时候、办什么、谁说了什么、想要怎样。",
    )
    item = forms.ChoiceField(label="哪个事项", required=False)
    department = forms.ChoiceField(label="反映哪个部门", required=False, help_text="不选，就是事项的部门。")
    case = forms.CharField(label="办件编号或查询号", max_length=60, required=False)
    window = forms.CharField(label="窗口编号", max_length=10, required=False, help_text="例如 A01。")
    shared = forms.BooleanField(label=EVIDENCE_SHARED, required=False)
    use_visitor = forms.BooleanField(label="用取号时登记的姓名和电话", required=False)
    name = forms.CharField(label="姓名", max_length=60, required=False, help_text="不想说可以不填，一样办理。")
    phone = forms.CharField(label="电话", max_length=40, required=False, help_text="留了电话，每一步都会发短信。")

    def __init__(self, actor: Actor, ticket: Ticket | None, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.use_required_attribute = False
        self.ticket = ticket
        county = actor.posting.centre.division_id[:6] if actor.posting else ""
        self.fields["item"].choices = [("", "没有说到具体事项"), *items_by_department()]  # type: ignore[attr-defined]
        self.fields["department"].choices = [("", "不确定"), *departments_of(county)]  # type: ignore[attr-defined]
        if actor.posting is not None:
            label = "群众带来的照片和文件"
            self.fields["files"] = FilesField(actor, actor.posting.centre, label=label, required=False)
        if ticket is None or ticket.visitor is None:
            del self.fields["use_visitor"]

    def raw(self) -> dict[str, Any]:
        """What `register` asks for."""
        told = {name: value for name, value in self.cleaned_data.items() if value and name not in _OURS}
        if self.ticket is not None:
            told["ticket"] = self.ticket.code
            visitor = self.ticket.visitor
            if visitor is not None and self.cleaned_data.get("use_visitor"):
                told |= {"name": str(visitor.name), "phone": str(visitor.phone or "")}
        return told

    def take(self, problem: Problem) -> None:
        """Beside the fields it names, on top where it names none."""
        for error in problem.errors:
            name = error.field if error.field in self.fields else None
            self.add_error(name, error.message)
        if not problem.errors:
            self.add_error(None, problem.title)


_OURS: Final = frozenset({"channel", "use_visitor"})


def items_by_department() -> Choices:
    """Items in use, grouped by department. One query."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    rows = Item.objects.in_use().select_related("department").only("key", "name", "department__short_name")
    for item in rows.order_by("department__short_name", "name"):
        grouped.setdefault(item.department.short_name, []).append((item.key, item.name))
    return list(grouped.items())


def departments_of(county: str) -> Choices:
    """One query."""
    found = Department.objects.filter(is_active=True, division__code__startswith=county).only("code", "name")
    return [(one.code, one.name) for one in found.order_by("name")]


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET may be filled in by `?ticket=` (one at my own window), `?case=` and `?item=`."""
    if not actor.roles & TAKERS:
        raise Http404
    given = request.POST if request.method == "POST" else request.GET
    ticket = ticket_at_mine(actor, given.get("ticket", "")[:40])
    if request.method != "POST":
        first = {name: given.get(name, "").replace("\0", "")[:60] for name in ("case", "item") if given.get(name)}
        if "case" in first:
            first["channel"] = "window"
        return _shown(request, actor, NewComplaintForm(actor, ticket, initial=first), ticket)
    return _taken(request, actor, NewComplaintForm(actor, ticket, request.POST, request.FILES), ticket)


def _taken(request: HttpRequest, actor: Actor, form: NewComplaintForm, ticket: Ticket | None) -> HttpResponse:
    if not form.is_valid():
        return _shown(request, actor, form, ticket, 422)
    once = request.POST.get("once", "")
    key = f"desk:{actor.account.pk}:{once}" if actor.account and _ONCE.fullmatch(once) else None
    try:
        row = register(form.raw(), form.cleaned_data["channel"], actor, request=key)
    except Problem as problem:
        form.take(problem)
        return _shown(request, actor, form, ticket, problem.status)
    messages.success(request, f"已经登记，编号 {row.number}。把回执给群众，他用上面的查询码看进度。")
    seen = face.FACE.rows(actor).filter(pk=row.pk).exists()
    return HttpResponseRedirect(f"{face.HOME}{row.number}/" if seen else face.HOME)


def _shown(
    request: HttpRequest, actor: Actor, form: NewComplaintForm, ticket: Ticket | None, status: int = 200
) -> HttpResponse:
    once = request.POST.get("once", "")
    context: Mapping[str, Any] = {
        "form": form,
        "ticket": ticket,
        "once": once if _ONCE.fullmatch(once) else uuid.uuid4().hex,
    }
    return page(request, actor, "desk/complaints/new.html", context, current="complaints", status=status)


@require_safe
@staff
def slip(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """The slip to take home, for whoever took the complaint down, for half an hour."""
    row: Complaint = matter.find(face.FACE, actor, number)
    if not face.fresh(row, actor, steps(COMPLAINT, row)):
        raise Http404
    context = {
        "row": row,
        "facts": [
            ("编号", row.number),
            ("查询码", f"{row.code[:4]} {row.code[4:8]} {row.code[8:]}"),
            ("反映的事", face.title(row)),
            ("登记时间", cn_datetime(row.opened_at)),
            ("网址", link(row)),
        ],
        "qr": mark_safe(qr_svg(link(row))),  # our own SVG of our own address
        "now": timezone.now(),
    }
    return page(request, actor, "desk/complaints/slip.html", context, current="complaints")
