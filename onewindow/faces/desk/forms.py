"""The form of an action, made from the strict input that the action must carry. The input remains the judge: a form
only asks, keeps what was typed, and says beside each field what the action found wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import UnionType
from typing import Any, ClassVar, Final, Literal, Union, get_args, get_origin

from django import forms
from pydantic.fields import FieldInfo

from onewindow.cases.models import Case
from onewindow.clocks.clock import SHANGHAI
from onewindow.faces.design.forms import PlainForm
from onewindow.inputs import Input
from onewindow.people.authority import Actor
from onewindow.problems import Problem

OPTION_WORDS: Final[dict[str, str]] = {
    "grant": "准予",
    "deny": "不予",
    "grant_on_commitment": "按告知承诺当场准予",
    "true": "承诺属实",
    "mend": "需要限期整改",
    "false": "承诺不属实",
}


class InputForm(PlainForm):
    """A form that asks for a strict input: `raw()` is the input as plain JSON, `take()` shows what was wrong."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, auto_id: str = "id_%s", **more: Any) -> None:
        super().__init__(data, auto_id=auto_id, **more)
        self.use_required_attribute = False

    def raw(self) -> dict[str, Any]:
        """The cleaned fields; what was left empty is left out."""
        return {name: plain(value) for name, value in self.cleaned_data.items() if value not in (None, "", [], {})}

    def field_for(self, path: str) -> str | None:
        """The form field that a problem's path speaks of; None when it has no field of its own."""
        name = path.partition(".")[0]
        return name if name in self.fields else None

    def take(self, problem: Problem) -> None:
        """Shows the problem: beside the fields it names, and on top when it names none."""
        unplaced = not problem.errors
        for error in problem.errors:
            name = self.field_for(error.field)
            if name is None:
                self.add_error(None, error.message)
            elif error.message not in self.errors.get(name, []):
                self.add_error(name, error.message)
        if unplaced:
            self.add_error(None, problem.title)


class ActionForm(InputForm):
    """Base of the forms of a case. `case` and `actor` say what may be chosen."""

    case: Case
    actor: Actor
    template: ClassVar[str] = "desk/parts/form_generic.html"
    multipart: ClassVar[bool] = False

    def __init__(self, case: Case, actor: Actor, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        self.case, self.actor = case, actor
        super().__init__(data, **more)


def plain(value: Any) -> Any:
    """A form value as JSON: dates in ISO form, moments with Beijing's offset."""
    if isinstance(value, dt.datetime):
        return (value if value.tzinfo else value.replace(tzinfo=SHANGHAI)).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def generic(model: type[Input], **replaced: forms.Field) -> type[ActionForm]:
    """A form class for an input; `replaced` gives a field its own choices. Fields that a list needs are left out."""
    found: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        field = replaced.get(name) or field_of(info)
        if field is not None:
            found[name] = field
    return type(f"{model.__name__}Form", (ActionForm,), found)


def field_of(info: FieldInfo) -> forms.Field | None:
    """A form field for one simple value: text, choice, date, moment, tick. None for a list or a table."""
    label = info.title or ""
    kind = _inner(info.annotation)
    common: dict[str, Any] = {"label": label, "required": info.is_required()}
    if get_origin(kind) is Literal:
        return _choice(get_args(kind), common, info)
    if kind is bool:
        return forms.BooleanField(label=label, required=False)
    if kind is dt.date:
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **common)
    if kind is dt.datetime:
        return moment_field(**common)
    if kind is str:
        return _text(info, common)
    return None


def _inner(kind: Any) -> Any:
    """The type inside `X | None`."""
    if get_origin(kind) in (Union, UnionType):
        return next(one for one in get_args(kind) if one is not type(None))
    return kind


def _choice(options: tuple[Any, ...], common: dict[str, Any], info: FieldInfo) -> forms.Field:
    if options == (True,):
        return forms.BooleanField(label=common["label"], required=True)
    choices = [(one, OPTION_WORDS.get(one, one)) for one in options]
    initial = info.default if info.default in options else None
    return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, initial=initial, **common)


def _text(info: FieldInfo, common: dict[str, Any]) -> forms.Field:
    extra = info.json_schema_extra
    long = isinstance(extra, dict) and extra.get("widget") == "textarea"
    widget = forms.Textarea(attrs={"rows": 4}) if long else forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(widget=widget, **common)


def moment_field(**common: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        **common,
    )


def lines_of(text: str) -> list[str]:
    """What was written one thing a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]
