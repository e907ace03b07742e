"""What a statutory paper says: its kinds, its data, and the errors. Pure: no Django, no database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from onewindow.papers.words import clean, clean_line


class PaperError(ValueError):
    """A paper that may not be issued. The message is Chinese and meant for the clerk."""


class PaperKind(StrEnum):
    """The fifteen statutory papers (行政许可法 arts 32, 38, 39, 42, 44, 45, 47 and local practice)."""

    RECEIPT = "receipt"
    NOTICE = "notice"
    NOT_REQUIRED = "not_required"
    REFUSAL = "refusal"
    ACCEPTANCE = "acceptance"
    PROCEDURE = "procedure"
    HEARING = "hearing"
    EXTENSION = "extension"
    GRANT = "grant"
    DENIAL = "denial"
    COMMITMENT = "commitment"
    DEFERRAL = "deferral"
    WITHDRAWAL = "withdrawal"
    DELIVERY = "delivery"
    CERTIFICATE = "certificate"


PAPER_TITLES: dict[PaperKind, str] = {
    PaperKind.RECEIPT: "申请材料接收凭证",
    PaperKind.NOTICE: "一次性告知书",
    PaperKind.NOT_REQUIRED: "不受理告知书",
    PaperKind.REFUSAL: "不予受理决定书",
    PaperKind.ACCEPTANCE: "受理通知书",
    PaperKind.PROCEDURE: "特别程序告知书",
    PaperKind.HEARING: "听证告知书",
    PaperKind.EXTENSION: "延期办理告知书",
    PaperKind.GRANT: "准予决定书",
    PaperKind.DENIAL: "不予决定书",
    PaperKind.COMMITMENT: "告知承诺书",
    PaperKind.DEFERRAL: "容缺受理承诺书",
    PaperKind.WITHDRAWAL: "撤回确认书",
    PaperKind.DELIVERY: "送达回证",
    PaperKind.CERTIFICATE: "证照（证明文件）",
}


def _line(value: object) -> object:
    return clean_line(value) if isinstance(value, str) else value


def _text(value: object) -> object:
    return clean(value) if isinstance(value, str) else value


def _in_china(moment: datetime) -> datetime:
    """The moment on a Chinese clock; one without a zone is taken to be there already."""
    return moment.astimezone(CHINA) if moment.tzinfo else moment.replace(tzinfo=CHINA)


CHINA = timezone(timedelta(hours=8))
Moment = Annotated[datetime, AfterValidator(_in_china)]
Line = Annotated[str, Field(min_length=1, max_length=1000), BeforeValidator(_line)]
OptionalLine = Annotated[str, Field(max_length=1000), BeforeValidator(_line)]
Text = Annotated[str, Field(min_length=1, max_length=10_000), BeforeValidator(_text)]
OptionalText = Annotated[str, Field(max_length=10_000), BeforeValidator(_text)]

MOST_ROWS = 500


class Part(BaseModel):
    """Base of everything on a paper: frozen, nothing unknown accepted."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Applicant(Part):
    """Who applied. ``id_masked`` is the number as it may be printed (4309**********1234)."""

    name: Line
    id_masked: OptionalLine = ""
    agent: OptionalLine = ""


class Centre(Part):
    """Where to ask: the service centre's name and how to reach it."""

    name: Line
    address: OptionalLine = ""
    phone: OptionalLine = ""
    hours: OptionalLine = ""


class Material(Part):
    """One row of a list of materials. ``form`` in words: 原件, 复印件, 电子."""

    name: Line
    form: OptionalLine = "原件"
    copies: int = Field(default=1, ge=0, le=9999)


class Missing(Part):
    """One thing the one-time notice names: what, what is wrong with it, how to put it right."""

    name: Line
    problem: Line
    fix: Line


class Limit(Part):
    """A time limit in words (``10个工作日``) and its last day; ``provisional`` while the year has no calendar."""

    words: OptionalLine = ""
    due: date | None = None
    provisional: bool = False


class Remedies(Part):
    """Review within 60 days (行政复议法2023 art 20), suit within 6 months (行政诉讼法 art 46)."""

    review_body: Line
    court: Line
    review_days: int = Field(default=60, ge=60, le=366)
    suit_months: int = Field(default=6, ge=1, le=24)


class Authority(Part):
    """The body that is in charge instead (行政许可法 art 32(2))."""

    name: Line
    address: OptionalLine = ""
    phone: OptionalLine = ""


class Procedure(Part):
    """A special procedure: the applicant is told its time in writing (行政许可法 art 45)."""

    name: Line
    ground: Line
    limit: Line
    counts_on_clock: bool
    reason: OptionalText = ""
    starts_on: date | None = None
    ends_by: date | None = None
    place: OptionalLine = ""
    officers: tuple[Line, ...] = ()
    new_due: date | None = None


class Extension(Part):
    """The one extension (行政许可法 art 42): by how much, until when, who approved it."""

    length: Line
    old_due: date
    new_due: date
    approver: Line


class Hearing(Part):
    """The right to ask for a hearing (``apply_by``, art 47) or the appointed one (time, place, art 48)."""

    matter: OptionalText = ""
    apply_by: date | None = None
    time: Moment | None = None
    place: OptionalLine = ""
    chair: OptionalLine = ""
    examiners: tuple[Line, ...] = ()
    rights: tuple[Line, ...] = ()


class Granted(Part):
    """What was granted and how the result reaches the applicant."""

    result_name: OptionalLine = ""
    content: tuple[tuple[Line, Line], ...] = Field(default=(), max_length=MOST_ROWS)
    ready_by: date | None = None
    how: OptionalLine = ""
    on_commitment: bool = False
    attach_conditions: tuple[Line, ...] = ()


class Commitment(Part):
    """告知承诺: what must be met, how it is checked afterwards, and what follows if it is not."""

    conditions: tuple[Line, ...] = Field(max_length=MOST_ROWS)
    post_check: Line
    consequence: Line


class Deferral(Part):
    """容缺受理: the materials still owed, until when, and what follows if they do not come."""

    materials: tuple[Material, ...] = Field(max_length=MOST_ROWS)
    until: date
    consequence: Line


class Withdrawal(Part):
    """A withdrawal by the applicant, or one deemed by a rule (then ``ground`` names it)."""

    on: date
    deemed: bool = False
    ground: OptionalLine = ""
    returned: tuple[Material, ...] = Field(default=(), max_length=MOST_ROWS)


class DeliveredPaper(Part):
    """One paper on the proof of delivery."""

    name: Line
    number: OptionalLine = ""
    copies: int = Field(default=1, ge=1, le=999)


class Delivery(Part):
    """送达回证: what was handed to whom, how, where and when."""

    documents: tuple[DeliveredPaper, ...] = Field(max_length=MOST_ROWS)
    recipient: Line
    relation: OptionalLine = "本人"
    method: Line
    time: Moment | None = None
    place: OptionalLine = ""
    courier_no: OptionalLine = ""
    deliverer: OptionalLine = ""
    note: OptionalText = ""


class Certificate(Part):
    """A licence or proof. ``valid_until`` None means without end."""

    number: Line
    holder: Line
    rows: tuple[tuple[Line, Text], ...] = Field(default=(), max_length=MOST_ROWS)
    valid_from: date | None = None
    valid_until: date | None = None
    note: OptionalText = ""


class PaperData(Part):
    """Everything a paper may say. Build it with :meth:`build` to get Chinese errors.

    ``code`` and ``verify_url`` lead to the public page that checks the paper. ``demo`` marks the paper and its seal
    as samples. Which of the optional parts a kind needs is in :mod:`onewindow.papers.rules`.
    """

    number: Line
    title: OptionalLine = ""
    issuing_body: Line
    issued_on: date
    code: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{4,40}$")]
    verify_url: Annotated[str, Field(pattern=r"^https?://[!-~]{3,240}$")]
    query_number: OptionalLine = ""
    case_number: OptionalLine = ""
    applicant: Applicant
    item_name: Line
    department: OptionalLine = ""
    centre: Centre
    handler: OptionalLine = ""
    seal_name: OptionalLine = ""
    seal_note: OptionalLine = ""
    demo: bool = False

    received_on: date | None = None
    accepted_on: date | None = None
    answer_by: Limit | None = None
    supply_by: date | None = None
    statutory: Limit | None = None
    promised: Limit | None = None
    fee: OptionalLine = ""
    deemed_rule: OptionalText = ""
    overdue_rule: OptionalText = ""
    materials: tuple[Material, ...] = Field(default=(), max_length=MOST_ROWS)
    missing: tuple[Missing, ...] = Field(default=(), max_length=MOST_ROWS)
    reasons: tuple[Text, ...] = Field(default=(), max_length=50)
    legal_basis: tuple[Line, ...] = Field(default=(), max_length=50)
    remedies: Remedies | None = None
    right_authority: Authority | None = None
    procedure: Procedure | None = None
    extension: Extension | None = None
    hearing: Hearing | None = None
    granted: Granted | None = None
    commitment: Commitment | None = None
    deferral: Deferral | None = None
    withdrawal: Withdrawal | None = None
    delivery: Delivery | None = None
    certificate: Certificate | None = None

    @classmethod
    def build(cls, fields: Mapping[str, Any]) -> Self:
        """Validate a mapping (Python values or parsed JSON); :class:`PaperError` in Chinese names each wrong field."""
        try:
            return cls.model_validate(dict(fields))
        except ValidationError as error:
            raise PaperError(_in_chinese(error)) from None


_FIELD_NAMES = {
    "number": "文号",
    "title": "标题",
    "issuing_body": "发文机关",
    "issued_on": "落款日期",
    "code": "核验码",
    "verify_url": "核验网址",
    "applicant": "申请人",
    "name": "名称",
    "item_name": "事项名称",
    "centre": "政务服务中心",
    "materials": "材料",
    "missing": "需要补正的内容",
    "problem": "问题",
    "fix": "补正办法",
    "copies": "份数",
    "reasons": "理由",
    "legal_basis": "法律依据",
    "remedies": "救济途径",
    "review_body": "复议机关",
    "court": "受诉法院",
    "right_authority": "有权机关",
    "procedure": "特别程序",
    "ground": "法律依据",
    "limit": "所需时间",
    "counts_on_clock": "是否计入时限",
    "extension": "延期",
    "length": "延长时间",
    "old_due": "原到期日",
    "new_due": "新到期日",
    "approver": "批准人",
    "hearing": "听证",
    "commitment": "告知承诺",
    "conditions": "条件",
    "post_check": "事后核查",
    "consequence": "不履行的后果",
    "deferral": "容缺",
    "until": "补交期限",
    "withdrawal": "撤回",
    "delivery": "送达",
    "documents": "送达文书",
    "recipient": "收件人",
    "method": "送达方式",
    "certificate": "证照",
    "holder": "持证人",
    "rows": "登记内容",
    "valid_until": "有效期",
}

_REASONS = {
    "missing": "没有填写",
    "string_too_short": "不能为空",
    "string_too_long": "太长了",
    "too_long": f"超过了{MOST_ROWS}行",
    "extra_forbidden": "不是文书的内容",
    "string_pattern_mismatch": "格式不对",
}


def _in_chinese(error: ValidationError) -> str:
    said = [f"{_where(e['loc'])}{_REASONS.get(e['type'], '填写有误')}" for e in error.errors(include_url=False)[:5]]
    return "文书内容有误：" + "；".join(dict.fromkeys(said)) + "。"


def _where(loc: tuple[int | str, ...]) -> str:
    words = [f"第{part + 1}项" if isinstance(part, int) else _FIELD_NAMES.get(part, f"“{part}”") for part in loc]
    return "的".join(words)
