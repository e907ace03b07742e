"""A bad rating as the citizen sees it by their code: how far it is, who looks into it, the answer, what they can say.

It names nobody of the house and shows no words of theirs but the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django import forms
from django.utils import timezone

from onewindow.clocks.models import Deadline
from onewindow.faces.design.forms import PlainForm
from onewindow.faces.design.words import cn_date
from onewindow.faces.portal.forms import TextField
from onewindow.loops import engine
from onewindow.loops.models import LoopStep
from onewindow.problems import InvalidInput, NotNow, Problem, RuleBroken, Stale
from onewindow.voice.loops import RATING
from onewindow.voice.models import LEVELS, BadRating
from onewindow.voice.ratings import bad as badratings
from onewindow.voice.ratings import labels

_LEVELS: Final = dict(LEVELS)
_FINDINGS: Final = dict(BadRating._meta.get_field("finding").choices or ())
_NOW: Final = {
    "new": ("已经登记，等工作人员核实", "会有不是被评价的人来核实，留了电话的先给您打电话。"),
    "contacted": ("正在核实", "中心在查当时的情况，查清楚就告诉您。"),
    "mending": ("查实了，正在整改", "改好以后会把结果写在这里。"),
    "mended": ("已经整改，马上告诉您结果", ""),
    "found": ("已经查清楚，马上告诉您结果", ""),
    "told": ("有结果了，请您看看认不认可", ""),
    "closed": ("已经办结", "谢谢您告诉我们。"),
}
_STEPS: Final = {
    "open": "您给了差评，已经登记",
    "contact": "联系您，开始核实",
    "find": "核实有了结论",
    "mend": "整改",
    "tell": "告诉您结果",
    "revisit": "回访",
    "confirm": "您说了认不认可",
}


class ConfirmForm(PlainForm):
    satisfied = forms.ChoiceField(
        label="您认可这个结果吗",
        choices=[("yes", "认可"), ("no", "不认可，请再查一次")],
        widget=forms.RadioSelect,
    )
    words = TextField(label="还想说什么", required=False, max_length=2000)

    def raw(self) -> dict[str, Any]:
        return {"satisfied": self.cleaned_data["satisfied"] == "yes", "words": self.cleaned_data["words"] or ""}


class AppealForm(PlainForm):
    reason = TextField(label="哪里不对", max_length=2000)

    def raw(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


FORMS: Final[dict[str, type[ConfirmForm] | type[AppealForm]]] = {"confirm": ConfirmForm, "appeal": AppealForm}


class Following:
    """Everything the page shows. `tried` is the form that did not go through. Three queries."""

    def __init__(self, row: BadRating, tried: tuple[str, PlainForm] | None = None, status: int = 200) -> None:
        self.row, self.rating, self.status = row, row.rating, status
        self.steps = engine.steps(RATING, row)
        self.limits = list(Deadline.objects.of(RATING.key, row.pk).open().order_by("due_at", "id"))
        forms_: dict[str, PlainForm] = {name: made() for name, made in FORMS.items()}
        if tried is not None:
            forms_[tried[0]] = tried[1]
        self.confirm, self.appeal, self.tried = forms_["confirm"], forms_["appeal"], tried[1] if tried else None

    @property
    def say(self) -> str:
        return _NOW[self.row.state][0]

    @property
    def more(self) -> str:
        return _NOW[self.row.state][1]

    @property
    def level(self) -> str:
        return _LEVELS[self.rating.level]

    @property
    def labels(self) -> list[str]:
        return labels.words_of(self.rating.labels)

    @property
    def finding(self) -> str:
        return str(_FINDINGS.get(self.row.finding, "")) if self.row.state not in {"new", "contacted"} else ""

    @property
    def answer(self) -> str:
        told = [step for step in self.steps if step.action == "tell"]
        return engine.words_of(told[-1]).get("answer", "") if told else ""

    @property
    def may_confirm(self) -> bool:
        return self.row.state == "told"

    @property
    def may_appeal(self) -> bool:
        """Where it was found that the rating was wrong; whoever was found right has nothing to object to."""
        mine = any(step.action == "appeal" and step.role == "applicant" for step in self.steps)
        refuted = self.row.finding in {"mistaken", "malicious"}
        return refuted and self.row.state in {"mending", "mended", "found"} and not mine

    @property
    def due(self) -> date | None:
        """By which day the next thing happens that is not the citizen's."""
        return self.limits[0].due_on if self.limits and self.row.state != "told" else None

    @property
    def late(self) -> bool:
        due = self.limits[0].due_at if self.limits else None
        return self.row.state != "told" and due is not None and due < timezone.now()

    @property
    def timeline(self) -> list[dict[str, Any]]:
        return [_line(step) for step in self.steps][::-1]


def _line(step: LoopStep) -> dict[str, Any]:
    who = "" if step.role in {"system", "applicant"} else step.role_label
    return {
        "title": _title(step),
        "at": step.at,
        "who": who,
        "body": _body(step),
        "tone": "done",
    }


def _title(step: LoopStep) -> str:
    if step.action == "appeal":
        return f"{'您' if step.role == 'applicant' else '被评价的一方'}不同意结论，重新核实"
    return _STEPS.get(step.action, step.label)


def _body(step: LoopStep) -> str:
    if step.action == "find":
        return f"认定：{_FINDINGS.get(step.data.get('finding', ''), '')}"
    if step.action == "mend" and step.data.get("until"):
        return f"{cn_date(date.fromisoformat(step.data['until']))}前改好"
    if step.action in {"confirm", "revisit"} and "satisfied" in step.data:
        said = step.data["satisfied"]
        return "认可" if said else "没有联系上您" if said is None else "不认可，重新核实"
    return "已经改好" if step.action == "mend" else ""


def answered(row: BadRating, sent: Mapping[str, str]) -> tuple[Following, bool]:
    """Makes the move the citizen asks for; what they typed stays when it cannot be made."""
    action = str(sent.get("action", ""))
    kind = FORMS.get(action)
    if kind is None:
        return Following(row, status=422), False
    form = kind(sent)
    if not form.is_valid():
        return Following(row, (action, form), 422), False
    try:
        badratings.by_citizen(row, action, form.raw(), _version(sent))
    except (InvalidInput, NotNow, RuleBroken, Stale) as problem:
        return _again(row, action, form, problem), False
    return Following(row), True


def _again(row: BadRating, action: str, form: PlainForm, problem: Problem) -> Following:
    form.add_error(None, problem.title)
    return Following(badratings.by_code(row.code), (action, form), problem.status)


def _version(sent: Mapping[str, str]) -> int | None:
    text = str(sent.get("version", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
