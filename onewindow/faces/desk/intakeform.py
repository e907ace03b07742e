"""The one form of a window intake: scenario answers, who applies, and the list of materials with what came of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField
from django.utils import timezone

from onewindow.cases.holdings import Holding, holdings_for
from onewindow.catalogue.models import Item
from onewindow.catalogue.spec import ItemSpec, Material
from onewindow.faces.design.forms import PlainForm
from onewindow.faces.desk import uploading
from onewindow.faces.desk.rowforms import DAY_INPUT, FORM_CHOICES, missing_row, problem_fields
from onewindow.people.authority import Actor
from onewindow.people.models import Applicant
from onewindow.people.numbers import check_id
from onewindow.problems import Problem

KINDS: Final = Applicant.KINDS
ID_TYPES: Final = {
    "natural": [one for one in Applicant.ID_TYPES if one[0] != "uscc"],
    "legal": [("uscc", "统一社会信用代码"), ("other", "其他证件")],
    "both": Applicant.ID_TYPES,
}
OK, HELD, LACK, BAD = "ok", "held", "lack", "bad"
_ROW_PARTS: Final = ("status", "form", "copies", "seen", "problem", "detail", "remedy", "file", "fileid")
_NEEDED: Final = {
    "refuse": ("reason", "authority"),
    "not_required": ("reason",),
    "defer": ("defer_until", "promised"),
}
"""Fields that only some of the buttons need."""


@dataclass(frozen=True, slots=True)
class IntakeRow:
    """One material of this person's list with its fields; `holding` when the centre has it already."""

    material: Material
    fields: dict[str, BoundField]
    holding: Holding | None
    uploaded: str


class IntakeForm(PlainForm):
    """Fields: `q-KEY` answers, `applicant-…`, `agent-…`, and for each material `m01-status` and what belongs to it."""

    ticket = forms.CharField(label="排队号", required=False, max_length=40)
    reason = forms.CharField(label="理由", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    authority = forms.CharField(label="应当向哪个机关申请", required=False, max_length=200)
    authority_contact = forms.CharField(label="该机关的地址或电话", required=False, max_length=200)
    defer_until = forms.DateField(label="补齐到哪一天", required=False, **DAY_INPUT)
    promised = forms.BooleanField(label="申请人已签署容缺受理承诺书", required=False)

    def __init__(self, item: Item, spec: ItemSpec, data: Mapping[str, Any] | None = None, files: Any = None) -> None:
        self.item, self.spec = item, spec
        super().__init__(data, files=files, auto_id="id_%s")
        self.use_required_attribute = False
        self.order_fields([])
        for scenario in spec.scenarios:
            choices = [(option.value, option.label) for option in scenario.options]
            self.fields[f"q-{scenario.key}"] = forms.ChoiceField(
                label=scenario.question, choices=choices, widget=forms.RadioSelect
            )
        self._person("applicant", spec.audience)
        self._person("agent", "natural")
        for material in spec.materials:
            self._material(material)
        self._fill_gaps()
        self.fields["defer_until"].initial = timezone.localdate() + dt.timedelta(days=15)

    def _fill_gaps(self) -> None:
        """What the page had not shown yet (a material that an answer adds) starts with its usual values."""
        if not self.is_bound:
            return
        data = self.data.copy() if hasattr(self.data, "copy") else dict(self.data)
        for name, field in self.fields.items():
            if name not in data and name.endswith(("-form", "-copies", "-kind", "-id_type")):
                data[name] = field.initial
        self.data = data

    def _person(self, who: str, audience: str) -> None:
        kinds = [one for one in KINDS if audience in ("both", one[0])]
        first, needed = kinds[0][0], who == "applicant"
        line = {"autocomplete": "off", "spellcheck": "false"}
        self.fields[f"{who}-kind"] = forms.ChoiceField(
            label="申请人类型", choices=kinds, initial=first, widget=forms.RadioSelect, required=needed
        )
        self.fields[f"{who}-id_type"] = forms.ChoiceField(
            label="证件类型", choices=ID_TYPES[audience], required=needed, initial=ID_TYPES[audience][0][0]
        )
        self.fields[f"{who}-id_number"] = forms.CharField(
            label="证件号码", required=needed, widget=forms.TextInput(attrs=line)
        )
        self.fields[f"{who}-name"] = forms.CharField(
            label="姓名或名称" if audience == "both" else "姓名" if audience == "natural" else "单位名称",
            required=needed,
            widget=forms.TextInput(attrs=line),
        )
        self.fields[f"{who}-phone"] = forms.CharField(
            label="手机号码", required=False, widget=forms.TextInput(attrs={**line, "inputmode": "tel"})
        )
        self.fields[f"{who}-address"] = forms.CharField(
            label="联系地址", required=False, widget=forms.TextInput(attrs=line)
        )

    def _material(self, material: Material) -> None:
        key = material.key
        if material.shared:
            return
        statuses = [(OK, "收下"), (HELD, "用中心已有的"), (LACK, "没带"), (BAD, "有问题")]
        self.fields[f"{key}-status"] = forms.ChoiceField(
            label=material.name, choices=statuses, widget=forms.RadioSelect, required=False
        )
        self.fields[f"{key}-form"] = forms.ChoiceField(
            label="形式", choices=FORM_CHOICES, initial=material.form, required=False
        )
        self.fields[f"{key}-copies"] = forms.IntegerField(
            label="份数", min_value=0, max_value=99, initial=material.copies, required=False
        )
        self.fields[f"{key}-seen"] = forms.BooleanField(label="已核对原件", required=False)
        for name, field in problem_fields(material).items():
            self.fields[f"{key}-{name}"] = field
        self.fields[f"{key}-file"] = forms.FileField(label="上传", required=False)
        self.fields[f"{key}-fileid"] = forms.CharField(required=False, widget=forms.HiddenInput())

    # ---- for the page -----------------------------------------------------------------------------------------------

    def typed(self, name: str) -> str:
        """What stands in a field now, before any checking."""
        return str(self[name].value() or "") if name in self.fields else ""

    @property
    def answers(self) -> dict[str, str]:
        """The scenario answers given so far; anything that is no option is left out."""
        found = {}
        for scenario in self.spec.scenarios:
            value = self.typed(f"q-{scenario.key}")
            if value in {option.value for option in scenario.options}:
                found[scenario.key] = value
        return found

    @property
    def questions(self) -> list[BoundField]:
        return [self[f"q-{scenario.key}"] for scenario in self.spec.scenarios]

    @property
    def all_answered(self) -> bool:
        return len(self.answers) == len(self.spec.scenarios)

    @property
    def applicant_fields(self) -> dict[str, BoundField]:
        return self._of("applicant")

    @property
    def agent_fields(self) -> dict[str, BoundField]:
        return self._of("agent")

    def _of(self, who: str) -> dict[str, BoundField]:
        return {name.partition("-")[2]: self[name] for name in self.fields if name.startswith(f"{who}-")}

    @property
    def has_agent(self) -> bool:
        return self.answers.get("agent") == "yes" or bool(self.typed("agent-name") or self.typed("agent-id_number"))

    def known(self) -> Applicant | None:
        """The applicant with this number, when the number is right and the centre has met this person. One query."""
        try:
            number = check_id(self.typed("applicant-id_type"), self.typed("applicant-id_number"))
        except ValueError:
            return None
        found = Applicant.objects.with_id_number(number).filter(id_type=self.typed("applicant-id_type"))
        same = list(found.order_by("-id")[:5])
        typed = self.typed("applicant-name")
        return next((one for one in same if str(one.name) == typed), same[0] if same else None)

    def material_rows(self, known: Applicant | None) -> list[IntakeRow]:
        """This person's list, in the order of the published version."""
        held = holdings_for(known.pk, self.spec) if known else {}
        return [self._row(material, held.get(material.key)) for material in self.spec.materials_for(self.answers)]

    def _row(self, material: Material, holding: Holding | None) -> IntakeRow:
        names = [part for part in _ROW_PARTS if f"{material.key}-{part}" in self.fields]
        fields = {part: self[f"{material.key}-{part}"] for part in names}
        return IntakeRow(material, fields, holding, self.typed(f"{material.key}-fileid"))

    # ---- for the actions --------------------------------------------------------------------------------------------

    def asked(self) -> list[Material]:
        """Materials that the applicant must bring for these answers."""
        return [material for material in self.spec.materials_for(self.answers) if not material.shared]

    def status(self, key: str) -> str:
        return str(self.cleaned_data.get(f"{key}-status") or "")

    def receive_raw(self, centre: str) -> dict[str, Any]:
        """The input of 收件: only what was taken in, with nothing that is wrong."""
        raw: dict[str, Any] = {
            "item": self.item.code,
            "answers": self.answers,
            "applicant": self._identity("applicant"),
            "materials": [self._handed(m) for m in self.asked() if self.status(m.key) in (OK, HELD)],
            "channel": "window",
            "ticket": self.cleaned_data.get("ticket") or "",
            "centre": centre,
        }
        if self.has_agent:
            raw["agent"] = self._identity("agent")
        return raw

    def _identity(self, who: str) -> dict[str, str]:
        parts = ("kind", "name", "id_type", "id_number", "phone", "address")
        return {part: str(self.cleaned_data.get(f"{who}-{part}") or "") for part in parts}

    def _handed(self, material: Material) -> dict[str, Any]:
        key = material.key
        if self.status(key) == HELD:
            return {"material": key, "form": "shared", "copies": 0}
        copies = self.cleaned_data.get(f"{key}-copies")
        row: dict[str, Any] = {
            "material": key,
            "form": self.cleaned_data.get(f"{key}-form") or material.form,
            "copies": material.copies if copies is None else copies,
            "original_seen": bool(self.cleaned_data.get(f"{key}-seen")),
        }
        if file := self.cleaned_data.get(f"{key}-fileid"):
            row["file"] = file
        return row

    def missing_raw(self) -> list[dict[str, str]]:
        """The rows of a one-time notice: everything not brought or wrong."""
        rows = []
        for material in self.asked():
            key, cleaned = material.key, dict(self.cleaned_data)
            if self.status(key) in (OK, HELD):
                continue
            if self.status(key) != BAD or not cleaned.get(f"{key}-problem"):
                cleaned[f"{key}-problem"] = cleaned.get(f"{key}-problem") or "missing"
            rows.append(missing_row(material, cleaned))
        return rows

    def deferred_raw(self) -> list[dict[str, str]]:
        until = self.cleaned_data.get("defer_until")
        absent = [m.key for m in self.asked() if self.status(m.key) not in (OK, HELD)]
        return [{"material": key, "until": until.isoformat() if until else ""} for key in absent]

    def check_for(self, what: str) -> None:
        """What this button needs beyond the rest; adds errors beside the fields."""
        for name in _NEEDED.get(what, ()):
            if not self.cleaned_data.get(name):
                label = self.fields[name].label
                verb = "请先勾选" if name == "promised" else "请填写"
                self.add_error(name, f"{verb}「{label}」")
        if what == "accept":
            self._check_complete()
        elif what in {"notice", "defer"}:
            self._check_looked_at()
        if what == "notice" and not self.missing_raw():
            self.add_error(None, "材料都收下了，没有要告知补正的；可以直接受理")

    def _check_complete(self) -> None:
        for material in self.asked():
            status, field = self.status(material.key), f"{material.key}-status"
            if not status:
                self.add_error(field, "还没有核对")
            elif status == LACK:
                self.add_error(
                    field, "没有带，不能受理；可以一次性告知" + ("或容缺受理" if material.deferrable else "")
                )
            elif status == BAD:
                self.add_error(field, "有问题，不能受理；请一次性告知")

    def _check_looked_at(self) -> None:
        """One notice names everything, so everything is looked at before it goes out (行政许可法 art. 32(4))."""
        for material in self.asked():
            if not self.status(material.key):
                self.add_error(f"{material.key}-status", "还没有核对；要一次说清，请每份都看一下")

    def keep_files(self, actor: Actor) -> None:
        """Stores uploads at once, so that an error elsewhere does not lose them."""
        data = self.data.copy() if hasattr(self.data, "copy") else dict(self.data)
        for material in self.spec.materials:
            upload = self.cleaned_data.get(f"{material.key}-file")
            if not upload:
                continue
            try:
                stored = uploading.keep(upload, by=actor)
            except Problem as problem:
                self.add_error(f"{material.key}-file", problem.title)
                continue
            data[f"{material.key}-fileid"] = self.cleaned_data[f"{material.key}-fileid"] = str(stored.pk)
        self.data = data

    def take(self, problem: Problem, materials: list[str]) -> None:
        """Shows a problem of the action: beside the fields it names, else on top."""
        for error in problem.errors:
            name = self._field_of(error.field, materials)
            self.add_error(name, error.message)
        if not problem.errors:
            self.add_error(None, problem.title)

    def _field_of(self, path: str, materials: list[str]) -> str | None:
        parts = path.split(".")
        names = [f"q-{parts[1]}" if parts[0] == "answers" and len(parts) > 1 else "-".join(parts[:2])]
        if parts[0] in {"applicant", "agent"} and len(parts) == 1:
            names = [f"{parts[0]}-id_number"]
        if parts[0] in {"materials", "missing", "deferred"} and len(parts) > 1 and parts[1].isdigit():
            index = int(parts[1])
            part = parts[2] if len(parts) > 2 else "status"
            names = [f"{materials[index]}-{part}", f"{materials[index]}-status"] if index < len(materials) else []
        names += [f"{parts[0]}-status", parts[0]]
        return next((name for name in names if name in self.fields), None)


__all__ = ["BAD", "HELD", "LACK", "OK", "IntakeForm", "IntakeRow"]
