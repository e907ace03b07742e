"""What needs attention, soonest first: letters and postings that end, posts nobody holds, years that are missing."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from onewindow.catalogue.models import Item
from onewindow.clocks.models import Deadline
from onewindow.clocks.store import current_calendar
from onewindow.faces.manage.access import centres_for, current_postings, departments_for, letters_for, managing
from onewindow.faces.manage.centres import RECEIVERS
from onewindow.faces.manage.letters import in_state
from onewindow.faces.manage.letters import state_of as letter_state
from onewindow.faces.manage.page import page
from onewindow.faces.manage.staff import role_words
from onewindow.faces.manage.staff import state_of as posting_state
from onewindow.people.changes import Area, Steward, may_manage, territory
from onewindow.people.models import AuthorisationLetter, Posting
from onewindow.people.roles import Role
from onewindow.places.models import Window

_SHOWN: Final = 10
NOTICE_MONTH: Final = 11
"""The State Council publishes the next year's notice about then; earlier nobody can be late."""


@require_safe
@managing(None)
def overview(request: HttpRequest, steward: Steward) -> HttpResponse:
    staff, letters = (territory(steward.actor, area) for area in (Area.STAFF, Area.LETTERS))
    context: dict[str, Any] = {"manages": bool(staff), "soon_days": 30}
    if staff and letters:
        context |= _letters(steward) | _postings(steward) | _unmanned(steward)
    if territory(steward.actor, Area.CALENDAR):
        context |= _calendar(steward)
    context["calm"] = not any(context.get(f"{name}_count") for name in _COUNTED) and not context.get("years_missing")
    return page(request, steward, "manage/overview.html", context, current="overview")


_COUNTED: Final = ("letters", "postings", "headless", "empty", "windows")


def _letters(steward: Steward) -> dict[str, Any]:
    found = in_state(letters_for(steward), "soon", steward).select_related("department", "posting__account")
    rows = [
        {"letter": one, "state": letter_state(one, steward)} for one in found.order_by("valid_until", "id")[:_SHOWN]
    ]
    return {"letters": rows, "letters_count": found.count() if len(rows) == _SHOWN else len(rows)}


def _postings(steward: Steward) -> dict[str, Any]:
    soon = steward.today + dt.timedelta(days=30)
    found = current_postings(steward).filter(valid_until__lte=soon).select_related("account", "centre", "department")
    rows = [
        {"posting": one, "role": role_words(one), "state": posting_state(one, steward)}
        for one in found.order_by("valid_until", "id")[:_SHOWN]
    ]
    return {"postings": rows, "postings_count": found.count() if len(rows) == _SHOWN else len(rows)}


def _unmanned(steward: Steward) -> dict[str, Any]:
    """Departments with items and no chief, or with nobody at all; windows in use with nobody, counted by centre."""
    valid = Posting.objects.valid_on(steward.today)
    bodies = departments_for(steward).filter(
        Exists(Item.objects.in_use().filter(department=OuterRef("pk"))),
        is_active=True,
    )
    bodies = bodies.annotate(
        item_count=Count("items", filter=Q(items__status="in_use", items__current__isnull=False)),
        anybody=Exists(valid.filter(department=OuterRef("pk"))),
        chief=Exists(valid.filter(department=OuterRef("pk"), role=Role.CHIEF)),
        lettered=Exists(_lettered(steward)),
    ).order_by("id")
    known = list(bodies)
    headless = [body for body in known if body.anybody and not (body.chief and body.lettered)]
    empty = [body for body in known if not body.anybody]
    by_centre = list(
        bare_windows(steward)
        .values("centre_id", "centre__name")
        .annotate(number=Count("pk"), codes=StringAgg("code", "、", ordering="code"))
        .order_by("centre__key")[: _SHOWN * 2]
    )
    return {
        "headless": headless,
        "headless_count": len(headless),
        "empty": empty,
        "empty_count": len(empty),
        "windows": by_centre,
        "windows_count": sum(row["number"] for row in by_centre),
    }


def bare_windows(steward: Steward) -> QuerySet[Window]:
    """Windows in use that nobody serves: none posted there, and nobody at that centre who takes any window."""
    valid = Posting.objects.valid_on(steward.today)
    anybody = valid.filter(centre=OuterRef("centre"), window__isnull=True, role__in=RECEIVERS)
    found: QuerySet[Window] = Window.objects.filter(
        ~Exists(valid.filter(window=OuterRef("pk"))),
        ~Exists(anybody),
        centre__in=centres_for(steward).filter(is_open=True),
        is_active=True,
    )
    return found


def _lettered(steward: Steward) -> Any:
    """Letters in force that let a chief of the department decide."""
    return AuthorisationLetter.objects.filter(
        department=OuterRef("pk"),
        posting__role=Role.CHIEF,
        actions__contains="decide",
        revoked_at__isnull=True,
        valid_from__lte=steward.today,
        valid_until__gte=steward.today,
    )


def _calendar(steward: Steward) -> dict[str, Any]:
    """Years without a notice: this one always, the next from November on."""
    known, this = current_calendar(), steward.today.year
    years = [this, this + 1] if steward.today.month >= NOTICE_MONTH else [this]
    missing = [year for year in years if year not in known.published]
    open_ones = Deadline.objects.open().filter(provisional=True).count() if missing else 0
    return {
        "years_missing": missing,
        "this_year": this,
        "provisional": open_ones,
        "may_import": may_manage(steward.actor, Area.CALENDAR, ""),
    }
