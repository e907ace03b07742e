"""Forms whose built-in messages speak plainly: 请填写姓名。 instead of 这个字段是必填项。"""

from __future__ import annotations

from typing import Any

from django import forms

_CHOOSING = (forms.ChoiceField, forms.ModelChoiceField, forms.MultipleChoiceField)


def required_words(field: forms.Field, label: str) -> str:
    """What to say when ``field`` was left empty."""
    if isinstance(field, forms.BooleanField):
        return f"请先勾选「{label}」。"
    if isinstance(field, forms.FileField):
        return f"请选择要上传的文件：{label}。"
    return f"请选择{label}。" if isinstance(field, _CHOOSING) else f"请填写{label}。"


def _invalid_words(field: forms.Field, label: str) -> dict[str, str]:
    if isinstance(field, forms.DateTimeField):
        return {"invalid": f"{label}要写成日期和时间，例如 2026-11-22 09:05。"}
    if isinstance(field, forms.DateField):
        return {"invalid": f"{label}要写成日期，例如 2026-11-22。"}
    if isinstance(field, forms.IntegerField):
        return {"invalid": f"{label}要写成数字。"}
    if isinstance(field, _CHOOSING):
        return {"invalid_choice": f"{label}里没有您选的这一项，请重新选择。"}
    if isinstance(field, forms.FileField):
        return {"empty": f"{label}是空文件，请换一份。"}
    return {}


class PlainMessages:
    """Mix in before Form or ModelForm. Messages that a field declares itself are kept."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            label = str(field.label or name)
            plain = {"required": required_words(field, label), **_invalid_words(field, label)}
            for code, words in plain.items():
                if field.error_messages.get(code) == _default_message(field, code):
                    field.error_messages[code] = words


def _default_message(field: forms.Field, code: str) -> Any:
    for klass in type(field).__mro__:
        messages: dict[str, Any] = getattr(klass, "default_error_messages", {})
        if code in messages:
            return messages[code]
    return None


class PlainForm(PlainMessages, forms.Form):
    """A plain Form with plain messages."""
