"""办不成事 · 有诉即办: taking complaints down, reading them, and their moves, one address a move.

What an applicant's own program sends is anonymous unless it says a name: the account is not written down. The answer
to a new complaint carries the address by which the complainant follows it, and no other answer does.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from ninja import Router
from pydantic import Field

from onewindow.faces.api import docs
from onewindow.faces.api.answers import answer, etag, local
from onewindow.faces.api.catalogue import body
from onewindow.faces.api.matterview import MatterQuery, limits_of, listed, perform, steps_of
from onewindow.faces.api.reading import json_body, number_of, query
from onewindow.faces.api.repeats import once
from onewindow.faces.api.security import caller
from onewindow.faces.api.shapes import FileShape
from onewindow.faces.api.shapes_voice import ComplaintMade, ComplaintPage, ComplaintShape
from onewindow.faces.api.uploading import as_download, as_uuid, named_by_key, one_file, shown
from onewindow.inputs import Input, Line, at_most
from onewindow.loops.definition import Move
from onewindow.loops.engine import CITIZEN
from onewindow.loops.models import LoopStep
from onewindow.people.authority import Actor
from onewindow.people.masking import mask_name, mask_phone
from onewindow.people.roles import Role
from onewindow.places.models import Department
from onewindow.problems import NotFound
from onewindow.voice.complaints import evidence, issues
from onewindow.voice.complaints.registering import ComplaintInput, may_contact, register, visible, waiting
from onewindow.voice.complaints.words import link
from onewindow.voice.inputs import Assign
from onewindow.voice.loops import COMPLAINT
from onewindow.voice.models import Complaint, Evidence
from onewindow.voice.naming import centre_of

router = Router(tags=["评价和诉求"])
EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "accept": {},
    "decline": {"reason": "这是法院管辖的事，请到立案庭"},
    "assign": {"department": "11430922006548371X", "words": "请三天内答复"},
    "urge": {"words": "请写清楚什么时候发证", "until": "2026-11-26"},
    "extend": {"reason": "要等检测结果"},
    "answer": {"answer": "证已经发出，单号见短信"},
    "revisit": {"satisfied": True, "words": "已经收到"},
    "rectify": {"measure": "补发了证，换了经办人", "done": True},
    "close": {"words": "当天发证，不需要整改"},
    "reopen": {"reason": "证又被收回"},
    "supplement": {"files": ["0b6f3a52-6f8e-4f0e-9b0e-3d0f0c8a7b11"], "shared": True},
    "join": {"issue": "XT123456782"},
    "part": {"reason": "说的不是同一件事"},
}


class NewComplaintInput(ComplaintInput):
    """A complaint with how it came; an applicant's own program sends it online."""

    channel: Literal["window", "phone", "hotline"] = Field(
        default="window", title="怎么来的：窗口 window、电话 phone、热线 hotline"
    )


class AssignInput(Assign):
    """To which department, by its code."""

    department: Annotated[Line, at_most(18)] = Field(title="承办部门（统一社会信用代码）")  # type: ignore[assignment]


INPUTS: Final[tuple[type[Input], ...]] = (NewComplaintInput,)


@router.post(
    "/complaints",
    response={201: ComplaintMade},
    openapi_extra=docs.writes(
        NewComplaintInput,
        example={"cause": "overdue", "text": "说好五天，半个月了还没有结果", "item": "food-operation-licence"},
    ),
    summary="登记诉求",
)
def complain(request: HttpRequest) -> HttpResponse:
    data, by = json_body(request), caller(request)
    channel = NewComplaintInput.parse(data).channel
    raw = {name: value for name, value in data.items() if name != "channel"}

    def act(name: str | None) -> Complaint:
        if by.account is not None and by.account.kind == "applicant":
            return register(raw, "online", CITIZEN, request=name)
        return register(raw, channel, by, request=name)

    row = once(request, data, act)
    made = {"number": row.number, "state": row.state, "opened_at": local(row.opened_at), "follow": link(row)}
    return answer(made, status=201, headers={"Location": f"/api/v1/complaints/{row.number}"})


@router.get(
    "/complaints", response={200: ComplaintPage}, openapi_extra=docs.reads(MatterQuery), summary="您能看到的诉求"
)
def complaints(request: HttpRequest) -> HttpResponse:
    """The newest first. One query besides the caller's."""
    asked, by = query(request, MatterQuery), caller(request)
    return answer(listed("complaints", COMPLAINT, _rows(by), lambda: waiting(by), asked, summary))


@router.post("/complaints/files", response={201: FileShape}, openapi_extra=docs.uploads(), summary="上传诉求的文件")
def complaint_upload(request: HttpRequest) -> HttpResponse:
    """Waits a day to be named in `files` of a new complaint or of a move. An applicant's is in nobody's name."""
    by, given = _holder(caller(request)), one_file(request)
    pk = named_by_key(request, "complaint:")
    first = Evidence.objects.filter(pk=pk, uploaded_by=by.account).first() if pk else None
    return answer(shown(first or evidence.keep(given, by, centre_of("", by), pk)), status=201)


@router.get(
    "/complaints/{number}",
    response={200: ComplaintShape},
    openapi_extra=docs.versioned(docs.reads()),
    summary="一件诉求，带全部经过",
)
def complaint(request: HttpRequest, number: str) -> HttpResponse:
    by = caller(request)
    return _shown(find(by, number), by)


def find(by: Actor, number: str) -> Complaint:
    """Raises NotFound, also for one that this person may not see."""
    row = _rows(by).filter(number=number_of(number)).first()
    if row is None:
        raise NotFound("没有这件诉求，或者您不能查看")
    return row  # type: ignore[no-any-return]


def _rows(by: Actor) -> Any:
    return visible(by).select_related(
        "centre__profile", "department", "against", "item", "case", "window", "issue", "raised_to"
    )


# ---- files ---------------------------------------------------------------------------------------------------------


def _holder(by: Actor) -> Actor:
    """In whose name a file waits: an applicant's program complains in nobody's."""
    return CITIZEN if by.account is not None and by.account.kind == "applicant" else by


@router.get(
    "/complaints/{number}/files/{file_id}",
    openapi_extra=docs.reads(media="application/octet-stream"),
    summary="诉求的文件（打开记录在案）",
)
def complaint_file(request: HttpRequest, number: str, file_id: str) -> HttpResponseBase:
    by = caller(request)
    return as_download(evidence.found(by, find(by, number), as_uuid(file_id)))


def _file(one: Evidence) -> dict[str, Any]:
    side = "house" if one.from_house else "complainant"
    return {**shown(one), "side": side, "shared": one.shared, "uploaded_at": local(one.uploaded_at)}


# ---- the moves -----------------------------------------------------------------------------------------------------


def _perform(request: HttpRequest, number: str, move: Move) -> HttpResponse:
    data, by = json_body(request, may_be_empty=True), caller(request)
    data = _by_code(data) if move.needs is Assign else data
    perform(request, COMPLAINT, find(by, number), move, data)
    return _shown(find(by, number), by)


def _by_code(data: dict[str, Any]) -> dict[str, Any]:
    """Programs name a department by its credit code. Raises InvalidInput."""
    given = AssignInput.parse(data)
    found = Department.objects.filter(code=given.department).values_list("pk", flat=True).first()
    return {**data, "department": found or 0}


def _add(move: Move) -> None:
    def view(request: HttpRequest, number: str) -> HttpResponse:
        return _perform(request, number, move)

    view.__name__ = f"complaint_{move.action}"
    needs = AssignInput if move.needs is Assign else move.needs
    schema = needs.model_json_schema(ref_template=docs.REF)
    extra = docs.versioned(docs.writes(schema, matches=True, example=EXAMPLES[move.action]))
    address = f"/complaints/{{number}}/actions/{move.action}"
    router.post(address, response={200: ComplaintShape}, openapi_extra=extra, summary=move.label)(view)


for _move in COMPLAINT.moves:
    if _move.roles - {Role.SYSTEM, Role.APPLICANT}:
        _add(_move)


# ---- in words ------------------------------------------------------------------------------------------------------


def summary(row: Complaint) -> dict[str, Any]:
    return {
        "number": row.number,
        "kind": row.kind,
        "kind_label": row.get_kind_display(),
        "cause": row.cause,
        "cause_label": row.get_cause_display(),
        "channel": row.channel,
        "state": row.state,
        "state_label": COMPLAINT.states[row.state],
        "centre": {"key": row.centre.key, "name": row.centre.name},
        "against": body(row.against) if row.against else None,
        "department": body(row.department) if row.department else None,
        "item": {"key": row.item.key, "name": row.item.name} if row.item else None,
        "case": row.case.number if row.case else None,
        "window": row.window.code if row.window else None,
        "issue": row.issue.number if row.issue else None,
        "raised_to": row.raised_to.name if row.raised_to else None,
        "no_judge": row.no_judge,
        "anonymous": row.anonymous,
        "satisfied": row.satisfied,
        "reopened": row.reopened,
        "next_due_at": local(row.next_due_at),
        "opened_at": local(row.opened_at),
        "closed_at": local(row.closed_at),
        "version": row.version,
    }


def _shown(row: Complaint, by: Actor) -> HttpResponse:
    """Five queries more: like ones and which may be seen, files, what runs, what has happened."""
    like = issues.alike_of(row, timezone.now()) if row.item_id or row.against_id else []
    seen = visible(by).filter(pk__in=[one.pk for one in like[:20]]).order_by("-id").values_list("number", flat=True)
    reporter = {"name": mask_name(row.name), "phone": mask_phone(row.phone)} if may_contact(by, row) else None
    whole = {
        **summary(row),
        "text": row.text,
        "reporter": reporter,
        "like": list(seen) if like else [],
        "files": [_file(one) for one in evidence.of(row) if evidence.may_see(by, row, one)],
        "limits": limits_of(COMPLAINT, row),
        "steps": steps_of(COMPLAINT, row, _who),
    }
    return answer(whole, headers={"ETag": etag(row.version)})


def _who(one: LoopStep) -> str:
    if one.role == Role.APPLICANT:
        return "群众本人"
    return one.actor.name if one.actor else "系统"
