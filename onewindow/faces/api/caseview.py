"""A case as the API shows it: from its projection and the rules it is pinned to, personal data masked. No query."""

from __future__ import annotations

from onewindow.cases.actions.engine import rules_for
from onewindow.cases.actions.intake import missing
from onewindow.cases.lifecycle import STATE_LABELS, State
from onewindow.cases.limits import Rules, TimeLimit, time_limits
from onewindow.cases.models import NO_DUE_DATE, Case
from onewindow.cases.projection import Facts, Json
from onewindow.catalogue.models import Item, version_by_id
from onewindow.clocks.deadlines import end_of_day
from onewindow.faces.api.answers import local
from onewindow.papers.data import PAPER_TITLES, PaperKind
from onewindow.people.authority import Actor
from onewindow.people.masking import mask_id, mask_name, mask_phone
from onewindow.people.models import Applicant
from onewindow.people.roles import LABELS

_LABELS = {role.value: label for role, label in LABELS.items()}
_WAITING = frozenset({State.SUBMITTED, State.RECEIVED, State.CORRECTING, State.DRAFT})


def summary(case: Case) -> Json:
    """A row of a list. Needs `centre`, `applicant` and `assignee` loaded, `department` where a case was transferred."""
    item = version_by_id(case.item_version_id).item
    return {
        "number": case.number,
        "query_number": case.query_number,
        "state": case.state,
        "state_label": STATE_LABELS[State(case.state)],
        "version": case.version,
        "item": {"code": item.code, "key": item.key, "name": case.version_spec.name},
        "kind": case.kind,
        "channel": case.channel,
        "centre": {"key": case.centre.key, "name": case.centre.name},
        "department": _department(case, item),
        "applicant": person(case.applicant),
        "created_at": local(case.created_at),
        "received_at": local(case.received_at),
        "accepted_at": local(case.accepted_at),
        "decided_at": local(case.decided_at),
        "ended_at": local(case.ended_at),
        "outcome": case.outcome,
        "desk": case.desk,
        "desk_label": _LABELS.get(case.desk, ""),
        "assignee": _assignee(case),
        "urgent": case.urgent,
        "paused": case.paused,
        "due_on": case.due_on if case.next_due_at != NO_DUE_DATE else None,
    }


def detail(case: Case, by: Actor) -> Json:
    """The whole case. Needs `centre__profile`, `department` and `applicant` loaded; reads nothing itself, but for the
    name of a colleague who holds the case."""
    facts, rules = case.told, rules_for(case)
    shown = summary(_with_known_assignee(case, by))
    return {
        **shown,
        "accepted_on": facts.accepted_on,
        "deemed": facts.deemed,
        "submitted_at": facts.submitted_at,
        "agent": person(case.agent) if case.agent_id and case.agent else None,
        "answers": facts.answers,
        "deadlines": [deadline(limit) for limit in time_limits(facts, rules)],
        "missing": missing_of(facts, rules),
        "materials": _materials(facts, rules),
        "notices": facts.notices,
        "procedures": [_procedure(procedure) for procedure in facts.procedures],
        "extension": _extension(facts),
        "reason": facts.reason,
        "papers": [_paper(case, row) for row in facts.papers],
        "certificate": facts.certificate,
        "courier": facts.courier,
        "delivery": facts.delivery,
    }


def _department(case: Case, item: Item) -> Json:
    """The item's own department is in memory; only a case that was transferred has another one."""
    found = item.department if item.department_id == case.department_id else case.department
    return {"code": found.code, "name": found.name}


def _with_known_assignee(case: Case, by: Actor) -> Case:
    """The holder is often the caller, whose name is at hand."""
    if case.assignee_id is not None and by.account is not None and case.assignee_id == by.account.pk:
        case.assignee = by.account
    return case


def _assignee(case: Case) -> Json | None:
    if case.assignee_id is None or case.assignee is None:
        return None
    return {"username": case.assignee.username, "name": case.assignee.name}


def person(applicant: Applicant) -> Json:
    """Who applies, masked; the name and code of an organisation are public."""
    legal = applicant.kind == "legal"
    number, name = str(applicant.id_number), str(applicant.name)
    return {
        "kind": applicant.kind,
        "name": name if legal else mask_name(name),
        "id_type": applicant.id_type,
        "id_masked": number if applicant.id_type == "uscc" else mask_id(number),
        "phone_masked": mask_phone(str(applicant.phone)) if applicant.phone else "",
    }


def deadline(limit: TimeLimit) -> Json:
    return {
        "kind": limit.kind,
        "key": limit.key,
        "label": limit.label,
        "rule": limit.rule,
        "limit": {"n": limit.limit.n, "unit": limit.limit.unit.value},
        "start_on": limit.start,
        "due_on": limit.due,
        "due_at": end_of_day(limit.due) if limit.due else None,
        "provisional": limit.provisional,
        "paused": limit.due is None and limit.settled_at is None,
        "paused_ground": limit.paused_ground,
        "settled_at": limit.settled_at,
        "outcome": limit.outcome,
    }


def missing_of(facts: Facts, rules: Rules) -> list[Json]:
    """What is still to come: before acceptance everything required, afterwards what was deferred."""
    by_key = rules.spec.material_by_key
    if State(facts.state) in _WAITING:
        absent = missing(rules.spec, facts.answers, facts.materials)
    else:
        absent = [by_key[key] for key in facts.deferred]
    return [{"material": material.key, "name": material.name} for material in absent]


def _materials(facts: Facts, rules: Rules) -> list[Json]:
    """What was handed in or promised, in the order of the item's list."""
    rows = []
    for material in rules.spec.materials:
        given = facts.materials.get(material.key)
        if given is not None:
            rows.append({"material": material.key, "name": material.name, **_BLANK, **given})
    return rows


_BLANK: Json = {"form": None, "copies": None, "original_seen": None, "file": None, "until": None}


def _procedure(procedure: Json) -> Json:
    names = ("kind", "name", "counts", "legal_basis", "reason", "opened_at", "closed_at")
    return {name: procedure.get(name) for name in names}


def _extension(facts: Facts) -> Json | None:
    return {**facts.extension} if facts.extension else None


def _paper(case: Case, row: Json) -> Json:
    return paper(case.number, row["kind"], row["number"], row["code"])


def paper(number: str, kind: str, label: str, code: str) -> Json:
    """A paper by the code that also verifies it; `id` is that code."""
    address = f"/api/v1/cases/{number}/papers/{code}"
    title = PAPER_TITLES[PaperKind(kind)]
    return {
        "id": code,
        "kind": kind,
        "title": title,
        "number": label,
        "pdf": f"{address}.pdf",
        "text": f"{address}.txt",
    }
