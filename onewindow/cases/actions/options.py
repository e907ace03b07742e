"""What this person may do with this case now, and why not the rest: the desk's buttons, `GET …/actions` of the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from onewindow.cases.actions import engine
from onewindow.cases.lifecycle import Move, State, moves_from
from onewindow.cases.models import Case
from onewindow.people.authority import Actor
from onewindow.people.roles import LABELS, Role
from onewindow.problems import Problem, Refused


@dataclass(frozen=True, slots=True)
class Option:
    """One action in this state. `why_not` is empty when it can be done; `fields` is the JSON Schema of its input."""

    action: str
    label: str
    why_not: str
    who: str
    final: bool
    fields: dict[str, Any]

    @property
    def open(self) -> bool:
        return not self.why_not


def options(case: Case, by: Actor, now: datetime | None = None) -> list[Option]:
    """Every action of the case's state except the system's own, in the order of the lifecycle. No query of its own
    when the case comes with `centre__profile` and `applicant`, but for the letters of a post that needs one here."""
    at = now or timezone.now()
    rows = [row for row in moves_from(State(case.state)) if not row.by_system_only]
    return [_option(case, row, by, at) for row in rows]


def _option(case: Case, row: Move, by: Actor, now: datetime) -> Option:
    chosen = engine.VERBS[row.action]
    why = ""
    try:
        work = engine.work_on(case, row, by, now)
        if chosen.allowed is not None:
            why = chosen.allowed(work) or ""
    except Refused as refusal:
        why = refusal.title
    except Problem as problem:
        why = problem.title
    who = "、".join(LABELS[role] for role in Role if role in row.roles and role is not Role.SYSTEM)
    return Option(row.action.value, row.label, why, who, row.final, chosen.input.model_json_schema())
