"""Saying what could not be done, and following it by the code: the forms, and the matter told like a parcel's way.

The page names nobody of the house and shows none of their words but what is meant for the complainant.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django import forms
from django.utils import timezone

from onewindow.cases.models import Case
from onewindow.catalogue.models import Item
from onewindow.clocks.models import Deadline
from onewindow.faces.design.forms import PlainForm
from onewindow.faces.design.words import cn_date
from onewindow.faces.evidence import FilesField, shown
from onewindow.faces.portal.forms import LineField, TextField, phone_of
from onewindow.loops import engine
from onewindow.loops.engine import CITIZEN
from onewindow.loops.models import LoopStep
from onewindow.people.models import Account
from onewindow.places.models import Centre, Department, Window
from onewindow.problems import Problem
from onewindow.voice.complaints import evidence
from onewindow.voice.complaints.moves import MOST_REOPENED
from onewindow.voice.complaints.words import is_copied
from onewindow.voice.inputs import EVIDENCE_SHARED
from onewindow.voice.loops import COMPLAINT
from onewindow.voice.models import Complaint

HAPPENED: Final = (
    ("refused", "该办的事，不给办"),
    ("extra_material", "要了指南上没有的材料"),
    ("extra_condition", "加了指南上没有的条件"),
    ("overdue", "过了时间还没办好"),
    ("repeated_trips", "跑了好几趟还没办成"),
    ("attitude", "态度不好"),
    ("fee", "乱收费，或者要好处"),
    ("system", "网站、机器用不了"),
    ("guide", "指南写得不对、看不明白"),
    ("other", "别的事"),
    ("suggestion", "没有不满，想提个建议"),
)
"""The causes in the words of people; the last one is a kind of its own."""
_ACCUSES: Final = frozenset({"attitude", "fee", "refused"})
_OWN_CASES: Final = 10
_AS_THEY_ARE: Final = ("files", "shared")


class ComplaintForm(PlainForm):
    """What happened and what was it; the rest only as far as somebody knows it and wants to say."""

    cause = forms.ChoiceField(label="遇到了什么", choices=HAPPENED, widget=forms.RadioSelect)
    text = TextField(
        label="事情的经过",
        help_text="什么时候、办什么、谁说了什么、您想要怎样。照平常的话写就行。",
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    item = forms.ChoiceField(label="哪个事项", required=False)
    department = forms.ChoiceField(label="哪个部门", required=False, help_text="选了事项，就不用选部门。")
    centre = forms.ChoiceField(label="在哪个大厅", required=False)
    case = LineField(
        label="办件的查询号",
        required=False,
        max_length=40,
        help_text="12 位数字，印在接收凭证和短信里。没有就不填。",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    window = LineField(
        label="哪个窗口",
        required=False,
        max_length=10,
        help_text="窗口上方的编号，例如 A01。",
        widget=forms.TextInput(attrs={"class": "ow-input--s", "autocomplete": "off"}),
    )
    shared = forms.BooleanField(label=EVIDENCE_SHARED, required=False)
    name = LineField(
        label="怎么称呼您",
        required=False,
        max_length=60,
        help_text="可以不填。",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = LineField(
        label="手机号码",
        required=False,
        max_length=40,
        help_text="可以不填。填了，每一步都会发短信，我们也能打电话问清楚。",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )

    def __init__(self, centre: Centre, account: Account | None, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["files"] = FilesField(CITIZEN, centre, label="照片和文件", required=False)
        county = centre.division_id[:6]
        places = Centre.objects.filter(is_open=True, division__code__startswith=county).order_by("division__code", "id")
        self._choose("item", "说不清，或者和事项没关系", _items())
        self._choose("department", "不确定", _departments(county))
        self.fields["centre"].choices = [(one.key, one.name) for one in places]  # type: ignore[attr-defined]
        self.fields["centre"].initial = centre.key
        if account is not None and (cases := _cases(account)):
            self.fields["case"] = forms.ChoiceField(label="您的哪个办件", required=False)
            self._choose("case", "都不是", cases)

    def _choose(self, name: str, none: str, choices: list[Any]) -> None:
        self.fields[name].choices = [("", none), *choices]  # type: ignore[attr-defined]

    def clean_phone(self) -> str:
        text = str(self.cleaned_data["phone"])
        return phone_of(text) if text else ""

    def raw(self) -> dict[str, Any]:
        """What `register` asks for."""
        plain = {name: str(value) for name, value in self.cleaned_data.items() if value and name not in _AS_THEY_ARE}
        told: dict[str, Any] = {**plain, **{name: self.cleaned_data[name] for name in _AS_THEY_ARE}}
        cause = told["cause"]
        if cause == "suggestion":
            return {**told, "cause": "other", "kind": "suggestion"}
        return {**told, "kind": "complaint" if cause in _ACCUSES else "cannot_get_done"}

    def take(self, problem: Problem) -> None:
        """Beside the fields it names, on top where it names none."""
        for error in problem.errors:
            self.add_error(error.field if error.field in self.fields else None, error.message)
        if not problem.errors:
            self.add_error(None, problem.title)


def _items() -> list[Any]:
    grouped: dict[str, list[tuple[str, str]]] = {}
    rows = Item.objects.in_use().select_related("department").only("key", "name", "department__short_name")
    for item in rows.order_by("department__short_name", "name"):
        grouped.setdefault(item.department.short_name, []).append((item.key, item.name))
    return list(grouped.items())


def _departments(county: str) -> list[Any]:
    found = Department.objects.filter(is_active=True, division__code__startswith=county).only("code", "name")
    return [(one.code, one.name) for one in found.order_by("name")]


def _cases(account: Account) -> list[Any]:
    """The applicant's newest ones, by query number."""
    if account.applicant_id is None:
        return []
    rows = Case.objects.filter(applicant_id=account.applicant_id).exclude(state="draft").select_related("item")
    return [(one.query_number, f"{one.item.name}（{one.query_number}）") for one in rows.order_by("-id")[:_OWN_CASES]]


def known_window(centre: Centre, code: str) -> str:
    """The window of a plate's code in an address; empty for anything else."""
    return code if code and Window.objects.filter(centre=centre, code=code[:10]).exists() else ""


# ---- what the complainant can do ------------------------------------------------------------------------------------


class ConfirmForm(PlainForm):
    satisfied = forms.ChoiceField(
        label="解决了吗",
        choices=[("yes", "解决了"), ("no", "没有解决")],
        widget=forms.RadioSelect,
    )
    words = TextField(label="还有什么没解决，或者想说的", required=False)

    def raw(self) -> dict[str, Any]:
        return {"satisfied": self.cleaned_data["satisfied"] == "yes", "words": self.cleaned_data["words"]}


class ReopenForm(PlainForm):
    reason = TextField(label="为什么要重新办", help_text="什么没有解决，或者又发生了什么。")

    def raw(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class SupplementForm(PlainForm):
    """What is shown later."""

    words = TextField(label="说明", required=False, help_text="这是什么，想说明什么。可以不写。")
    shared = forms.BooleanField(label=EVIDENCE_SHARED, required=False)

    def __init__(self, centre: Centre, *args: Any) -> None:
        super().__init__(*args)
        self.fields = {"files": FilesField(CITIZEN, centre, label="照片和文件"), **self.fields}

    def raw(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


MoveForm = ConfirmForm | ReopenForm | SupplementForm
ACTIONS: Final = ("confirm", "reopen", "supplement")


def move_form(action: str, row: Complaint, *given: Any) -> MoveForm:
    """The form of one of ACTIONS; `given` are what was posted and the files."""
    if action == "supplement":
        return SupplementForm(row.centre, *given)
    return ConfirmForm(*given) if action == "confirm" else ReopenForm(*given)


# ---- how far it is --------------------------------------------------------------------------------------------------

_NOW: Final = {
    "registered": ("已经登记，等受理", "{centre}会先看清楚是什么事。"),
    "accepted": ("已经受理，马上转给部门", "{centre}正在确定由哪个部门办。"),
    "assigned": ("{department}正在办", "办好以后，答复会写在这里。"),
    "answered": ("有答复了，请您看看解决了没有", ""),
    "rectifying": ("{department}正在整改", "改好以后会再问您。"),
    "rectified": ("等{centre}办结", "办结以后还没解决的，可以再打开。"),
    "closed": ("已经办结", ""),
    "declined": ("这件事不归这里办", ""),
}
_STEPS: Final = {
    "open": "您的诉求已经登记",
    "accept": "已经受理",
    "decline": "没有受理",
    "assign": "转给部门办理",
    "urge": "中心督办，要求尽快答复",
    "extend": "延期办理",
    "answer": "部门答复",
    "revisit": "回访",
    "confirm": "您说了解决没有",
    "rectify": "部门整改",
    "close": "办结",
    "reopen": "重新办理",
    "supplement": "补充了材料",
    "level": "确定由哪一级办理",
}
_QUIET: Final = frozenset({"join", "part"})
"""Housekeeping that says nothing to the complainant."""
_PUBLIC: Final = {
    "decline": "reason",
    "extend": "reason",
    "answer": "answer",
    "rectify": "measure",
    "confirm": "words",
    "close": "words",
    "reopen": "reason",
    "supplement": "words",
}
"""What of a step's words the complainant reads."""
_ICONS: Final = {"open": "message", "assign": "building", "urge": "bell", "answer": "message-2", "rectify": "tool"} | {
    "decline": "circle-x",
    "reopen": "refresh",
    "supplement": "paperclip",
    "level": "scale",
}


class Telling:
    """Everything the page shows of a complaint. `tried` is the form that did not go through. Three queries."""

    def __init__(self, row: Complaint, tried: tuple[str, PlainForm] | None = None) -> None:
        self.row, self.now = row, timezone.now()
        self.steps = engine.steps(COMPLAINT, row)
        self.limits = list(Deadline.objects.of(COMPLAINT.key, row.pk).open().order_by("due_at", "id"))
        made: dict[str, PlainForm] = {name: move_form(name, row) for name in ACTIONS}
        if tried is not None:
            made[tried[0]] = tried[1]
        self.confirm, self.reopen, self.supplement = (made[name] for name in ACTIONS)
        where = f"/voice/complaint/{row.code}/"
        seen = [one for one in evidence.of(row) if evidence.may_see(CITIZEN, row, one)]
        self.files = [shown(one, where) for one in seen if not one.from_house]
        self.proof = [shown(one, where) for one in seen if one.from_house]
        self.tried = tried[1] if tried else None

    @property
    def say(self) -> str:
        return self._filled(_NOW[self.row.state][0])

    @property
    def more(self) -> str:
        return self._filled(_NOW[self.row.state][1])

    def _filled(self, words: str) -> str:
        department = self.row.department.name if self.row.department else "有关部门"
        return words.format(centre=self._judge, department=department)

    @property
    def _judge(self) -> str:
        """Whose turn it is before a department has it: the place's own, or the level that was asked instead."""
        if self.row.raised_to is not None:
            return f"{self.row.raised_to.name}的监察员"
        return "上一级的监察员" if self.row.no_judge else str(self.row.centre.name)

    @property
    def tone(self) -> str:
        if self.row.state == "answered":
            return "act"
        return "done" if self.row.state in COMPLAINT.ends else ""

    @property
    def due(self) -> Deadline | None:
        """The limit of whoever has it now; none while it is the complainant's turn."""
        return None if self.row.state == "answered" or not self.limits else self.limits[0]

    @property
    def due_at(self) -> datetime | None:
        return self.due.due_at if self.due else None

    @property
    def by_hour(self) -> bool:
        return self.due is not None and self.due.limit_unit == "hour"

    @property
    def late(self) -> bool:
        return self.due_at is not None and self.due_at < self.now

    @property
    def answer(self) -> str:
        """The last thing the department said to the complainant."""
        told = [step for step in self.steps if step.action in {"answer", "rectify"}]
        return engine.words_of(told[-1]).get(_PUBLIC[told[-1].action], "") if told else ""

    @property
    def reason(self) -> str:
        """Why it ended, where that was written."""
        last = self.steps[-1]
        return engine.words_of(last).get(_PUBLIC.get(last.action, ""), "") if self.row.state in COMPLAINT.ends else ""

    @property
    def may_confirm(self) -> bool:
        return self.row.state == "answered"

    @property
    def may_reopen(self) -> bool:
        return self.row.state in COMPLAINT.ends and self.row.reopened < MOST_REOPENED

    @property
    def may_supplement(self) -> bool:
        return self.row.state not in COMPLAINT.ends

    @property
    def code_words(self) -> str:
        code = self.row.code
        return f"{code[:4]} {code[4:8]} {code[8:]}"

    @property
    def copied(self) -> bool:
        return is_copied(self.row)

    @property
    def facts(self) -> list[tuple[str, str]]:
        row = self.row
        found = [
            ("遇到了什么", "建议" if row.kind == "suggestion" else dict(HAPPENED)[row.cause]),
            ("事项", row.item.name if row.item else ""),
            ("说的是哪个部门", row.against.name if row.against else ""),
            ("窗口", row.window.code if row.window else ""),
            ("登记", cn_date(row.opened_at)),
            ("大厅", row.centre.name),
        ]
        return [(label, value) for label, value in found if value]

    @property
    def timeline(self) -> list[dict[str, Any]]:
        return [_line(step) for step in self.steps if step.action not in _QUIET][::-1]


def _line(step: LoopStep) -> dict[str, Any]:
    return {
        "title": _STEPS.get(step.action, step.label),
        "at": step.at,
        "who": "",
        "body": _body(step),
        "tone": "done",
        "icon": _ICONS.get(step.action, ""),
    }


def _body(step: LoopStep) -> str:
    lines = [engine.words_of(step).get(_PUBLIC.get(step.action, ""), "")]
    if step.action == "assign":
        lines.insert(0, f"由{step.data.get('department', '有关部门')}办理")
    if step.action in {"level", "assign"} and step.data.get("level"):
        lines.append(f"为了公正，由{step.data['level']}的管理员或者监察员来判")
    if step.data.get("nobody"):
        lines.append("能判的人都和这件事有关，已经抄送纪检监察机关，由上一级来定")
    if found := step.data.get("files"):
        lines.append(f"附了 {len(found)} 个文件")
    if step.action in {"confirm", "revisit"}:
        lines.insert(0, _verdict(step.data))
    if step.action == "rectify" and step.data.get("until"):
        lines.append(f"{cn_date(date.fromisoformat(step.data['until']))}前改好")
    return "\n".join(line for line in lines if line)


def _verdict(data: Mapping[str, Any]) -> str:
    if data.get("unreached"):
        return "没有联系上您"
    return "解决了" if data.get("satisfied") else "没有解决，转入整改"


__all__ = ["ACTIONS", "ComplaintForm", "MoveForm", "Telling", "known_window", "move_form"]
