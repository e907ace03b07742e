"""`/desk/hall/guide/`: the guide desk. Help to choose, then a ticket: with items, a priority and its reason, a name."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from onewindow.catalogue.models import Item
from onewindow.catalogue.search import search
from onewindow.faces.design.forms import PlainForm
from onewindow.faces.desk.access import staff
from onewindow.faces.desk.doing import good_key
from onewindow.faces.desk.hall.bar import call_bar, hall_postings
from onewindow.faces.desk.hall.line import things_of, with_people
from onewindow.faces.desk.page import page
from onewindow.hall import live, opening, tickets
from onewindow.hall.lifecycle import TicketState
from onewindow.hall.models import Appointment, Ticket
from onewindow.hall.queues import HallMap, ItemInfo, hall_map, item_info
from onewindow.hall.rules import PRIORITY_LABELS, Priority
from onewindow.papers.qr import qr_svg
from onewindow.people.authority import Actor
from onewindow.people.models import Applicant, Posting
from onewindow.places.models import Window
from onewindow.problems import Problem
from onewindow.voice.ratings.invitations import slip_words

HOME: Final = "/desk/hall/guide/"
_POPULAR: Final = 8
_FOUND: Final = 12
_MOST_ITEMS: Final = 10
_KINDS: Final = dict(Window.KINDS)
PRIORITIES: Final = [(one.value, label) for one, label in PRIORITY_LABELS.items() if one is not Priority.APPOINTMENT]
ID_TYPES: Final = [("", "不登记证件"), *Applicant.ID_TYPES]


class TicketForm(PlainForm):
    """Everything about the ticket but its items, which travel as `item` (several)."""

    kind = forms.ChoiceField(label="办什么", widget=forms.RadioSelect)
    priority = forms.ChoiceField(label="优先", choices=PRIORITIES, required=False)
    priority_note = forms.CharField(
        label="为什么优先", max_length=100, required=False, help_text="看过什么证件，或者怎么不方便"
    )
    purpose = forms.CharField(label="来意", max_length=60, required=False, help_text="没有对应事项时写几个字")
    name = forms.CharField(label="姓名或单位", max_length=60, required=False)
    phone = forms.CharField(label="手机号码", max_length=20, required=False)
    id_type = forms.ChoiceField(label="证件类型", choices=ID_TYPES, required=False)
    id_number = forms.CharField(label="证件号码", max_length=40, required=False)
    override = forms.CharField(
        label="停止取号后仍然给号的理由", max_length=100, required=False, help_text="会记下来，管理人员看得到"
    )

    def __init__(self, layout: HallMap, data: Any = None, *, kind: str = "general") -> None:
        super().__init__(data, auto_id="id_%s")
        self.use_required_attribute = False
        self.fields["kind"].choices = kinds_of(layout)  # type: ignore[attr-defined]
        self.fields["kind"].initial = kind
        for name in ("name", "phone", "id_number"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def clean(self) -> dict[str, Any] | None:
        given = self.cleaned_data
        if (given.get("phone") or given.get("id_number")) and not given.get("name"):
            self.add_error("name", "请填写姓名。")
        if given.get("priority") and not given.get("priority_note"):
            self.add_error("priority_note", "请写明为什么优先。")
        return given

    def raw(self, items: list[str]) -> dict[str, Any]:
        given = self.cleaned_data
        names = ("kind", "priority", "priority_note", "purpose", "override")
        found: dict[str, Any] = {name: given[name] for name in names if given.get(name)}
        found["items"] = items
        if given.get("name"):
            found["visitor"] = {name: given.get(name, "") for name in ("name", "phone", "id_type", "id_number")}
        return found

    def take(self, problem: Problem) -> None:
        """Shows the problem beside the fields it names, else on top."""
        loose = not problem.errors
        for error in problem.errors:
            name = error.field.removeprefix("visitor.")
            loose = loose or name not in self.fields
            self.add_error(name if name in self.fields else None, error.message)
        if loose or problem.status == 409:
            words = "。".join(part for part in (problem.title, problem.detail) if part and len(part) > 8)
            self.add_error(None, words or problem.title)


def kinds_of(layout: HallMap) -> list[tuple[str, str]]:
    """What one can come for in this hall: the kinds of its lines, business first."""
    kinds = dict.fromkeys(queue.kind for queue in layout.queues)
    names = {"general": "办事", "consulting": "咨询", "hand_out": "取件"}
    ordered = sorted(kinds, key=lambda kind: kind != "general")
    return [(kind, names.get(kind, _KINDS[kind].removesuffix("窗口"))) for kind in ordered]


def posting_of(actor: Actor) -> Posting:
    """The post in which this person guides. Raises Http404: no post at a hall."""
    posts = hall_postings(actor)
    if not posts:
        raise Http404
    bar = call_bar(actor) if len({post.centre_id for post in posts}) > 1 else None
    here = [post for post in posts if bar and post.centre_id == bar.centre]
    return (here or posts)[0]


def chosen_items(keys: list[str]) -> tuple[ItemInfo, ...]:
    """The items named, each once; what does not exist is left out."""
    found: dict[int, ItemInfo] = {}
    for key in keys[: 2 * _MOST_ITEMS]:
        try:
            item = item_info(plain(key, 80))
        except Problem:
            continue
        found[item.pk] = item
    return tuple(found.values())[:_MOST_ITEMS]


def find_items(q: str) -> list[Item]:
    if q:
        return [hit.item for hit in search(q, limit=_FOUND)]
    return list(Item.objects.in_use().select_related("department").order_by("-popularity", "id")[:_POPULAR])


@require_safe
@staff
def guide_desk(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The list of items alone while typing; else the whole desk."""
    posting = posting_of(actor)
    items = chosen_items(request.GET.getlist("item"))
    if request.headers.get("HX-Request"):
        return render(request, "desk/hall/parts/guide_items.html", _search(request, items))
    layout = hall_map(posting.centre_id)
    kind = request.GET.get("kind", "")
    form = TicketForm(layout, kind=kind if kind in dict(kinds_of(layout)) else "general")
    return _shown(request, actor, layout, form, items)


def _search(request: HttpRequest, items: tuple[ItemInfo, ...]) -> dict[str, Any]:
    q = plain(request.GET.get("q", ""), 60).strip()
    kept = urlencode([("item", item.key) for item in items])
    return {"q": q, "found": find_items(q), "kept": kept}


def _shown(
    request: HttpRequest,
    actor: Actor,
    layout: HallMap,
    form: TicketForm,
    items: tuple[ItemInfo, ...],
    *,
    key: str = "",
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    offers, stands = _offers(layout, now), _stands(layout, form, items)
    context = {
        **_search(request, items),
        "layout": layout,
        "form": form,
        "key": good_key(key),
        "chosen": [_chosen(item, items) for item in items],
        "stands": stands,
        "closed": tickets.closed_words(layout, now),
        "hours": opening.words(layout.centre, timezone.localdate(now)),
        "offers": offers,
        "full": _full(offers, stands, str(form["kind"].value() or "general")),
        "booked": Appointment.objects.filter(
            centre_id=layout.centre, day=timezone.localdate(now), state="booked"
        ).count(),
        "on_hall": True,
    }
    return page(request, actor, "desk/hall/guide.html", context, current="guide", status=status)


def _chosen(item: ItemInfo, items: tuple[ItemInfo, ...]) -> dict[str, Any]:
    others = [("item", one.key) for one in items if one.pk != item.pk]
    return {"item": item, "without": f"{HOME}?{urlencode(others)}#ticket"}


def _stands(layout: HallMap, form: TicketForm, items: tuple[ItemInfo, ...]) -> dict[str, str]:
    """Which lines these items lead to, or why this centre cannot take them and who can."""
    if not items:
        return {}
    kind = str(form["kind"].value() or "general")
    try:
        stations = layout.plan(kind, items)
    except Problem as problem:
        return {"why_not": problem.title}
    letter = stations[0][0].letter
    return {"letter": letter, "line": "，再到".join(f"{queue.letter} {queue.name}" for queue, _ in stations)}


def _offers(layout: HallMap, now: datetime) -> list[dict[str, Any]]:
    waits = {one.queue.pk: one for one in live.waits(layout.centre, now)}
    return [{"offer": offer, "wait": waits[offer.queue.pk]} for offer in tickets.offers(layout.centre, now)]


def _full(offers: list[dict[str, Any]], stands: dict[str, str], kind: str) -> str:
    """Why the line these items lead to (without items: every line of the kind) gives no more tickets today."""
    letter = stands.get("letter", "")
    mine = [row["offer"] for row in offers if row["offer"].queue.letter == letter or not letter]
    mine = [one for one in mine if one.queue.kind == kind]
    return mine[0].why_not if mine and not any(one.open for one in mine) else ""


# ---- the ticket ----------------------------------------------------------------------------------------------------


@require_POST
@staff
def give(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Gives the ticket; sent twice, it is the same one."""
    layout = hall_map(posting_of(actor).centre_id)
    named = [plain(key, 80) for key in request.POST.getlist("item") if key][: _MOST_ITEMS + 1]
    form, key = TicketForm(layout, request.POST), good_key(request.POST.get("key", ""))
    status = 422
    if form.is_valid():
        account = actor.account.pk if actor.account else 0
        try:
            ticket = tickets.take(
                layout.centre, form.raw(named), source="guide", by=actor, request=f"guide-{account}-{key}"
            )
            return HttpResponseRedirect(f"{HOME}ticket/{ticket.code}/")
        except Problem as problem:
            status = problem.status
            form.take(problem)
    return _shown(request, actor, layout, form, chosen_items(named), key=key, status=status)


def plain(text: str, most: int = 32) -> str:
    """Cut, and without what PostgreSQL cannot store."""
    return text.replace("\0", "")[:most]


def find_ticket(actor: Actor, code: str) -> Ticket:
    """A ticket of a hall this person works in. Raises Http404 also for one not to be seen."""
    centres = {post.centre_id for post in hall_postings(actor)}
    found: Ticket | None = (
        Ticket.objects.filter(code=plain(code), centre_id__in=centres).select_related("queue", "centre").first()
    )
    if found is None:
        raise Http404
    return found


@require_safe
@staff
def given(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """The ticket: to print, to photograph, and to give a priority."""
    return _ticket_page(request, actor, find_ticket(actor, code))


def _ticket_page(
    request: HttpRequest, actor: Actor, ticket: Ticket, *, problem: Problem | None = None, status: int = 200
) -> HttpResponse:
    with_people([ticket])
    place = live.place(ticket, timezone.now())
    url = f"{settings.OW_PUBLIC_URL}/ticket/{ticket.code}/"
    context = {
        "ticket": ticket,
        "things": things_of(ticket),
        "who": ticket.visitor.masked if ticket.visitor else "",
        "place": place,
        "windows": list(dict.fromkeys(place.windows))[:4],
        "qr": qr_svg(url),
        "slip": slip_words(ticket),
        "url": url,
        "waiting": ticket.state == TicketState.WAITING,
        "priorities": PRIORITIES,
        "priority": PRIORITY_LABELS[Priority(ticket.priority)] if ticket.priority else "",
        "problem": problem,
        "typed": request.POST,
        "on_hall": True,
    }
    return page(request, actor, "desk/hall/ticket.html", context, current="guide", status=status)


@require_POST
@staff
def prioritise(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    """Grants or takes back a priority, or takes the visitor out of the line on their word."""
    ticket = find_ticket(actor, code)
    try:
        if request.POST.get("do") == "leave":
            tickets.leave(ticket, by=actor)
            messages.success(request, f"{ticket.number} 不等了，已经取消。")
        else:
            note = plain(request.POST.get("note", ""), 100)
            tickets.set_priority(ticket, request.POST.get("priority", "")[:12], note, by=actor)
            messages.success(request, f"{ticket.number} 的优先已经改好。")
    except Problem as problem:
        return _ticket_page(request, actor, ticket, problem=problem, status=problem.status)
    return HttpResponseRedirect(f"{HOME}ticket/{ticket.code}/")


__all__ = ["HOME", "chosen_items", "find_items", "give", "given", "guide_desk", "kinds_of", "posting_of", "prioritise"]
