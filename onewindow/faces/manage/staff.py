"""Members of staff: finding them, and one of them with every post they hold and held."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from onewindow.cases.models import Case
from onewindow.faces.manage.access import (
    accounts_for,
    centres_for,
    current_postings,
    departments_for,
    managing,
    one,
    postings_for,
)
from onewindow.faces.manage.history import latest
from onewindow.faces.manage.lists import number, page_of, words
from onewindow.faces.manage.page import page
from onewindow.people.changes import Area, Steward
from onewindow.people.models import Account, AuthorisationLetter, Posting
from onewindow.people.roles import LABELS, Role
from onewindow.people.staffing import OPEN_TO_STAFF, may_touch

STATES: Final = {"": "在用的账号", "idle": "没有在岗的任职", "off": "已停用"}


@require_safe
@managing(Area.STAFF)
def people(request: HttpRequest, steward: Steward) -> HttpResponse:
    chosen = _chosen(request)
    listed = page_of(request, _found(steward, chosen), "username")
    context = {
        "page": listed,
        **chosen,
        "states": STATES.items(),
        "roles": [(role.value, LABELS[role]) for role in OPEN_TO_STAFF],
        "departments": departments_for(steward).filter(is_active=True).order_by("id").only("id", "name"),
    }
    return page(request, steward, "manage/staff.html", context, current="staff")


def _chosen(request: HttpRequest) -> dict[str, Any]:
    role, state = request.GET.get("role", ""), request.GET.get("state", "")
    return {
        "q": words(request),
        "role": role if role in LABELS else "",
        "state": state if state in STATES else "",
        "department": number(request.GET.get("department")),
        "centre": number(request.GET.get("centre")),
    }


def _found(steward: Steward, chosen: dict[str, Any]) -> QuerySet[Account]:
    """The accounts, each with the postings in force. Filters on a posting speak of one and the same posting."""
    current = current_postings(steward)
    shown = Prefetch("postings", current.select_related("centre", "department", "window"), to_attr="current")
    found = accounts_for(steward).filter(is_active=chosen["state"] != "off").prefetch_related(shown)
    if chosen["q"]:
        found = found.filter(Q(name__icontains=chosen["q"]) | Q(username__icontains=chosen["q"]))
    wanted = {"role": chosen["role"], "department_id": chosen["department"], "centre_id": chosen["centre"]}
    wanted = {name: value for name, value in wanted.items() if value}
    if wanted:
        found = found.filter(Exists(current.filter(account=OuterRef("pk"), **wanted)))
    if chosen["state"] == "idle":
        found = found.filter(~Exists(current.filter(account=OuterRef("pk"))))
    return found


@require_safe
@managing(Area.STAFF)
def person(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    return shown(request, steward, one(accounts_for(steward), pk=pk))


def shown(request: HttpRequest, steward: Steward, account: Account, **more: Any) -> HttpResponse:
    """The page of one person; `more` carries what is shown only now (a password, a telephone number)."""
    letters = Prefetch("letters", AuthorisationLetter.objects.select_related("department").order_by("-valid_until"))
    known = list(
        postings_for(steward)
        .filter(account=account)
        .select_related("centre", "department", "window", "covers__account")
        .prefetch_related(letters)
        .order_by("-valid_from", "-id")
    )
    subjects = [f"account:{account.pk}", *(f"posting:{posting.pk}" for posting in known)]
    context = {
        "person": account,
        "postings": [{"posting": posting, "state": state_of(posting, steward)} for posting in known],
        "elsewhere": Posting.objects.filter(account=account).count() - len(known),
        "open_cases": Case.objects.filter(assignee=account).exclude(desk="").count(),
        "changes": latest(*subjects),
        "is_me": steward.actor.account is not None and steward.actor.account.pk == account.pk,
        "touchable": may_touch(steward, account),
        "centre_count": centres_for(steward).count(),
        **more,
    }
    return page(request, steward, "manage/person.html", context, current="staff")


def state_of(posting: Posting, steward: Steward) -> tuple[str, str]:
    """(words, tone) of a posting: 在岗, 还没开始, 已结束, or how soon it ends."""
    if posting.valid_from > steward.today:
        return "还没开始", "primary"
    if posting.valid_until is None:
        return "在岗", "ontime"
    left = (posting.valid_until - steward.today).days
    if left < 0:
        return "已结束", "done"
    return ("在岗", "ontime") if left > 30 else (f"{left} 天后结束" if left else "今天结束", "soon")


def role_words(posting: Posting) -> str:
    return LABELS[Role(posting.role)]
