"""What the answers look like, for the OpenAPI document. The views write plain values; a test holds the two together."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field


class Link(Schema):
    key: str
    name: str


class Body(Schema):
    """A department."""

    code: str = Field(description="统一社会信用代码")
    name: str


class ItemLink(Schema):
    code: str = Field(description="实施编码，31 位")
    key: str
    name: str


class FieldProblem(Schema):
    field: str = Field(description="出错的字段，如 materials.2.material")
    message: str = Field(description="怎样改")


class ProblemShape(Schema):
    """RFC 9457."""

    type: str = Field(description="稳定的类型，如 /problems/invalid-input")
    title: str = Field(description="一句中文")
    status: int
    detail: str = ""
    errors: list[FieldProblem] = []
    request_id: str = Field(description="请求编号，报修时请提供")


class Person(Schema):
    kind: Literal["natural", "legal"]
    name: str = Field(description="个人姓名只显示姓")
    id_type: str
    id_masked: str
    phone_masked: str


class LimitShape(Schema):
    n: int
    unit: Literal["workday", "day", "month", "year", "spot"]


class DeadlineShape(Schema):
    kind: str = Field(description="statutory 法定、promised 承诺、notice 一次性告知、step 环节、delivery 送达……")
    key: str = Field(description="同类期限的序号，通常为空")
    label: str
    rule: str = Field(description="依据")
    limit: LimitShape
    start_on: date
    due_on: date | None = Field(description="暂停时为空")
    due_at: datetime | None
    provisional: bool = Field(description="放假安排还没有公布，暂算")
    paused: bool
    paused_ground: str
    settled_at: datetime | None
    outcome: Literal["", "met", "late", "void"]


class MissingShape(Schema):
    material: str
    name: str


class MaterialState(Schema):
    material: str
    name: str
    status: Literal["handed", "deferred"]
    form: Literal["original", "copy", "electronic", "shared"] | None
    copies: int | None
    original_seen: bool | None
    file: str | None
    until: date | None
    at: datetime


class ProcedureShape(Schema):
    kind: str
    name: str
    counts: bool = Field(description="是否计入时限")
    legal_basis: str
    reason: str
    opened_at: datetime
    closed_at: datetime | None


class PaperShape(Schema):
    id: str = Field(description="也是公开核验码")
    kind: str
    title: str
    number: str
    pdf: str
    text: str


class Colleague(Schema):
    username: str
    name: str


class CaseSummary(Schema):
    number: str
    query_number: str
    state: str
    state_label: str
    version: int
    item: ItemLink
    kind: str
    channel: str
    centre: Link
    department: Body
    applicant: Person
    created_at: datetime
    received_at: datetime | None
    accepted_at: datetime | None
    decided_at: datetime | None
    ended_at: datetime | None
    outcome: str
    desk: str = Field(description="下一步由哪个岗位办")
    desk_label: str
    assignee: Colleague | None
    urgent: bool
    paused: bool
    due_on: date | None


class CaseShape(CaseSummary):
    """办件。`version` 也是 ETag。"""

    accepted_on: date | None
    deemed: bool = Field(description="逾期没有告知，视为受理")
    submitted_at: datetime | None
    agent: Person | None
    answers: dict[str, str]
    deadlines: list[DeadlineShape]
    missing: list[MissingShape]
    materials: list[MaterialState]
    notices: list[dict[str, Any]]
    procedures: list[ProcedureShape]
    extension: dict[str, Any] | None
    reason: str
    papers: list[PaperShape]
    certificate: dict[str, Any] | None
    courier: dict[str, Any] | None
    delivery: dict[str, Any] | None


class CasePage(Schema):
    cases: list[CaseSummary]
    next: str | None


class EventShape(Schema):
    seq: int
    action: str
    label: str
    at: datetime
    role: str
    role_label: str
    actor: str
    channel: str
    data: dict[str, Any]
    digest: str
    previous: str


class EventList(Schema):
    events: list[EventShape]


class DayShape(Schema):
    date: date
    counted: bool
    number: int | None
    kind: str
    note: str


class ClockShape(DeadlineShape):
    remaining: int | None = Field(description="还剩几个工作日；负数是已经超期")
    used_share: float = Field(description="已经用去的份额，超过 1 是超期")
    days: list[DayShape] | None = Field(description="?explain=kind 时逐日说明")


class ClockList(Schema):
    today: date
    clocks: list[ClockShape]


class PaperRow(PaperShape):
    issuing_body: str
    issued_at: datetime
    revoked_at: datetime | None
    verify_url: str


class PaperList(Schema):
    papers: list[PaperRow]


class FileShape(Schema):
    id: str
    name: str
    media_type: str
    size: int
    digest: str = Field(description="SM3 摘要")


class OptionShape(Schema):
    action: str
    label: str
    who: str
    final: bool
    why_not: str
    fields: dict[str, Any] = Field(description="这个操作要带的内容，JSON Schema")


class OptionList(Schema):
    actions: list[OptionShape]


class PreviewPaper(Schema):
    kind: str
    title: str
    text: str
    pdf_base64: str


class Preview(Schema):
    papers: list[PreviewPaper]


class Unmasked(Schema):
    field: str
    value: str


class HoldingShape(Schema):
    material: str
    name: str
    case_number: str
    item_name: str
    at: datetime
    file: str | None


class HoldingList(Schema):
    holdings: list[HoldingShape]


class DueShape(Schema):
    case: str
    query_number: str
    item: str
    kind: str
    label: str
    due_on: date
    due_at: datetime
    provisional: bool
    overdue: bool


class DuePage(Schema):
    deadlines: list[DueShape]
    next: str | None


class PostingShape(Schema):
    role: str
    role_label: str
    centre: Link
    department: Body | None
    window: str | None
    letters: list[str] = Field(description="有效的授权书编号")


class Me(Schema):
    username: str
    name: str
    kind: Literal["staff", "applicant"]
    postings: list[PostingShape]


class TrackStep(Schema):
    label: str
    at: datetime


class Tracking(Schema):
    query_number: str
    item: str
    department: str
    centre: str
    state: str
    state_label: str
    received_at: datetime | None
    accepted_on: date | None
    due_on: date | None
    paused: bool
    decided_at: datetime | None
    outcome: str
    missing: list[dict[str, Any]]
    steps: list[TrackStep]


class PublicPaper(Schema):
    code: str
    kind: str
    title: str
    number: str
    issuing_body: str
    issued_at: datetime
    revoked_at: datetime | None
    valid: bool
    item: str
    applicant: str
