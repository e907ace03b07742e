"""What the hall answers with, for the OpenAPI document; hallview.py writes it, and a test holds the two together."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

from onewindow.faces.api.shapes import Link

TicketStateWord = Literal["waiting", "called", "serving", "held", "missed", "finished", "left"]


class QueueLink(Schema):
    letter: str = Field(description="票号开头的字母", examples=["A"])
    name: str = Field(examples=["综合业务"])


class WindowLink(Schema):
    code: str = Field(description="窗口编号", examples=["A01"])
    name: str = Field(examples=["综合窗口1号"])


class WaitShape(Schema):
    """Minutes; eight of ten visitors wait between the first and the last."""

    optimistic: float = Field(description="顺利的话，几分钟", examples=[4.0])
    expected: float = Field(description="预计几分钟", examples=[9.5])
    pessimistic: float = Field(description="慢的话，几分钟", examples=[16.0])


class PlaceShape(Schema):
    ahead: int = Field(description="前面还有几位", examples=[3])
    wait: WaitShape | None = Field(description="没有窗口开着时为空")
    windows: list[str] = Field(description="可能叫到您的窗口", examples=[["综合窗口1号"]])
    sentence: str = Field(description="给人看的一句话", examples=["前面还有 3 位，大约等 10 分钟"])


class TicketLine(Schema):
    code: str = Field(description="实施编码，31 位")
    key: str
    name: str
    case: str | None = Field(description="由这一项收成的办件")
    done_at: datetime | None


class VisitorShape(Schema):
    name: str = Field(description="只显示姓", examples=["王**"])
    phone_masked: str = Field(examples=["199****1234"])


class TicketShape(Schema):
    """号票。号码每天从头排，`reference` 带日期，办件的 ticket 用它。"""

    number: str = Field(description="号码，当天有效", examples=["A023"])
    reference: str = Field(description="带日期的号码", examples=["20261123-A023"])
    url: str = Field(description="访客自己的页面，印成二维码", examples=["/ticket/Zm9v…/"])
    day: date
    state: TicketStateWord
    state_label: str = Field(examples=["等候中"])
    queue: QueueLink
    window: WindowLink | None = Field(description="叫到以后才有；取号时不定窗口")
    items: list[TicketLine]
    purpose: str = Field(description="来做什么，没有选事项时写的话")
    priority: str = Field(description="优先的理由，空是普通", examples=["elderly"])
    priority_label: str = Field(examples=["60 岁以上老年人"])
    visitor: VisitorShape | None
    appointment: str | None = Field(description="预约号")
    misses: int = Field(description="过号几次")
    taken_at: datetime
    called_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    end_reason: str


class PlacedTicket(TicketShape):
    place: PlaceShape | None = Field(description="排在哪里；不在等候时为空")


class AppointmentShape(Schema):
    """预约。`code` 是地址的一部分，谁有它谁就能改期、取消，请只给本人。"""

    code: str
    number: str = Field(description="预约号，当天有效，到取号机上报号用", examples=["Y0007"])
    url: str = Field(description="本人改期、取消的页面", examples=["/appointments/Zm9v…/"])
    centre: Link
    queue: QueueLink
    item: Link | None
    day: date
    starts_at: datetime
    ends_at: datetime
    state: Literal["booked", "arrived", "displaced", "missed", "cancelled"]
    state_label: str = Field(examples=["已预约"])
    channel: Literal["online", "phone", "hall"]
    visitor: VisitorShape
    note: str
    moved: int = Field(description="改期几次")
    booked_at: datetime
    arrived_at: datetime | None
    ended_at: datetime | None
    end_reason: str


class SlotShape(Schema):
    starts: datetime
    ends: datetime
    free: int = Field(description="还能约几位")
    why_not: str = Field(description="不能约的原因，能约时为空")


class OfferShape(Schema):
    day: date
    hours: str = Field(description="这一天的办公时间", examples=["9:00–12:00，13:00–17:00"])
    slots: list[SlotShape]


class DayOfferShape(Schema):
    day: date
    free: int
    why_not: str


class OfferDays(Schema):
    days: list[DayOfferShape]


class WindowShape(Schema):
    """窗口现在的样子，和它面前的号。"""

    window: WindowLink
    state: Literal["open", "paused", "closed"]
    person: str = Field(description="窗口上的工作人员", examples=["陈窗"])
    since: datetime | None = Field(description="从什么时候起是这样")
    reason: str = Field(description="暂停的原因")
    ticket: TicketShape | None = Field(description="这一步办的号；没有人等候时为空")


class QueueWaitShape(QueueLink):
    kind: str = Field(description="由哪类窗口办")
    waiting: int
    windows_open: int
    longest: float = Field(description="等得最久的一位等了几分钟")
    wait: WaitShape | None = Field(description="现在取号要等多久；没有窗口开着时为空")


class WaitsShape(Schema):
    centre: Link
    at: datetime
    open: bool
    hours: str = Field(description="今天的办公时间")
    queues: list[QueueWaitShape]


class CallShape(Schema):
    """A call. `seq` grows with every call and every recall."""

    seq: int
    number: str = Field(examples=["A023"])
    window: str = Field(description="窗口编号", examples=["A01"])
    window_name: str
    at: str = Field(description="几点几分", examples=["09:42"])
    state: str
    label: str = Field(examples=["请到窗口"])
    open: bool = Field(description="还在等这一位到窗口")
    say: str = Field(description="念出来的话")


class LineShape(Schema):
    letter: str
    name: str
    waiting: int
    minutes: int | None = Field(description="现在取号预计等几分钟；没有窗口开着时为空")
    words: str = Field(examples=["约 10 分钟"])


class PlateShape(Schema):
    code: str
    name: str
    state: Literal["called", "serving", "idle", "paused", "closed"]
    label: str
    number: str = Field(description="窗口上的号")
    person: str = Field(description="窗口上的工作人员")
    role: str


class ScreenShape(Schema):
    """大屏上的内容；没有办事人的个人信息。"""

    centre: str
    centre_name: str
    notice: str
    open: bool
    hours: str
    next_open: str
    phone_tickets: bool
    calls: list[CallShape] = Field(description="最近叫的号，新的在前")
    now_calling: list[CallShape]
    queues: list[LineShape]
    windows: list[PlateShape]
    at: datetime
