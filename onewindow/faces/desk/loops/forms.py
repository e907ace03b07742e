"""The form of a move, made from the input the move must carry. The move remains the judge."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Literal, get_args, get_origin

from django import forms
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from onewindow.catalogue.models import Item
from onewindow.faces.desk.forms import InputForm, field_of
from onewindow.faces.desk.loops.face import MatterFace, Row
from onewindow.faces.evidence import FilesField
from onewindow.loops.definition import Move
from onewindow.people.authority import Actor
from onewindow.places.models import Department
from onewindow.voice.inputs import FILES

WORDS: Final[dict[str, dict[str, str]]] = {
    "status": dict(Item.STATUS),
    "finding": {"true": "属实", "mistaken": "误评", "malicious": "恶意差评"},
    "what": {"inaction": "不作为", "slowness": "慢作为", "misconduct": "乱作为", "none": "不追责"},
}
"""What the values of a field are called, by field."""
YES, NO = "yes", "no"


def form_for(
    face: MatterFace,
    row: Row,
    move: Move,
    actor: Actor,
    data: Mapping[str, Any] | None = None,
    files: Mapping[str, Any] | None = None,
) -> InputForm:
    """The form of a move, with what was typed when `data` is given. One query where a department is to be chosen."""
    given = face.fields(row, move, actor)
    found = {
        name: given.get(name) or _files(info, row, actor) or _field(name, info, row, move)
        for name, info in move.needs.model_fields.items()
        if name not in given or given[name] is not None
    }
    kind = type(f"{move.needs.__name__}Form", (InputForm,), found)
    made: InputForm = kind(data, files=files, auto_id=f"id_{move.action}_%s")
    return made


def _files(info: FieldInfo, row: Row, actor: Actor) -> forms.Field | None:
    """Where the input asks for files; None for any other field."""
    if info.json_schema_extra != FILES:
        return None
    return FilesField(actor, row.centre, label=info.title or "", required=info.is_required())


def _field(name: str, info: FieldInfo, row: Row, move: Move) -> forms.Field:
    if name == "department":
        return department_field(row, info.title or "部门")
    if info.annotation is bool:
        return _tick(info)
    if get_origin(info.annotation) is Literal:
        return _choice(name, info)
    made = field_of(info)
    if made is None:
        raise TypeError(f"{move.action}: no form field for {name}; give one in MatterFace.fields")
    return made


def _tick(info: FieldInfo) -> forms.Field:
    """Yes or no must be chosen where the move needs an answer; otherwise a tick."""
    if info.default is not PydanticUndefined:
        return forms.BooleanField(label=info.title or info.description, required=False, initial=bool(info.default))
    return forms.TypedChoiceField(
        label=info.title,
        choices=[(YES, "是"), (NO, "否")],
        coerce=lambda value: value == YES,
        widget=forms.RadioSelect,
        empty_value=None,
    )


def _choice(name: str, info: FieldInfo) -> forms.Field:
    words = WORDS.get(name, {})
    choices = [(one, words.get(one, one)) for one in get_args(info.annotation)]
    return forms.ChoiceField(label=info.title, choices=choices, widget=forms.RadioSelect, required=info.is_required())


def department_field(row: Row, label: str) -> forms.Field:
    """The departments of the matter's county; the value is the department's number."""
    return forms.TypedChoiceField(
        label=label, coerce=int, choices=[("", "请选择部门"), *departments(row.centre.division_id)], empty_value=None
    )


def departments(division: str) -> list[tuple[int, str]]:
    """Working departments of the county a place lies in, by name. One query."""
    found = Department.objects.filter(is_active=True, division__code__startswith=division[:6])
    return [(one.pk, one.name) for one in found.only("id", "name").order_by("name")]


@lru_cache(maxsize=200)
def titles(move: Move) -> dict[str, str]:
    """Labels of a move's input, by field."""
    return {name: info.title or "" for name, info in move.needs.model_fields.items()}


def said(field: str, value: Any) -> str:
    """A value of an input in words."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return WORDS.get(field, {}).get(str(value), str(value))
