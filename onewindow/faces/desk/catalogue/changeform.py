"""The form of a change: the version in force to write over. What it sends is judged by the move; what was found wrong
comes back beside the field, and everything typed stays.

Fields are named by what they are part of: `m-m01-name` of a material, `s-0-n` of a step, `p-0-basis` of a special
procedure, `t-0-amount` of a fee's row.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.forms.boundfield import BoundField

from onewindow.catalogue.models import Item
from onewindow.catalogue.spec import ItemSpec
from onewindow.faces.design.forms import PlainForm
from onewindow.faces.desk.catalogue.changefields import (
    FRESH,
    ISSUED,
    Fields,
    contact_fields,
    fee_fields,
    limit_fields,
    material_fields,
    procedure_fields,
    step_fields,
    where_fields,
)
from onewindow.problems import Problem

_NAMED: Final = {
    "promised_limit": "promised_n",
    "statutory_limit": "statutory_n",
    "materials": "m-fresh1-name",
    "fee": "fee_kind",
    "contact": "contact_consult",
    "status": "status",
    "centres": "centres",
    "words": "words",
}
"""Where a problem with a whole element is shown."""
_PARTS: Final = {
    ("promised_limit", "unit"): "promised_unit",
    ("statutory_limit", "unit"): "statutory_unit",
    ("statutory_limit", "source"): "statutory_source",
    ("contact", "complain"): "contact_complain",
    ("fee", "amount"): "fee_amount",
    ("fee", "unit"): "fee_unit",
    ("fee", "basis"): "fee_basis",
}
_OF_MATERIAL: Final = {"required": "when"} | {name: name for name in ("when", "form", "copies", "source", "holder")}


@dataclass(frozen=True, slots=True)
class Row:
    """One material, step or procedure with its fields; `open` where something was typed or is wrong."""

    title: str
    note: str
    fields: list[tuple[str, BoundField]]
    open: bool


class ChangeForm(PlainForm):
    """`draft` is what was kept so far. `raw()` is the input of the moves `draft` and `propose`."""

    def __init__(
        self,
        base: ItemSpec,
        item: Item,
        draft: Mapping[str, Any],
        centres: Sequence[tuple[str, str]],
        chosen: Sequence[str],
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self.base, self.told = base, dict(draft.get("spec", {}))
        self.start: dict[str, Any] = {**base.model_dump(mode="json"), **self.told}
        self._places: dict[str, list[int | str]] = {"materials": [], "special_procedures": []}
        self._short: dict[str, str] = {}
        self._made: Fields = {}
        self._add("", limit_fields(self.start))
        for material in self.start["materials"]:
            self._add(f"m-{material['key']}-", material_fields(material, base))
        for key in FRESH:
            self._add(f"m-{key}-", material_fields(None, base))
        self._add("", fee_fields(self.start["fee"]))
        for place, step in enumerate(self.start["steps"]):
            self._add(f"s-{place}-", step_fields(step))
        for place, procedure in enumerate(self.start["special_procedures"]):
            self._add(f"p-{place}-", procedure_fields(procedure))
        self._add("", contact_fields(self.start.get("contact") or {}))
        self._add("", where_fields(draft.get("status") or item.status, centres, draft.get("centres") or chosen))
        self.__dict__["base_fields"] = self._made  # of this item only; Django copies them
        super().__init__(data)
        self.use_required_attribute = False

    def _add(self, start: str, fields: Fields) -> None:
        for name, field in fields.items():
            self._made[start + name] = field
            self._short[start + name] = str(getattr(field, "short", field.label))

    # ---- what it sends ----

    def raw(self) -> dict[str, Any]:
        """Every element the form shows, whole; the move keeps what differs."""
        spec = {**self.told, **self._limits(), "fee": self._fee(), "steps": self._steps(), "contact": self._contact()}
        spec |= {"materials": list(self._materials()), "special_procedures": list(self._procedures())}
        got = self.cleaned_data
        return {"spec": spec, "status": got["status"], "centres": got["centres"], "words": got.get("words", "")}

    def _limits(self) -> dict[str, Any]:
        made = {}
        for name in ("promised", "statutory"):
            n, unit = self.cleaned_data.get(f"{name}_n"), self.cleaned_data.get(f"{name}_unit") or None
            made[f"{name}_limit"] = {**self.start[f"{name}_limit"], "n": n, "unit": unit}
        made["statutory_limit"]["source"] = self.cleaned_data.get("statutory_source") or None
        return made

    def _materials(self) -> Iterator[dict[str, Any]]:
        self._places["materials"] = []
        for material in self.start["materials"]:
            if not self.cleaned_data.get(f"m-{material['key']}-drop"):
                self._places["materials"].append(material["key"])
                yield {**material, **self._material(material["key"])}
        known = {material["key"] for material in self.start["materials"]}
        for key in FRESH:
            if self.cleaned_data.get(f"m-{key}-name"):
                self._places["materials"].append(key)
                number = next(f"m{n:02}" for n in range(1, 1000) if f"m{n:02}" not in known)
                known.add(number)
                yield {"key": number, **self._material(key)}

    def _material(self, key: str) -> dict[str, Any]:
        got = {name: self.cleaned_data.get(f"m-{key}-{name}") for name in ("name", "form", "copies", "deferrable")}
        when, source = self.cleaned_data.get(f"m-{key}-when"), self.cleaned_data.get(f"m-{key}-source")
        got |= {"required": "if" if when else "always", "when": when or None}
        got["holder"] = self.cleaned_data.get(f"m-{key}-holder") or None
        issuer = self.cleaned_data.get(f"m-{key}-issuer") or ""
        got["source"] = f"{ISSUED}{issuer}" if source == ISSUED else source
        return got

    def _fee(self) -> dict[str, Any] | None:
        old = self.start["fee"]
        if self.cleaned_data.get("fee_kind") == "free":
            return old if old is None or (_same(old["amount"], 0) and not old["tiers"]) else None
        tiers = [
            {**tier, "amount": _amount(tier["amount"], self.cleaned_data.get(f"t-{place}-amount"))}
            for place, tier in enumerate(old["tiers"] if old else ())
        ]
        amount = _amount(old["amount"] if old else None, self.cleaned_data.get("fee_amount"))
        words = {name: self.cleaned_data.get(f"fee_{name}") or "" for name in ("unit", "basis")}
        return {**(old or {}), "amount": amount, **words, "tiers": tiers}

    def _steps(self) -> list[dict[str, Any]]:
        return [{**step, "limit": self._limit(f"s-{place}-")} for place, step in enumerate(self.start["steps"])]

    def _limit(self, start: str) -> dict[str, Any]:
        return {"n": self.cleaned_data.get(f"{start}n"), "unit": self.cleaned_data.get(f"{start}unit")}

    def _procedures(self) -> Iterator[dict[str, Any]]:
        self._places["special_procedures"] = []
        for place, one in enumerate(self.start["special_procedures"]):
            if self.cleaned_data.get(f"p-{place}-drop"):
                continue
            self._places["special_procedures"].append(place)
            made = {**copy.deepcopy(one), "limit": self._limit(f"p-{place}-")}
            made["legal_basis"] = self.cleaned_data.get(f"p-{place}-basis") or None
            statutory = self._limit(f"p-{place}-s")
            made["statutory"] = statutory if statutory["n"] is not None else None
            yield made

    def _contact(self) -> dict[str, Any] | None:
        told = {name: self.cleaned_data.get(f"contact_{name}") or None for name in ("consult", "complain")}
        return told if any(told.values()) else None

    # ---- what was wrong ----

    def take(self, problem: Problem) -> None:
        """Beside the fields it names, on top where it names none."""
        for error in problem.errors:
            self.add_error(self._field_of(error.field.removeprefix("spec.")), error.message)
        if not problem.errors:
            self.add_error(None, problem.title)

    def _field_of(self, path: str) -> str | None:
        element, _, rest = path.partition(".")
        first, _, inner = rest.partition(".")
        found = _PARTS.get((element, first)) or _NAMED.get(element)
        if element == "steps":
            found = f"s-{first}-{'unit' if inner == 'limit.unit' else 'n'}"
        elif element == "fee" and first == "tiers":
            found = f"t-{inner.partition('.')[0]}-amount"
        elif element in self._places and first.isdigit() and int(first) < len(self._places[element]):
            found = self._in_row(element, self._places[element][int(first)], inner)
        elif element == "special_procedures" and self.start[element]:
            found = "p-0-drop"
        return found if found in self.fields else None

    def _in_row(self, element: str, place: int | str, inner: str) -> str:
        if element == "materials":
            return f"m-{place}-{_OF_MATERIAL.get(inner, 'name')}"
        return f"p-{place}-{'basis' if inner == 'legal_basis' else 'n'}"

    # ---- what the page shows ----

    def row(self, start: str, title: str, note: str, *, fold: bool = True) -> Row:
        names = [name for name in self.fields if name.startswith(start)]
        changed = self.is_bound and any(name in self.changed_data for name in names)
        wrong = any(name in self.errors for name in names)
        return Row(title, note, [(self._short[name], self[name]) for name in names], not fold or changed or wrong)

    @property
    def material_rows(self) -> list[Row]:
        rows = []
        for material in self.start["materials"]:
            note = (
                "共享获取" if material["source"] == "shared" else "" if material["required"] == "always" else "按情形"
            )
            rows.append(self.row(f"m-{material['key']}-", material["name"], note))
        return rows

    @property
    def fresh_rows(self) -> list[Row]:
        return [self.row(f"m-{key}-", "新增一份材料", "") for key in FRESH]

    @property
    def step_rows(self) -> list[Row]:
        return [self.row(f"s-{place}-", step["name"], "", fold=False) for place, step in enumerate(self.start["steps"])]

    @property
    def procedure_rows(self) -> list[Row]:
        return [
            self.row(f"p-{place}-", one["name"], "计入时限" if one["counts_on_clock"] else "不计入时限", fold=False)
            for place, one in enumerate(self.start["special_procedures"])
        ]

    @property
    def tier_fields(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name.startswith("t-")]


def _same(kept: Any, typed: Any) -> bool:
    return kept is not None and typed is not None and Decimal(str(kept)) == Decimal(str(typed))


def _amount(kept: Any, typed: Decimal | None) -> str | None:
    """The amount as it was written before, unless another was typed: 20.00 and 20 are the same."""
    if typed is None:
        return None
    return str(kept) if _same(kept, typed) else str(typed)


__all__ = ["ChangeForm", "Row"]
