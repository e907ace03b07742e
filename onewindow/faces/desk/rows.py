"""A row of a list of cases: what one sees before opening it, with nothing personal in the open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from onewindow.cases.actions.engine import rules_for
from onewindow.cases.lifecycle import State
from onewindow.cases.models import Case
from onewindow.faces.desk.clockface import ClockFace, row_face
from onewindow.faces.desk.phrases import STATE_TONES, grouped, masked_name, short_number
from onewindow.people.roles import LABELS, Role


@dataclass(frozen=True, slots=True)
class Row:
    """One case in a list. `clock` is the limit that falls due first, None when nothing runs."""

    url: str
    number: str
    short: str
    query_number: str
    item: str
    who: str
    state: str
    tone: str
    step: str
    department: str
    assignee: str
    urged: int
    urgent: bool
    clock: ClockFace | None
    case: Case


def rows(cases: Iterable[Case], query: str, today: date) -> list[Row]:
    """Rows of cases that came with `for_list()` and `centre__profile`; costs no query."""
    return [_row(case, query, today) for case in cases]


def _row(case: Case, query: str, today: date) -> Row:
    facts: dict[str, Any] = case.facts
    rules = rules_for(case)
    nodes, step = rules.spec.nodes, facts.get("step", 0)
    state = State(case.state)
    return Row(
        url=f"/desk/cases/{case.number}/{query}",
        number=case.number,
        short=short_number(case.number),
        query_number=grouped(case.query_number),
        item=case.item.name,
        who=masked_name(case.applicant),
        state=case.state_label,
        tone=STATE_TONES[state],
        step=nodes[step].name if state in {State.ACCEPTED, State.EXAMINING} and step < len(nodes) else "",
        department=case.department.short_name,
        assignee=case.assignee.name if case.assignee else _waits_for(case.desk),
        urged=facts.get("urges", 0),
        urgent=case.urgent,
        clock=row_face(case, today, rules),
        case=case,
    )


def _waits_for(desk: str) -> str:
    """Whose move is next while nobody has taken the case."""
    return f"等{LABELS[Role(desk)]}" if desk else ""
