"""Applying online, one thing per page; whatever is filled in is saved before anything else happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onewindow.cases.holdings import holdings_for
from onewindow.cases.models import Case, Draft
from onewindow.catalogue.guide import Guide
from onewindow.catalogue.models import Item
from onewindow.catalogue.spec import ItemSpec
from onewindow.faces.portal import drafts, sending, uploading
from onewindow.faces.portal.access import account_of, applicant_account, for_applicants, own_case
from onewindow.faces.portal.drafts import STEP_LABELS, Body
from onewindow.faces.portal.finding import summaries
from onewindow.faces.portal.forms import AgentForm, ContactForm, SendForm
from onewindow.faces.portal.site import page
from onewindow.faces.portal.views.items import answers_from, item_by
from onewindow.people.masking import mask_id
from onewindow.people.models import Applicant
from onewindow.problems import FieldError, InvalidInput, Problem

Answer = HttpResponse


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """我要办: what was begun, and what people often apply for online."""
    account = account_of(request)
    mine = drafts.drafts_of(account)[:5] if account and account.kind == "applicant" else []
    items = Item.objects.in_use().select_related("department", "current").order_by("-popularity", "id")[:40]
    online = [one for one in summaries(items) if one.online][:8]
    return page(request, "apply/start.html", {"drafts": [_row(one) for one in mine], "items": online}, section="apply")


def _row(draft: Draft) -> dict[str, Any]:
    body = Body.read(draft)
    number = body.steps.index(body.first_open()) + 1
    return {
        "draft": draft,
        "name": draft.item.name,
        "step": STEP_LABELS[body.first_open()],
        "number": number,
        "total": len(body.steps),
    }


@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """The first page of a new application: the questions. Nothing is stored before it is sent for the first time."""
    item = item_by(code)
    assert item.current is not None
    spec, account = item.current.spec, applicant_account(request)
    obstacle = _obstacle(item, spec, account.applicant)
    if obstacle:
        return page(request, "apply/not_here.html", {"item": item, "why": obstacle}, section="apply", status=200)
    errors: list[FieldError] = []
    answers = answers_from(spec, request.POST if request.method == "POST" else request.GET)
    if request.method == "POST":
        errors = _answer_errors(spec, answers)
        if not errors:
            body = Body(answers=answers, done=["situation"])
            draft = drafts.start(account, item.pk, body)
            return HttpResponseRedirect(f"/apply/draft/{draft.pk}/{body.first_open()}/")
    open_drafts = [_row(one) for one in drafts.drafts_of(account) if one.item_id == item.pk and one.case_id is None]
    context = {
        "item": item,
        "guide": Guide(spec, answers),
        "questions": _questions(spec, answers, errors),
        "errors": _linked(errors),
        "step_names": [STEP_LABELS[name] for name in drafts.STEPS["apply"]],
        "number": 1,
        "drafts": open_drafts,
        "heading": "先了解您的情况" if spec.scenarios else "开始办理",
    }
    return page(request, "apply/situation.html", context, section="apply", status=422 if errors else 200)


def _obstacle(item: Item, spec: ItemSpec, applicant: Applicant | None) -> str:
    """Why this applicant cannot apply for this online; empty when nothing stands in the way."""
    if item.status != "in_use":
        return "这个事项暂时停止办理。"
    if not Guide(spec).online:
        return "这个事项要到窗口办，现在还不能在网上提交。"
    kind = applicant.kind if applicant else ""
    if spec.audience not in {"both", kind}:
        who = "个人" if spec.audience == "natural" else "单位"
        return f"这个事项只面向{who}，请用{who}账号登录后再办。"
    return ""


def _answer_errors(spec: ItemSpec, answers: dict[str, str]) -> list[FieldError]:
    return [FieldError(key, message) for key, message in spec.problems_with(answers).items()]


def _questions(spec: ItemSpec, answers: dict[str, str], errors: list[FieldError]) -> list[dict[str, Any]]:
    wrong = {error.field: error.message for error in errors}
    return [
        {
            "key": scenario.key,
            "question": scenario.question,
            "error": wrong.get(scenario.key, ""),
            "options": [
                {"value": o.value, "label": o.label, "checked": answers.get(scenario.key) == o.value}
                for o in scenario.options
            ],
        }
        for scenario in spec.scenarios
    ]


def _linked(errors: list[FieldError]) -> list[dict[str, str]]:
    return [{"target": f"{error.field}_0", "text": error.message} for error in errors]


# ---- a draft ----------------------------------------------------------------------------------------------------


@for_applicants
@require_safe
def resume(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Goes on where filling in stopped."""
    draft = _draft(request, pk)
    if isinstance(draft, HttpResponse):
        return draft
    return HttpResponseRedirect(f"/apply/draft/{pk}/{Body.read(draft).first_open()}/")


def _draft(request: HttpRequest, pk: UUID) -> Draft | HttpResponse:
    """The draft, or the way to the case that it has become."""
    account = applicant_account(request)
    try:
        return drafts.own_draft(account, pk)
    except Http404:
        sent_case = drafts.sent_as(account, pk)
        if sent_case is None:
            raise
        return HttpResponseRedirect(f"/apply/sent/{sent_case.query_number}/")


@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, pk: UUID, step: str) -> HttpResponse:
    """One step of a draft. Steps not reached yet lead back to the first open one."""
    draft = _draft(request, pk)
    if isinstance(draft, HttpResponse):
        return draft
    body = Body.read(draft)
    if step not in body.steps:
        raise Http404
    if body.steps.index(step) > body.steps.index(body.first_open()):
        return HttpResponseRedirect(f"/apply/draft/{pk}/{body.first_open()}/")
    return _STEPS[step](request, draft, body)


@for_applicants
@require_POST
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    drafts.discard(drafts.own_draft(applicant_account(request), pk))
    messages.success(request, "草稿已删除。")
    return HttpResponseRedirect("/my/")


@for_applicants
@require_safe
def sent(request: HttpRequest, number: str) -> HttpResponse:
    """提交成功: the query number and what comes next."""
    case = own_case(applicant_account(request), number)
    context = {"case": case, "next": sending.what_next(case), "tail": str(case.applicant.id_number)[-4:]}
    return page(request, "apply/sent.html", context, section="apply")


def _on(request: HttpRequest, draft: Draft, step: str) -> HttpResponse:
    """To the next step, or to 「我的办件」 when the person wants to go on later."""
    if "later" in request.POST:
        messages.success(request, "已存好。下次在「我的办件」里接着填。")
        return HttpResponseRedirect("/my/")
    steps = Body.read(draft).steps
    return HttpResponseRedirect(f"/apply/draft/{draft.pk}/{steps[steps.index(step) + 1]}/")


def _shell(draft: Draft, body: Body, step: str) -> dict[str, Any]:
    """What every step shows: where one is, the way back, when it was saved."""
    place = body.steps.index(step)
    names = [{"label": STEP_LABELS[name], "url": f"/apply/draft/{draft.pk}/{name}/"} for name in body.steps]
    back = f"/apply/draft/{draft.pk}/{body.steps[place - 1]}/" if place else ""
    return {"draft": draft, "item": draft.item, "case": draft.case, "step_names": names, "number": place + 1,
            "back": back, "errand": body.errand}  # fmt: skip


def _situation(request: HttpRequest, draft: Draft, body: Body) -> Answer:
    spec, errors, answers = drafts.spec_of(draft), [], body.answers
    if request.method == "POST":
        answers = answers_from(spec, request.POST)
        errors = _answer_errors(spec, answers)
        with drafts.changing(draft) as kept:
            kept.answer(answers, complete=not errors)
        if not errors:
            return _on(request, draft, "situation")
    context = {
        **_shell(draft, body, "situation"),
        "questions": _questions(spec, answers, errors),
        "errors": _linked(errors),
        "guide": Guide(spec, answers),
        "heading": "先了解您的情况",
    }
    return page(request, "apply/situation.html", context, section="apply", status=422 if errors else 200)


def _contact(request: HttpRequest, draft: Draft, body: Body) -> Answer:
    applicant = applicant_account(request).applicant
    assert applicant is not None
    first = {"phone": str(applicant.phone or ""), "address": str(applicant.address or "")}
    contact_form = ContactForm(initial={**first, **body.typed.get("contact", {})})
    agent_form = AgentForm(initial=body.typed.get("agent", {})) if body.by_agent else None
    if request.method == "POST":
        contact_form = ContactForm(request.POST)
        agent_form = AgentForm(request.POST) if body.by_agent else None
        good = contact_form.is_valid() & (agent_form is None or agent_form.is_valid())
        with drafts.changing(draft) as kept:
            _keep_contact(kept, contact_form, agent_form, good)
        if "autosave" in request.POST:
            return HttpResponse(status=204)
        if good:
            return _on(request, draft, "contact")
    context = {
        **_shell(draft, body, "contact"),
        "form": contact_form,
        "agent_form": agent_form,
        "applicant": applicant,
        "id_masked": mask_id(str(applicant.id_number)),
    }
    return page(request, "apply/contact.html", context, section="apply", status=422 if contact_form.is_bound else 200)


def _keep_contact(kept: Body, contact_form: ContactForm, agent_form: AgentForm | None, good: bool) -> None:
    """What was typed is kept as it was typed; what is right is kept as it will be sent."""
    kept.typed["contact"] = {name: str(contact_form.data.get(name, ""))[:2000] for name in contact_form.fields}
    if agent_form is not None:
        kept.typed["agent"] = {
            name: str(agent_form.data.get(agent_form.add_prefix(name), ""))[:2000] for name in agent_form.fields
        }
    kept.done = [name for name in kept.done if name != "contact"]
    if good:
        kept.contact = dict(contact_form.cleaned_data)
        kept.agent = dict(agent_form.cleaned_data) if agent_form is not None else {}
        kept.finish("contact")


def _materials(request: HttpRequest, draft: Draft, body: Body) -> Answer:
    spec, account = drafts.spec_of(draft), applicant_account(request)
    asked = drafts.asked_for(draft, body, spec)
    errors: list[FieldError] = []
    if request.method == "POST":
        errors = uploading.keep(request, draft, asked, account)
        if not errors and "upload" not in request.POST:
            with drafts.changing(draft) as kept:
                kept.finish("materials")
            return _on(request, draft, "materials")
        if not errors:
            return HttpResponseRedirect(request.path)
        body = Body.read(draft)
    assert account.applicant_id is not None
    holdings = holdings_for(account.applicant_id, spec, but=draft.case_id)
    context = {
        **_shell(draft, body, "materials"),
        "rows": uploading.rows(draft, body, asked, holdings, {error.field: error.message for error in errors}),
        "errors": [{"target": f"file-{error.field}", "text": error.message} for error in errors],
        "obtained": [m.name for m in spec.materials_for(body.answers) if m.shared],
    }
    return page(request, "apply/materials.html", context, section="apply", status=422 if errors else 200)


def _review(request: HttpRequest, draft: Draft, body: Body) -> Answer:
    account, spec = applicant_account(request), drafts.spec_of(draft)
    form, problem = SendForm(), None
    if request.method == "POST":
        form = SendForm(request.POST)
        if form.is_valid():
            try:
                return _send(request, draft, body)
            except Problem as refused:
                problem = refused
    asked = drafts.asked_for(draft, body, spec)
    given = {row["material"] for row in drafts.handed(body, asked)}
    context = {
        **_shell(draft, body, "review"),
        "form": form,
        "problem": problem,
        "guide": Guide(spec, body.answers),
        "answers": _answered(spec, body.answers),
        "applicant": account.applicant,
        "id_masked": mask_id(str(account.applicant.id_number)) if account.applicant else "",
        "contact": body.contact,
        "agent": body.agent,
        "rows": uploading.rows(draft, body, asked, {}, {}),
        "missing": [m.name for m in asked if m.key not in given],
        "obtained": [m.name for m in spec.materials_for(body.answers) if m.shared],
    }
    status = problem.status if problem else 422 if form.is_bound else 200
    return page(request, "apply/review.html", context, section="apply", status=status)


def _answered(spec: ItemSpec, answers: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (scenario.question, next((o.label for o in scenario.options if o.value == answers.get(scenario.key)), ""))
        for scenario in spec.scenarios
    ]


def _send(request: HttpRequest, draft: Draft, body: Body) -> HttpResponse:
    """One action with the draft's own key; then the draft is no more."""
    if body.first_open() != "review":
        raise InvalidInput("还有一步没有填完", [FieldError(body.first_open(), "请先填完这一步")])
    case: Case = sending.send(applicant_account(request), draft, body)
    draft.delete()
    if body.errand in {"supply", "supply_deferred"}:
        messages.success(request, "材料已交给窗口，我们会接着办。")
        return HttpResponseRedirect(f"/my/{case.number}/")
    return HttpResponseRedirect(f"/apply/sent/{case.query_number}/")


_STEPS: dict[str, Callable[[HttpRequest, Draft, Body], Answer]] = {
    "situation": _situation,
    "contact": _contact,
    "materials": _materials,
    "review": _review,
}
