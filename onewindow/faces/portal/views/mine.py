"""我的办件: an applicant's own cases and drafts, and what can be done with them from home."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onewindow.cases.actions import perform
from onewindow.cases.actions.engine import Idempotency
from onewindow.cases.lifecycle import BEFORE_ACCEPTANCE, IN_PROGRESS, State
from onewindow.cases.models import Case
from onewindow.faces.portal import drafts
from onewindow.faces.portal.access import applicant_account, for_applicants, own_case
from onewindow.faces.portal.booking import day_words, time_words, what_of
from onewindow.faces.portal.drafts import STEP_LABELS, Body
from onewindow.faces.portal.forms import WithdrawForm
from onewindow.faces.portal.inviting import of_case
from onewindow.faces.portal.site import page
from onewindow.faces.portal.telling import events_of, explained, main_clock, state_tone, state_words, story
from onewindow.hall.models import Appointment
from onewindow.people.authority import Actor
from onewindow.problems import NotNow, Problem

PAGE = 20


@for_applicants
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Drafts first, then the newest cases."""
    account = applicant_account(request)
    before = request.GET.get("before", "")
    cases = (
        Case.objects.visible_to(Actor.of(account))
        .select_related("item", "department", "centre__profile")
        .order_by("-id")
    )
    if before.isdecimal() and len(before) < 19:
        cases = cases.filter(pk__lt=int(before))
    found = list(cases[: PAGE + 1])
    context = {
        "drafts": [_draft_row(one) for one in drafts.drafts_of(account)] if not before else [],
        "appointments": appointments_of(account.applicant_id) if not before else [],
        "cases": [_case_row(one) for one in found[:PAGE]],
        "next_url": f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else "",
        "account": account,
    }
    return page(request, "my.html", context, section="my")


def appointments_of(applicant: int | None) -> list[dict[str, Any]]:
    """The bookings still to come, and those that need another time. One query."""
    found = Appointment.objects.filter(visitor__applicant=applicant).live().filter(day__gte=timezone.localdate())
    waiting = found.select_related("centre__hall", "queue", "item").order_by("period")[:PAGE]
    return [
        {
            "booked": one,
            "what": what_of(one),
            "when": f"{day_words(one.day)} {time_words(one.starts_at)}",
            "displaced": one.state == "displaced",
        }
        for one in waiting
    ]


def _draft_row(draft: Any) -> dict[str, Any]:
    body = Body.read(draft)
    return {"draft": draft, "step": STEP_LABELS[body.first_open()], "errand": body.errand}


def _case_row(case: Case) -> dict[str, Any]:
    working = State(case.state) in IN_PROGRESS | {State.SUBMITTED, State.RECEIVED}
    return {
        "case": case,
        "tone": state_tone(case),
        "state": state_words(case),
        "clock": main_clock(case) if working else None,
        "act": State(case.state) in {State.DRAFT, State.CORRECTING, State.READY},
    }


@for_applicants
@require_safe
def case(request: HttpRequest, number: str) -> HttpResponse:
    """The case with everything that is the applicant's to see and to do."""
    found = own_case(applicant_account(request), number)
    told = story(found, events_of(found), own=True)
    spec = found.version_spec
    context = {
        "story": told,
        "case": found,
        "own": True,
        "may_withdraw": State(found.state) in BEFORE_ACCEPTANCE | IN_PROGRESS,
        "handed": [
            (spec.material_by_key[key].name, given, f"/my/{found.number}/materials/{key}/" if given.get("file") else "")
            for key, given in found.told.materials.items()
            if key in spec.material_by_key
        ],
        "has_clock": found.told.accepted_on is not None,
        "invited": of_case(request, found),
    }
    return page(request, "case.html", context, section="my")


@for_applicants
@require_safe
def clock_page(request: HttpRequest, number: str) -> HttpResponse:
    found = own_case(applicant_account(request), number)
    return page(request, "clock.html", {"case": found, "limits": explained(found)}, section="my")


@for_applicants
@require_POST
def complete(request: HttpRequest, number: str) -> HttpResponse:
    """Opens the pages for what is still asked: a returned case, the one-time notice, or deferred materials."""
    account = applicant_account(request)
    found = own_case(account, number)
    state = State(found.state)
    if state is State.DRAFT:
        draft = drafts.for_case(account, found, "resubmit")
    elif state is State.CORRECTING:
        draft = drafts.for_case(account, found, "supply")
    elif found.told.deferred:
        draft = drafts.for_case(account, found, "supply_deferred")
    else:
        raise NotNow("这个办件现在没有要补的材料")
    return HttpResponseRedirect(f"/apply/draft/{draft.pk}/")


@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Asks for the reason and a second yes; withdrawing ends the application."""
    account = applicant_account(request)
    found = own_case(account, number)
    form, problem = WithdrawForm(), None
    if request.method == "POST":
        form = WithdrawForm(request.POST)
        if form.is_valid():
            key = f"withdraw-{found.pk}-{found.version}"
            try:
                perform(
                    found,
                    "withdraw",
                    by=Actor.of(account),
                    data={"reason": form.cleaned_data["reason"]},
                    idempotency=Idempotency.of(key, key),
                )
            except Problem as refused:
                problem = refused
            else:
                messages.success(request, "已撤回。撤回确认书在「文书」里。")
                return HttpResponseRedirect(f"/my/{found.number}/")
    status = problem.status if problem else 422 if form.is_bound else 200
    context = {"case": found, "form": form, "problem": problem}
    return page(request, "withdraw.html", context, section="my", status=status)
