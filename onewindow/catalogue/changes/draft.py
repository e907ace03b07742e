"""A draft against the version in force: what differs, whether it may be, and the whole text that comes of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from onewindow.catalogue.checks import check_revision, parse_item
from onewindow.catalogue.spec import ItemSpec
from onewindow.inputs import OptionalText, as_problem
from onewindow.problems import FieldError, InvalidInput

FIXED: Final = frozenset({"item_type", "reference_name"})
"""Elements that make the item the one it is: another type is another item."""
_TEXT: Final[TypeAdapter[str]] = TypeAdapter(OptionalText)
_DEEPEST: Final = 6


def differing(base: ItemSpec, told: Mapping[str, Any]) -> dict[str, Any]:
    """Of the elements told, those that differ from the base, as they would be stored. Raises InvalidInput.

    An element that a department changes and the management body reviews is no sample any more: it counts as verified.
    """
    if fixed := sorted(FIXED & set(told)):
        raise InvalidInput("有的要素不能改", [FieldError(name, "这一项不能改，请停用旧事项后另建") for name in fixed])
    _clean(told, "", 0)
    old = base.model_dump(mode="json")
    new = _verified(old, parse_item({**old, **told}).model_dump(mode="json"))
    _revised(base, parse_item(new))
    return {name: new.get(name) for name in {**new, **old} if new.get(name) != old.get(name)}


def whole(base: ItemSpec, draft: Mapping[str, Any]) -> ItemSpec:
    """The text that comes of the draft. Raises InvalidInput where it no longer fits the base."""
    spec = parse_item({**base.model_dump(mode="json"), **draft})
    _revised(base, spec)
    return spec


def _revised(base: ItemSpec, spec: ItemSpec) -> None:
    try:
        check_revision(base, spec)
    except ValueError as error:
        raise InvalidInput(str(error), [FieldError(getattr(error, "field", ""), str(error))]) from error


def _verified(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    made = dict(new)
    if new["materials"] != old["materials"]:
        made["materials_verified"] = True
    for name in ("statutory_limit", "promised_limit", "fee"):
        if new[name] and new[name] != old[name]:
            made[name] = {**new[name], "verified": True}
    return made


def _clean(value: Any, path: str, depth: int) -> None:
    """No text that nobody can see or that is longer than any guide needs, however deep it lies."""
    if depth > _DEEPEST:
        raise InvalidInput("内容的层次太多了", [FieldError(path, "内容的层次太多了")])
    if isinstance(value, str):
        try:
            _TEXT.validate_python(value)
        except ValidationError as error:
            raise as_problem(error, path) from error
    elif isinstance(value, Mapping):
        for name, one in value.items():
            _clean(one, f"{path}.{name}".strip("."), depth + 1)
    elif isinstance(value, list | tuple):
        for place, one in enumerate(value):
            _clean(one, f"{path}.{place}", depth + 1)
