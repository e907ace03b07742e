"""What each move of a supervision card must carry. The titles are the labels on forms."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from onewindow.inputs import Input, Line, OptionalText, Text

LONG: Any = {"widget": "textarea"}


class Nothing(Input):
    pass


class Explain(Input):
    """The responsible person's view; it is kept beside whatever is decided."""

    words: Text = Field(title="情况说明", json_schema_extra=LONG)
    disputed: bool = Field(default=False, title="不认同这张牌")


class Judge(Input):
    reason: Text = Field(title="理由", json_schema_extra=LONG)


class Urge(Input):
    words: Text = Field(title="督办要求", json_schema_extra=LONG)
    until: date = Field(title="答复日期")


class Rectify(Input):
    measure: Text = Field(title="整改情况", json_schema_extra=LONG)


class Recheck(Input):
    passed: bool = Field(title="整改到位")
    words: Text = Field(title="复查情况", json_schema_extra=LONG)


class Account(Input):
    """追责: who, what it was, which measure (HN-14.3)."""

    who: Line = Field(title="责任人或单位")
    what: Literal["inaction", "slowness", "misconduct", "none"] = Field(title="认定为")
    measure: Text = Field(title="处理措施（不处理的写理由）", json_schema_extra=LONG)


class Close(Input):
    note: OptionalText = Field(default="", title="备注", json_schema_extra=LONG)
