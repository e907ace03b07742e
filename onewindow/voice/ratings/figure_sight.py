"""Whose figures of ratings a person may look at, and which rows behind them.

Managers and supervision: the places of their division. Who leads a department: that department. Everybody: themselves,
but only up to yesterday and never row by row, so that nobody finds out who has just said what of them (XY-13.2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from onewindow.people.authority import Actor
from onewindow.people.roles import Role
from onewindow.places.models import Centre
from onewindow.places.profiles import rules_of
from onewindow.voice.models import ASKED, BAD, CHANNELS, PHASES, Invitation, Rating
from onewindow.voice.ratings import figure_sql as sql
from onewindow.voice.ratings.figures import Scope, midnight, span
from onewindow.voice.ratings.plates import WORDS

PLACES: Final = frozenset({Role.MANAGER, Role.SUPERVISOR})
LEADS: Final = frozenset({Role.CHIEF, Role.HEAD})
ME: Final = "me"
KINDS: Final = {
    "asked": "收到邀请以后评的",
    "bad": "差评",
    "good": "基本满意和以上",
    "default": "默认好评",
    "flagged": "可疑的好评",
}
_MOST_CENTRES: Final = 500
_NUMBER: Final = re.compile(r"[1-9]\d{0,9}", re.ASCII)
_LABEL: Final = re.compile(r"[1-5]\d{2}", re.ASCII)
_FIXED: Final[dict[str, Any]] = {
    "channel": dict(CHANNELS),
    "phase": dict(PHASES),
    "target": WORDS,
    "kind": KINDS,
    "loop": sql.LOOP_FACTS,
}
_ROWS: Final = ("centre", "item", "department", "window", "person")


@dataclass(frozen=True, slots=True)
class Sight:
    """One choice of whose figures. `rows`: whether the ratings themselves may be read."""

    key: str
    label: str
    scope: Scope
    rows: bool = True

    def last_day(self, today: date) -> date:
        return today if self.rows else today - timedelta(days=1)


def sights(actor: Actor) -> list[Sight]:
    """The widest first; oneself last. One query for whoever sees places."""
    found: list[Sight] = []
    for posting in actor.postings:
        role, few = Role(posting.role), rules_of(posting.centre.profile.rules).rating_few
        if role in PLACES:
            found += _places(posting.centre.division_id, few)
        elif role in LEADS and posting.department_id and posting.department:
            scope = Scope("department", (posting.department_id,), few)
            found.append(Sight(f"department-{posting.department_id}", posting.department.name, scope))
    if actor.account is not None and actor.posting is not None:
        few = rules_of(actor.posting.centre.profile.rules).rating_few
        found.append(Sight(ME, "对我的评价", Scope("person", (actor.account.pk,), few), rows=False))
    return list({one.key: one for one in found}.values())


def _places(division: str, few: int) -> list[Sight]:
    rows = Centre.objects.filter(is_open=True, division__code__startswith=division)
    listed = list(rows.order_by("division_id", "pk").values_list("pk", "key", "name")[:_MOST_CENTRES])
    every = Sight("all", "全部大厅", Scope.centre(*(pk for pk, _, _ in listed), few=few))
    return [every, *(Sight(key, name, Scope.centre(pk, few=few)) for pk, key, name in listed)]


# ---- the rows behind a figure -------------------------------------------------------------------------------------


def narrowed(told: dict[str, str]) -> dict[str, str] | None:
    """What an address narrows the rows to; None for what is no such thing."""
    found: dict[str, str] = {}
    for name, value in told.items():
        if not value:
            continue
        known = (
            value in _FIXED[name]
            if name in _FIXED
            else bool(_LABEL.fullmatch(value))
            if name == "label"
            else value in set("12345")
            if name == "level"
            else bool(_NUMBER.fullmatch(value))
        )
        if not known:
            return None
        found[name] = value
    return found


NAMES: Final = (*_ROWS, "channel", "phase", "target", "level", "label", "kind", "loop")
"""By what rows can be narrowed."""


def rows(sight: Sight, actor: Actor, first: date, last: date, by: dict[str, str]) -> QuerySet[Any]:
    """The ratings a figure counts, the newest first, without those of the reader. One query here for `loop`."""
    scope = sight.scope
    column = f"{scope.column}_id"
    found: QuerySet[Any] = Rating.objects.filter(**{f"{column}__in": scope.keys}, at__gte=midnight(first))
    if by.get("kind") == "asked":
        found = found.filter(_was_asked(scope, first, last), is_default=False)
    elif "loop" in by:
        found = Rating.objects.filter(pk__in=_of_loops(scope, first, last, by["loop"]))
    else:
        found = found.filter(at__lt=midnight(last + timedelta(days=1)), is_default=by.get("kind") == "default")
    for name in (*_ROWS, "channel", "phase", "target", "level"):
        if name in by:
            found = found.filter(**{f"{name}_id" if name in _ROWS else name: by[name]})
    if "label" in by:
        found = found.filter(labels__contains=[by["label"]])
    if by.get("kind") in {"bad", "good"}:
        found = found.filter(level__lte=BAD) if by["kind"] == "bad" else found.filter(level__gt=BAD)
    if by.get("kind") == "flagged":
        found = found.filter(flag__isnull=False)
    me = actor.account.pk if actor.account else 0
    return found.filter(Q(person__isnull=True) | ~Q(person=me)).order_by("-at", "-pk")


def _was_asked(scope: Scope, first: date, last: date) -> Exists:
    asked = Invitation.objects.filter(
        ASKED,
        **{f"{scope.column}_id__in": scope.keys},
        made_at__gte=midnight(first),
        made_at__lt=midnight(last + timedelta(days=1)),
        used_at__isnull=False,
        silent=False,
        phase=OuterRef("phase"),
    )
    same = Q(ticket=OuterRef("ticket")) | Q(ticket=None, case=OuterRef("case"))
    return Exists(asked.filter(same))


def _of_loops(scope: Scope, first: date, last: date, fact: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql.loop_ratings(f"{scope.column}_id", fact), span(scope, first, last))
        return [row[0] for row in cursor.fetchall()]


__all__ = ["KINDS", "ME", "NAMES", "Sight", "narrowed", "rows", "sights"]
