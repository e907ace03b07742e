"""What a visitor is told about a booking, in one sentence with the link. Read when the message is sent, so that neither
the outbox nor its retries hold a name or a phone number."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.outbox import Message
from onewindow.hall.models import Appointment

TOPIC: Final = "hall."
_SENTENCES: Final = {
    "booked": "已为您预约{when}到{where}，预约号 {number}。要改时间或取消，请打开",
    "moved": "您的预约已改到{when}，地点{where}，预约号 {number}。再改或取消，请打开",
    "cancelled": "您{when}到{where}的预约已经取消。重新预约请打开",
    "reminder": "提醒您{when}到{where}办事，预约号 {number}。来不了请打开链接改期或取消，把位置留给别人：",
    "displaced": "很抱歉，{where}在您预约的{when}不办公。请打开链接另选时间，您也可以直接到现场取号：",
    "missed": "您{when}没有到场，预约已经放开。现在来也可以现场取号；重新预约请打开",
}


def message(appointment: Appointment, turn: str) -> Message:
    """`turn` is one of the sentences' names; the payload is a reference only."""
    return Message(TOPIC + turn, f"appointment:{appointment.pk}", {"appointment": appointment.pk})


def link(appointment: Appointment) -> str:
    return f"{settings.OW_PUBLIC_URL}/appointments/{appointment.code}/"


def when(moment: datetime) -> str:
    """11月23日 9:30 in the hall's time."""
    local = timezone.localtime(moment)
    return f"{local.month}月{local.day}日 {local.hour}:{local.minute:02}"


def notice(sent: OutboxMessage) -> dict[str, Any]:
    """`{"phone", "text"}`; empty for other topics, where no phone is known, and for demonstration numbers."""
    sentence = _SENTENCES.get(sent.topic.removeprefix(TOPIC))
    if sentence is None:
        return {}
    found = (
        Appointment.objects.select_related("visitor", "centre").filter(pk=sent.payload.get("appointment", 0)).first()
    )
    if found is None or not found.visitor.phone:
        return {}
    words = sentence.format(when=when(found.starts_at), where=found.centre.name, number=found.number)
    times = "、".join(when(datetime.fromisoformat(time)) for time in sent.payload.get("times", []))
    others = f" 还可以约：{times}" if times else ""
    return {"phone": str(found.visitor.phone), "text": f"【一窗】{words} {link(found)}{others}"}
