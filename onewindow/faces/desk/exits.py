"""`/desk/exit/`: the one counter where results go out: found by number, name or identity, handed out or sent."""

from __future__ import annotations

import re
from typing import Any, Final

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from onewindow.cases import actions
from onewindow.cases.actions import Idempotency
from onewindow.cases.lifecycle import Action, State
from onewindow.cases.models import Case, CaseQuerySet
from onewindow.faces.desk.access import staff
from onewindow.faces.desk.doing import good_key
from onewindow.faces.desk.page import page
from onewindow.faces.desk.rows import rows
from onewindow.people.authority import Actor
from onewindow.people.crypto import blind_index
from onewindow.people.numbers import check_id
from onewindow.people.roles import Role
from onewindow.problems import Problem

_MOST: Final = 60
_PLACES: Final = frozenset({Role.EXIT_CLERK, Role.TOWNSHIP_CLERK})
COMPANIES: Final = ("中国邮政 EMS", "顺丰速运")


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def exit_desk(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What lies ready, what can be made ready at once, and what is on its way. Finding goes by POST: it may be a
    person's number, which does not belong in an address."""
    q = request.POST.get("q", "")[:100].strip() if request.method == "POST" else ""
    return _shown(request, actor, q)


def _shown(
    request: HttpRequest, actor: Actor, q: str = "", *, typed: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    seen = _reached(actor)
    ready = seen.filter(state=State.READY.value)
    waiting = Q(state=State.ISSUING.value) | (
        Q(state=State.DECIDED.value) & (~Q(outcome__startswith="grant") | Q(item_version__body__result__kind="无"))
    )
    today, query = timezone.localdate(), "?list=ready"
    here = _listed(_matching(ready.filter(facts__courier=None), q))
    context: dict[str, Any] = {
        "q": q,
        "may": bool(actor.roles & _PLACES),
        "ready": _with_courier(rows(here, query, today), typed or {}),
        "waiting": rows(_listed(_matching(seen.filter(waiting), q)), "?list=issuing", today),
        "sent": [] if q else rows(_listed(ready.exclude(facts__courier=None)), "?list=sent", today),
        "companies": COMPANIES,
        "company": (typed or {}).get("company", COMPANIES[0]),
        "key": good_key(""),
    }
    return page(request, actor, "desk/exit.html", context, current="exit", status=status)


def _reached(actor: Actor) -> CaseQuerySet:
    posts = tuple(posting for posting in actor.postings if Role(posting.role) in _PLACES)
    found: CaseQuerySet = Case.objects.visible_to(Actor(actor.account, posts))
    return found


def _listed(found: CaseQuerySet) -> CaseQuerySet:
    return found.for_list().select_related("centre__profile").soonest_first()[:_MOST]


def _matching(found: CaseQuerySet, q: str) -> CaseQuerySet:
    """By case or query number (or its end), by identity number, by the exact name."""
    if not q:
        return found
    wanted = Q(number=q.upper()) | Q(applicant__name_index=blind_index("name", q)) | Q(item__name__icontains=q)
    digits = re.sub(r"\D", "", q)
    if 4 <= len(digits) <= 20:
        wanted |= Q(query_number__endswith=digits) | Q(number__endswith=digits)
    for id_type in ("id_card", "uscc"):
        try:
            wanted |= Q(applicant__id_index=blind_index("id", check_id(id_type, q)))
        except ValueError:
            continue
    return found.filter(wanted)


def _with_courier(found: list[Any], typed: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "courier": "courier" in row.case.version_spec.delivery,
            "typed": typed.get(f"courier-{row.number}", ""),
        }
        for row in found
    ]


@require_POST
@staff
def make_ready(request: HttpRequest, actor: Actor) -> HttpResponse:
    """转出件 for everything that was ticked; one that cannot be done does not hold up the others."""
    numbers = request.POST.getlist("case")[:_MOST]
    if not numbers:
        messages.warning(request, "请先勾选要转出件的办件。")
        return HttpResponseRedirect("/desk/exit/")
    done = _each(request, actor, {number: (Action.MAKE_READY, {}) for number in numbers})
    if done:
        messages.success(request, f"已转出件 {done} 件，申请人会收到领取通知。")
    return HttpResponseRedirect("/desk/exit/")


@require_POST
@staff
def couriers(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Courier numbers for several cases at once; those left empty stay."""
    typed = {name: value.strip()[:60] for name, value in request.POST.items() if isinstance(value, str)}
    company = typed.get("company") or COMPANIES[0]
    given = {
        name.removeprefix("courier-"): value for name, value in typed.items() if name.startswith("courier-") and value
    }
    if not given:
        messages.warning(request, "请先填写快递单号。")
        return HttpResponseRedirect("/desk/exit/")
    wanted = {
        number: (Action.SEND_BY_COURIER, {"company": company, "courier_number": value})
        for number, value in given.items()
    }
    done = _each(request, actor, wanted)
    if done:
        messages.success(request, f"已登记寄出 {done} 件，申请人会收到快递单号。")
    if done < len(given):
        return _shown(request, actor, typed=typed, status=422)
    return HttpResponseRedirect("/desk/exit/")


def _each(request: HttpRequest, actor: Actor, wanted: dict[str, tuple[Action, dict[str, Any]]]) -> int:
    """Does each; what went wrong is said with the number it went wrong for. Returns how many were done."""
    key = good_key(request.POST.get("key", ""))
    found = {case.number: case for case in _reached(actor).filter(number__in=list(wanted)).select_related("item")}
    done = 0
    for number, (action, data) in wanted.items():
        case = found.get(number)
        if case is None:
            messages.error(request, "有一件没有找到，可能已经不在这里了。")
            continue
        again = Idempotency.of(f"desk-{key}-{case.pk}", {"action": action.value, "data": data})
        try:
            actions.perform(case, action.value, by=actor, data=data, idempotency=again)
            done += 1
        except Problem as problem:
            said = problem.errors[0].message if problem.errors else problem.title
            messages.error(request, f"{case.item.name}（{case.query_number}）没有办成：{said}")
    return done
