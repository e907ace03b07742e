"""What an item or a theme must satisfy beyond the shape of its fields. Pure; failures are ValueErrors in Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from onewindow.catalogue.spec import ItemSpec, LimitSpec, Procedure, Scenario, StepKind, StepLimit, with_material_keys
from onewindow.inputs import as_problem
from onewindow.problems import FieldError, InvalidInput

_DAYS = {"spot": 0.0, "workday": 1.4, "day": 1.0, "month": 30.0, "year": 365.0}
_MOST: Final = 80
"""Materials of one item."""


class Wrong(ValueError):
    """A rule that is broken, and the path of the element that breaks it."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


def parse_item(content: Mapping[str, Any]) -> ItemSpec:
    """The item as a value. Raises InvalidInput that names every wrong element by its path, in Chinese."""
    materials = content.get("materials") or []
    if not isinstance(materials, list) or not all(isinstance(material, dict) for material in materials):
        raise InvalidInput("materials 应当是材料的列表", [FieldError("materials", "应当是材料的列表")])
    try:
        spec = ItemSpec.model_validate(with_material_keys(dict(content)))
    except ValidationError as error:
        raise as_problem(error) from error
    try:
        check_item(spec)
    except ValueError as error:
        raise InvalidInput(str(error), [FieldError(getattr(error, "field", ""), str(error))]) from error
    return spec


def check_item(spec: ItemSpec) -> None:
    """References between the parts hold; the promise is not longer than the statute allows."""
    if not spec.name.strip() or len(spec.name) > 200:
        raise ValueError("name 应当有 1 至 200 个字")
    _check_materials(spec)
    for place, tier in enumerate(spec.fee.tiers if spec.fee else ()):
        if tier.when is not None and tier.when not in _choices(spec.scenarios):
            raise Wrong(f"fee.tiers.{place}", f"收费条件 {tier.when} 不是任何情形的选项")
    _check_steps(spec)
    if _longer(spec.promised_limit, spec.statutory_limit):
        words = f"承诺时限（{spec.promised_limit.words}）比法定时限（{spec.statutory_limit.words}）长"
        raise Wrong("promised_limit.n", words)


def _check_materials(spec: ItemSpec) -> None:
    if len(spec.materials) > _MOST:
        raise Wrong("materials", f"材料太多了，最多 {_MOST} 份")
    _unique("材料", (material.key for material in spec.materials))
    _unique("情形", (scenario.key for scenario in spec.scenarios))
    choices = _choices(spec.scenarios)
    for place, material in enumerate(spec.materials):
        if not material.name.strip() or len(material.name) > 200:
            raise Wrong(f"materials.{place}.name", "材料名称应当有 1 至 200 个字")
        if material.required == "if" and material.when not in choices:
            words = f"材料“{material.name}”的条件 {material.when or '空'} 不是任何情形的选项"
            raise Wrong(f"materials.{place}.when", words)


def _check_steps(spec: ItemSpec) -> None:
    kinds = [step.kind for step in spec.steps]
    if not kinds or kinds[0] is not StepKind.ACCEPT:
        raise ValueError("办理环节应当从受理开始")
    if not {StepKind.REVIEW, StepKind.APPROVE, StepKind.REVIEW_APPROVE} & set(kinds):
        raise ValueError("办理环节里没有审查或审批")
    if (spec.step_mode == "加特别程序") != bool(spec.special_procedures):
        raise Wrong("special_procedures", "环节模式是“加特别程序”的事项必须列出特别程序，其他模式不能列")


# ---- from one version to the next ---------------------------------------------------------------------------------


def check_revision(before: ItemSpec, after: ItemSpec) -> None:
    """A fee that is new or another has an amount and a basis. Special procedures that were touched: a longer or a new
    one names its basis, none exceeds what the law allows.

    Raises Wrong. Source: Xixia 2023 art. 23 (XX-23.6, XX-23.7).
    """
    if after.fee is not None and after.fee != before.fee:
        if after.fee.amount is None and not after.fee.tiers:
            raise Wrong("fee.amount", "收费的要写金额")
        if not after.fee.basis.strip():
            raise Wrong("fee.basis", "收费的要写依据")
    known = {one.name: one for one in before.special_procedures}
    for place, one in enumerate(after.special_procedures):
        if known.get(one.name) != one:
            _check_procedure(f"special_procedures.{place}", known.get(one.name), one, after)


def _check_procedure(path: str, before: Procedure | None, one: Procedure, spec: ItemSpec) -> None:
    if not (one.legal_basis or "").strip() and (before is None or _longer(one.limit, before.limit)):
        words = "新增的特别程序要写明依据" if before is None else "比现行版本长，要写明依据"
        raise Wrong(f"{path}.legal_basis", f"“{one.name}”{words}")
    allowed = one.statutory or (spec.statutory_limit if one.counts_on_clock else None)
    if allowed is not None and _longer(one.limit, allowed):
        raise Wrong(f"{path}.limit.n", f"“{one.name}”的办理时限比法定时限长")


def _longer(promise: LimitSpec | StepLimit, statute: LimitSpec | StepLimit) -> bool:
    """Whether the promise clearly exceeds the statute; different units are compared in natural days, roughly."""
    if promise.n is None or promise.unit is None or statute.n is None or statute.unit is None:
        return False
    if promise.unit == statute.unit:
        return promise.unit != "spot" and promise.n > statute.n
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
