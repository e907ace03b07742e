"""What goes out to somebody on the staff about alarms, in one sentence, and to which number or address.

Read when the message is sent, so that neither the outbox nor its retries hold a name or a phone number. It says the
level, the rule's name and the number of the card; nothing of the case and nothing of an applicant.
"""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings

from onewindow.exchange.models import OutboxMessage
from onewindow.oversight.models import LEVELS, Alert
from onewindow.oversight.telling import DIGEST, wish_of
from onewindow.people.models import Account

RAISED: Final = {
    "remind": "提醒：{rule}",
    "warn": "预警：{rule}，请尽快办理",
    "yellow": "黄牌 {number}：{rule}",
    "red": "红牌 {number}：{rule}",
}
STEPS: Final = {
    "explain": "{level} {number} 有了说明",
    "confirm": "{level} {number} 已经认定，请按要求整改",
    "dismiss": "{level} {number} 已经撤销，理由请打开看",
    "urge": "{level} {number} 已经督办，请按期答复",
    "rectify": "{level} {number} 已经整改，等复查",
    "recheck": "{level} {number} 已经复查，结果请打开看",
    "account": "{level} {number} 已经作出追责结论，请打开看",
    "close": "{level} {number} 已经办结",
}
_ANSWER: Final = "。请在 1 个工作日内说明情况"
_UNITS: Final = {"red": "张", "yellow": "张", "warn": "件", "remind": "件"}


def sentence(what: str, alert: Alert) -> str:
    """One notice in words, without a full stop; `alert` with its rule."""
    words = {**RAISED, **STEPS}.get(what, "{level} {number} 有了新的进展")
    return words.format(rule=alert.rule.name, level=alert.get_level_display(), number=alert.number)


def notice(sent: OutboxMessage) -> dict[str, Any]:
    """`{"phone", "text"}` or `{"email", "text"}` for a digest; empty for other topics and where nothing is known."""
    if sent.topic != DIGEST:
        return {}
    account = Account.objects.filter(pk=sent.payload.get("account"), is_active=True).first()
    if account is None:
        return {}
    wish = wish_of(account)
    to = {"text": ("phone", account.phone), "email": ("email", wish.email)}.get(wish.channel)
    if to is None or not to[1]:
        return {}
    return {
        to[0]: str(to[1]),
        "text": f"【一窗】{_words(sent.payload, account)}。{settings.OW_PUBLIC_URL}/desk/notices/",
    }


def _words(payload: dict[str, Any], account: Account) -> str:
    row = Alert.objects.select_related("rule").filter(number=payload.get("alert", "")).first()
    if row is None:
        return f"监察：{_counted(payload.get('counts', {}))}，请打开看"
    mine = row.person_id == account.pk and payload.get("what") in {"yellow", "red"}
    return sentence(str(payload.get("what")), row) + (_ANSWER if mine else "")


def _counted(counts: dict[str, int]) -> str:
    """红牌 1 张、预警 3 件，2 件有新进展."""
    levels = [f"{label} {counts[key]} {_UNITS[key]}" for key, label in reversed(LEVELS) if counts.get(key)]
    steps = [f"{counts['steps']} 张牌有新进展"] if counts.get("steps") else []
    return "，".join(["、".join(levels), *steps] if levels else steps) or "有新的通知"


__all__ = ["RAISED", "STEPS", "notice", "sentence"]
