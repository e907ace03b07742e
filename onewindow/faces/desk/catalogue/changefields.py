"""The fields of the form of a change, made from the elements they write over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms

from onewindow.catalogue.models import Item
from onewindow.catalogue.spec import HOLDER_WORDS, ItemSpec

Fields = dict[str, forms.Field]
FRESH: Final = ("fresh1", "fresh2", "fresh3")
"""Empty rows for materials to be added; more follow once these are kept."""
ISSUED: Final = "issued-by-"
UNITS: Final = [("workday", "个工作日"), ("day", "日"), ("month", "个月"), ("year", "年"), ("spot", "当场")]
_SOURCES: Final = [("applicant", "申请人准备"), ("shared", "共享获取，不用带"), (ISSUED, "别的单位出具")]
_FORMS: Final = [("original", "原件"), ("copy", "复印件"), ("electronic", "电子文件")]


def _named(field: forms.Field, short: str) -> forms.Field:
    """`short` is what stands beside the control; the label says in a summary which row is meant."""
    field.short = short  # type: ignore[attr-defined]
    return field


def _number(label: str, value: Any, *, short: str = "", required: bool = True) -> forms.Field:
    widget = forms.NumberInput(attrs={"min": 0, "inputmode": "numeric"})
    return _named(forms.IntegerField(label=label, initial=value, required=required, widget=widget), short or label)


def _line(label: str, value: Any, *, short: str = "", required: bool = False, hint: str = "") -> forms.Field:
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    field = forms.CharField(
        label=label, initial=value or "", required=required, max_length=200, widget=widget, help_text=hint
    )
    return _named(field, short or label)


def _money(label: str, value: Any) -> forms.Field:
    return forms.DecimalField(label=label, initial=value, required=False, max_digits=12, decimal_places=2)


def _choice(label: str, value: Any, choices: Sequence[tuple[str, str]], *, short: str = "") -> forms.Field:
    return _named(forms.ChoiceField(label=label, initial=value, choices=choices), short or label)


def _tick(label: str, value: bool = False, *, short: str = "") -> forms.Field:
    return _named(forms.BooleanField(label=label, initial=value, required=False), short or label)


def _maybe_unit(label: str, value: Any, *, short: str = "单位") -> forms.Field:
    choices = [("", "没有规定"), *UNITS]
    return _named(forms.ChoiceField(label=label, initial=value or "", choices=choices, required=False), short)


def limit_fields(start: Mapping[str, Any]) -> Fields:
    promised, statutory = start["promised_limit"], start["statutory_limit"]
    return {
        "promised_n": _number("承诺时限", promised["n"], required=False),
        "promised_unit": _maybe_unit("承诺时限的单位", promised["unit"]),
        "statutory_n": _number("法定时限", statutory["n"], required=False),
        "statutory_unit": _maybe_unit("法定时限的单位", statutory["unit"]),
        "statutory_source": _line("法定时限的出处", statutory["source"]),
    }


def material_fields(material: Mapping[str, Any] | None, base: ItemSpec) -> Fields:
    """Of one that is there, or of an empty row."""
    told: Mapping[str, Any] = material or {"name": "", "form": "copy", "copies": 1, "source": "applicant"}
    what = f"材料「{told['name'][:30]}」" if material else "新增材料"
    issued = str(told["source"]).startswith(ISSUED)
    found = {
        "name": _line(f"{what}名称", told["name"], short="名称", required=material is not None),
        "source": _choice(f"{what}来源", ISSUED if issued else told["source"], _SOURCES, short="来源"),
        "issuer": _line(
            f"{what}出具单位", str(told["source"]).removeprefix(ISSUED) if issued else "", short="出具单位"
        ),
        "when": _when(what, told, base),
        "holder": _holder(what, told.get("holder")),
        "form": _choice(f"{what}形式", told["form"], _FORMS, short="形式"),
        "copies": _number(f"{what}份数", told["copies"], short="份数"),
        "deferrable": _tick(f"{what}可以容缺", bool(told.get("deferrable")), short="可以容缺，后补"),
    }
    if material:
        found["drop"] = _tick(f"去掉{what}", short="去掉这份材料")
    return found


def _when(what: str, told: Mapping[str, Any], base: ItemSpec) -> forms.Field:
    """Whether everybody hands it in, or only who gave this answer."""
    choices = [("", "都要")]
    for scenario in base.scenarios:
        choices += [
            (f"{scenario.key}.{option.value}", f"{scenario.question}选「{option.label}」")
            for option in scenario.options
        ]
    value = (told.get("when") or "") if told.get("required") == "if" else ""
    field = forms.ChoiceField(label=f"{what}什么时候要", initial=value, choices=choices, required=False)
    return _named(field, "什么时候要")


def _holder(what: str, value: Any) -> forms.Field:
    """Whose paper it is; an earlier one stands in only for the same person's."""
    choices = [("", "没有写明"), *HOLDER_WORDS.items()]
    return _named(
        forms.ChoiceField(label=f"{what}是谁的", initial=value or "", choices=choices, required=False), "是谁的"
    )


def fee_fields(fee: Mapping[str, Any] | None) -> Fields:
    free = fee is None or (not fee["tiers"] and float(fee["amount"] or 0) == 0)
    found: Fields = {
        "fee_kind": forms.ChoiceField(
            label="收不收费",
            choices=[("free", "不收费"), ("charged", "收费")],
            initial="free" if free else "charged",
            widget=forms.RadioSelect,
        ),
        "fee_amount": _money("金额", fee["amount"] if fee else None),
        "fee_unit": _line("计费单位", fee["unit"] if fee else "元"),
        "fee_basis": _line("收费依据", fee["basis"] if fee else ""),
    }
    for place, tier in enumerate(fee["tiers"] if fee else ()):
        label = tier["label"] or tier["when"] or f"第 {place + 1} 档"
        found[f"t-{place}-amount"] = _money(f"{label}的金额", tier["amount"])
    return found


def step_fields(step: Mapping[str, Any]) -> Fields:
    name = step["name"]
    return {
        "n": _number(f"「{name}」的时限", step["limit"]["n"], short="时限"),
        "unit": _choice(f"「{name}」的单位", step["limit"]["unit"], UNITS, short="单位"),
    }


def procedure_fields(one: Mapping[str, Any]) -> Fields:
    name, statutory = one["name"], one.get("statutory") or {}
    return {
        "n": _number(f"「{name}」的办理时限", one["limit"]["n"], short="办理时限"),
        "unit": _choice(f"「{name}」的单位", one["limit"]["unit"], UNITS, short="单位"),
        "sn": _number(f"「{name}」的法定时限", statutory.get("n"), short="法定时限", required=False),
        "sunit": _maybe_unit(f"「{name}」法定时限的单位", statutory.get("unit")),
        "basis": _line(f"「{name}」的依据", one["legal_basis"], short="依据"),
        "drop": _tick(f"去掉「{name}」", short="去掉这个程序"),
    }


def contact_fields(contact: Mapping[str, Any]) -> Fields:
    return {
        "contact_consult": _line("咨询方式", contact.get("consult"), hint="不填，就用部门的电话。"),
        "contact_complain": _line("监督投诉方式", contact.get("complain"), hint="不填，就用部门的投诉电话。"),
    }


def where_fields(status: str, centres: Sequence[tuple[str, str]], chosen: Sequence[str]) -> Fields:
    return {
        "status": forms.ChoiceField(
            label="事项状态",
            choices=Item.STATUS,
            initial=status,
            widget=forms.RadioSelect,
            help_text="到生效那天起算。",
        ),
        "centres": forms.MultipleChoiceField(
            label="哪些中心受理",
            choices=centres,
            initial=list(chosen),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text="" if chosen else "现在没有写明，就在县（市、区）中心办。",
        ),
        "words": forms.CharField(
            label="要说明的",
            required=False,
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text="哪里变了、为什么，写给审核的人看。",
        ),
    }


__all__ = [
    "FRESH",
    "ISSUED",
    "Fields",
    "contact_fields",
    "fee_fields",
    "limit_fields",
    "material_fields",
    "procedure_fields",
    "step_fields",
    "where_fields",
]
