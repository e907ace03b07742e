"""The forms of the public site. Every message says what to do; what was typed stays."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from pydantic import TypeAdapter, ValidationError

from onewindow.cases.numbers import looks_right
from onewindow.faces.design.forms import PlainForm
from onewindow.inputs import OptionalLine, OptionalText, as_problem
from onewindow.people.models import Applicant
from onewindow.people.numbers import check_id, check_phone
from onewindow.problems import Problem

_LINE: TypeAdapter[str] = TypeAdapter(OptionalLine)
_TEXT: TypeAdapter[str] = TypeAdapter(OptionalText)


def _clean(adapter: TypeAdapter[str], text: str) -> str:
    """The text in its normal form; unseen characters are refused in words (inputs.py knows which)."""
    try:
        return adapter.validate_python(text)
    except ValidationError as error:
        found = as_problem(error).errors
        raise forms.ValidationError(found[0].message if found else "格式不对") from error


class LineField(forms.CharField):
    """One line of text without hidden characters."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 200)
        options.setdefault("error_messages", {"max_length": "太长了，最多 %(limit_value)d 个字。"})
        super().__init__(**options)

    def clean(self, value: Any) -> str:
        return _clean(_LINE, cast(str, super().clean(value)))


class TextField(forms.CharField):
    """Several lines of text without hidden characters."""

    widget = forms.Textarea(attrs={"rows": 4})

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 2000)
        options.setdefault("error_messages", {"max_length": "太长了，最多 %(limit_value)d 个字。"})
        super().__init__(**options)

    def clean(self, value: Any) -> str:
        return _clean(_TEXT, cast(str, super().clean(value)))


class SignInForm(PlainForm):
    username = LineField(
        label="账号",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label="密码",
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    @staticmethod
    def problem(words: str, code: str) -> forms.ValidationError:
        return forms.ValidationError(words, code)


class TrackForm(PlainForm):
    """Query number and the last four characters of the identity number."""

    number = LineField(
        label="查询号",
        max_length=40,
        help_text="12 位数字，印在接收凭证和短信里。",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    id_tail = LineField(
        label="证件号码后四位",
        max_length=10,
        help_text="申请人身份证号码或统一社会信用代码的最后四位，X 不分大小写。",
        widget=forms.TextInput(attrs={"class": "ow-input--s", "autocomplete": "off", "autocapitalize": "characters"}),
    )

    def clean_number(self) -> str:
        number = "".join(ch for ch in str(self.cleaned_data["number"]) if ch.isalnum())
        if not looks_right(number):
            raise forms.ValidationError("查询号不对：应当是 12 位数字，请对照接收凭证再看一遍。")
        return number

    def clean_id_tail(self) -> str:
        tail = "".join(ch for ch in str(self.cleaned_data["id_tail"]) if ch.isalnum()).upper()
        if len(tail) != 4:
            raise forms.ValidationError("请填证件号码的最后四位。")
        return tail


class CodeForm(PlainForm):
    code = LineField(
        label="核验码",
        max_length=60,
        help_text="印在文书左下角二维码旁边，16 位字母和数字。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class ContactForm(PlainForm):
    """How to reach the applicant."""

    phone = LineField(
        label="手机号码",
        max_length=40,
        help_text="办理中的每一步都会发短信到这个号码。",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    address = LineField(
        label="联系地址",
        required=False,
        help_text="需要邮寄结果时，寄到这里。",
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )

    def clean_phone(self) -> str:
        return phone_of(str(self.cleaned_data["phone"]))


class AgentForm(PlainForm):
    """The person who acts for the applicant."""

    prefix = "agent"

    name = LineField(label="代理人姓名", help_text="和代理人身份证上的一致，生僻字请照原样填写。")
    id_type = forms.ChoiceField(
        label="代理人证件类型",
        choices=[(value, label) for value, label in Applicant.ID_TYPES if value != "uscc"],
        initial="id_card",
    )
    id_number = LineField(label="代理人证件号码", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    phone = LineField(
        label="代理人手机号码", widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "inputmode": "tel"})
    )

    def clean_phone(self) -> str:
        return phone_of(str(self.cleaned_data["phone"]))

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or self.cleaned_data
        if told.get("id_number") and told.get("id_type"):
            try:
                told["id_number"] = check_id(told["id_type"], told["id_number"])
            except ValueError as error:
                self.add_error("id_number", str(error))
        return told


class SendForm(PlainForm):
    """The last word before sending."""

    truthful = forms.BooleanField(label="我保证以上内容和材料真实，并同意中心向有关部门核实")


class WithdrawForm(PlainForm):
    reason = TextField(label="为什么撤回", help_text="写一两句就行，例如：材料还没备齐，以后再办。")
    sure = forms.BooleanField(label="我知道撤回以后这次申请就结束了，要办得重新申请")


def phone_of(text: str) -> str:
    try:
        return check_phone(text)
    except ValueError as error:
        raise forms.ValidationError(str(error)) from error


class VisitorForm(PlainForm):
    """Who comes to the window. `known`: a signed-in applicant, whose name and number are on file."""

    name = LineField(
        label="姓名",
        max_length=60,
        help_text="来办事的人。替单位办的，填单位名称也行。",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = LineField(
        label="手机号码",
        max_length=40,
        help_text="预约号、改期和提醒会发短信到这个号码。",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    id_type = forms.ChoiceField(label="证件类型", choices=Applicant.ID_TYPES, initial="id_card", required=False)
    id_number = LineField(
        label="证件号码",
        required=False,
        max_length=60,
        help_text="填了，到窗口就不用再报一遍。不填也能约。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    note = LineField(
        label="想让窗口先知道的",
        required=False,
        help_text="例如：坐轮椅来、听不清、要手语帮助。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, known: Applicant | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        if known is not None:
            for name in ("name", "id_type", "id_number"):
                del self.fields[name]

    def clean_phone(self) -> str:
        return phone_of(str(self.cleaned_data["phone"]))

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or self.cleaned_data
        if told.get("id_number"):
            try:
                told["id_number"] = check_id(told.get("id_type") or "id_card", told["id_number"])
            except ValueError as error:
                self.add_error("id_number", str(error))
        return told

    def visitor(self, known: Applicant | None) -> dict[str, str]:
        """What the booking asks for: typed, or on file."""
        told = {name: str(value) for name, value in self.cleaned_data.items()}
        if known is not None:  # the booking knows the number from the account
            return {**told, "name": str(known.name)}
        return told if told.get("id_number") else {**told, "id_type": "", "id_number": ""}

    def take(self, problem: Problem) -> Problem:
        """Puts what the booking found beside the fields it names; the problem itself is shown on top."""
        for error in problem.errors:
            name = error.field.rpartition(".")[2]
            if name in self.fields:
                self.add_error(name, error.message)
        return problem


class FindAppointmentForm(PlainForm):
    """For whoever lost the link."""

    number = LineField(
        label="预约号",
        max_length=16,
        help_text="在短信里，6 位数字。",
        widget=forms.TextInput(attrs={"class": "ow-input--s", "autocomplete": "off", "inputmode": "numeric"}),
    )
    day = forms.DateField(label="预约的日期", widget=forms.DateInput(attrs={"type": "date", "class": "ow-input--s"}))
    phone_tail = LineField(
        label="手机号码后四位",
        max_length=4,
        widget=forms.TextInput(attrs={"class": "ow-input--s", "autocomplete": "off", "inputmode": "numeric"}),
    )

    @staticmethod
    def problem(words: str, code: str) -> forms.ValidationError:
        return forms.ValidationError(words, code)

    def clean_number(self) -> str:
        return "".join(str(self.cleaned_data["number"]).split())

    def clean_phone_tail(self) -> str:
        tail = str(self.cleaned_data["phone_tail"])
        if not (len(tail) == 4 and tail.isascii() and tail.isdigit()):
            raise forms.ValidationError("请填手机号码的最后四位数字。")
        return tail


class CancelAppointmentForm(PlainForm):
    REASONS = (
        ("", "不想说"),
        ("有事来不了", "有事来不了"),
        ("材料还没备齐", "材料还没备齐"),
        ("已经办好了", "已经办好了"),
        ("约错了", "约错了"),
    )

    reason = forms.ChoiceField(label="为什么取消", choices=REASONS, required=False, widget=forms.RadioSelect)
