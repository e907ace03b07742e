"""How long people waited in the halls of a scope today, each hall held against its own limit (`wait_limit`)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Sum

from onewindow.faces.board.scope import Scope
from onewindow.hall.models import Hall
from onewindow.oversight.models import Figure

_READ: Final = ("waits", "waiting_seconds")


@dataclass(frozen=True, slots=True)
class HallWait:
    """A hall, how many were called there today, and how long they had waited in all; `limit`: minutes."""

    name: str
    limit: int
    people: int
    seconds: int

    @property
    def too_long(self) -> bool:
        return self.seconds > self.limit * 60 * self.people


def halls_of(scope: Scope) -> dict[int, Hall]:
    """The open halls that concern a scope, by centre. One query; none for a person."""
    if scope.kind == "person":
        return {}
    rows = Hall.objects.filter(centre__is_open=True).select_related("centre").order_by("pk")
    if scope.kind == "centre":
        rows = rows.filter(pk=scope.pk)
    elif scope.kind == "division":
        rows = rows.filter(centre__division__code__startswith=scope.code)
    else:
        rows = rows.filter(centre__division_id=scope.code)
    return {hall.pk: hall for hall in rows}


def waits(scope: Scope, today: date) -> list[HallWait]:
    """Each hall with its own limit. Two queries at most."""
    halls = halls_of(scope)
    if not halls:
        return []
    asked = Figure.objects.filter(day=today, measure__in=_READ, centre_id__in=list(halls), person=None, item=None)
    asked = asked.filter(department_id=scope.pk if scope.kind == "department" else None)
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for centre, measure, number in asked.order_by().values_list("centre_id", "measure").annotate(Sum("value")):
        found[centre][measure] = number
    return [_wait(hall, found.get(pk, {})) for pk, hall in halls.items()]


def _wait(hall: Hall, counted: dict[str, Any]) -> HallWait:
    people, seconds = counted.get("waits", 0), counted.get("waiting_seconds", 0)
    return HallWait(hall.centre.name, hall.told.wait_limit, people, seconds)


def goal(halls: list[HallWait]) -> str:
    """What it should be: the hall's own limit, or from the shortest to the longest where there are several."""
    limits = sorted({hall.limit for hall in halls})
    if not limits:
        return ""
    return f"应当不超过 {limits[0]} 分钟" if len(limits) == 1 else f"各大厅自己定的，{limits[0]} 到 {limits[-1]} 分钟"


def verdict(halls: list[HallWait]) -> tuple[str, str]:
    """(tone, word): whether any hall is above its own limit."""
    late = [hall for hall in halls if hall.too_long]
    if not late:
        return "ontime", "没有超过"
    return "late", "等得太久" if len(halls) == 1 else f"{len(late)} 个大厅等得太久"


__all__ = ["HallWait", "goal", "halls_of", "verdict", "waits"]
