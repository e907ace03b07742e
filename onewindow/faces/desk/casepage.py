"""`/desk/cases/NUMBER/`: the case on one page. Reads only; every change goes through `doing`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from onewindow.cases.actions.intake import missing
from onewindow.cases.holdings import Holding, holdings_of
from onewindow.cases.lifecycle import BEFORE_ACCEPTANCE, State
from onewindow.cases.models import Case, CaseEvent
from onewindow.catalogue.models import version_by_id
from onewindow.catalogue.spec import Material
from onewindow.faces.desk import story
from onewindow.faces.desk.access import find_case, staff
from onewindow.faces.desk.clockface import head_faces, of_case
from onewindow.faces.desk.offers import AT_ONCE, offers
from onewindow.faces.desk.page import page
from onewindow.faces.desk.phrases import (
    STATE_TONES,
    grouped,
    masked_id,
    masked_name,
    masked_phone,
    short_number,
)
from onewindow.faces.desk.rows import rows
from onewindow.faces.desk.trail import Trail
from onewindow.papers.models import Paper
from onewindow.papers.render import PAPER_TITLES, PaperKind
from onewindow.people.authority import Actor
from onewindow.people.models import Applicant
from onewindow.people.unmask import FIELDS, reveal
from onewindow.problems import Problem
from onewindow.voice.complaints.registering import TAKERS

_OTHERS = 5
"""How many of the applicant's other cases the page names."""


@require_safe
@staff
def case_page(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """Everything about one case in a fixed number of queries (tests/desk/test_query_counts.py)."""
    return shown(request, actor, find_case(actor, number))


@require_POST
@staff
def unmask(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """Shows one field in full on this one answer, after it has been recorded with its reason."""
    case = find_case(actor, number)
    field, who = request.POST.get("field", ""), request.POST.get("who", "applicant")
    person = case.agent if who == "agent" and case.agent else case.applicant
    asked = {"who": who, "field": field, "reason": request.POST.get("reason", "")}
    try:
        value = reveal(person, field, by=actor, subject=case.number, reason=asked["reason"])
    except Problem as problem:
        return shown(request, actor, case, {"unmask_problem": problem, "unmask_asked": asked}, status=problem.status)
    found = {"who": who, "field": field, "label": FIELDS[field], "value": value or "没有登记"}
    return shown(request, actor, case, {"revealed": found})


def shown(
    request: HttpRequest, actor: Actor, case: Case, more: Mapping[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """The case page as an answer; also after an action that was refused."""
    trail = Trail.of(request)
    events = events_of(case)
    names = story.names_for(case, events)
    held = holdings_of(case) if State(case.state) in BEFORE_ACCEPTANCE or case.state == State.ACCEPTED else {}
    context = {
        **head(case, trail, actor),
        "offers": offers(case, actor),
        "at_once": [action.value for action in AT_ONCE],
        "press_key": uuid.uuid4().hex,
        "version": version_by_id(case.item_version_id),
        "answered": _answered(case),
        "unmask_fields": list(FIELDS.items()),
        "papers": papers_of(case),
        "materials": material_rows(case, held),
        "absent": _absent(case),
        "facts": case.told,
        "procedures": [_procedure(one) for one in case.told.procedures],
        "opinions": [{**one, "who": names.accounts.get(one["by"], "")} for one in case.told.opinions],
        "assists": [{**one, "name": names.departments.get(one["department"], "")} for one in case.told.assists],
        "timeline": story.timeline(case, events, names),
        "people": people_of(case),
        "held": list(held.values()),
        "others": _others(actor, case),
        "may_register": bool(actor.roles & TAKERS),
        **(more or {}),
    }
    return page(request, actor, "desk/case.html", context, current=trail.list, status=status)


def head(case: Case, trail: Trail, actor: Actor) -> dict[str, Any]:
    """What stays fixed at the top of every page of a case."""
    faces = of_case(case)
    before, after = trail.neighbours(actor, case)
    spec = case.version_spec
    step = case.told.step
    examining = State(case.state) in {State.ACCEPTED, State.EXAMINING} and step < len(spec.nodes)
    return {
        "case": case,
        "spec": spec,
        "trail": trail,
        "short": short_number(case.number),
        "query_number": grouped(case.query_number),
        "who": masked_name(case.applicant),
        "tone": STATE_TONES[State(case.state)],
        "step": spec.nodes[step].name if examining else "",
        "clocks": faces,
        "head_clocks": head_faces(faces),
        "before": before,
        "after": after,
        "nodes": _nodes(case),
    }


def events_of(case: Case) -> list[CaseEvent]:
    return list(case.events.select_related("actor", "posting__department", "posting__centre", "letter").order_by("seq"))


def papers_of(case: Case) -> list[dict[str, Any]]:
    """Issued papers, newest first, without their bodies."""
    found = Paper.objects.filter(subject_kind="case", subject_id=case.pk).order_by("-id")
    return [
        {
            "id": paper.pk,
            "title": _paper_title(case, paper.kind),
            "number": paper.number,
            "at": paper.issued_at,
            "code": paper.code,
            "revoked": paper.revoked_at,
            "rendered": bool(paper.pdf_digest),
            "pdf": f"/desk/cases/{case.number}/papers/{paper.pk}.pdf",
            "text": f"/desk/cases/{case.number}/papers/{paper.pk}/",
        }
        for paper in found.defer("pdf", "facts")
    ]


def _paper_title(case: Case, kind: str) -> str:
    """A certificate is called by its own name (食品经营许可证)."""
    if kind == PaperKind.CERTIFICATE and case.told.certificate:
        return str(case.told.certificate["name"])
    return PAPER_TITLES[PaperKind(kind)]


def material_rows(case: Case, held: Mapping[str, Holding]) -> list[dict[str, Any]]:
    """Each paper that this person's answers call for, with where it stands; then what was handed in beyond that."""
    given = case.told.materials
    files = {str(one.pk): one for one in case.files.all()}
    asked = case.version_spec.materials_for(case.told.answers)
    rest = [m for m in case.version_spec.materials if m.key in given and m not in asked]
    return [_material(case, m, given.get(m.key), files, held.get(m.key)) for m in (*asked, *rest)]


def _material(
    case: Case, material: Material, given: dict[str, Any] | None, files: Mapping[str, Any], holding: Holding | None
) -> dict[str, Any]:
    forms = {"original": "原件", "copy": "复印件", "electronic": "电子件", "shared": "中心已有或共享"}
    file = files.get(str(given.get("file"))) if given else None
    status = "shared" if material.shared and not given else given.get("status", "handed") if given else "missing"
    return {
        "material": material,
        "status": status,
        "form": forms.get((given or {}).get("form") or material.form, ""),
        "copies": (given or {}).get("copies", material.copies),
        "seen": bool(given and given.get("original_seen")),
        "until": (given or {}).get("until"),
        "file": file,
        "file_url": f"/desk/cases/{case.number}/files/{file.pk}/" if file else "",
        "holding": holding if status == "missing" else None,
    }


def _absent(case: Case) -> list[Material]:
    if State(case.state) not in BEFORE_ACCEPTANCE:
        return []
    return missing(case.version_spec, case.told.answers, case.told.materials)


def _answered(case: Case) -> list[dict[str, str]]:
    """The applicant's situation in the words of the questions."""
    found = []
    for scenario in case.version_spec.scenarios:
        given = case.told.answers.get(scenario.key)
        label = next((option.label for option in scenario.options if option.value == given), "")
        if label:
            found.append({"question": scenario.question, "answer": label})
    return found


def _procedure(one: dict[str, Any]) -> dict[str, Any]:
    return {**one, "open": one["closed_at"] is None}


def _nodes(case: Case) -> list[dict[str, Any]]:
    """The listed steps with where the case is: for the thin line of steps under the head."""
    state, step = State(case.state), case.told.step
    now = state in {State.ACCEPTED, State.EXAMINING}
    done = case.told.decided_at is not None
    return [
        {"name": node.name, "state": "done" if done or (now and n < step) else "now" if now and n == step else "next"}
        for n, node in enumerate(case.version_spec.nodes)
    ]


def people_of(case: Case) -> list[dict[str, Any]]:
    """Applicant and agent, masked, with what may be asked to be shown."""
    found = [_person("applicant", "申请人", case.applicant)]
    if case.agent is not None:
        found.append(_person("agent", "代理人", case.agent))
    return found


def _person(key: str, label: str, person: Applicant) -> dict[str, Any]:
    legal = person.kind == "legal"
    rows = [
        {"field": "name", "label": "名称" if legal else "姓名", "value": masked_name(person), "open": legal},
        {
            "field": "id_number",
            "label": person.get_id_type_display(),
            "value": masked_id(person),
            "open": person.id_type == "uscc",
        },
        {"field": "phone", "label": "手机号码", "value": masked_phone(person) or "没有登记", "open": not person.phone},
    ]
    if person.address:
        rows.append({"field": "address", "label": "联系地址", "value": f"{str(person.address)[:3]}***", "open": False})
    return {"key": key, "label": label, "rows": rows}


def _others(actor: Actor, case: Case) -> list[Any]:
    found = (
        Case.objects.visible_to(actor)
        .filter(applicant_id=case.applicant_id)
        .exclude(pk=case.pk)
        .exclude(state=State.DRAFT)
        .for_list()
        .select_related("centre__profile")
        .order_by("-id")[:_OTHERS]
    )
    return rows(found, "", timezone.localdate())
