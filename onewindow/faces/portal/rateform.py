"""The form of a rating, on a phone and on the tablet: first the level, then what one wants to say about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import HttpRequest, QueryDict

from onewindow.faces.design.forms import PlainForm
from onewindow.faces.portal.forms import LineField, TextField
from onewindow.people.masking import mask_phone
from onewindow.problems import Problem
from onewindow.voice.models import BAD, LEVELS
from onewindow.voice.ratings import labels

FACES: Final = {5: "mood-happy", 4: "mood-smile", 3: "mood-empty", 2: "mood-sad", 1: "mood-cry"}
_WORDS: Final = dict(LEVELS)


@dataclass(frozen=True, slots=True)
class Level:
    """One of the five; `url` chooses it."""

    value: int
    words: str
    icon: str
    url: str


def levels(path: str) -> list[Level]:
    return [Level(value, words, FACES[value], f"{path}?level={value}") for value, words in LEVELS]


def chosen(request: HttpRequest) -> int | None:
    """The level in the address or in what was sent; nothing is chosen beforehand (XY-13.2)."""
    told = request.POST if request.method == "POST" else request.GET
    text = told.get("level", "")
    return int(text) if text in {"1", "2", "3", "4", "5"} else None


class RateForm(PlainForm):
    """What can be said to a level. `known` is the phone of the visit or case, shown masked; a tablet (`brief`) asks for
    no number."""

    labels = forms.MultipleChoiceField(label="想说的", required=False, widget=forms.CheckboxSelectMultiple)
    text = TextField(label="还想说什么", required=False, max_length=2000)
    contact = forms.ChoiceField(label="结果怎样告诉您", required=False, widget=forms.RadioSelect)
    phone = LineField(
        label="手机号码",
        required=False,
        max_length=40,
        help_text="上面选了「打这个电话告诉我」才填。只用来告诉您处理结果，窗口和被评价的人看不到。",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )

    def __init__(
        self, data: QueryDict | None = None, *, level: int, at: str, known: str = "", brief: bool = False
    ) -> None:
        super().__init__(data)
        self.level = level
        offered = [(label.code, label.words) for label in labels.offered(level, at)]
        self.fields["labels"].choices = offered  # type: ignore[attr-defined]
        self.fields["labels"].label = "哪里不好" if level <= BAD else "可以更好的" if level == 3 else "好在哪里"
        ways = [("known", f"打 {mask_phone(known)} 告诉我")] if known else []
        ways += [] if brief else [("other", "打这个电话告诉我")]
        self.fields["contact"].choices = [*ways, ("none", "不用联系我（匿名），我自己查")]  # type: ignore[attr-defined]
        if level > BAD or not ways:
            del self.fields["contact"]
        if level > BAD or brief:
            del self.fields["phone"]

    @property
    def bad(self) -> bool:
        return self.level <= BAD

    @property
    def level_words(self) -> str:
        return _WORDS[self.level]

    @property
    def level_icon(self) -> str:
        return FACES[self.level]

    def raw(self) -> dict[str, Any]:
        """As `voice.ratings` takes it. A number without a choice is meant to be used."""
        told = {name: value for name, value in self.cleaned_data.items() if value}
        if told.get("phone") and "contact" not in told:
            told["contact"] = "other"
        if told.get("contact") != "other":
            told.pop("phone", None)
        return {"level": self.level, **told}

    def take(self, problem: Problem) -> None:
        """Beside the fields it names; on top when it names none of them."""
        for error in problem.errors:
            name = error.field.partition(".")[0]
            self.add_error(name if name in self.fields else None, error.message)
        if not problem.errors:
            self.add_error(None, problem.title)
