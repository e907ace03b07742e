"""`/desk/intake/`: a whole application at the window on one page, without a mouse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onewindow.cases import actions
from onewindow.cases.actions import Idempotency
from onewindow.cases.lifecycle import Action
from onewindow.cases.models import Case, IdempotentRequest
from onewindow.catalogue.models import Item
from onewindow.catalogue.search import search
from onewindow.faces.desk.access import find_case, staff
from onewindow.faces.desk.casepage import head, papers_of
from onewindow.faces.desk.doing import drafted_pdf, good_key, packed, paper_previews, unpacked
from onewindow.faces.desk.hall.visit import Visit, prefill, ticket_at_mine
from onewindow.faces.desk.intakeform import IntakeForm
from onewindow.faces.desk.page import page
from onewindow.faces.desk.phrases import masked_name, masked_phone
from onewindow.faces.desk.trail import Trail
from onewindow.faces.staff import frame
from onewindow.papers.issue import PaperDraft
from onewindow.people.authority import Actor, record_refusal
from onewindow.people.models import Applicant
from onewindow.people.numbers import check_id, check_phone
from onewindow.people.roles import Role
from onewindow.problems import Problem, Refused

_POPULAR: Final = 12
_COUNTERS: Final = frozenset({Role.CLERK, Role.TOWNSHIP_CLERK})


@dataclass(frozen=True, slots=True)
class Way:
    """One button of the intake: what follows 收件, with what, and whether its papers are shown first."""

    action: Action | None
    label: str
    raw: Callable[[IntakeForm], dict[str, Any]]
    previewed: bool = True


WAYS: Final[dict[str, Way]] = {
    "accept": Way(Action.ACCEPT, "受理", lambda form: {}, previewed=False),
    "receive": Way(None, "收件", lambda form: {}, previewed=False),
    "notice": Way(Action.GIVE_NOTICE, "一次性告知", lambda form: {"missing": form.missing_raw()}),
    "defer": Way(
        Action.ACCEPT_DEFERRED,
        "容缺受理",
        lambda form: {"deferred": form.deferred_raw(), "promised": bool(form.cleaned_data.get("promised"))},
    ),
    "not_required": Way(
        Action.FIND_NOT_REQUIRED, "告知不受理", lambda form: {"reason": form.cleaned_data.get("reason", "")}
    ),
    "refuse": Way(
        Action.REFUSE_ACCEPTANCE,
        "不予受理",
        lambda form: {
            "reason": form.cleaned_data.get("reason", ""),
            "authority": form.cleaned_data.get("authority", ""),
            "authority_contact": form.cleaned_data.get("authority_contact", ""),
        },
    ),
}


# ---- finding the item -------------------------------------------------------------------------------------------


@require_safe
@staff
def pick(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The first step: which item. Typing narrows the list; Enter opens the first."""
    q = request.GET.get("q", "")[:100].strip()
    context = {
        "q": q,
        "items": _items(q),
        "may_receive": bool(actor.roles & _COUNTERS),
        "ticket": request.GET.get("ticket", "")[:40],
    }
    if request.headers.get("HX-Request"):
        return render(request, "desk/parts/item_list.html", context)
    return page(request, actor, "desk/intake_pick.html", context, current="intake")


def _items(q: str) -> list[Item]:
    if q:
        return [hit.item for hit in search(q, limit=20)]
    found = Item.objects.in_use().select_related("department").order_by("-popularity", "id")
    return list(found[:_POPULAR])


def _item(key: str) -> Item | None:
    named = {"code" if len(key) == 31 else "key": key}
    found: Item | None = Item.objects.in_use().select_related("current", "department").filter(**named).first()
    return found


# ---- the form ---------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def intake(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    item = _item(key)
    if item is None or item.current is None:
        messages.warning(request, "没有这个事项，或者已经停止办理，请重新选择。")
        return HttpResponseRedirect("/desk/intake/")
    if request.method != "POST":
        return _asked(request, actor, IntakeForm(item, item.current.spec))
    sent = unpacked(request.POST["form"]) if "form" in request.POST else request.POST
    form = IntakeForm(item, item.current.spec, sent, request.FILES)
    return _sent(request, actor, form, sent)


def _asked(request: HttpRequest, actor: Actor, form: IntakeForm) -> HttpResponse:
    """The empty form; `?ticket=` fills in who stands at the window, when it is this person's own ticket to serve."""
    given = request.GET.get("ticket", "")[:40]
    ticket = ticket_at_mine(actor, given) if given and actor.roles & _COUNTERS else None
    if ticket is None:
        form.fields["ticket"].initial = given
        return _shown(request, actor, form, key="")
    visit, known = prefill(form, ticket, actor)
    return _shown(request, actor, form, key="", visit=visit, known=known)


def _shown(
    request: HttpRequest,
    actor: Actor,
    form: IntakeForm,
    *,
    key: str,
    status: int = 200,
    twice: Case | None = None,
    visit: Visit | None = None,
    known: Applicant | None = None,
) -> HttpResponse:
    known = form.known() if form.is_bound else known
    context = {
        "form": form,
        "item": form.item,
        "spec": form.spec,
        "siblings": [one for one in form.spec.siblings if one.item],
        "key": good_key(key),
        "may_receive": bool(actor.roles & _COUNTERS),
        "identity": identity_note(form, known),
        "rows": form.material_rows(known),
        "twice": twice,
        "visit": visit,
    }
    return page(request, actor, "desk/intake.html", context, current="intake", status=status)


def _sent(request: HttpRequest, actor: Actor, form: IntakeForm, sent: QueryDict) -> HttpResponse:
    what, step = sent.get("do", "accept"), request.POST.get("step", "")
    way = WAYS.get(what)
    valid = form.is_valid()
    form.keep_files(actor)
    if way is None or step == "edit":  # the list anew after the answers changed, or back from the preview
        form.errors.clear()
        return _shown(request, actor, form, key=sent.get("key", ""))
    if valid:
        form.check_for(what)
    if form.errors:
        return _shown(request, actor, form, key=sent.get("key", ""), status=422)
    try:
        if way.previewed and step != "confirm":
            return _previewed(request, actor, form, sent, way)
        done = _carried_out(actor, form, sent, way)
    except Problem as problem:
        first = _first(actor, sent)
        form.take(problem, _material_keys(form, way)) if first is None else None
        return _shown(request, actor, form, key=sent.get("key", ""), status=problem.status, twice=first)
    return HttpResponseRedirect(f"/desk/intake/done/{done.number}/")


def _material_keys(form: IntakeForm, way: Way) -> list[str]:
    """The materials in the order in which they were sent, for problems that name them by place."""
    raw = way.raw(form)
    rows = raw.get("missing") or raw.get("deferred") or form.receive_raw("")["materials"]
    return [row["material"] for row in rows]


def _centre(actor: Actor) -> str:
    for posting in actor.postings:
        if Role(posting.role) in _COUNTERS:
            return posting.centre.key
    return ""


def _carried_out(actor: Actor, form: IntakeForm, sent: QueryDict, way: Way) -> Case:
    """收件 and what follows it, both or neither. A refusal is recorded after the rollback."""
    key, receive = good_key(sent.get("key", "")), form.receive_raw(_centre(actor))
    try:
        with transaction.atomic():
            case = actions.receive(receive, by=actor, idempotency=Idempotency.of(f"desk-{key}", receive))
            if way.action is None:
                return case
            raw = way.raw(form)
            again = Idempotency.of(f"desk-{key}-2", {"action": way.action.value, "data": raw})
            return actions.perform(case, way.action.value, by=actor, data=raw, idempotency=again)
    except Refused as refusal:
        action = way.action.value if way.action else Action.RECEIVE.value
        record_refusal(actor, action, form.item.code, refusal.title)
        raise


def _first(actor: Actor, sent: QueryDict) -> Case | None:
    """What this same form made before, when somebody comes back to it and changes something."""
    found = IdempotentRequest.objects.filter(account=actor.account, key=f"desk-{good_key(sent.get('key', ''))}")
    row = found.select_related("case").first()
    return row.case if row else None


# ---- the preview ------------------------------------------------------------------------------------------------


def _drafts(actor: Actor, form: IntakeForm, way: Way) -> list[PaperDraft]:
    """The papers that would go out, from a rehearsal that is taken back."""
    assert way.action is not None
    try:
        with transaction.atomic():
            case = actions.receive(form.receive_raw(_centre(actor)), by=actor)
            drafts = actions.preview(case, way.action.value, by=actor, data=way.raw(form))
            transaction.set_rollback(True)
    except Refused as refusal:
        record_refusal(actor, way.action.value, form.item.code, refusal.title)
        raise
    return drafts


def _previewed(request: HttpRequest, actor: Actor, form: IntakeForm, sent: QueryDict, way: Way) -> HttpResponse:
    here = f"/desk/intake/{form.item.key}/"
    context = {
        "item": form.item,
        "label": way.label,
        "papers": paper_previews(_drafts(actor, form, way)),
        "packed": packed(sent, form),
        "here": here,
        "danger": way.action in {Action.FIND_NOT_REQUIRED, Action.REFUSE_ACCEPTANCE},
    }
    return page(request, actor, "desk/preview.html", context, current="intake")


@require_POST
@staff
def intake_pdf(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    """One paper of the rehearsal as PDF."""
    item = _item(key)
    sent = unpacked(request.POST.get("form", ""))
    way = WAYS.get(sent.get("do", ""))
    if item is None or item.current is None or way is None or way.action is None:
        return HttpResponse(status=404)
    form = IntakeForm(item, item.current.spec, sent)
    if not form.is_valid():
        return HttpResponse(status=404)
    try:
        return drafted_pdf(_drafts(actor, form, way), request.POST.get("index", "0"))
    except Problem:
        return HttpResponse(status=404)


# ---- help while filling in --------------------------------------------------------------------------------------


@require_POST
@staff
def intake_help(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    """While typing: whether the numbers are right, whether this person is known, and the list that follows."""
    item = _item(key)
    if item is None or item.current is None:
        return HttpResponse(status=404)
    form = IntakeForm(item, item.current.spec, request.POST)
    known = form.known()
    context = {
        **frame(actor, "/desk/"),
        "form": form,
        "item": item,
        "spec": form.spec,
        "identity": identity_note(form, known),
        "rows": form.material_rows(known),
    }
    return render(request, "desk/parts/intake_help.html", context)


def identity_note(form: IntakeForm, known: Applicant | None) -> dict[str, Any]:
    """What can be said about the applicant right now: wrong digits, a known person, another name for this number."""
    note: dict[str, Any] = {"number_error": "", "phone_error": "", "known": None}
    number, phone = form.typed("applicant-id_number"), form.typed("applicant-phone")
    if number:
        try:
            check_id(form.typed("applicant-id_type"), number)
        except ValueError as error:
            note["number_error"] = str(error)
    if phone:
        try:
            check_phone(phone)
        except ValueError as error:
            note["phone_error"] = str(error)
    if known is not None:
        typed = form.typed("applicant-name").strip()
        note["known"] = {
            "name": masked_name(known),
            "phone": masked_phone(known),
            "cases": Case.objects.filter(applicant=known).count(),
            "other_name": bool(typed) and typed != str(known.name),
        }
    note["good"] = bool(number) and not note["number_error"]
    return note


# ---- afterwards -------------------------------------------------------------------------------------------------


@require_safe
@staff
def done(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """What came of it, with the papers to print, and straight on to the next person."""
    case = find_case(actor, number)
    context = {**head(case, Trail(), actor), "papers": papers_of(case), "notices": case.told.notices}
    return page(request, actor, "desk/intake_done.html", context, current="intake")
