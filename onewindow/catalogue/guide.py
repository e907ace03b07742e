"""The guide of an item (办事指南) in plain words: one set of facts for the page, the PDF and the print-out.

`Guide` is pure: it needs a spec and the person's answers. Only `render_guide` reads a stored version.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import typst
from django.conf import settings

from onewindow.catalogue.models import Item, ItemVersion
from onewindow.catalogue.spec import HOLDER_WORDS, Contact, Fee, ItemSpec, LimitSpec, Material, Procedure
from onewindow.papers import fonts
from onewindow.papers.qr import qr_svg
from onewindow.papers.words import chinese_date
from onewindow.places.models import Department

SAMPLE_NOTE = "示例，以部门公布为准"
CHANNELS = {
    "window": "政务服务中心窗口",
    "online": "网上",
    "mobile": "手机",
    "kiosk": "自助终端",
    "village": "村（社区）便民服务站",
    "post": "邮寄",
}
DELIVERY = {"counter": "到大厅领取", "courier": "邮寄到家", "electronic": "电子证照或电子文书"}
ITEM_TYPES = {
    "01": "行政许可",
    "02": "行政处罚",
    "03": "行政强制",
    "04": "行政征收",
    "05": "行政给付",
    "06": "行政检查",
    "07": "行政确认",
    "08": "行政奖励",
    "09": "行政裁决",
    "10": "其他行政权力",
    "20": "公共服务",
}
_FORMS = {"original": "原件", "copy": "复印件", "electronic": "电子文件"}
_STARTS = {
    "acceptance": "从受理的第二天开始算",
    "receipt": "从收到申请的第二天开始算",
    "after_procedure": "从特别程序结束的第二天开始算",
}
_AUDIENCES = {"natural": "个人可以办", "legal": "单位可以办", "both": "个人和单位都可以办"}
_DEPTHS = {
    1: "网上可以查看指南",
    2: "网上可以下载表格",
    3: "网上可以预审",
    4: "网上可以受理",
    5: "网上可以办到出结果",
    6: "全程网上办",
}


@dataclass(frozen=True, slots=True)
class MaterialLine:
    """One material as the applicant reads it. `when` is empty when it applies to everybody (or to these answers)."""

    key: str
    name: str
    form: str
    when: str
    issuer: str
    licence: str
    holder: str
    deferrable: bool
    mistake: str
    shared: bool


@dataclass(frozen=True, slots=True)
class FeeRow:
    """What one scenario costs."""

    who: str
    words: str


@dataclass(frozen=True)
class Guide:
    """Everything a guide says about `spec` to somebody who gave `answers` (scenario key -> option)."""

    spec: ItemSpec
    answers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def complete(self) -> bool:
        """Whether every scenario question has an answer, so that the list is this person's."""
        return not self.spec.problems_with(self.answers)

    # ---- 我能办吗 ----

    @property
    def who(self) -> str:
        return _AUDIENCES[self.spec.audience]

    # ---- 要带什么 ----

    @cached_property
    def materials(self) -> tuple[MaterialLine, ...]:
        """This person's list; the whole list, each with its condition, until the questions are answered."""
        chosen: Iterable[Material] = self.spec.materials_for(self.answers) if self.complete else self.spec.materials
        return tuple(self._line(material) for material in chosen)

    @property
    def to_bring(self) -> list[MaterialLine]:
        return [line for line in self.materials if not line.shared]

    @property
    def obtained(self) -> list[MaterialLine]:
        """共享获取: the centre fetches these itself."""
        return [line for line in self.materials if line.shared]

    @property
    def bring_words(self) -> str:
        always, sometimes = self._count()
        if self.complete or not sometimes:
            return f"您要准备 {always} 份材料" if always else "不用带材料"
        return f"{always}—{always + sometimes} 份材料，看您的情况" if always else f"最多 {sometimes} 份，看您的情况"

    def _count(self) -> tuple[int, int]:
        sure = [line for line in self.to_bring if not line.when]
        return len(sure), len(self.to_bring) - len(sure)

    def _line(self, material: Material) -> MaterialLine:
        form = _FORMS[material.form]
        copies = f"{form} {material.copies} 份" if material.form != "electronic" and material.copies else form
        return MaterialLine(
            key=material.key,
            name=material.name,
            form=copies,
            when="" if self.complete else self._condition(material.when if material.required == "if" else None),
            issuer=material.issuer,
            licence=material.licence_type or "",
            holder=HOLDER_WORDS[material.holder] if material.holder else "",
            deferrable=material.deferrable,
            mistake=material.common_mistake or "",
            shared=material.shared,
        )

    def _condition(self, when: str | None) -> str:
        """`agent.yes` -> 由谁来办理？选「委托他人代办」."""
        key, _, value = (when or "").partition(".")
        scenario = self.spec.scenario_by_key.get(key)
        if scenario is None:
            return ""
        label = next((option.label for option in scenario.options if option.value == value), value)
        return f"{scenario.question}选「{label}」"

    # ---- 多久办好 ----

    @property
    def time_words(self) -> str:
        promised = self.spec.promised_limit
        chosen = promised if promised.limit is not None else self.spec.statutory_limit
        return "当场办好" if chosen.unit == "spot" else chosen.words if chosen.limit else "没有规定时限"

    @property
    def statutory_words(self) -> str:
        """法律规定最长 20 个工作日；从受理的第二天开始算."""
        limit = self.spec.statutory_limit
        if limit.limit is None:
            return "法律没有规定时限，按承诺的时间办"
        longest = "法律规定当场办结" if limit.unit == "spot" else f"法律规定最长 {limit.words}"
        start = _STARTS.get(limit.starts or "acceptance", "") if limit.unit != "spot" else ""
        return f"{longest}，{start}" if start else longest

    @property
    def commitment_words(self) -> str:
        rule = self.spec.commitment_rule
        if not self.spec.commitment or rule is None:
            return ""
        later = f"；{rule.post_check}" if rule.post_check else ""
        never = f"（{rule.excluded}不适用）" if rule.excluded else ""
        return f"可以选告知承诺：您书面承诺符合条件，就当场办好{later}{never}"

    # ---- 多少钱 ----

    @property
    def fee_words(self) -> str:
        fee = self.spec.fee
        if fee is None or (fee.amount == 0 and not fee.tiers):
            return "不收费"
        if self.complete and (amount := fee.amount_for(self.answers)) is not None and not self._open_tiers(fee):
            return money(amount, fee.unit)
        amounts = sorted({tier.amount for tier in fee.tiers} | ({fee.amount} if fee.amount is not None else set()))
        if not amounts:
            return f"按标准收费（{fee.unit}）"
        return (
            money(amounts[0], fee.unit) if len(amounts) == 1 else f"{plain(amounts[0])}—{money(amounts[-1], fee.unit)}"
        )

    @property
    def fee_rows(self) -> list[FeeRow]:
        """What each scenario costs, where it differs."""
        fee = self.spec.fee
        if fee is None:
            return []
        rows = [FeeRow(tier.label or self._option_label(tier.when), money(tier.amount, fee.unit)) for tier in fee.tiers]
        return [row for row in rows if row.who]

    def _open_tiers(self, fee: Fee) -> bool:
        """Tiers that no question decides (住宅、非住宅): the answer cannot tell which applies."""
        return len({tier.amount for tier in fee.tiers if not tier.when}) > 1

    def _option_label(self, when: str | None) -> str:
        key, _, value = (when or "").partition(".")
        scenario = self.spec.scenario_by_key.get(key)
        options = scenario.options if scenario else ()
        return next((option.label for option in options if option.value == value), "")

    # ---- 去哪里办、怎么办 ----

    @property
    def online(self) -> bool:
        return bool({"online", "mobile"} & set(self.spec.channels)) and self.spec.online_depth >= 3

    @property
    def where_words(self) -> str:
        if not self.online:
            return "到政务服务中心窗口"
        return "网上或手机办，也可以到窗口" if "mobile" in self.spec.channels else "网上办，也可以到窗口"

    @property
    def visits_words(self) -> str:
        if self.spec.visits > 0:
            return f"最多跑 {self.spec.visits} 次"
        return "一次都不用跑" if self.online else "最多跑 1 次"

    @property
    def channels(self) -> list[str]:
        return [CHANNELS.get(channel, channel) for channel in self.spec.channels]

    @property
    def delivery(self) -> list[str]:
        return [DELIVERY.get(way, way) for way in self.spec.delivery]

    @property
    def near(self) -> str:
        """Which places nearer home take it as well (帮办代办、就近办)."""
        places = [("town", "乡镇（街道）便民服务中心"), ("village", "村（社区）便民服务站")]
        return "、".join(words for key, words in places if getattr(self.spec.delegable, key))

    # ---- the rest ----

    @property
    def item_type(self) -> str:
        return ITEM_TYPES.get(self.spec.item_type, "其他")

    @property
    def depth_words(self) -> str:
        return _DEPTHS.get(self.spec.online_depth, "")

    @property
    def steps(self) -> list[tuple[str, str]]:
        """(name, limit in words) of every published step."""
        return [(step.name, limit_words(step.limit.n, step.limit.unit)) for step in self.spec.steps]

    @property
    def procedures(self) -> list[tuple[Procedure, str]]:
        return [(one, limit_words(one.limit.n, one.limit.unit)) for one in self.spec.special_procedures]

    @property
    def legal_basis(self) -> list[str]:
        return [str(basis) for basis in self.spec.legal_basis]

    @property
    def result_words(self) -> str:
        result = self.spec.result
        return "办完就好，不另发证照" if result.kind == "无" else result.name or result.kind

    @property
    def not_verified(self) -> list[str]:
        """Which parts are samples until the department has confirmed them."""
        parts = [
            ("申请材料", self.spec.materials_verified),
            ("法定时限", self.spec.statutory_limit.verified or self.spec.statutory_limit.limit is None),
            ("承诺时限", self.spec.promised_limit.verified or self.spec.promised_limit.limit is None),
            ("收费", self.spec.fee is None or self.spec.fee.verified),
        ]
        return [name for name, verified in parts if not verified]


def limit_words(n: int, unit: str) -> str:
    """当场, 2 个工作日."""
    if unit == "spot":
        return "当场"
    return LimitSpec.model_validate({"n": n, "unit": unit}).words


def plain(amount: Decimal) -> str:
    """20.00 -> 20, 12.50 -> 12.5."""
    return f"{amount.normalize():f}"


def money(amount: Decimal, unit: str) -> str:
    return "免费" if amount == 0 else f"{plain(amount)} {unit}"


def render_guide(version: ItemVersion) -> bytes:
    """The guide of a published version as a PDF; the same version gives the same bytes.

    Needs `version.item` with its department. Raises papers.fonts.FontsMissing where no Chinese font is installed.
    """
    return _render(_payload(version), f"{settings.OW_PUBLIC_URL}/items/{version.item.key}/", version.effective_from)


def _render(payload: Mapping[str, Any], address: str, day: date) -> bytes:
    source = Path(__file__).parent / "templates" / "guide.typ"
    stamp = datetime(day.year, day.month, day.day, tzinfo=timezone(timedelta(hours=8)))
    compiler = typst.Compiler(str(source), root=str(source.parent), font_paths=fonts.load())
    inputs = {"guide": json.dumps(payload, ensure_ascii=False), "qr": qr_svg(address)}
    return cast(bytes, compiler.compile(format="pdf", sys_inputs=inputs, timestamp=stamp))


def _payload(version: ItemVersion) -> dict[str, Any]:
    item, guide, day = version.item, Guide(version.spec), version.effective_from
    unsure = guide.not_verified
    return {
        "name": guide.spec.name,
        "department": item.department.name,
        "code": item.code,
        "version": f"第 {version.number} 版，{chinese_date(day)}起施行",
        "sample": f"{'、'.join(unsure)}为{SAMPLE_NOTE}。" if unsure else "",
        "foot": f"{guide.spec.name} · 第 {version.number} 版" + (f" · {SAMPLE_NOTE}" if unsure else ""),
        "day": [day.year, day.month, day.day],
        "sans": fonts.SANS,
        "answers": _answers(guide),
        "materials": [{"name": line.name, "form": line.form, "lines": material_notes(line)} for line in guide.to_bring],
        "obtained": [line.name for line in guide.obtained],
        "parts": [{"title": title, "lines": lines} for title, lines in _parts(guide, item) if lines],
    }


def _answers(guide: Guide) -> list[dict[str, Any]]:
    fees = [f"{row.who}：{row.words}" for row in guide.fee_rows]
    basis = [f"依据：{guide.spec.fee.basis}"] if guide.spec.fee and guide.fee_words != "不收费" else []
    rows: list[tuple[str, str, list[str], bool]] = [
        ("我能办吗", guide.who, [f"· {one}" for one in guide.spec.conditions], True),
        ("多久办好", guide.time_words, [guide.statutory_words], False),
        ("多少钱", guide.fee_words, fees + basis, False),
        ("要带什么", guide.bring_words, [f"另有 {len(guide.obtained)} 份由我们调取"] if guide.obtained else [], False),
        ("去哪里办", guide.where_words, [guide.visits_words, *([f"{guide.near}也能办"] if guide.near else [])], False),
    ]
    return [{"question": q, "answer": a, "lines": lines, "wide": wide} for q, a, lines, wide in rows]


def material_notes(line: MaterialLine) -> list[str]:
    """The small print under a material."""
    notes = [
        f"只有这样才要：{line.when}" if line.when else "",
        f"由{line.issuer}出具" if line.issuer else "",
        f"有电子证照「{line.licence}」的，出示电子证照就行" if line.licence else "",
        "可以先受理，以后补交" if line.deferrable else "",
        f"常见错误：{line.mistake}" if line.mistake else "",
    ]
    return [note for note in notes if note]


def _parts(guide: Guide, item: Item) -> list[tuple[str, list[str]]]:
    spec, department = guide.spec, item.department
    procedures = [
        f"· {one.name}：{words}，{'算在' if one.counts_on_clock else '不算在'}办理时限内"
        + (f"（{one.legal_basis}）" if one.legal_basis else "")
        for one, words in guide.procedures
    ]
    return [
        ("怎么一步步办", [f"{n}. {name}：{words}" for n, (name, words) in enumerate(guide.steps, 1)]),
        ("可能要做的特别程序", procedures),
        ("办完给您什么", [guide.result_words, *([f"有效期：{spec.result.validity}"] if spec.result.validity else [])]),
        ("结果怎么给您", ["、".join(guide.delivery)]),
        ("告知承诺", [guide.commitment_words] if guide.commitment_words else []),
        ("常见问题", [f"问：{one.q}　答：{one.a}" for one in spec.faq]),
        ("依据什么规定", [f"· {basis}" for basis in guide.legal_basis]),
        ("咨询和投诉", [line for line in contact_lines(department, spec.contact) if line]),
    ]


def contact_lines(department: Department, own: Contact | None = None) -> list[str]:
    """Whom to ask and to complain to; what the item says itself goes before its department's numbers."""
    consult = (own.consult if own else None) or (f"{department.name} {department.phone}" if department.phone else "")
    complain = (own.complain if own else None) or department.complaint_phone
    return [
        f"咨询：{consult}" if consult else "",
        f"投诉：{complain}" if complain else "",
        "也可以拨打政务服务便民热线 12345，或者到大厅的办不成事反映窗口。",
    ]
