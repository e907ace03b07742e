"""One way to change something on a page: fill in, see what will differ, confirm.

The second step has already tried the change and taken it back, so what is shown can be saved; the third does it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from onewindow.faces.design.forms import PlainForm
from onewindow.faces.manage.labels import Difference, Names
from onewindow.faces.manage.page import page
from onewindow.people.authority import record_refusal
from onewindow.people.changes import Steward
from onewindow.places.changes import seen_digest
from onewindow.problems import Problem, Refused


class ManagedForm(PlainForm):
    """A form whose judge is the action's own input: it asks, keeps what was typed, and shows what was found wrong."""

    ids: ClassVar[frozenset[str]] = frozenset()
    """Fields whose value is a row number."""

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, auto_id="id_%s", **more)
        self.use_required_attribute = False

    def raw(self) -> dict[str, Any]:
        """The cleaned fields as plain JSON; numbers as numbers, what was left empty as None or ""."""
        return {name: self._plain(name, value) for name, value in self.cleaned_data.items()}

    def _plain(self, name: str, value: Any) -> Any:
        if name in self.ids:
            return [int(one) for one in value] if isinstance(value, list) else int(value) if value else None
        return value.isoformat() if isinstance(value, dt.date) else value

    def take(self, problem: Problem) -> None:
        """Shows the problem beside the fields it names, and on top where it names none of ours."""
        placed = False
        for error in problem.errors:
            name = error.field.partition(".")[0]
            self.add_error(name if name in self.fields else None, error.message)
            placed = True
        if not placed:
            self.add_error(None, problem.title)


@dataclass
class Change:
    """A change in the making. `act` is given the form's raw input and does it; `done` says in words that it is done."""

    form: ManagedForm
    title: str
    back: str
    act: Callable[[dict[str, Any]], object]
    done: str
    area: str
    before: Mapping[str, Any] | None = None
    """The facts as they are now, or None for something new."""
    after: Callable[[dict[str, Any]], Mapping[str, Any]] = dict
    template: str = "manage/form.html"
    intro: str = ""
    rules: Sequence[str] = ()
    crumbs: Sequence[tuple[str, str]] = ()
    save_label: str = "保存"
    warning: str = ""
    """Said on the second step: what saving cannot take back."""
    show: Callable[[HttpRequest, Any], HttpResponse] | None = None
    """Answers with a page instead of going on to `back`: for what is shown only once."""
    extra: dict[str, Any] = field(default_factory=dict)
    verb: str = ""
    look: Callable[[dict[str, Any]], Mapping[str, Any]] | None = None
    """What the second step shows besides the differences: `template` names what draws it."""


def handle(request: HttpRequest, steward: Steward, change: Change) -> HttpResponse:
    """Runs the three steps over one address: GET asks, POST `step=check` shows the differences, `step=save` saves."""
    if request.method != "POST":
        return _ask(request, steward, change)
    form = change.form
    if request.POST.get("step") == "back" or not form.is_valid():
        return _ask(request, steward, change, status=200 if request.POST.get("step") == "back" else 422)
    saving = request.POST.get("step") == "save"
    try:
        result = change.act(form.raw()) if saving else _try(steward, change)
    except Problem as problem:
        form.take(problem)
        return _ask(request, steward, change, status=problem.status)
    if not saving:
        return _review(request, steward, change)
    if change.show is not None:
        return change.show(request, result)
    messages.success(request, change.done)
    return HttpResponseRedirect(change.back)


class _TakenBack(Exception):
    pass


def _try(steward: Steward, change: Change) -> object:
    """Does it and takes it back. A refusal inside is written down after that, or it would be taken back as well."""
    try:
        with transaction.atomic():
            change.act(change.form.raw())
            raise _TakenBack
    except _TakenBack:
        return None
    except Refused as refusal:
        subject = [*getattr(refusal, "__notes__", ()), ""][0]
        record_refusal(steward.actor, change.verb or "manage", subject, refusal.title)
        raise


def _ask(request: HttpRequest, steward: Steward, change: Change, status: int = 200) -> HttpResponse:
    return page(request, steward, change.template, _context(change), current=change.area, status=status)


def _review(request: HttpRequest, steward: Steward, change: Change) -> HttpResponse:
    before, after = dict(change.before or {}), dict(change.after(change.form.raw()))
    names = Names.of([before, after])
    found: list[Difference] = names.differences(before, after)
    if change.before is not None and not found:
        messages.info(request, "没有改动，不用保存。")
        return HttpResponseRedirect(change.back)
    context = {**_context(change), "differences": found, "fresh": change.before is None, "kept": _kept(request)}
    if change.look is not None:
        context["look"] = change.look(change.form.raw())
    return page(request, steward, "manage/review.html", context, current=change.area)


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    """Everything that was sent, to be sent again on confirmation."""
    left_out = {"csrfmiddlewaretoken", "step"}
    return [(name, value) for name, values in request.POST.lists() if name not in left_out for value in values]


def _context(change: Change) -> dict[str, Any]:
    seen = seen_digest(change.before) if change.before is not None else ""
    return {"change": change, "form": change.form, "seen": seen, **change.extra}


def seen_of(request: HttpRequest) -> str | None:
    """What the person was shown when they began to edit; None when the form did not say."""
    return request.POST.get("seen") or None


def choices(rows: Sequence[tuple[Any, str]], empty: str = "请选择") -> list[tuple[Any, str]]:
    """Choices of a select box with a first entry that says to choose."""
    return [("", empty), *rows]


def date_field(label: str, *, required: bool = True, help_text: str = "") -> Any:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    field = forms.DateField(label=label, required=required, help_text=help_text, widget=widget)
    return _plain(field, f"请填写{label}。")


def line_field(label: str, *, required: bool = True, help_text: str = "", longest: int = 200) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", "maxlength": str(longest)})
    return forms.CharField(label=label, required=required, help_text=help_text, widget=widget)


def pick(label: str, options: Sequence[tuple[Any, str]], *, required: bool = True, help_text: str = "") -> Any:
    """A select box."""
    field = forms.ChoiceField(label=label, choices=options, required=required, help_text=help_text)
    return _plain(field, f"请选择{label}。")


def radio(label: str, options: Sequence[tuple[Any, str]], *, required: bool = True, help_text: str = "") -> Any:
    field = forms.ChoiceField(
        label=label, choices=options, required=required, help_text=help_text, widget=forms.RadioSelect
    )
    return _plain(field, f"请选择{label}。")


def ticks(label: str, options: Sequence[tuple[Any, str]], *, required: bool = False, help_text: str = "") -> Any:
    """Tick boxes, any number of them."""
    field = forms.MultipleChoiceField(
        label=label, choices=options, required=required, help_text=help_text, widget=forms.CheckboxSelectMultiple
    )
    return _plain(field, f"请至少选择一项{label}。")


def _plain(field: Any, required: str) -> Any:
    """Plain messages for a field that a form adds while it is being made, after PlainForm has seen to the others."""
    field.error_messages["required"] = required
    if "invalid_choice" in field.error_messages:
        field.error_messages["invalid_choice"] = f"{field.label}里没有您选的这一项，请重新选择。"
    elif "invalid" in field.error_messages:
        field.error_messages["invalid"] = f"{field.label}要写成日期，例如 2026-11-22。"
    return field


def tick(label: str, help_text: str = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, help_text=help_text)
