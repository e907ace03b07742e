"""Who comes in to manage, and what of the house each of them finds there. Everything else is not found."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from onewindow.catalogue.models import Item
from onewindow.faces.staff import staff_only
from onewindow.people.authority import Actor
from onewindow.people.changes import Area, Steward, Territory, territory
from onewindow.people.models import Account, AuthorisationLetter, Posting
from onewindow.places.models import Centre, Department

P = ParamSpec("P")
M = TypeVar("M", bound=Model)
View = Callable[Concatenate[HttpRequest, Steward, P], HttpResponseBase]
Guarded = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def managing(area: Area | None, *, write: bool = False) -> Callable[[View[P]], Guarded[P]]:
    """The view with the steward as its second argument, for whoever may read (or change) the area somewhere.

    `area` None: whoever manages anything. Visitors sign in first; for everybody else there is nothing here.
    """

    def decorate(view: View[P]) -> Guarded[P]:
        @staff_only
        @wraps(view)
        def seen(request: HttpRequest, account: Account, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            steward = Steward(Actor.of(account))
            if not any(territory(steward.actor, one, write=write) for one in ([area] if area else Area)):
                raise Http404
            return view(request, steward, *args, **kwargs)

        return seen

    return decorate


def may_change(steward: Steward, area: Area, division: str) -> bool:
    """Whether the page offers to change what lies in that division; the action asks again."""
    return territory(steward.actor, area, write=True).covers(division)


def held(steward: Steward, area: Area) -> Territory:
    return territory(steward.actor, area)


def one(queryset: QuerySet[M], **which: Any) -> M:
    """The only row, or not found; also for what lies outside this person's territory."""
    if any(isinstance(value, str) and "\x00" in value for value in which.values()):  # the database cannot even ask
        raise Http404
    found = queryset.filter(**which).first()
    if found is None:
        raise Http404
    return found


def departments_for(steward: Steward) -> QuerySet[Department]:
    return Department.objects.filter(held(steward, Area.DEPARTMENTS).on("division__code"))


def centres_for(steward: Steward) -> QuerySet[Centre]:
    return Centre.objects.filter(held(steward, Area.CENTRES).on("division__code"))


def items_for(steward: Steward) -> QuerySet[Item]:
    found: QuerySet[Item] = Item.objects.filter(
        held(steward, Area.ITEMS).on("department__division__code", "department_id"),
    )
    return found


def postings_for(steward: Steward, area: Area = Area.STAFF) -> QuerySet[Posting]:
    found: QuerySet[Posting] = Posting.objects.filter(held(steward, area).on("centre__division__code"))
    return found


def current_postings(steward: Steward, area: Area = Area.STAFF) -> QuerySet[Posting]:
    """Those of them that are in force today."""
    today: QuerySet[Posting] = Posting.objects.valid_on(steward.today)
    return today.filter(held(steward, area).on("centre__division__code"))


def letters_for(steward: Steward) -> QuerySet[AuthorisationLetter]:
    return AuthorisationLetter.objects.filter(held(steward, Area.LETTERS).on("posting__centre__division__code"))


def accounts_for(steward: Steward) -> QuerySet[Account]:
    """Staff with a posting in the territory, past ones too, and those without any posting yet."""
    staff = Account.objects.filter(kind="staff")
    own = held(steward, Area.STAFF)
    if own.everything:
        return staff
    mine = Posting.objects.filter(own.on("centre__division__code"), account=OuterRef("pk"))
    return staff.filter(Exists(mine) | ~Exists(Posting.objects.filter(account=OuterRef("pk"))))


def within_records(steward: Steward, area: Area) -> Q:
    """The filter on ChangeRecord: what concerns the territory, and what concerns the whole installation."""
    own = held(steward, area)
    return Q() if own.everything else own.on("division") | Q(division="")
