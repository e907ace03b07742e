"""What one published version of an item says, as an immutable value. Pure: no database, no Django.

An `ItemSpec` is the whole rule a case is pinned to: materials, scenarios, steps, limits, fees, procedures. It is
stored as one JSON document per version (docs/adr/0002) and parsed once per process.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from onewindow.clocks.clock import Limit, NoticeRule, Unit

UnitName = Literal["workday", "day", "month", "year", "spot"]
Count = Annotated[int, Field(ge=0, le=3650)]
"""Days, months, copies: nothing that a guide counts is more."""
Money = Annotated[Decimal, Field(ge=0, le=100_000_000)]
UNIT_WORDS = {"workday": "个工作日", "day": "日", "month": "个月", "year": "年"}


class Spec(BaseModel):
    """`LATER` names elements that came later: without a value they are left out, so that what was published before
    keeps its digest."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    LATER: ClassVar[tuple[str, ...]] = ()

    @model_serializer(mode="wrap")
    def _without_later(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        said: dict[str, Any] = handler(self)
        return {name: value for name, value in said.items() if value is not None or name not in self.LATER}


class LegalBasis(Spec):
    law: str
    article: int | str | None = None
    year: int | None = None

    def __str__(self) -> str:
        article = f"第{self.article}条" if self.article else ""
        year = f"（{self.year}）" if self.year else ""
        return f"《{self.law}》{article}{year}"


class LimitSpec(Spec):
    n: Count | None = None
    unit: UnitName | None = None
    verified: bool = False
    source: str | None = None
    starts: Literal["acceptance", "receipt", "after_procedure"] | None = None

    @property
    def limit(self) -> Limit | None:
        return None if self.n is None or self.unit is None else Limit(self.n, Unit(self.unit))

    @property
    def words(self) -> str:
        """The limit as people say it: 当场办结, 5 个工作日, 法律没有规定."""
        if self.n is None or self.unit is None:
            return "没有规定"
        return "当场办结" if self.unit == "spot" else f"{self.n} {UNIT_WORDS[self.unit]}"


class Holder(StrEnum):
    """Whose paper a material is, as the list says it."""

    APPLICANT = "applicant"
    LEGAL_PERSON = "legal_person"
    GUARDIAN = "guardian"
    AGENT = "agent"
    OTHER = "other"


HOLDER_WORDS = {
    Holder.APPLICANT: "申请人",
    Holder.LEGAL_PERSON: "法定代表人（负责人、经营者）",
    Holder.GUARDIAN: "监护人",
    Holder.AGENT: "代理人、经办人",
    Holder.OTHER: "其他人",
}
_LASTING = frozenset({Holder.APPLICANT, Holder.LEGAL_PERSON, Holder.GUARDIAN})
"""Who is the same person the next time this applicant comes; the next agent is somebody else."""
_EACH_TIME = ("申请书", "申请表", "登记表", "承诺书", "委托书", "声明", "申报表")
"""Papers that are written anew for every application."""


class Material(Spec):
    """`holder` is whose paper it is; None: the list does not say, so an earlier paper never stands in for it."""

    LATER: ClassVar[tuple[str, ...]] = ("holder",)

    key: str
    name: str
    required: Literal["always", "if"] = "always"
    when: str | None = None
    form: Literal["original", "copy", "electronic"]
    copies: Count = 1
    source: str = "applicant"
    licence_type: str | None = None
    deferrable: bool = False
    common_mistake: str | None = None
    holder: Holder | None = None

    @property
    def shared(self) -> bool:
        """Obtained by the centre through data sharing: the applicant brings nothing."""
        return self.source == "shared"

    @property
    def issuer(self) -> str:
        return self.source.removeprefix("issued-by-") if self.source.startswith("issued-by-") else ""

    @property
    def lasting(self) -> bool:
        """Whether a paper of this kind that the centre has is as good the next time: the same person's, and not
        written for one application."""
        return self.holder in _LASTING and not any(word in self.name for word in _EACH_TIME)

    def stands_for(self, wanted: Material) -> bool:
        """Whether this paper, had of an applicant before, is the one that a list asks of the same applicant now: the
        same licence or name, and of the same person. A guardian's identity card is not the applicant's."""
        if not self.lasting or not wanted.lasting or self.holder != wanted.holder:
            return False
        return self.name == wanted.name or (self.licence_type is not None and self.licence_type == wanted.licence_type)

    def issued_as(self, certificate: str) -> bool:
        """Whether a certificate of this name, issued here to the applicant, is the paper asked for."""
        own = self.holder is Holder.APPLICANT and self.licence_type is not None
        return own and str(self.licence_type) in certificate

    def applies(self, answers: Mapping[str, str]) -> bool:
        if self.required == "always" or self.when is None:
            return True
        scenario, _, option = self.when.partition(".")
        return answers.get(scenario) == option


class Option(Spec):
    value: str
    label: str


class Scenario(Spec):
    key: str
    question: str
    options: tuple[Option, ...]


class StepLimit(Spec):
    n: Count
    unit: UnitName


class StepKind(StrEnum):
    ACCEPT = "accept"
    WORK = "work"
    REVIEW = "review"
    APPROVE = "approve"
    REVIEW_APPROVE = "review_approve"
    DELIVER = "deliver"


class Step(Spec):
    name: str
    role: str
    kind: StepKind
    limit: StepLimit


class Procedure(Spec):
    """`statutory` is the longest that the law allows for the procedure itself (XX-23.7)."""

    LATER = ("statutory",)
    kind: str
    name: str
    limit: StepLimit
    counts_on_clock: bool
    legal_basis: str | None = None
    trigger: str | None = None
    officers_min: int | None = None
    statutory: StepLimit | None = None

    @model_validator(mode="after")
    def _off_clock_needs_a_ground(self) -> Procedure:
        if not self.counts_on_clock and not self.legal_basis:
            raise ValueError("不计入时限的特别程序必须写明法律依据")
        return self


class NoticeSpec(Spec):
    n: int
    unit: UnitName
    online_n: int = 1
    deemed: Literal["from_receipt", "same_visit", "none"]
    legal_basis: str | None = None
    text: str | None = None

    def rule(self, *, online: bool) -> NoticeRule:
        """The rule for one application. Nobody stands at the counter online, so "on the spot" is there the time
        set for reviewing what comes in online."""
        if online and self.unit == "spot":
            return NoticeRule(self.online_n, Unit.WORKDAY, self.deemed)
        return NoticeRule(self.n, Unit(self.unit), self.deemed)


class ExtensionSpec(Spec):
    n: int
    unit: UnitName
    approver: str
    legal_basis: str | None = None
    verified: bool = False


class Result(Spec):
    kind: Literal["证照", "批文", "证明", "其他", "无"]
    name: str | None = None
    validity: str | None = None
    validity_months: int | None = None


class FeeTier(Spec):
    when: str | None = None
    amount: Money
    label: str | None = None


class Fee(Spec):
    amount: Money | None = None
    unit: str
    basis: str
    tiers: tuple[FeeTier, ...] = ()
    verified: bool = False

    def amount_for(self, answers: Mapping[str, str]) -> Decimal | None:
        for tier in self.tiers:
            scenario, _, option = (tier.when or "").partition(".")
            if tier.when and answers.get(scenario) == option:
                return tier.amount
        return self.amount


class CommitmentRule(Spec):
    limit: StepLimit
    post_check: str | None = None
    excluded: str | None = None
    legal_basis: str | None = None
    verified: bool = False


class Urgent(Spec):
    capable: bool = False
    grounds: str | None = None


class Delegable(Spec):
    town: bool = False
    village: bool = False


class Sibling(Spec):
    relation: str
    item: str | None = None
    name: str


class Faq(Spec):
    q: str
    a: str


class Contact(Spec):
    """Whom to ask and whom to complain to about this item, where that is not simply its department."""

    consult: str | None = None
    complain: str | None = None


class ItemSpec(Spec):
    """All elements of a guide, and every rule a case needs."""

    LATER = ("contact",)
    name: str
    item_type: str
    case_kind: Literal["即办件", "承诺件", "联办件"]
    audience: Literal["natural", "legal", "both"]
    legal_basis: tuple[LegalBasis, ...] = ()
    conditions: tuple[str, ...] = ()
    materials: tuple[Material, ...] = ()
    materials_verified: bool = False
    materials_source: str | None = None
    scenarios: tuple[Scenario, ...] = ()
    step_mode: Literal["审核合一", "一审一核", "一审两核", "加特别程序"]
    steps: tuple[Step, ...]
    special_procedures: tuple[Procedure, ...] = ()
    statutory_limit: LimitSpec
    promised_limit: LimitSpec
    notice_rule: NoticeSpec
    extension: ExtensionSpec | None = None
    result: Result
    fee: Fee | None = None
    visits: int = 0
    visit_reason: str | None = None
    online_depth: int = 1
    channels: tuple[str, ...] = ("window",)
    delivery: tuple[str, ...] = ("counter",)
    commitment: bool = False
    commitment_rule: CommitmentRule | None = None
    urgent: Urgent = Urgent()
    cross_region: str | None = None
    delegable: Delegable = Delegable()
    siblings: tuple[Sibling, ...] = ()
    faq: tuple[Faq, ...] = ()
    keywords: tuple[str, ...] = ()
    note: str | None = None
    reference_name: str | None = Field(default=None)
    contact: Contact | None = None

    @cached_property
    def material_by_key(self) -> dict[str, Material]:
        return {material.key: material for material in self.materials}

    @cached_property
    def scenario_by_key(self) -> dict[str, Scenario]:
        return {scenario.key: scenario for scenario in self.scenarios}

    @cached_property
    def nodes(self) -> tuple[Step, ...]:
        """The steps between acceptance and delivery, in order; the last of them decides."""
        return tuple(step for step in self.steps if step.kind not in {StepKind.ACCEPT, StepKind.DELIVER})

    @property
    def immediate(self) -> bool:
        return self.case_kind == "即办件"

    def materials_for(self, answers: Mapping[str, str]) -> list[Material]:
        """The materials that this person's answers call for; nothing else may be asked."""
        return [material for material in self.materials if material.applies(answers)]

    def problems_with(self, answers: Mapping[str, str]) -> dict[str, str]:
        """Scenario key -> what is wrong with the answer; empty when the answers can be used."""
        problems = {}
        for scenario in self.scenarios:
            answer = answers.get(scenario.key)
            if answer is None:
                problems[scenario.key] = f"请回答：{scenario.question}"
            elif answer not in {option.value for option in scenario.options}:
                problems[scenario.key] = f"「{scenario.question}」没有这个选项"
        for key in answers:
            if key not in self.scenario_by_key:
                problems[key] = "这个事项没有这个问题"
        return problems


def with_material_keys(raw: dict[str, object]) -> dict[str, object]:
    """Gives the materials of a raw item stable keys m01, m02 … by position, where the source names none."""
    materials = raw.get("materials") or []
    assert isinstance(materials, list)
    keyed = [{"key": f"m{i:02}", **material} for i, material in enumerate(materials, start=1)]
    return {**raw, "materials": keyed}
