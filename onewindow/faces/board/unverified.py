"""What supervision could not verify (无法核验): for each rule how much, since when, why, where, and what would help.

The rows are those that the checks on conduct keep (`Unverified`, oversight/conduct/watch.py). What a daily check
could not compute stands until it can be; what a single entry of the ledger does not show stays as it is and is told
of for thirty days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Count, Min, Q

from onewindow.faces.board.names import names_of
from onewindow.faces.board.scope import Scope
from onewindow.faces.board.tiles import rows_url
from onewindow.oversight.models import Unverified
from onewindow.oversight.subjects import NEEDED

DAYS: Final = 30
_REASONS: Final = 2
_PLACES: Final = 3


@dataclass(frozen=True, slots=True)
class Place:
    name: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """One rule: `why` are the reasons that were given most, `needed` what would make it verifiable."""

    code: str
    label: str
    count: int
    since: date
    why: list[str]
    needed: str
    places: list[Place]
    url: str


def standing(today: date) -> Q:
    """What stands now, and of single entries what was found in the last thirty days."""
    return Q(until=None, since__lte=today) | Q(
        subject_kind="case", since__gt=today - timedelta(days=DAYS), since__lte=today
    )


def unknown(scope: Scope, today: date) -> list[Unknown]:
    """By rule, the most first; three queries at most."""
    rows = Unverified.objects.filter(standing(today), scope.place()).order_by()
    by_rule: dict[str, list[dict[str, Any]]] = defaultdict(list)
    reasons = rows.values("rule__code", "rule__name", "rule__body__check", "reason")
    for one in reasons.annotate(n=Count("pk"), first=Min("since")).order_by("-n", "reason"):
        by_rule[one["rule__code"]].append(dict(one))
    where = _places(scope, rows) if by_rule else {}
    found = [_of(scope, code, told, where.get(code, [])) for code, told in by_rule.items()]
    return sorted(found, key=lambda one: (-one.count, one.code))


def how_many(scope: Scope, today: date) -> int:
    """One query."""
    return Unverified.objects.filter(standing(today), scope.place()).count()


def _of(scope: Scope, code: str, told: list[dict[str, Any]], places: list[Place]) -> Unknown:
    return Unknown(
        code=code,
        label=told[0]["rule__name"],
        count=sum(one["n"] for one in told),
        since=min(one["first"] for one in told),
        why=[one["reason"] for one in told[:_REASONS]],
        needed=NEEDED.get(told[0]["rule__body__check"] or "", ""),
        places=places,
        url=rows_url(scope, "unverified", rule=code),
    )


def _places(scope: Scope, rows: Any) -> Mapping[str, list[Place]]:
    """Where most of it lies: departments of a centre or a county, nothing finer than that. Two queries."""
    if scope.wide or scope.kind not in {"division", "centre"}:
        return {}
    counted = rows.filter(department__isnull=False).values_list("rule__code", "department_id").annotate(n=Count("pk"))
    top: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for code, department, number in counted.order_by("-n", "department_id"):
        if len(top[code]) < _PLACES:
            top[code].append((department, number))
    names = names_of(scope, "department", {pk for found in top.values() for pk, _ in found})
    return {
        code: [
            Place(names[pk][0], number, rows_url(scope, "unverified", rule=code, department=pk))
            for pk, number in found
            if pk in names
        ]
        for code, found in top.items()
    }


__all__ = ["DAYS", "Unknown", "how_many", "standing", "unknown"]
