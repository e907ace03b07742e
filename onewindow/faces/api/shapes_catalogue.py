"""What the catalogue's answers look like, for the OpenAPI document."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from onewindow.catalogue.spec import Holder
from onewindow.faces.api.shapes import Body, ItemLink


class ItemRow(Schema):
    code: str
    key: str
    name: str
    department: Body
    audience: Literal["natural", "legal", "both"]
    case_kind: str
    promised_limit: str
    online: bool


class ItemPage(Schema):
    items: list[ItemRow]
    next: str | None


class OptionValue(Schema):
    value: str
    label: str


class ScenarioShape(Schema):
    key: str
    question: str
    options: list[OptionValue]


class MaterialShape(Schema):
    key: str
    name: str
    required: Literal["always", "if"]
    when: str | None = Field(description="required 为 if 时的条件：问题.选项")
    form: str
    copies: int
    source: str
    licence_type: str | None
    deferrable: bool
    common_mistake: str | None
    holder: Holder | None = Field(default=None, description="这份材料是谁的；没有写的，以前收过的不能代替")


class ItemShape(Schema):
    """办事指南的全部要素；没有列出的字段见实施清单。"""

    code: str
    key: str
    name: str
    version: int
    effective_from: date
    department: Body
    item_type: str
    case_kind: str
    audience: Literal["natural", "legal", "both"]
    scenarios: list[ScenarioShape]
    materials: list[MaterialShape]
    statutory_limit: dict[str, Any]
    promised_limit: dict[str, Any]
    fee: dict[str, Any] | None
    guide: str


class VersionShape(Schema):
    number: int
    published_at: datetime
    effective_from: date
    effective_until: date | None
    digest: str
    current: bool


class VersionList(Schema):
    versions: list[VersionShape]


class ThemeShape(Schema):
    key: str
    name: str
    audience: str
    lead_department: Body
    items: list[ItemLink]


class ThemeList(Schema):
    themes: list[ThemeShape]
