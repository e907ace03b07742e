"""What an applicant is told at each turn, in one sentence, and to which number. Read when the message is sent, so that
neither the outbox nor its retries hold a name or a phone number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings

from onewindow.exchange.models import OutboxMessage
from onewindow.people.models import Applicant

TOPIC: Final = "applicant."

_SENTENCES: Final = {
    "submitted": "您的申请已经送到，窗口正在看材料。",
    "returned": "您的申请需要再完善一下，请打开看要改哪里。",
    "received": "您的材料已经收下。",
    "notice": "您的申请还缺材料或有要改的地方，请在期限内一次补齐。",
    "accepted": "您的申请已经受理。",
    "not_required": "您要办的事不需要许可，请打开看说明。",
    "acceptance_refused": "您的申请不归本部门办理，请打开看应当到哪里办。",
    "procedure": "您的申请要做特别程序，请打开看需要多长时间。",
    "procedure_ended": "您申请中的特别程序已经结束，继续办理。",
    "extended": "您的申请延期办理，请打开看理由和新的期限。",
    "granted": "您的申请已经批准。",
    "denied": "您的申请没有批准，请打开看理由和救济途径。",
    "ready": "您的办理结果可以领取了。",
    "sent": "您的办理结果已经寄出。",
    "delivered": "您的办理结果已经送达。",
    "withdrawn": "您的申请已经撤回。",
    "deemed_withdrawn": "您的申请因为到期没有补齐材料，视为撤回，可以重新申请。",
    "terminated": "您的申请已经终止办理，请打开看理由。",
    "forwarded": "您的申请已经转报上级机关，请打开看说明。",
    "revoked": "原来的决定已经撤销，请打开看理由。",
}


Reader = Callable[[OutboxMessage], dict[str, Any]]
_readers: dict[str, Reader] = {}


def reader(topic: str, read: Reader) -> None:
    """A room above says who hears of its own topics (`hall.`), and what."""
    _readers[topic] = read


def notice(message: OutboxMessage) -> dict[str, Any]:
    """`{"phone", "text"}` of a message to a person; empty for other topics and where no phone is known."""
    for topic, read in _readers.items():
        if message.topic.startswith(topic):
            return read(message)
    return _to_applicant(message)


def _to_applicant(message: OutboxMessage) -> dict[str, Any]:
    sentence = _SENTENCES.get(message.topic.removeprefix(TOPIC)) if message.topic.startswith(TOPIC) else None
    if sentence is None:
        return {}
    applicant = Applicant.objects.filter(pk=message.payload.get("applicant")).first()
    if applicant is None or not applicant.phone:
        return {}
    number = message.payload.get("query_number", "")
    text = f"【一窗】{sentence}查询号{number}，进度见 {settings.OW_PUBLIC_URL}/track/"
    return {"phone": str(applicant.phone), "text": text}
