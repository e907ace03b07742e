"""Without a token: following one's own case by query number and the end of the identity number, and checking a paper.

Wrong end, wrong number and no such case get the same answer after the same work, and tries are counted across all
processes together with those of the portal's pages.
"""

from __future__ import annotations

import hmac
import json
import re
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from onewindow.cases.actions.engine import rules_for
from onewindow.cases.lifecycle import MOVES, Action
from onewindow.cases.models import Case, CaseEvent
from onewindow.cases.numbers import looks_right
from onewindow.faces.api import docs
from onewindow.faces.api.answers import answer, local
from onewindow.faces.api.caseview import missing_of
from onewindow.faces.api.problems import Locked
from onewindow.faces.api.reading import query
from onewindow.faces.api.shapes import PublicPaper, Tracking
from onewindow.faces.portal import throttle
from onewindow.inputs import Input
from onewindow.papers.data import PAPER_TITLES, PaperKind
from onewindow.papers.models import Paper
from onewindow.people.masking import mask_name
from onewindow.problems import NotFound, TooMany

router = Router(tags=["公开查询"])
_CODE = re.compile(r"[2-9A-HJ-NP-Z]{16}")
_TOLD = frozenset(
    {
        Action.SUBMIT,
        Action.RECEIVE,
        Action.GIVE_NOTICE,
        Action.SUPPLY,
        Action.ACCEPT,
        Action.ACCEPT_DEFERRED,
        Action.DEEM_ACCEPTED,
        Action.FIND_NOT_REQUIRED,
        Action.REFUSE_ACCEPTANCE,
        Action.OPEN_PROCEDURE,
        Action.CLOSE_PROCEDURE,
        Action.EXTEND,
        Action.DECIDE,
        Action.MAKE_READY,
        Action.SEND_BY_COURIER,
        Action.HAND_OUT,
        Action.CONFIRM_DELIVERY,
        Action.DELIVER_ELECTRONICALLY,
        Action.WITHDRAW,
        Action.DEEM_WITHDRAWN,
        Action.TERMINATE,
        Action.FORWARD,
        Action.REVOKE,
    }
)
"""What an applicant is told of; what the staff arrange among themselves is not."""


class TrackQuery(Input):
    id_tail: Annotated[str, Field(min_length=4, max_length=4, pattern="^[0-9A-Za-z]{4}$")] = Field(
        title="申请人证件号码的后四位"
    )


@router.get(
    "/public/cases/{query_number}",
    response={200: Tracking},
    openapi_extra=docs.reads(TrackQuery, public=True, more=(429,)),
    summary="查进度（不用令牌）",
)
def track(request: HttpRequest, query_number: str) -> HttpResponse:
    asked = query(request, TrackQuery)
    _count(request, throttle.TRACK_ADDRESS)
    if not looks_right(query_number):
        raise NotFound("没有查到，请核对查询号和证件号码后四位")
    if not throttle.allowed(throttle.TRACK_NUMBER, query_number):
        raise Locked("查得太频繁了，请一小时以后再试")
    case = _matched(query_number, asked.id_tail)
    if case is None:
        raise NotFound("没有查到，请核对查询号和证件号码后四位")
    throttle.forgive(throttle.TRACK_NUMBER, query_number)
    return answer(_progress(case))


def _count(request: HttpRequest, limit: throttle.Limit) -> None:
    if not throttle.allowed(limit, throttle.address_of(request)):
        raise TooMany("查得太频繁了，请过一会儿再试")


def _matched(query_number: str, tail: str) -> Case | None:
    """The same query and the same comparison whether or not there is such a case."""
    case = Case.objects.filter(query_number=query_number).select_related("applicant", "centre__profile").first()
    real = str(case.applicant.id_number)[-4:] if case else "0000"
    same = hmac.compare_digest(real.upper().encode(), tail.upper().encode())
    return case if same and case else None


def _progress(case: Case) -> dict[str, Any]:
    facts = case.told
    rows = CaseEvent.objects.filter(case_id=case.pk, action__in=[action.value for action in _TOLD]).order_by("seq")
    return {
        "query_number": case.query_number,
        "item": case.version_spec.name,
        "department": case.department.name,
        "centre": case.centre.name,
        "state": case.state,
        "state_label": case.state_label,
        "received_at": local(case.received_at),
        "accepted_on": facts.accepted_on,
        "due_on": case.due_on,
        "paused": case.paused,
        "decided_at": local(case.decided_at),
        "outcome": case.outcome,
        "missing": missing_of(facts, rules_for(case)),
        "steps": [
            {"label": MOVES[Action(action)].label, "at": local(at)} for action, at in rows.values_list("action", "at")
        ],
    }


@router.get(
    "/public/papers/{code}",
    response={200: PublicPaper},
    openapi_extra=docs.reads(public=True, more=(429,)),
    summary="核验一份文书（不用令牌）",
)
def check_paper(request: HttpRequest, code: str) -> HttpResponse:
    """Says what the genuine paper says; whoever holds another one can compare."""
    _count(request, throttle.VERIFY_ADDRESS)
    code = code.upper()
    paper = Paper.objects.defer("pdf").filter(code=code).first() if _CODE.fullmatch(code) else None
    if paper is None:
        raise NotFound("没有这份文书，请核对核验码")
    facts = json.loads(str(paper.facts))
    name = str(facts.get("applicant", {}).get("name", ""))
    return answer(
        {
            "code": paper.code,
            "kind": paper.kind,
            "title": facts.get("title") or PAPER_TITLES[PaperKind(paper.kind)],
            "number": paper.number,
            "issuing_body": paper.issuing_body,
            "issued_at": local(paper.issued_at),
            "revoked_at": local(paper.revoked_at),
            "valid": paper.revoked_at is None,
            "item": facts.get("item_name", ""),
            "applicant": mask_name(name),
        }
    )
