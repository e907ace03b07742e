"""What differs between two published versions of an item, field by field, in words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from onewindow.catalogue.guide import CHANNELS, DELIVERY, Guide, limit_words
from onewindow.catalogue.spec import HOLDER_WORDS, ItemSpec, LimitSpec, Material


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field or one entry of a list; "" on the side where it does not exist."""

    group: str
    label: str
    before: str
    after: str


_FORMS: Final = {"original": "原件", "copy": "复印件", "electronic": "电子文件"}
_AUDIENCES: Final = {"natural": "个人", "legal": "单位", "both": "个人和单位"}


def _limit(spec: LimitSpec) -> str:
    return spec.words + (f"（{spec.source}）" if spec.source else "")


_SIMPLE: Final[list[tuple[str, str, Callable[[ItemSpec], str]]]] = [
    ("基本信息", "名称", lambda s: s.name),
    ("基本信息", "事项类型", lambda s: Guide(s).item_type),
    ("基本信息", "办件类型", lambda s: s.case_kind),
    ("基本信息", "服务对象", lambda s: _AUDIENCES[s.audience]),
    ("基本信息", "跑动次数", lambda s: f"{s.visits} 次" + (f"：{s.visit_reason}" if s.visit_reason else "")),
    ("基本信息", "网上办理深度", lambda s: f"{s.online_depth} 级"),
    ("基本信息", "办理渠道", lambda s: "、".join(CHANNELS.get(one, one) for one in s.channels)),
    ("基本信息", "送达方式", lambda s: "、".join(DELIVERY.get(one, one) for one in s.delivery)),
    ("基本信息", "审批结果", lambda s: Guide(s).result_words),
    ("基本信息", "有效期", lambda s: s.result.validity or ""),
    ("时限", "法定时限", lambda s: _limit(s.statutory_limit)),
    ("时限", "承诺时限", lambda s: _limit(s.promised_limit)),
    ("时限", "补正告知", lambda s: limit_words(s.notice_rule.n, s.notice_rule.unit)),
    ("时限", "延期", lambda s: limit_words(s.extension.n, s.extension.unit) if s.extension else "不能延期"),
    ("收费", "收费", lambda s: Guide(s).fee_words),
    ("收费", "收费依据", lambda s: s.fee.basis if s.fee else ""),
    ("办理", "审批方式", lambda s: s.step_mode),
    ("办理", "告知承诺", lambda s: "可以" if s.commitment else "不可以"),
    ("办理", "告知承诺的规则", lambda s: Guide(s).commitment_words),
    ("办理", "备注", lambda s: s.note or ""),
    ("咨询和投诉", "咨询方式", lambda s: (s.contact.consult if s.contact else None) or ""),
    ("咨询和投诉", "监督投诉方式", lambda s: (s.contact.complain if s.contact else None) or ""),
]
_OTHERS: Final = {
    "materials_source": "材料的出处",
    "notice_rule": "补正告知的规则",
    "commitment_rule": "告知承诺的规则",
    "urgent": "急办",
    "cross_region": "通办范围",
    "delegable": "就近办",
    "siblings": "相关事项",
    "keywords": "搜索用的词",
    "reference_name": "参考名称",
}
"""Elements that no line shows, by name."""
_MARKS: Final = frozenset({"materials_verified"})
_LISTS: Final[list[tuple[str, Callable[[ItemSpec], Mapping[str, str]]]]] = [
    ("设定依据", lambda s: {str(one): str(one) for one in s.legal_basis}),
    ("办理条件", lambda s: {one: one for one in s.conditions}),
    ("申请材料", lambda s: _materials(s)),
    ("业务情形", lambda s: {one.key: _scenario(one) for one in s.scenarios}),
    ("办理环节", lambda s: {one.name: f"{one.role}，{limit_words(one.limit.n, one.limit.unit)}" for one in s.steps}),
    ("特别程序", lambda s: {one.name: _procedure(one) for one in s.special_procedures}),
    ("常见问题", lambda s: {one.q: one.a for one in s.faq}),
]


def _materials(spec: ItemSpec) -> dict[str, str]:
    """Each in words, with the condition as the applicant reads it."""
    when = {line.key: line.when for line in Guide(spec).materials}
    return {one.key: _material(one, when.get(one.key) or one.when or "") for one in spec.materials}


def _material(one: Material, when: str) -> str:
    parts = [one.name, f"{_FORMS[one.form]} {one.copies} 份"]
    parts += ["都要"] if one.required == "always" else [f"{when}才要"]
    parts += ["可以容缺"] if one.deferrable else []
    parts += ["共享获取"] if one.shared else []
    parts += [f"{one.issuer}出具"] if one.issuer else []
    parts += [f"属于{HOLDER_WORDS[one.holder]}"] if one.holder else []
    return "，".join(parts)


def _scenario(one: Any) -> str:
    return f"{one.question}（{'、'.join(option.label for option in one.options)}）"


def _procedure(one: Any) -> str:
    counted = "计入时限" if one.counts_on_clock else "不计入时限"
    basis = f"，依据{one.legal_basis}" if one.legal_basis else ""
    longest = f"，法定 {limit_words(one.statutory.n, one.statutory.unit)}" if one.statutory else ""
    return f"{limit_words(one.limit.n, one.limit.unit)}{longest}，{counted}{basis}"


def compare(before: ItemSpec, after: ItemSpec) -> list[FieldDifference]:
    """Every difference that a reader can see; equal versions give none."""
    rest = _unseen(before, after)
    others = [FieldDifference("其他", "其他要素", "", f"有改动：{'、'.join(rest)}")] if rest else []
    return _seen(before, after) + others


def _seen(before: ItemSpec, after: ItemSpec) -> list[FieldDifference]:
    found = [
        FieldDifference(group, label, words(before), words(after))
        for group, label, words in _SIMPLE
        if words(before) != words(after)
    ]
    for group, entries in _LISTS:
        found += _compare_lists(group, entries(before), entries(after))
    return found


def _compare_lists(group: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[FieldDifference]:
    keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return [FieldDifference(group, _label(group, key, old, new), old.get(key, ""), new.get(key, "")) for key in keys]


def _label(group: str, key: str, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    kind = "新增" if key not in old else "去掉" if key not in new else "改动"
    shown = key if group in {"办理环节", "特别程序", "常见问题"} else ""
    return f"{kind}{f' {shown}' if shown else ''}"


def _unseen(before: ItemSpec, after: ItemSpec) -> Sequence[str]:
    """Elements that differ although no line above shows it."""
    one, other = before.model_dump(mode="json"), after.model_dump(mode="json")
    differing = [key for key in {**one, **other} if one.get(key) != other.get(key) and key not in _MARKS]
    return [
        _OTHERS.get(key, key)
        for key in differing
        if not _seen(before, ItemSpec.model_validate({**one, key: other.get(key)}))
    ]
