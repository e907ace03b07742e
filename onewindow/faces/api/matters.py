"""Around the cases: what the centre already holds, what falls due, and who I am."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import Field

from onewindow.cases.holdings import Holding, holdings_for
from onewindow.cases.models import SUBJECT, Case
from onewindow.catalogue.models import version_by_id
from onewindow.clocks.deadlines import end_of_day
from onewindow.clocks.models import Deadline
from onewindow.faces.api import docs, paging
from onewindow.faces.api.answers import answer, local
from onewindow.faces.api.catalogue import body, version_of
from onewindow.faces.api.reading import query
from onewindow.faces.api.security import caller
from onewindow.faces.api.shapes import DuePage, HoldingList, Me
from onewindow.inputs import Input, Line
from onewindow.people.authority import record_refusal
from onewindow.people.models import Applicant, Posting
from onewindow.people.roles import LABELS, Role
from onewindow.problems import NotFound, Refused

router = Router(tags=["其他"])
_COUNTERS = frozenset({Role.CLERK, Role.TOWNSHIP_CLERK, Role.HELPER})


class HoldingQuery(Input):
    id_number: Line = Field(title="申请人证件号码")
    item: Line = Field(title="事项编码或 key")


@router.get(
    "/holdings",
    response={200: HoldingList},
    openapi_extra=docs.reads(HoldingQuery, more=(403,)),
    summary="中心已经有的材料，不要再让申请人提供",
)
def holdings(request: HttpRequest) -> HttpResponse:
    asked, by = query(request, HoldingQuery), caller(request)
    if not by.roles & _COUNTERS:
        refusal = Refused("只有受理窗口和帮办人员可以查询")
        record_refusal(by, "holdings", asked.item, refusal.title)
        raise refusal
    version = version_of(asked.item)
    found: dict[str, Holding] = {}
    for applicant in Applicant.objects.with_id_number(asked.id_number).only("id")[:5]:
        found = {**holdings_for(applicant.pk, version.spec), **found}
    return answer({"holdings": [_holding(one) for one in found.values()]})


def _holding(one: Holding) -> dict[str, Any]:
    return {
        "material": one.material,
        "name": one.name,
        "case_number": one.case_number,
        "item_name": one.item_name,
        "at": local(one.at),
        "file": one.file,
    }


class DueQuery(Input):
    due_before: date | None = Field(default=None, title="在这一天以前到期（含当天）；不写是今天")
    cursor: Annotated[str, Field(max_length=80)] = Field(default="", title="上一页的 next")
    limit: int = Field(default=50, ge=1, le=100, title="一页几项")


@router.get("/deadlines", response={200: DuePage}, openapi_extra=docs.reads(DueQuery), summary="到期和快到期的期限")
def deadlines(request: HttpRequest) -> HttpResponse:
    """Open deadlines of the cases that the caller may see, soonest first. Two queries."""
    asked, by = query(request, DueQuery), caller(request)
    until = asked.due_before or timezone.localdate()
    found = Deadline.objects.open().filter(
        subject_kind=SUBJECT,
        due_at__lte=end_of_day(min(max(until, date(1900, 1, 1)), date(9000, 1, 1))),
        subject_id__in=Case.objects.visible_to(by).values("pk"),
    )
    if asked.cursor:
        due, pk = paging.decode(asked.cursor, 2)
        found = found.filter(Q(due_at__gt=paging.moment(due)) | Q(due_at=paging.moment(due), pk__gt=pk))
    rows = list(found.order_by("due_at", "id")[: asked.limit + 1])
    cases = Case.objects.only("number", "query_number", "item_version_id").in_bulk([row.subject_id for row in rows])
    return answer(paging.page("deadlines", rows, asked.limit, key=_due_key, show=lambda row: _due(row, cases)))


def _due_key(row: Deadline) -> tuple[int, ...]:
    assert row.due_at is not None
    return paging.micros(row.due_at), row.pk


def _due(row: Deadline, cases: dict[Any, Case]) -> dict[str, Any]:
    case = cases.get(row.subject_id)
    if case is None:
        raise NotFound("期限所属的办件不在了")
    return {
        "case": case.number,
        "query_number": case.query_number,
        "item": version_by_id(case.item_version_id).spec.name,
        "kind": row.kind,
        "label": row.label,
        "due_on": row.due_on,
        "due_at": local(row.due_at),
        "provisional": row.provisional,
        "overdue": row.due_at is not None and row.due_at < timezone.now(),
    }


@router.get("/me", response={200: Me}, openapi_extra=docs.reads(), summary="我是谁，现在有哪些任职和授权")
def me(request: HttpRequest) -> HttpResponse:
    by = caller(request)
    assert by.account is not None
    return answer(
        {
            "username": by.account.username,
            "name": by.account.name,
            "kind": by.account.kind,
            "postings": [_posting(posting) for posting in by.postings],
        }
    )


def _posting(posting: Posting) -> dict[str, Any]:
    now = timezone.now()
    return {
        "role": posting.role,
        "role_label": LABELS[Role(posting.role)],
        "centre": {"key": posting.centre.key, "name": posting.centre.name},
        "department": body(posting.department) if posting.department else None,
        "window": posting.window.code if posting.window else None,
        "letters": [letter.number for letter in posting.letters.all() if letter.in_force(now)],
    }
