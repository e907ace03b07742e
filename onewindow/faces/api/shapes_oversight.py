"""What the alerts answer with, for the OpenAPI document; alerts.py writes it, and a test holds the two together."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

from onewindow.faces.api.shapes import Body, Link

AlertLevel = Literal["remind", "warn", "yellow", "red"]
AlertState = Literal[
    "told", "open", "explained", "confirmed", "urged", "rectified", "rechecked", "closed", "dismissed", "settled"
]


class AlertRule(Schema):
    code: str = Field(description="监察规则编号", examples=["PROM-R"])
    name: str = Field(examples=["超过承诺时限"])
    version: int = Field(description="发出时的那一版")


class AlertSubject(Schema):
    kind: str = Field(description="case 办件、ticket 号票、complaint 诉求、rating 差评……")
    number: str = Field(description="它的编号；没有编号的为空")


class AlertLimit(Schema):
    kind: str = Field(
        description="explain 说明、judge 认定、urge 督办、answer 答复、recheck 复查、account 追责、close 办结"
    )
    label: str
    due_at: datetime | None
    duty: str = Field(description="依据，如 XX-38.3")


class AlertStep(Schema):
    action: str
    label: str
    state: str
    at: datetime
    who: str = Field(description="办理人；系统自动的是“系统”")
    role: str = Field(description="凭哪个岗位")
    words: dict[str, str] = Field(description="写了什么，按字段")
    data: dict[str, str | bool | int | float | None] = Field(description="选了什么，按字段")


class AlertSummary(Schema):
    number: str
    level: AlertLevel
    level_label: str = Field(examples=["红牌"])
    state: AlertState
    state_label: str = Field(examples=["待说明"])
    title: str
    rule: AlertRule
    duty: list[str] = Field(description="依据的职责，如 HN-14.2")
    subject: AlertSubject
    centre: Link
    department: Body | None
    person: str | None = Field(description="说到谁；没有具体的人为空")
    disputed: bool = Field(description="责任人不认同")
    accounted: bool = Field(description="已有追责记录")
    due_at: datetime | None = Field(description="触发它的时限当时的到期时间")
    next_due_at: datetime | None = Field(description="这张牌自己最先到期的一步")
    opened_at: datetime
    closed_at: datetime | None
    version: int


class AlertShape(AlertSummary):
    tell: list[str] = Field(description="告诉了谁：actor、chief、supervisor、manager、discipline")
    limits: list[AlertLimit]
    steps: list[AlertStep]


class AlertPage(Schema):
    alerts: list[AlertSummary]
    next: str | None = Field(description="下一页的 cursor；没有了为空")
