"""What somebody who asked a question is told. Read when the message is sent, so that neither the outbox nor its retries
hold a number or what was asked."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings

from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.outbox import Message
from onewindow.voice.models import Consultation

TOPIC: Final = "voice.consultation."
_SENTENCES: Final = {
    "asked": "您的问题已经收到（{number}），两个工作日内书面答复。答复会在这里：",
    "answered": "您问的问题（{number}）有答复了，请打开看；没说清楚的可以接着问：",
}


def link(row: Consultation) -> str:
    return f"{settings.OW_PUBLIC_URL}/voice/ask/{row.code}/"


def told(row: Consultation, turn: str) -> tuple[Message, ...]:
    """A message to whoever asked, where a phone was left; a reference only."""
    payload = {"consultation": row.number}
    return (Message(TOPIC + turn, f"consultation:{row.number}", payload),) if row.phone else ()


def notice(sent: OutboxMessage) -> dict[str, Any]:
    """`{"phone", "text"}`; empty where no phone is known any more."""
    sentence = _SENTENCES.get(sent.topic.removeprefix(TOPIC))
    found = Consultation.objects.filter(number=str(sent.payload.get("consultation", ""))).first()
    if sentence is None or found is None or not found.phone:
        return {}
    return {"phone": str(found.phone), "text": f"【一窗】{sentence.format(number=found.number)} {link(found)}"}
