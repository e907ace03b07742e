"""Doing: a new case, an action, what an action would issue, files, and seeing what is masked."""

from __future__ import annotations

import base64
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from pydantic import Field

from onewindow.cases import uploads
from onewindow.cases.actions import VERBS, options, perform, preview, receive, submit
from onewindow.cases.inputs import ReceiveInput
from onewindow.cases.lifecycle import Action
from onewindow.cases.models import Case, StoredFile
from onewindow.faces.api import caseview, docs
from onewindow.faces.api.answers import answer, etag
from onewindow.faces.api.finding import find
from onewindow.faces.api.reading import expected_version, idempotency, json_body, query
from onewindow.faces.api.reads import router
from onewindow.faces.api.security import caller
from onewindow.faces.api.shapes import CaseShape, FileShape, OptionList, Preview, Unmasked
from onewindow.faces.api.uploading import as_download, as_uuid, named_by_key, one_file, shown
from onewindow.inputs import Input, Line
from onewindow.papers.data import PAPER_TITLES
from onewindow.papers.issue import PaperDraft
from onewindow.people.authority import Actor, record_refusal
from onewindow.people.models import AccessRecord
from onewindow.people.roles import Role
from onewindow.problems import NotFound, Refused

_COUNTERS = frozenset({Role.CLERK, Role.TOWNSHIP_CLERK})
_HANDLERS = _COUNTERS | {Role.EXIT_CLERK, Role.EXAMINER, Role.VERIFIER, Role.CHIEF, Role.HEAD}
"""Who works on cases and may therefore need to see a whole number."""


@router.post(
    "/cases",
    response={201: CaseShape},
    openapi_extra=docs.versioned(docs.writes(ReceiveInput), 201),
    summary="收件（窗口）或提交申请（网上）",
)
def begin(request: HttpRequest) -> HttpResponse:
    """A counter receives; an applicant or a helper submits, as does anybody with channel `online`."""
    data, by = json_body(request), caller(request)
    if _at_counter(by, data):
        case = receive(data, by=by, idempotency=idempotency(request, data))
    else:
        sent = data if data.get("channel", "window") != "window" else {**data, "channel": "online"}
        case = submit(sent, by=by, idempotency=idempotency(request, data))
    headers = {"Location": f"/api/v1/cases/{case.number}", "ETag": etag(case.version)}
    return answer(caseview.detail(case, by), status=201, headers=headers)


def _at_counter(by: Actor, data: dict[str, Any]) -> bool:
    return data.get("channel") != "online" and not (
        (by.account is not None and by.account.kind == "applicant") or by.roles == {Role.HELPER}
    )


class OptionQuery(Input):
    all: bool = Field(default=False, title="现在不能办的也列出来，并说明为什么")


@router.get(
    "/cases/{number}/actions",
    response={200: OptionList},
    openapi_extra=docs.reads(OptionQuery),
    summary="您现在可以办什么",
)
def actions(request: HttpRequest, number: str) -> HttpResponse:
    asked, by = query(request, OptionQuery), caller(request)
    found = [option for option in options(find(by, number), by) if option.open or asked.all]
    return answer({"actions": [{**_option(option)} for option in found]})


def _option(option: Any) -> dict[str, Any]:
    return {
        "action": option.action,
        "label": option.label,
        "who": option.who,
        "final": option.final,
        "why_not": option.why_not,
        "fields": option.fields,
    }


@router.post(
    "/cases/{number}/actions/{action}",
    response={200: CaseShape},
    openapi_extra=docs.versioned(docs.writes({"type": "object"}, matches=True)),
    summary="办理一步",
)
def act(request: HttpRequest, number: str, action: str) -> HttpResponse:
    data, by = json_body(request, may_be_empty=True), caller(request)
    _known(action)
    done = perform(
        find(by, number),
        action,
        by=by,
        data=data,
        expected_version=expected_version(request),
        idempotency=idempotency(request, data),
    )
    return answer(caseview.detail(done, by), headers={"ETag": etag(done.version)})


def _known(action: str) -> None:
    if action not in set(Action) or Action(action) not in VERBS:
        raise NotFound("没有这个操作", detail="能办的操作见 /cases/{number}/actions")


@router.post(
    "/cases/{number}/actions/{action}/preview",
    response={200: Preview},
    openapi_extra=docs.writes({"type": "object"}),
    summary="先看这一步会发出的文书",
)
def look_ahead(request: HttpRequest, number: str, action: str) -> HttpResponse:
    """The papers exactly as the action would issue them, marked 预览; nothing is written."""
    data, by = json_body(request, may_be_empty=True), caller(request)
    _known(action)
    drafts = preview(find(by, number), action, by=by, data=data)
    return answer({"papers": [_preview(draft) for draft in drafts]})


def _preview(draft: PaperDraft) -> dict[str, str]:
    return {
        "kind": draft.kind.value,
        "title": PAPER_TITLES[draft.kind],
        "text": draft.preview_text(),
        "pdf_base64": base64.b64encode(draft.preview()).decode(),
    }


# ---- files ------------------------------------------------------------------------------------------------------


@router.post("/files", response={201: FileShape}, openapi_extra=docs.uploads(), summary="上传文件")
def upload(request: HttpRequest) -> HttpResponse:
    """Kept for the uploader until a case names it. With an Idempotency-Key a repeat returns the first file."""
    by, given = caller(request), one_file(request)
    pk = named_by_key(request)
    stored = (StoredFile.objects.filter(pk=pk).first() if pk else None) or uploads.store(given, by=by, pk=pk)
    return answer(shown(stored), status=201)


@router.get(
    "/cases/{number}/files/{file_id}",
    openapi_extra=docs.reads(media="application/octet-stream"),
    summary="办件里的文件",
)
def file(request: HttpRequest, number: str, file_id: str) -> HttpResponseBase:
    found = find(caller(request), number)
    return as_download(StoredFile.objects.filter(case_id=found.pk, pk=as_uuid(file_id)).first())


# ---- unmasking --------------------------------------------------------------------------------------------------


class UnmaskInput(Input):
    field: Literal["name", "id_number", "phone", "address", "agent_name", "agent_id_number", "agent_phone"] = Field(
        title="看哪一项"
    )
    reason: Line = Field(title="为什么要看")


@router.post(
    "/cases/{number}/unmask",
    response={200: Unmasked},
    openapi_extra=docs.writes(UnmaskInput),
    summary="查看完整信息（记录在案）",
)
def unmask(request: HttpRequest, number: str) -> HttpResponse:
    """Written down before it is shown: who, in which posting, of which case, and why."""
    data, by = UnmaskInput.parse(json_body(request)), caller(request)
    case = find(by, number)
    posting = next((p for p in by.postings if Role(p.role) in _HANDLERS and _covers(p, case)), None)
    if posting is None:
        refusal = Refused("只有办理这个办件的工作人员才能查看完整信息")
        record_refusal(by, f"unmask:{data.field}", case.number, refusal.title)
        raise refusal
    AccessRecord.objects.create(
        kind="unmasked",
        account=by.account,
        posting=posting,
        action=data.field,
        subject=case.number,
        reason=data.reason,
    )
    return answer({"field": data.field, "value": _value(case, data.field)})


def _covers(posting: Any, case: Case) -> bool:
    inside = posting.department_id == case.department_id if posting.department_id else True
    return inside and (posting.department_id is not None or posting.centre_id == case.centre_id)


def _value(case: Case, field: str) -> str:
    whose = case.agent if field.startswith("agent_") else case.applicant
    return str(getattr(whose, field.removeprefix("agent_"), None) or "") if whose else ""
