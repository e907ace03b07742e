"""What the complaints answer with, for the OpenAPI document; complaints.py writes it, a test holds the two together."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

from onewindow.faces.api.shapes import Body, FileShape, Link
from onewindow.faces.api.shapes_oversight import AlertLimit, AlertStep

ComplaintState = Literal[
    "registered", "accepted", "assigned", "answered", "rectifying", "rectified", "closed", "declined"
]


class ComplaintLimit(AlertLimit):
    kind: str = Field(
        description="accept 受理、forward 转办、answer 答复、urged 督办、revisit 回访、rectify 整改、close 办结"
    )


class ComplaintStep(AlertStep):
    who: str = Field(description="办理人；群众是“群众本人”，系统自动的是“系统”")


class Reporter(Schema):
    name: str = Field(description="打码；没有留为空")
    phone: str = Field(description="打码；没有留为空")


class ComplaintItem(Schema):
    key: str
    name: str


class ComplaintSummary(Schema):
    number: str = Field(examples=["TS123456782"])
    kind: str
    kind_label: str = Field(examples=["办不成事"])
    cause: str
    cause_label: str = Field(examples=["超过时限"])
    channel: str
    state: ComplaintState
    state_label: str = Field(examples=["待受理"])
    centre: Link
    against: Body | None = Field(description="反映的部门")
    department: Body | None = Field(description="承办的部门")
    item: ComplaintItem | None
    case: str | None = Field(description="办件编号")
    window: str | None = Field(description="窗口编号")
    issue: str | None = Field(description="归入的系统性问题")
    raised_to: str | None = Field(description="本级的人都和它有关时，由哪一级的管理员和监察员办理")
    no_judge: bool = Field(description="哪一级都还没有能判的人")
    anonymous: bool
    satisfied: bool | None = Field(description="群众认可；没有问过或联系不上为空")
    reopened: int = Field(description="重新办理过几次")
    next_due_at: datetime | None
    opened_at: datetime
    closed_at: datetime | None
    version: int


class ComplaintFile(FileShape):
    side: Literal["complainant", "house"] = Field(description="群众交来的，还是办理的一方交来的")
    shared: bool = Field(description="另一方也可以打开")
    uploaded_at: datetime


class ComplaintShape(ComplaintSummary):
    text: str
    files: list[ComplaintFile] = Field(description="您能打开的文件")
    reporter: Reporter | None = Field(description="反映人，打码；您不能看的为空")
    like: list[str] = Field(description="相似的诉求中您能看到的，编号")
    limits: list[ComplaintLimit]
    steps: list[ComplaintStep]


class ComplaintMade(Schema):
    number: str
    state: ComplaintState
    opened_at: datetime
    follow: str = Field(description="群众看进度、确认的地址：只交给本人")


class ComplaintPage(Schema):
    complaints: list[ComplaintSummary]
    next: str | None = Field(description="下一页的 cursor；没有了为空")
