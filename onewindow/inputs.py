"""The boundary: strict input values with Chinese messages. Pure.

Every face parses what it is sent into an `Input`; a failure becomes one InvalidInput that names each field.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from onewindow.problems import FieldError, InvalidInput

_INVISIBLE = {"\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u180e"}
_BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _refuse_unseen(text: str, *, lines: bool) -> str:
    for character in text:
        if character in _BIDI:
            raise ValueError("里面有改变文字方向的隐藏字符，请删掉后重新输入")
        if character in _INVISIBLE:
            raise ValueError("里面有看不见的字符，请删掉后重新输入")
        category = unicodedata.category(character)
        if category in {"Cc", "Cs"} and not (lines and character in "\n\t\r"):
            raise ValueError("里面有不能使用的控制字符，请删掉后重新输入")
    return unicodedata.normalize("NFC", text)


def _line(text: str) -> str:
    return _refuse_unseen(text, lines=False)


def _text(text: str) -> str:
    return _refuse_unseen(text, lines=True)


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_line)]
OptionalLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_line)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), AfterValidator(_text)]
OptionalText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(_text)]


def at_most(length: int) -> AfterValidator:
    """A tighter bound for a line: `Annotated[Line, at_most(60)]`. (`Field(max_length=…)` would not be looked at.)"""

    def check(text: str) -> str:
        if len(text) > length:
            raise ValueError(f"太长了，最多 {length} 个字")
        return text

    return AfterValidator(check)


_MESSAGES = {
    "missing": "请填写这一项",
    "extra_forbidden": "这里没有这一项",
    "string_too_short": "请填写这一项",
    "string_too_long": "太长了，最多 {max_length} 个字",
    "string_type": "应当是文字",
    "int_type": "应当是整数",
    "int_parsing": "应当是整数",
    "int_from_float": "应当是整数",
    "bool_type": "应当是“是”或“否”",
    "bool_parsing": "应当是“是”或“否”",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "too_long": "太多了，最多 {max_length} 项",
    "too_short": "至少要有 {min_length} 项",
    "literal_error": "没有这个选项",
    "enum": "没有这个选项",
    "list_type": "应当是一个列表",
    "dict_type": "应当是一组键和值",
    "model_type": "应当是一组键和值",
    "model_attributes_type": "应当是一组键和值",
    "date_parsing": "日期应当写成 2026-11-22 这样",
    "date_from_datetime_parsing": "日期应当写成 2026-11-22 这样",
    "date_type": "日期应当写成 2026-11-22 这样",
    "datetime_parsing": "时间应当写成 2026-11-22T09:30:00+08:00 这样",
    "datetime_from_date_parsing": "时间应当写成 2026-11-22T09:30:00+08:00 这样",
    "datetime_type": "时间应当写成 2026-11-22T09:30:00+08:00 这样",
    "uuid_parsing": "文件编号不对",
    "uuid_type": "文件编号不对",
    "string_pattern_mismatch": "格式不对",
    "json_invalid": "不是有效的 JSON",
}


def _message(error: Mapping[str, Any]) -> str:
    context = error.get("ctx") or {}
    if error["type"] in {"value_error", "assertion_error"}:
        return str(context.get("error", "")) or "格式不对"
    template = _MESSAGES.get(str(error["type"]), "格式不对")
    try:
        return template.format(**context)
    except (KeyError, IndexError):
        return "格式不对"


def as_problem(error: ValidationError, prefix: str = "") -> InvalidInput:
    """Turns pydantic's report into an InvalidInput whose field paths start with `prefix`."""
    fields = [
        FieldError(".".join([prefix, *map(str, found["loc"])]).strip("."), _message(found))
        for found in error.errors(include_url=False, include_input=False)[:50]
    ]
    return InvalidInput("有几处需要改一改", fields)


class Input(BaseModel):
    """Base of everything that comes from outside: unknown fields are refused, values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @classmethod
    def parse(cls, raw: Any, prefix: str = "") -> Self:
        """Validates `raw`. Raises InvalidInput with Chinese messages."""
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            raise as_problem(error, prefix) from error
