"""What the person an alarm is about is told, in one sentence, and to which number. Read when the message is sent, so
that neither the outbox nor its retries hold a name or a phone number."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings

from onewindow.exchange.models import OutboxMessage
from onewindow.oversight.actions import TOPIC
from onewindow.oversight.models import Alert

_SENTENCES: Final = {
    "remind": "提醒：{title}。",
    "warn": "预警：{title}，请尽快办理。",
    "yellow": "黄牌：{title}。请在 1 个工作日内说明情况。",
    "red": "红牌：{title}。请在 1 个工作日内说明情况。",
    "confirm": "{level} {number} 已经认定，请按要求整改。",
    "dismiss": "{level} {number} 已经撤销，理由请打开看。",
    "urge": "{level} {number} 已经督办，请在 {until} 前答复。",
    "recheck": "{level} {number} 已经复查，结果请打开看。",
    "account": "{level} {number} 已经作出追责结论，请打开看。",
    "close": "{level} {number} 已经办结。",
}


def notice(sent: OutboxMessage) -> dict[str, Any]:
    """`{"phone", "text"}` for the person it is about; empty where nobody is named or no phone is known."""
    sentence = _SENTENCES.get(sent.topic.removeprefix(TOPIC))
    if sentence is None or "actor" not in sent.payload.get("to", ["actor"]):
        return {}
    row = Alert.objects.select_related("person").filter(number=sent.payload.get("alert", "")).first()
    if row is None or row.person is None or not row.person.phone:
        return {}
    words = sentence.format(
        title=row.title, level=row.get_level_display(), number=row.number, until=sent.payload.get("until", "")
    )
    link = f"{settings.OW_PUBLIC_URL}/desk/cards/{row.number}/"
    return {"phone": str(row.person.phone), "text": f"【一窗】{words}{link}"}
