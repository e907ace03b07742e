"""What a change request and its moves must carry. Titles are the labels on forms."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from onewindow.inputs import Input, Line, OptionalLine, OptionalText, Text, at_most

LONG: Any = {"widget": "textarea"}
Kind = Literal["law", "function", "reform", "deviation", "other"]
Status = Literal["in_use", "paused", "cancelled"]


class Nothing(Input):
    pass


class Told(Input):
    """The centre is told that an item has to change, with the document that says so (XX-14.1)."""

    item: Annotated[Line, at_most(80)] = Field(title="事项")
    kind: Kind = Field(title="为什么要变")
    basis_name: Line = Field(title="依据文件名称")
    basis_number: Annotated[OptionalLine, at_most(80)] = Field(default="", title="文号")
    basis_on: date = Field(title="文件公布日期")
    words: OptionalText = Field(default="", title="要变什么", json_schema_extra=LONG)


class Draft(Input):
    """Elements as they are to be: whole ones of an ItemSpec by name; what is not named stays as it is."""

    spec: dict[str, Any] = Field(default={}, title="要素")
    status: Status | None = Field(default=None, title="事项状态")
    centres: list[Annotated[Line, at_most(40)]] | None = Field(default=None, title="哪些中心受理", max_length=500)
    words: OptionalText = Field(default="", title="说明", json_schema_extra=LONG)


class Reason(Input):
    reason: Text = Field(title="理由", json_schema_extra=LONG)


class OptionalWords(Input):
    words: OptionalText = Field(default="", title="审核意见", json_schema_extra=LONG)


class Publish(Input):
    effective_from: date = Field(title="生效日期")
