"""What the pages of a question share: the forms, the paper slip that says what was already shown, counting who was
helped."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, Final

from django import forms
from django.core import signing
from django.http import HttpRequest

from onewindow.catalogue.models import Item
from onewindow.faces.design.forms import PlainForm
from onewindow.faces.portal import throttle
from onewindow.faces.portal.forms import LineField, TextField, phone_of
from onewindow.faces.portal.throttle import Limit
from onewindow.voice.consultations.asking import follow_code
from onewindow.voice.models import KnowledgeEntry

ASK_ADDRESS: Final = Limit("ask-address", 30, 60)
"""Questions sent from one address: the phones in a hall may share one."""
LOOK_ADDRESS: Final = Limit("ask-look", 120, 15)
HELPED_BROWSER: Final = Limit("helped-browser", 1, 24 * 60)
HELPED_ADDRESS: Final = Limit("helped-address", 10, 24 * 60)
AGAIN_ADDRESS: Final = Limit("ask-again", 20, 60)
_SALT: Final = "onewindow.faces.portal.asking"
_SECONDS: Final = 24 * 3600


class QuestionForm(PlainForm):
    question = TextField(
        label="您想问什么",
        help_text="像跟人说话一样写就行，例如：开早餐店要办什么证？请不要写身份证号码。",
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
    )

    def clean_question(self) -> str:
        """With the line ends of one kind: a browser writes them in its own way each time the text travels."""
        return "\n".join(str(self.cleaned_data["question"]).splitlines())


class ReachForm(PlainForm):
    """How to reach whoever asks; both may stay empty."""

    phone = LineField(
        label="手机号码（可以不填）",
        required=False,
        max_length=40,
        help_text="填了，有答复时发短信告诉您。不填也能用查询码看答复。",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    name = LineField(
        label="怎么称呼您（可以不填）",
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def clean_phone(self) -> str:
        typed = str(self.cleaned_data["phone"])
        return phone_of(typed) if typed else ""


class FollowForm(PlainForm):
    code = LineField(
        label="查询码",
        max_length=40,
        help_text="12 位字母和数字，提问以后显示在页面上，也在短信的链接里。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        code = follow_code(str(self.cleaned_data["code"]))
        if len(code) != 12:
            raise forms.ValidationError("查询码是 12 位字母和数字，请对照再看一遍。")
        return code


class AgainForm(PlainForm):
    words = TextField(
        label="还想问什么", help_text="写清楚哪里没说明白。两个工作日内答复。", widget=forms.Textarea(attrs={"rows": 4})
    )


def item_of(key: str) -> Item | None:
    """The item a question is asked from; anything else counts as none. One query when something is named."""
    if not key or "\0" in key or len(key) > 80:
        return None
    found: Item | None = Item.objects.in_use().filter(key=key).select_related("department", "current").first()
    return found


def slip(question: str, item: Item | None) -> str:
    """Proof that for this question was shown what is known already; it also makes sending twice harmless."""
    return signing.dumps({"d": _digest(question, item), "k": secrets.token_hex(16)}, salt=_SALT)


def read_slip(given: str, question: str, item: Item | None) -> str:
    """The key of the request; "" when nothing was shown for this question today."""
    try:
        told = signing.loads(given[:400], salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature:
        return ""
    return str(told["k"]) if told.get("d") == _digest(question, item) else ""


def _digest(question: str, item: Item | None) -> str:
    return hashlib.sha256(f"{item.key if item else ''}\n{question}".encode()).hexdigest()


def may_count(request: HttpRequest, entry: KnowledgeEntry) -> bool:
    """Whether this answer's use still counts: once a day per browser, ten times per address."""
    address = throttle.address_of(request)
    browser = f"{address} {request.META.get('HTTP_USER_AGENT', '')[:200]} {entry.pk}"
    first = throttle.allowed(HELPED_BROWSER, browser)
    return first and throttle.allowed(HELPED_ADDRESS, f"{address} {entry.pk}")


def raw_of(question: str, item: Item | None, reach: dict[str, Any]) -> dict[str, str]:
    """What `consultations.ask` takes."""
    told = {"question": question, "item": item.key if item else "", **{k: str(v) for k, v in reach.items()}}
    return {name: value for name, value in told.items() if value}
