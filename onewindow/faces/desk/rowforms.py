"""Forms with a row for each material: what was handed in, what is wrong, what may follow later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django import forms
from django.forms.boundfield import BoundField
from django.utils import timezone

from onewindow.cases.actions.intake import missing
from onewindow.cases.holdings import holdings_of
from onewindow.cases.models import Case
from onewindow.catalogue.spec import Material
from onewindow.faces.desk import uploading
from onewindow.faces.desk.forms import ActionForm
from onewindow.faces.desk.phrases import PROBLEM_CHOICES, PROBLEMS, remedy_for
from onewindow.people.authority import Actor
from onewindow.places.profiles import rules_of
from onewindow.problems import InvalidInput, Problem

FORM_CHOICES: Final = [("original", "原件"), ("copy", "复印件"), ("electronic", "电子件")]
DAY_INPUT: Final[dict[str, Any]] = {
    "widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
}


@dataclass(frozen=True, slots=True)
class MaterialRow:
    """One material with its fields; `note` says what helps (held by the centre, usual mistake)."""

    material: Material
    fields: dict[str, BoundField]
    note: str = ""
    allowed: bool = True
    uploaded: str = ""


class RowForm(ActionForm):
    """A form with fields named `m01-problem`, `m01-form` … for each material of `materials`."""

    def __init__(self, case: Case, actor: Actor, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(case, actor, data, **more)
        self.materials = self.chosen_materials()
        for material in self.materials:
            for name, field in self.row_fields(material).items():
                self.fields[f"{material.key}-{name}"] = field

    def chosen_materials(self) -> list[Material]:
        return self.case.version_spec.materials_for(self.case.told.answers)

    def row_fields(self, material: Material) -> dict[str, forms.Field]:
        raise NotImplementedError

    def note_for(self, material: Material) -> str:
        return material.common_mistake or ""

    @property
    def rows(self) -> list[MaterialRow]:
        return [self._row(material) for material in self.materials]

    def _row(self, material: Material) -> MaterialRow:
        start = f"{material.key}-"
        names = [name for name in self.fields if name.startswith(start)]
        fields = {name.removeprefix(start): self[name] for name in names}
        kept = fields.get("fileid")
        return MaterialRow(
            material, fields, self.note_for(material), bool(fields), str(kept.value() or "") if kept else ""
        )

    def got(self, key: str, name: str) -> Any:
        return self.cleaned_data.get(f"{key}-{name}")

    def row_field(self, path: str, listed: list[str], usual: str) -> str | None:
        """`missing.2.problem` -> `m05-problem`: the third row that was sent, not the third on the form."""
        parts = path.split(".")
        if parts[0] in self.case.version_spec.material_by_key:
            return self._known(f"{parts[0]}-{usual}")
        if len(parts) > 1 and parts[1].isdigit() and int(parts[1]) < len(listed):
            name = parts[2] if len(parts) > 2 else usual
            return self._known(f"{listed[int(parts[1])]}-{name}") or self._known(f"{listed[int(parts[1])]}-{usual}")
        return super().field_for(path)

    def _known(self, name: str) -> str | None:
        return name if name in self.fields else None


class HandInForm(RowForm):
    """Materials handed in: ticked, in which form, how many, original seen, and a file when there is one."""

    template: ClassVar[str] = "desk/parts/form_materials.html"
    multipart: ClassVar[bool] = True
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def row_fields(self, material: Material) -> dict[str, forms.Field]:
        return {
            "got": forms.BooleanField(label=f"收到{material.name}", required=False),
            "form": forms.ChoiceField(
                label="形式", choices=FORM_CHOICES, initial=material.form, required=False, widget=forms.Select()
            ),
            "copies": forms.IntegerField(
                label="份数", min_value=0, max_value=99, initial=material.copies, required=False
            ),
            "seen": forms.BooleanField(label="已核对原件", required=False),
            "file": forms.FileField(label="上传文件", required=False),
            "fileid": forms.CharField(required=False, widget=forms.HiddenInput()),
        }

    def chosen_materials(self) -> list[Material]:
        return [material for material in super().chosen_materials() if not material.shared]

    def note_for(self, material: Material) -> str:
        """What came in already stays in; a tick is for another copy that lies on the counter now."""
        given = self.case.told.materials.get(material.key)
        if given is None:
            return super().note_for(material)
        how = "网上已交来" if given.get("file") else "已经交来"
        return f"{how}，不用勾；现在又收到新的一份，才勾选"

    def keep_files(self) -> None:
        """Stores what was uploaded, so that it survives an error elsewhere on the form."""
        for material in self.materials:
            upload = self.got(material.key, "file")
            if upload is None:
                continue
            try:
                stored = uploading.keep(upload, by=self.actor)
            except Problem as problem:
                self.add_error(f"{material.key}-file", problem.title)
                continue
            self.data = self.data.copy() if hasattr(self.data, "copy") else dict(self.data)
            self.data[f"{material.key}-fileid"] = str(stored.pk)
            self.data[f"{material.key}-got"] = "on"
            self.cleaned_data[f"{material.key}-fileid"] = str(stored.pk)
            self.cleaned_data[f"{material.key}-got"] = True

    def listed(self) -> list[str]:
        return [m.key for m in self.materials if self.got(m.key, "got")]

    def raw(self) -> dict[str, Any]:
        rows = []
        for key in self.listed():
            row = {
                "material": key,
                "form": self.got(key, "form") or "copy",
                "copies": 1 if self.got(key, "copies") is None else self.got(key, "copies"),
                "original_seen": bool(self.got(key, "seen")),
            }
            if file := self.got(key, "fileid"):
                row["file"] = file
            rows.append(row)
        found: dict[str, Any] = {"materials": rows}
        if self.cleaned_data.get("note"):
            found["note"] = self.cleaned_data["note"]
        return found

    def field_for(self, path: str) -> str | None:
        return self.row_field(path, self.listed(), "got")


class MissingForm(HandInForm):
    """Supplying after a notice: what the notice asked stands first; the rest of the list may be renewed too."""

    def chosen_materials(self) -> list[Material]:
        asked = [row["material"] for row in self.case.told.notices[-1]["missing"]] if self.case.told.notices else []
        return sorted(super().chosen_materials(), key=lambda material: material.key not in asked)

    def note_for(self, material: Material) -> str:
        rows = self.case.told.notices[-1]["missing"] if self.case.told.notices else []
        told = [f"告知过：{row['problem']}。{row['remedy']}" for row in rows if row["material"] == material.key]
        return "；".join(told)


class DeferredHandInForm(HandInForm):
    """Only what was accepted as deferred."""

    def chosen_materials(self) -> list[Material]:
        return [self.case.version_spec.material_by_key[key] for key in self.case.told.deferred]


class NoticeForm(RowForm):
    """The one-time notice: for every material what is wrong with it and how it is put right, all at once."""

    template: ClassVar[str] = "desk/parts/form_notice.html"
    until = forms.DateField(label="补正到哪一天", required=False, **DAY_INPUT)
    forced_reason = forms.CharField(label="再次告知的理由", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, case: Case, actor: Actor, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        self.held = holdings_of(case)
        super().__init__(case, actor, data, **more)
        self.fields["until"].initial = timezone.localdate() + dt.timedelta(
            days=rules_of(case.centre.profile.rules).correction_days
        )
        if not case.told.notices:
            del self.fields["forced_reason"]

    def row_fields(self, material: Material) -> dict[str, forms.Field]:
        if material.shared:
            return {}
        return problem_fields(material, absent=material.key not in self.case.told.materials and self.first_look)

    @property
    def first_look(self) -> bool:
        """What has not come in is proposed as missing."""
        return True

    def note_for(self, material: Material) -> str:
        if material.shared:
            return "由中心共享获取，不能要求申请人提供"
        if held := self.held.get(material.key):
            return f"中心已有：{held.item_name}（{held.at:%Y-%m-%d}）交过，再要求提供会被记录"
        return super().note_for(material)

    def listed(self) -> list[str]:
        return [m.key for m in self.materials if self.got(m.key, "problem")]

    def raw(self) -> dict[str, Any]:
        spec = self.case.version_spec
        rows = [missing_row(spec.material_by_key[key], self.cleaned_data) for key in self.listed()]
        found: dict[str, Any] = {"missing": rows}
        if until := self.cleaned_data.get("until"):
            found["until"] = until.isoformat()
        if reason := self.cleaned_data.get("forced_reason"):
            found["forced_reason"] = reason
        return found

    def field_for(self, path: str) -> str | None:
        return self.row_field(path, self.listed(), "problem")

    def take(self, problem: Problem) -> None:
        if isinstance(problem, InvalidInput) and not self.listed():
            self.add_error(None, "请至少写明一份材料的问题；材料都没有问题就不用告知，直接受理")
            return
        super().take(problem)


def problem_fields(material: Material, *, absent: bool = False) -> dict[str, forms.Field]:
    """What is wrong with a material: a usual phrase, what exactly, and how to put it right."""
    remedy = remedy_for("missing", material.name) if absent else ""
    return {
        "problem": forms.ChoiceField(
            label=f"{material.name}有什么问题",
            choices=[("", "没有问题"), *PROBLEM_CHOICES],
            required=False,
            initial="missing" if absent else "",
        ),
        "detail": forms.CharField(
            label="具体是什么",
            required=False,
            max_length=200,
            widget=forms.TextInput(attrs={"placeholder": "哪一页、哪一处", "autocomplete": "off"}),
        ),
        "remedy": forms.CharField(
            label="怎样补正",
            required=False,
            max_length=200,
            initial=remedy,
            widget=forms.TextInput(attrs={"placeholder": "怎样补正，不填用常用说法", "autocomplete": "off"}),
        ),
    }


def missing_row(material: Material, cleaned: Mapping[str, Any]) -> dict[str, str]:
    """A row of the notice: the phrase with what was added to it; the usual remedy when none was written."""
    problem = cleaned.get(f"{material.key}-problem") or ""
    detail = (cleaned.get(f"{material.key}-detail") or "").strip()
    words = PROBLEMS.get(problem, (problem, ""))[0]
    said = detail if problem == "other" else f"{words}：{detail}" if detail else words
    remedy = (cleaned.get(f"{material.key}-remedy") or "").strip() or remedy_for(problem, material.name)
    return {"material": material.key, "problem": said, "remedy": remedy}


class DeferForm(RowForm):
    """容缺受理: the missing materials that may follow, each with its last day, on the applicant's written promise."""

    template: ClassVar[str] = "desk/parts/form_defer.html"
    promised = forms.BooleanField(label="申请人已签署容缺受理承诺书", required=True)

    def chosen_materials(self) -> list[Material]:
        return missing(self.case.version_spec, self.case.told.answers, self.case.told.materials)

    def row_fields(self, material: Material) -> dict[str, forms.Field]:
        if not material.deferrable:
            return {}
        last = timezone.localdate() + dt.timedelta(days=rules_of(self.case.centre.profile.rules).deferral_max_days)
        return {
            "defer": forms.BooleanField(label=f"容缺{material.name}", required=False, initial=True),
            "until": forms.DateField(label=f"{material.name}的补齐期限", required=False, initial=last, **DAY_INPUT),
        }

    def listed(self) -> list[str]:
        return [m.key for m in self.materials if self.got(m.key, "defer")]

    def raw(self) -> dict[str, Any]:
        rows = [{"material": key, "until": _iso(self.got(key, "until"))} for key in self.listed()]
        return {"deferred": rows, "promised": bool(self.cleaned_data.get("promised"))}

    def field_for(self, path: str) -> str | None:
        return self.row_field(path, self.listed(), "defer")


def _iso(day: dt.date | None) -> str:
    return day.isoformat() if day else ""
