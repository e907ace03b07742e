"""What a complainant is told, and what goes to the discipline organ. Read when the message is sent, so that neither the
outbox nor its retries hold a name, a number or what was said."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings

from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.outbox import Message
from onewindow.places.profiles import rules_of
from onewindow.voice.models import Complaint

TOPIC: Final = "voice.complaint."
DISCIPLINE: Final = "voice.discipline"
COPIED: Final[dict[str, str]] = {"fee": "HN-42.1", "attitude": "XY-36.2", "refused": "HN-14.3"}
"""Causes that the discipline organ hears of whatever the profile says, with the duty: 吃拿卡要, 态度, 不作为."""

_SENTENCES: Final = {
    "registered": "您反映的事已经登记，编号 {number}。谁在办、什么时候办好，请看",
    "accepted": "您反映的事已经受理（{number}），我们会转给有关部门办。进度请看",
    "declined": "您反映的事（{number}）不归这里办，理由和可以找谁，请看",
    "assigned": "您反映的事（{number}）已经转给{department}办理。进度请看",
    "extended": "您反映的事（{number}）要延期办理，理由和新的期限请看",
    "answered": "您反映的事（{number}）有答复了。解决了没有，请打开告诉我们：",
    "rectifying": "您说还没解决，我们已经要求整改（{number}）。期限请看",
    "rectified": "您反映的事（{number}）整改好了。满意不满意，请打开告诉我们：",
    "closed": "您反映的事（{number}）已经办结。没有解决的，可以在这里要求重新办理：",
    "reopened": "您反映的事（{number}）已经重新办理。进度请看",
}


def link(row: Complaint) -> str:
    return f"{settings.OW_PUBLIC_URL}/voice/complaint/{row.code}/"


def told(row: Complaint, turn: str) -> tuple[Message, ...]:
    """A message to the complainant, where a phone was left; a reference only."""
    return (Message(TOPIC + turn, f"complaint:{row.number}", {"complaint": row.number}),) if row.phone else ()


def copied(row: Complaint, event: str) -> tuple[Message, ...]:
    """The copy for the discipline organ, where the profile or the cause asks for it: never who complained, nor what.

    Sources: Xixia 2023 art. 25 (the window works with the discipline organ), Hunan 2022 art. 42, Xiangyang art. 36.
    """
    return to_discipline(row, event) if is_copied(row) else ()


def to_discipline(row: Complaint, event: str) -> tuple[Message, ...]:
    """The same, whatever the cause: also where nobody can judge a complaint."""
    payload = {
        "complaint": row.number,
        "event": event,
        "cause": row.cause,
        "duty": COPIED.get(row.cause, "XX-25.2"),
        "against": row.against.code if row.against else "",
        "centre": row.centre.key,
    }
    return (Message(DISCIPLINE, f"complaint:{row.number}", payload),)


def is_copied(row: Complaint) -> bool:
    return row.no_judge or row.cause in COPIED or rules_of(row.centre.profile.rules).discipline_copied


def notice(sent: OutboxMessage) -> dict[str, Any]:
    """`{"phone", "text"}`; empty where no phone is known any more."""
    sentence = _SENTENCES.get(sent.topic.removeprefix(TOPIC))
    found = Complaint.objects.select_related("department").filter(number=str(sent.payload.get("complaint", ""))).first()
    if sentence is None or found is None or not found.phone:
        return {}
    words = sentence.format(number=found.number, department=found.department.name if found.department else "有关部门")
    return {"phone": str(found.phone), "text": f"【一窗】{words} {link(found)}"}
