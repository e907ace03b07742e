"""What each action must carry, as strict values. The titles are the labels on forms and in the API's JSON Schema."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator
from pydantic.config import JsonDict

from onewindow.clocks.clock import SHANGHAI
from onewindow.inputs import Input, Line, OptionalLine, OptionalText, Text, at_most
from onewindow.people.numbers import check_id, check_phone

Key = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
LONG: JsonDict = {"widget": "textarea"}


class ApplicantInput(Input):
    """A person or organisation as it presents itself; the number is checked by its check digit."""

    kind: Literal["natural", "legal"] = Field(title="申请人类型")
    name: Line = Field(title="姓名或名称")
    id_type: Literal["id_card", "uscc", "passport", "hmt_permit", "other"] = Field(title="证件类型")
    id_number: Line = Field(title="证件号码")
    phone: OptionalLine = Field(default="", title="手机号码")
    address: OptionalLine = Field(default="", title="联系地址")

    @field_validator("phone")
    @classmethod
    def _phone(cls, phone: str) -> str:
        return check_phone(phone) if phone else ""

    @model_validator(mode="after")
    def _number_fits(self) -> ApplicantInput:
        normal = check_id(self.id_type, self.id_number)
        object.__setattr__(self, "id_number", normal)
        if self.kind == "legal" and self.id_type == "id_card":
            raise ValueError("单位请填写统一社会信用代码")
        return self


class MaterialInput(Input):
    """One material handed in. `file` is the id of an uploaded file."""

    material: Key = Field(title="材料")
    form: Literal["original", "copy", "electronic", "shared"] = Field(default="copy", title="形式")
    copies: int = Field(default=1, ge=0, le=99, title="份数")
    original_seen: bool = Field(default=False, title="已核对原件")
    file: uuid.UUID | None = Field(default=None, title="文件")

    def as_json(self) -> dict[str, Any]:
        return {
            "form": self.form,
            "copies": self.copies,
            "original_seen": self.original_seen,
            "file": str(self.file) if self.file else None,
        }


Materials = Annotated[tuple[MaterialInput, ...], Field(max_length=200, title="材料")]


class ReceiveInput(Input):
    """A new application: at the window (receive) or from the portal (submit)."""

    item: Line = Field(title="事项编码")
    answers: dict[Key, Key] = Field(default_factory=dict, title="业务情形", max_length=40)
    applicant: ApplicantInput = Field(title="申请人")
    agent: ApplicantInput | None = Field(default=None, title="代理人")
    materials: Materials = ()
    channel: Literal["window", "online", "mobile", "kiosk", "village", "post"] = Field(default="window", title="渠道")
    ticket: Annotated[OptionalLine, at_most(40)] = Field(default="", title="排队号")
    centre: OptionalLine = Field(default="", title="受理中心")


class NoInput(Input):
    pass


class NoteInput(Input):
    note: OptionalText = Field(default="", title="备注", json_schema_extra=LONG)


class ReceiveSubmittedInput(Input):
    """Receiving what was sent online; papers seen meanwhile may be added."""

    materials: Materials = ()
    note: OptionalText = Field(default="", title="备注", json_schema_extra=LONG)


class ResubmitInput(Input):
    answers: dict[Key, Key] = Field(default_factory=dict, title="业务情形", max_length=40)
    materials: Materials = ()


class ReasonInput(Input):
    reason: Text = Field(title="理由", json_schema_extra=LONG)


class MaterialsInput(Input):
    materials: Annotated[tuple[MaterialInput, ...], Field(min_length=1, max_length=200, title="材料")]
    note: OptionalText = Field(default="", title="备注", json_schema_extra=LONG)


class CorrectInput(Input):
    materials: Materials = ()
    note: Text = Field(title="更正了什么", json_schema_extra=LONG)


class MissingInput(Input):
    material: Key = Field(title="材料")
    problem: Line = Field(title="问题")
    remedy: Line = Field(title="怎样补正")


class NoticeInput(Input):
    """The one-time notice names everything at once (行政许可法 art. 32(4))."""

    missing: Annotated[tuple[MissingInput, ...], Field(min_length=1, max_length=200, title="需要补正的内容")]
    until: date | None = Field(default=None, title="补正期限")
    forced_reason: OptionalText = Field(default="", title="再次告知的理由（只限首席事务代表）", json_schema_extra=LONG)


class DeferredInput(Input):
    material: Key = Field(title="材料")
    until: date = Field(title="补齐期限")


class AcceptDeferredInput(Input):
    deferred: Annotated[tuple[DeferredInput, ...], Field(min_length=1, max_length=50, title="容缺材料")]
    promised: Literal[True] = Field(title="申请人已签署容缺受理承诺书")


class RefuseInput(Input):
    """A refusal of acceptance names the body that is in charge (行政许可法 art. 32(2))."""

    reason: Text = Field(title="理由", json_schema_extra=LONG)
    authority: Line = Field(title="应当向哪个机关申请")
    authority_contact: OptionalLine = Field(default="", title="该机关的地址或电话")


class AssignInput(Input):
    to: Line = Field(title="交给谁（账号）")
    note: OptionalText = Field(default="", title="备注", json_schema_extra=LONG)


class TransferInput(Input):
    department: Line = Field(title="转到哪个部门（统一社会信用代码）")
    reason: Text = Field(title="理由", json_schema_extra=LONG)


class AssistInput(Input):
    department: Line = Field(title="请哪个部门协办（统一社会信用代码）")
    question: Text = Field(title="需要协办的内容", json_schema_extra=LONG)


class AnswerAssistInput(Input):
    answer: Text = Field(title="协办意见", json_schema_extra=LONG)


class OpinionInput(Input):
    opinion: Text = Field(title="意见", json_schema_extra=LONG)


class OpenProcedureInput(Input):
    """Only a procedure that the item lists; an inspection names two officers, a hearing its chair, time and place."""

    procedure: Line = Field(title="特别程序")
    reason: Text = Field(title="启动理由", json_schema_extra=LONG)
    officers: Annotated[tuple[Line, ...], Field(max_length=10, title="工作人员")] = ()
    chair: OptionalLine = Field(default="", title="听证主持人（账号）")
    place: OptionalLine = Field(default="", title="地点")
    time: datetime | None = Field(default=None, title="时间")

    @field_validator("time")
    @classmethod
    def _time(cls, time: datetime | None) -> datetime | None:
        """In Beijing time where no zone is said, and in our century, so that every reckoning with it holds."""
        if time is None:
            return None
        if not 2000 <= time.year <= 2199:
            raise ValueError("时间不对，请核对年份")
        return time if time.tzinfo else time.replace(tzinfo=SHANGHAI)


class CloseProcedureInput(Input):
    procedure: Line = Field(title="特别程序")
    result: Text = Field(title="结果", json_schema_extra=LONG)


class ExtendInput(Input):
    reason: Text = Field(title="延期理由", json_schema_extra=LONG)


class DecideInput(Input):
    """Grant, deny, or grant at once on the applicant's commitment. A denial gives reasons and the law behind them."""

    outcome: Literal["grant", "deny", "grant_on_commitment"] = Field(title="决定")
    opinion: Text = Field(title="决定意见或理由", json_schema_extra=LONG)
    legal_basis: Annotated[tuple[Line, ...], Field(max_length=20, title="法律依据")] = ()
    committed: bool = Field(default=False, title="申请人已签署告知承诺书")


class IssueInput(Input):
    number: Annotated[OptionalLine, at_most(80)] = Field(default="", title="证照编号（不填由系统编号）")
    valid_from: date | None = Field(default=None, title="有效期起")
    valid_until: date | None = Field(default=None, title="有效期止")
    content: dict[Line, Line] = Field(default_factory=dict, title="登记内容", max_length=40)


class HandOutInput(Input):
    recipient: Line = Field(title="领取人")
    relation: Literal["本人", "法定代表人", "代理人", "家属"] = Field(default="本人", title="与申请人的关系")
    id_number: OptionalLine = Field(default="", title="领取人证件号码")
    signed: Literal[True] = Field(title="领取人已在送达回证上签字")


class CourierInput(Input):
    company: Line = Field(title="快递公司")
    courier_number: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{6,40}$", title="快递单号")]


class ConfirmDeliveryInput(Input):
    recipient: Line = Field(title="签收人")
    relation: Literal["本人", "法定代表人", "代理人", "家属", "代收点"] = Field(default="本人", title="与申请人的关系")


class CheckCommitmentInput(Input):
    result: Literal["true", "mend", "false"] = Field(title="核查结果")
    note: Text = Field(title="核查情况", json_schema_extra=LONG)


class RevokeInput(Input):
    reason: Text = Field(title="撤销理由", json_schema_extra=LONG)
    legal_basis: Annotated[tuple[Line, ...], Field(min_length=1, max_length=20, title="法律依据")]
