"""What an item or a theme must satisfy beyond the shape of its fields. Pure; failures are ValueErrors in Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from onewindow.catalogue.spec import ItemSpec, LimitSpec, Scenario, StepKind

_DAYS = {"spot": 0.0, "workday": 1.4, "day": 1.0, "month": 30.0, "year": 365.0}


def check_item(spec: ItemSpec) -> None:
    """References between the parts hold; the promise is not longer than the statute allows."""
    if not spec.name.strip() or len(spec.name) > 200:
        raise ValueError("name 应当有 1 至 200 个字")
    _unique("材料", (material.key for material in spec.materials))
    _unique("情形", (scenario.key for scenario in spec.scenarios))
    choices = _choices(spec.scenarios)
    for material in spec.materials:
        if material.required == "if" and material.when not in choices:
            raise ValueError(f"材料“{material.name}”的条件 {material.when or '空'} 不是任何情形的选项")
    for tier in spec.fee.tiers if spec.fee else ():
        if tier.when is not None and tier.when not in choices:
            raise ValueError(f"收费条件 {tier.when} 不是任何情形的选项")
    _check_steps(spec)
    if _longer(spec.promised_limit, spec.statutory_limit):
        raise ValueError(f"承诺时限（{spec.promised_limit.words}）比法定时限（{spec.statutory_limit.words}）长")


def _check_steps(spec: ItemSpec) -> None:
    kinds = [step.kind for step in spec.steps]
    if not kinds or kinds[0] is not StepKind.ACCEPT:
        raise ValueError("办理环节应当从受理开始")
    if not {StepKind.REVIEW, StepKind.APPROVE, StepKind.REVIEW_APPROVE} & set(kinds):
        raise ValueError("办理环节里没有审查或审批")
    if (spec.step_mode == "加特别程序") != bool(spec.special_procedures):
        raise ValueError("环节模式是“加特别程序”的事项必须列出特别程序，其他模式不能列")


def _longer(promise: LimitSpec, statute: LimitSpec) -> bool:
    """Whether the promise clearly exceeds the statute; different units are compared in natural days, roughly."""
    if promise.n is None or promise.unit is None or statute.n is None or statute.unit is None:
        return False
    if promise.unit == statute.unit:
        return promise.n > statute.n
    return promise.n * _DAYS[promise.unit] > statute.n * _DAYS[statute.unit] + 3


def _choices(scenarios: Iterable[Scenario]) -> set[str]:
    return {f"{scenario.key}.{option.value}" for scenario in scenarios for option in scenario.options}


def _unique(what: str, keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise ValueError(f"{what} {key} 出现了两次")
        seen.add(key)


def check_theme(raw: Mapping[str, Any], items: Mapping[str, ItemSpec]) -> None:
    """Items exist; conditions, presets and the order between items refer to what is there; the order has no circle."""
    entries = raw.get("items")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError("items 应当是事项的列表")
    keys = [str(entry.get("item") or "") for entry in entries]
    _unique("事项", keys)
    if unknown := [key for key in keys if key not in items]:
        raise ValueError(f"目录里没有在用的事项：{'、'.join(unknown)}")
    choices = _theme_choices(raw)
    for entry in entries:
        _check_entry(entry, set(keys), choices, items[entry["item"]])
    _check_order({entry["item"]: list(entry.get("depends_on") or []) for entry in entries})


def _theme_choices(raw: Mapping[str, Any]) -> set[str]:
    try:
        return {
            f"{scenario['key']}.{option['value']}"
            for scenario in raw.get("scenarios") or []
            for option in scenario["options"]
        }
    except (KeyError, TypeError):
        raise ValueError("scenarios 的每一项应当有 key 和 options") from None


def _check_entry(entry: Mapping[str, Any], keys: set[str], choices: set[str], spec: ItemSpec) -> None:
    when = entry.get("when", "always")
    if when != "always" and when not in choices:
        raise ValueError(f"{entry['item']} 的条件 {when} 不是任何情形的选项")
    if outside := set(entry.get("depends_on") or []) - keys:
        raise ValueError(f"{entry['item']} 依赖的事项不在这件事里：{'、'.join(sorted(outside))}")
    own = _choices(spec.scenarios)
    for scenario, option in (entry.get("preset") or {}).items():
        if f"{scenario}.{option}" not in own:
            raise ValueError(f"{entry['item']} 没有情形选项 {scenario}.{option}")


def _check_order(needs: dict[str, list[str]]) -> None:
    """Raises when items wait for each other in a circle."""
    settled: set[str] = set()
    while len(settled) < len(needs):
        free = {key for key, before in needs.items() if key not in settled and set(before) <= settled}
        if not free:
            raise ValueError(f"这些事项互相等待：{'、'.join(sorted(set(needs) - settled))}")
        settled |= free
