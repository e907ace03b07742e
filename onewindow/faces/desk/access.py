"""Who comes in: staff only, with their postings; a case only when this person may see it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.db.models import Q
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from onewindow.cases.models import Case
from onewindow.faces.staff import staff_only
from onewindow.people.authority import Actor
from onewindow.people.models import Account

CHOSEN = "desk_posting"
"""Session key: the posting this person has chosen to work in."""

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]


def staff(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """The view with the acting person as its second argument, for staff."""

    @staff_only
    @wraps(view)
    def seen(request: HttpRequest, account: Account, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, actor_of(request, account), *args, **kwargs)

    return seen


def actor_of(request: HttpRequest, account: Account) -> Actor:
    """The person with the chosen posting first: it decides the lists, the centre of an intake and the evidence."""
    actor = Actor.of(account)
    chosen = request.session.get(CHOSEN)
    ordered = sorted(actor.postings, key=lambda posting: posting.pk != chosen)
    return Actor(account, tuple(ordered))


def find_case(actor: Actor, number: str, **filters: Any) -> Case:
    """The case by its number or query number, with all its page needs. Raises Http404 also for one not to be seen."""
    found: Case | None = (
        Case.objects.reachable_by(actor)
        .select_related("item", "department", "centre__profile", "applicant", "agent", "assignee")
        .filter(Q(number=number) | Q(query_number=number), **filters)
        .first()
    )
    if found is None:
        raise Http404
    return found
