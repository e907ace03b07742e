"""Who may see a page of the portal: signed-in applicants see their own, everybody else is told the same as if it did
not exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from onewindow.cases.models import Case
from onewindow.cases.numbers import looks_right
from onewindow.faces.portal.site import page
from onewindow.people.authority import Actor
from onewindow.people.models import Account
from onewindow.problems import NotFound, Problem

View = Callable[..., HttpResponse]


def account_of(request: HttpRequest) -> Account | None:
    return request.user if isinstance(request.user, Account) else None


def applicant_account(request: HttpRequest) -> Account:
    """The signed-in applicant; only inside a view under `for_applicants`."""
    account = account_of(request)
    assert account is not None
    assert account.applicant is not None
    return account


def for_applicants(view: View) -> View:
    """Asks to sign in first; tells staff that this part is for applicants. Personal pages are never kept by a cache."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        account = account_of(request)
        if account is None:
            return HttpResponseRedirect(f"/login/?{urlencode({'next': request.get_full_path()})}")
        if account.kind != "applicant" or account.applicant_id is None:
            return page(request, "staff_here.html", status=403)
        return view(request, *args, **kwargs)

    return problems_as_pages(never_cache(guarded))


def problems_as_pages(view: View) -> View:
    """Whatever Problem a view lets through becomes a page that says it in Chinese."""

    @wraps(view)
    def calm(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotFound as missing:
            raise Http404 from missing
        except Problem as problem:
            return page(request, "problem.html", {"problem": problem}, status=problem.status)

    return calm


def own_case(account: Account, number: str) -> Case:
    """The applicant's own case by its number or query number. Raises Http404 for anything else."""
    if "\0" in number:  # PostgreSQL has no such text
        raise Http404
    column = "query_number" if looks_right(number) else "number"
    found: Case | None = (
        Case.objects.visible_to(Actor.of(account))
        .select_related("item", "department", "centre__profile", "applicant", "agent")
        .filter(**{column: number})
        .first()
    )
    if found is None:
        raise Http404
    return found
