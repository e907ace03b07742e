"""Reading cases: lists, the case itself, its events, its clocks, its papers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import Field

from onewindow.cases.lifecycle import MOVES, Action, State
from onewindow.cases.models import SUBJECT, Case, CaseEvent
from onewindow.cases.numbers import looks_right
from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.deadlines import end_of_day
from onewindow.faces.api import caseview, clockview, docs, paging
from onewindow.faces.api.answers import answer, document, etag, local
from onewindow.faces.api.finding import find
from onewindow.faces.api.problems import PaperAltered
from onewindow.faces.api.reading import number_of, query
from onewindow.faces.api.security import caller
from onewindow.faces.api.shapes import CasePage, CaseShape, ClockList, EventList, PaperList
from onewindow.inputs import Input, OptionalLine
from onewindow.papers.issue import pdf_of, text_of, verify_url
from onewindow.papers.models import Paper
from onewindow.people.authority import Actor
from onewindow.people.crypto import blind_index
from onewindow.people.roles import Role
from onewindow.problems import FieldError, InvalidInput, NotFound

router = Router(tags=["办件"])
_LONGEST_ID = 20


class CaseQuery(Input):
    state: Annotated[str, Field(max_length=200)] = Field(default="", title="状态，几个用逗号分开")
    department: Annotated[str, Field(max_length=18)] = Field(default="", title="部门的统一社会信用代码")
    mine: bool = Field(default=False, title="只看等我办的")
    due_before: date | None = Field(default=None, title="在这一天以前到期（含当天）")
    q: OptionalLine = Field(default="", title="办件编号、查询号或者申请人证件号码，要写完整")
    sort: Literal["", "newest", "due"] = Field(default="", title="newest 新的在前；due 先到期的在前")
    cursor: Annotated[str, Field(max_length=80)] = Field(default="", title="上一页的 next")
    limit: int = Field(default=50, ge=1, le=100, title="一页几件")

    @property
    def by_due(self) -> bool:
        """Work lists come soonest first, everything else newest first."""
        return self.sort == "due" or (not self.sort and (self.mine or self.due_before is not None))


@router.get("/cases", response={200: CasePage}, openapi_extra=docs.reads(CaseQuery), summary="办件列表")
def cases(request: HttpRequest) -> HttpResponse:
    asked, by = query(request, CaseQuery), caller(request)
    found = _matching(Case.objects.visible_to(by).for_list(), asked, by)
    found = _after_due(found, asked) if asked.by_due else _older(found, asked)
    rows = list(found[: asked.limit + 1])
    key = _due_key if asked.by_due else _newest_key
    return answer(paging.page("cases", rows, asked.limit, key=key, show=caseview.summary))


def _matching(found: Any, asked: CaseQuery, by: Actor) -> Any:
    if asked.state:
        found = found.filter(state__in=_states(asked.state))
    if asked.department:
        found = found.filter(department__code=asked.department)
    if asked.mine:
        found = found.filter(Q(assignee=by.account) | Q(assignee__isnull=True), desk__in=_desks(by))
    if asked.due_before is not None:
        found = found.filter(next_due_at__lte=_last_moment(asked.due_before))
    return found.filter(_named(asked.q)) if asked.q else found


def _states(text: str) -> list[str]:
    states = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [state for state in states if state not in set(State)]
    if unknown:
        raise InvalidInput("没有这个状态", [FieldError("state", f"没有「{state[:30]}」") for state in unknown[:5]])
    return states


def _desks(by: Actor) -> list[str]:
    applicant = by.account is not None and by.account.kind == "applicant"
    return [Role.APPLICANT.value] if applicant else sorted(role.value for role in by.roles)


def _last_moment(day: date) -> datetime:
    return end_of_day(min(max(day, date(1900, 1, 1)), date(9000, 1, 1)))


def _named(q: str) -> Q:
    """A query number, a case number, or a whole identity number found by its blind index; never a part of one."""
    if looks_right(q):
        return Q(query_number=q)
    if len(q) <= _LONGEST_ID:
        return Q(applicant__id_index=blind_index("id", q))
    return Q(number=q)


def _after_due(found: Any, asked: CaseQuery) -> Any:
    cursor = None
    if asked.cursor:
        due, pk = paging.decode(asked.cursor, 2)
        cursor = paging.moment(due), pk
    return found.exclude(desk="").after(cursor).soonest_first()


def _older(found: Any, asked: CaseQuery) -> Any:
    if asked.cursor:
        found = found.filter(pk__lt=paging.decode(asked.cursor, 1)[0])
    return found.order_by("-id")


def _due_key(case: Case) -> tuple[int, ...]:
    return paging.micros(case.next_due_at), case.pk


def _newest_key(case: Case) -> tuple[int, ...]:
    return (case.pk,)


@router.get(
    "/cases/{number}",
    response={200: CaseShape},
    openapi_extra=docs.versioned(docs.reads()),
    summary="一个办件（编号或查询号）",
)
def case(request: HttpRequest, number: str) -> HttpResponse:
    by = caller(request)
    found = find(by, number)
    return answer(caseview.detail(found, by), headers={"ETag": etag(found.version)})


@router.get("/cases/{number}/events", response={200: EventList}, openapi_extra=docs.reads(), summary="办理经过")
def events(request: HttpRequest, number: str) -> HttpResponse:
    """The ledger of the case. An applicant reads what happened, not what the staff wrote to each other."""
    by = caller(request)
    found = find(by, number)
    rows = CaseEvent.objects.filter(case_id=found.pk).select_related("actor").order_by("seq")
    inside = by.account is not None and by.account.kind == "staff"
    return answer({"events": [_event(row, inside) for row in rows]})


_FOR_APPLICANTS = frozenset({"due", "papers", "until", "missing", "accepted_on", "deemed", "outcome", "courier_number"})


def _event(row: CaseEvent, inside: bool) -> dict[str, Any]:
    data = row.data if inside else {key: part for key, part in row.data.items() if key in _FOR_APPLICANTS}
    return {
        "seq": row.seq,
        "action": row.action,
        "label": MOVES[Action(row.action)].label,
        "at": local(row.at),
        "role": row.role,
        "role_label": row.role_label,
        "actor": _actor(row, inside),
        "channel": row.channel,
        "data": data,
        "digest": row.digest,
        "previous": row.previous,
    }


def _actor(row: CaseEvent, inside: bool) -> str:
    """Staff sign with their names; an applicant's own name is personal data and stays out of a list."""
    if row.actor is None:
        return "系统"
    return "申请人" if row.actor.kind == "applicant" else row.actor.name


class ClockQuery(Input):
    explain: Annotated[str, Field(max_length=60)] = Field(
        default="", title="逐日说明哪个期限：statutory、promised……，有序号的写 step/0；all 是全部"
    )


@router.get(
    "/cases/{number}/clock", response={200: ClockList}, openapi_extra=docs.reads(ClockQuery), summary="期限和逐日说明"
)
def clock(request: HttpRequest, number: str) -> HttpResponse:
    asked, by = query(request, ClockQuery), caller(request)
    today = timezone.now().astimezone(SHANGHAI).date()
    return answer({"today": today, "clocks": clockview.clocks(find(by, number), asked.explain, today)})


@router.get("/cases/{number}/papers", response={200: PaperList}, openapi_extra=docs.reads(), summary="文书")
def papers(request: HttpRequest, number: str) -> HttpResponse:
    found = find(caller(request), number)
    rows = _papers(found).defer("facts", "pdf").order_by("id")
    return answer({"papers": [_paper_row(found, row) for row in rows]})


def _papers(found: Case) -> Any:
    return Paper.objects.filter(subject_kind=SUBJECT, subject_id=found.pk)


def _paper_row(found: Case, row: Paper) -> dict[str, Any]:
    return {
        **caseview.paper(found.number, row.kind, row.number, row.code),
        "issuing_body": row.issuing_body,
        "issued_at": local(row.issued_at),
        "revoked_at": local(row.revoked_at),
        "verify_url": verify_url(row.code),
    }


@router.get(
    "/cases/{number}/papers/{paper_id}.pdf",
    openapi_extra=docs.reads(media="application/pdf", more=(409,)),
    summary="文书（PDF）",
)
def paper_pdf(request: HttpRequest, number: str, paper_id: str) -> HttpResponse:
    """Rendered once, then always the same bytes."""
    paper = _one_paper(request, number, paper_id)
    try:
        body = pdf_of(paper)
    except ValueError:
        raise PaperAltered("存档的文书与摘要不一致，已经停止提供，请联系中心") from None
    return document(body, "application/pdf", f"{paper.number}.pdf", digest=paper.facts_digest)


@router.get(
    "/cases/{number}/papers/{paper_id}.txt",
    openapi_extra=docs.reads(media="text/plain"),
    summary="文书（纯文本）",
)
def paper_text(request: HttpRequest, number: str, paper_id: str) -> HttpResponse:
    paper = _one_paper(request, number, paper_id)
    return document(text_of(paper), "text/plain; charset=utf-8", f"{paper.number}.txt", digest=paper.facts_digest)


def _one_paper(request: HttpRequest, number: str, paper_id: str) -> Paper:
    found = find(caller(request), number)
    paper: Paper | None = _papers(found).filter(code=number_of(paper_id)).first()
    if paper is None:
        raise NotFound("没有这份文书，或者您不能查看")
    return paper
