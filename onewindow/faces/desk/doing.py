"""`/desk/cases/NUMBER/do/ACTION/`: fill in, look at the papers, send. Only what cannot be undone is asked twice."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from typing import Any, Final

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.views.decorators.http import require_http_methods, require_POST

from onewindow.cases import actions
from onewindow.cases.actions import Idempotency
from onewindow.cases.lifecycle import MOVES, Action
from onewindow.cases.models import Case
from onewindow.faces.desk.access import find_case, staff
from onewindow.faces.desk.actionforms import WHAT_IT_DOES, form_for
from onewindow.faces.desk.casepage import head, shown
from onewindow.faces.desk.forms import ActionForm
from onewindow.faces.desk.offers import at_once, offers
from onewindow.faces.desk.page import page
from onewindow.faces.desk.rowforms import HandInForm
from onewindow.faces.desk.trail import Trail
from onewindow.faces.filing import pdf_answer
from onewindow.papers.issue import PaperDraft
from onewindow.papers.render import PAPER_TITLES, PaperError
from onewindow.people.authority import Actor, record_refusal
from onewindow.problems import Problem, Refused, RuleBroken, Stale

_ROUTINE: Final = frozenset(
    {Action.RECEIVE, Action.ACCEPT, Action.SUPPLY, Action.SUPPLY_DEFERRED, Action.HAND_OUT, Action.CONFIRM_DELIVERY}
)
"""Papers of these are read at the counter as they are printed; they are not shown beforehand."""

_OURS: Final = frozenset({"csrfmiddlewaretoken", "step", "form", "index"})
_KEY: Final = re.compile(r"[A-Za-z0-9-]{8,64}")


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def do(request: HttpRequest, actor: Actor, number: str, action: str) -> HttpResponse:
    case = find_case(actor, number)
    chosen = _action(action)
    if request.method != "POST":
        return _asked(request, actor, case, chosen)
    if at_once(chosen) and "step" not in request.POST:
        return _pressed(request, actor, case, chosen)
    sent = unpacked(request.POST["form"]) if "form" in request.POST else request.POST
    form = form_for(chosen, case, actor, sent, request.FILES)
    step = request.POST.get("step", "")
    if step == "edit":
        return _filling(request, actor, case, chosen, form, sent)
    return _sent(request, actor, case, chosen, form, sent, confirmed=step == "confirm")


def _action(name: str) -> Action:
    try:
        chosen = Action(name)
    except ValueError:
        raise Http404 from None
    if MOVES[chosen].by_system_only:
        raise Http404
    return chosen


def _asked(request: HttpRequest, actor: Actor, case: Case, action: Action) -> HttpResponse:
    """The empty form, or in plain words why it cannot be done now."""
    found = offers(case, actor)
    offer = next((one for one in (*found.open, *found.closed) if one.action == action), None)
    if offer is None or offer.why_not:
        trail = Trail.of(request)
        context = {**head(case, trail, actor), "offer": offer, "label": MOVES[action].label}
        return page(request, actor, "desk/cannot.html", context, current=trail.list)
    return _filling(request, actor, case, action, form_for(action, case, actor), None)


def _filling(
    request: HttpRequest,
    actor: Actor,
    case: Case,
    action: Action,
    form: ActionForm,
    sent: QueryDict | None,
    *,
    stale: str = "",
    status: int = 200,
) -> HttpResponse:
    trail = Trail.of(request)
    context = {
        **head(case, trail, actor),
        "form": form,
        "action": action.value,
        "label": MOVES[action].label,
        "what": WHAT_IT_DOES.get(action, ""),
        "two_steps": _two_steps(action),
        "danger": MOVES[action].final and action != Action.DECIDE,
        "key": good_key(sent.get("key", "") if sent is not None else ""),
        "version": case.version,
        "stale": stale,
    }
    return page(request, actor, "desk/do.html", context, current=trail.list, status=status)


def _two_steps(action: Action) -> bool:
    """Whether the main button leads to a preview rather than doing it."""
    return action not in _ROUTINE and (MOVES[action].final or action in _WITH_PAPERS)


_WITH_PAPERS: Final = frozenset(
    {Action.GIVE_NOTICE, Action.ACCEPT_DEFERRED, Action.OPEN_PROCEDURE, Action.EXTEND, Action.ISSUE}
)


def _pressed(request: HttpRequest, actor: Actor, case: Case, action: Action) -> HttpResponse:
    """One press on the case page."""
    try:
        done = _perform(case, action, actor, request.POST, {})
    except Problem as problem:
        fresh = find_case(actor, case.number)
        return shown(request, actor, fresh, {"problem": problem}, status=problem.status)
    return _after(request, case, done, action)


def _sent(
    request: HttpRequest,
    actor: Actor,
    case: Case,
    action: Action,
    form: ActionForm,
    sent: QueryDict,
    *,
    confirmed: bool,
) -> HttpResponse:
    if not form.is_valid():
        _keep_files(form)
        return _filling(request, actor, case, action, form, sent, status=422)
    _keep_files(form)
    if form.errors:
        return _filling(request, actor, case, action, form, sent, status=422)
    try:
        if _two_steps(action) and not confirmed:
            return _previewed(request, actor, case, action, form, sent)
        done = _perform(case, action, actor, sent, form.raw())
    except Stale as stale:
        fresh = find_case(actor, case.number)
        return _filling(request, actor, fresh, action, form, sent, stale=stale.title, status=stale.status)
    except Problem as problem:
        form.take(problem)
        return _filling(request, actor, case, action, form, sent, status=problem.status)
    return _after(request, case, done, action)


def _keep_files(form: ActionForm) -> None:
    if isinstance(form, HandInForm):
        form.keep_files()


def _perform(case: Case, action: Action, actor: Actor, sent: QueryDict, raw: dict[str, Any]) -> Case:
    version = sent.get("version", "")
    request = {"case": case.number, "action": action.value, "data": raw}
    return actions.perform(
        case,
        action.value,
        by=actor,
        data=raw,
        expected_version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
        idempotency=Idempotency.of(f"desk-{good_key(sent.get('key', ''))}", request),
    )


def _after(request: HttpRequest, before: Case, done: Case, action: Action) -> HttpResponse:
    messages.success(request, f"已办理「{MOVES[action].label}」，办件现在是「{done.state_label}」。")
    if action is Action.ANSWER_ASSIST:  # with the answer given, the case is again only the other department's
        return HttpResponseRedirect("/desk/?list=assist")
    trail = Trail.of(request).leaving(before)
    return HttpResponseRedirect(f"/desk/cases/{done.number}/{trail.query}")


# ---- the preview ------------------------------------------------------------------------------------------------


def _previewed(
    request: HttpRequest, actor: Actor, case: Case, action: Action, form: ActionForm, sent: QueryDict
) -> HttpResponse:
    if sent.get("version") != str(case.version):
        raise Stale(_changed(case))
    drafts = drafted(case, action, actor, form.raw())
    trail = Trail.of(request)
    context = {
        **head(case, trail, actor),
        "action": action.value,
        "label": MOVES[action].label,
        "danger": MOVES[action].final and action != Action.DECIDE,
        "papers": paper_previews(drafts),
        "packed": packed(sent, form),
        "here": f"/desk/cases/{case.number}/do/{action.value}/",
    }
    return page(request, actor, "desk/preview.html", context, current=trail.list)


def drafted(case: Case, action: Action, actor: Actor, raw: dict[str, Any]) -> list[PaperDraft]:
    """The papers that would go out. A refusal is put on record here as it would be when doing it."""
    try:
        return actions.preview(case, action.value, by=actor, data=raw)
    except Refused as refusal:
        record_refusal(actor, action.value, case.number, refusal.title)
        raise


def paper_previews(drafts: Sequence[PaperDraft]) -> list[dict[str, Any]]:
    try:
        return [
            {"index": n, "title": PAPER_TITLES[draft.kind], "text": draft.preview_text()}
            for n, draft in enumerate(drafts)
        ]
    except PaperError as error:
        raise RuleBroken(str(error)) from error


@require_POST
@staff
def preview_pdf(request: HttpRequest, actor: Actor, number: str, action: str) -> HttpResponse:
    """One paper of the preview as PDF, with 预览 across it; nothing is stored and no number is taken."""
    case, chosen = find_case(actor, number), _action(action)
    form = form_for(chosen, case, actor, unpacked(request.POST.get("form", "")))
    if not form.is_valid():
        raise Http404
    try:
        drafts = actions.preview(case, chosen.value, by=actor, data=form.raw())
        return drafted_pdf(drafts, request.POST.get("index", "0"))
    except Problem:
        raise Http404 from None


def drafted_pdf(drafts: Sequence[PaperDraft], index: str) -> HttpResponse:
    """Raises Http404 when there is no such paper."""
    if not (index.isascii() and index.isdigit()) or int(index) >= len(drafts):
        raise Http404
    draft = drafts[int(index)]
    return pdf_answer(draft.preview(), f"{PAPER_TITLES[draft.kind]}（预览）.pdf")


def _changed(case: Case) -> str:
    last = case.events.select_related("actor").order_by("-seq").first()
    who = last.actor.name if last and last.actor else "系统"
    label = MOVES[Action(last.action)].label if last else "修改"
    return f"{who}刚刚办理了「{label}」，办件现在是「{case.state_label}」"


# ---- what was filled in travels with the preview -----------------------------------------------------------------


def packed(sent: QueryDict, form: BaseForm | None = None) -> str:
    """The fields as they were typed, as JSON for one hidden field; uploads by the number they are stored under."""
    source = form.data if form is not None and isinstance(form.data, QueryDict) else sent
    return json.dumps({name: source.getlist(name) for name in source if name not in _OURS}, ensure_ascii=False)


def unpacked(text: str) -> QueryDict:
    """The fields again; anything that is not what `packed` wrote gives an empty form."""
    found = QueryDict(mutable=True)
    try:
        raw = json.loads(text)
        for name, values in raw.items():
            found.setlist(str(name), [str(value) for value in values])
    except (ValueError, AttributeError, TypeError):
        return QueryDict(mutable=True)
    return found


def good_key(text: str) -> str:
    """The key of this form, kept when it is one of ours: sending twice does it once."""
    return text if _KEY.fullmatch(text) else uuid.uuid4().hex


__all__ = ["do", "drafted", "drafted_pdf", "good_key", "packed", "paper_previews", "preview_pdf", "unpacked"]
