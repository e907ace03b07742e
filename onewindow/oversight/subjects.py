"""What a supervision rule can watch: the subjects with their limits, the checks on conduct, all by their names.

The one list of these words: the rules, the cards, the board and the forms read it here. The limits of a loop are named
by the loop's own table; those of cases, tickets and letters have no table and are listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from onewindow.catalogue.changes.loop import CHANGE, PROPOSE, REVISE, TELL
from onewindow.loops.definition import Loop, Term
from onewindow.oversight import actions
from onewindow.oversight.cards import ACCOUNT, CARD, EXPLAIN
from onewindow.oversight.rules import Trigger
from onewindow.oversight.shipping import shipped
from onewindow.voice.loops import COMPLAINT, COMPLEX, CONSULTATION, ISSUE, RATING

SUBJECTS: Final = {
    "case": "办件",
    "ticket": "号票",
    "complaint": "诉求",
    "rating": "差评",
    "issue": "系统性问题",
    "consultation": "咨询",
    "alert": "监察牌",
    "letter": "授权书",
    "change": "事项变更",
}
"""What has limits."""
THINGS: Final = {**SUBJECTS, "person": "工作人员", "item": "事项", "window": "窗口"}
"""What an alarm can be about: also what only figures speak of."""
CHECKS: Final = {
    "accepted_incomplete": "缺必要材料就受理",
    "second_notice": "第二次要求补正",
    "steps_out_of_order": "环节跳过或重复",
    "procedure_at_the_last": "快到期才启动特别程序",
    "receiver_decided": "收件的人自己作决定",
    "decided_off_hours": "下班以后集中作决定",
    "steps_in_a_row": "连续补录",
    "returns_above_peers": "退回明显多于同事",
    "never_in_the_hall": "明进暗不进",
    "asked_though_held": "中心已有的还要申请人交",
    "ratings_in_a_row": "办完几秒就好评",
}
NEEDED: Final = {
    "accepted_incomplete": "办件记录里写着当时交了哪些材料。从别的系统转来的老件没有这一段，以后在一窗收的都查得出。",
    "second_notice": "办件记录里写着每次告知缺什么。",
    "steps_out_of_order": "事项版本里写着环节的先后。",
    "procedure_at_the_last": "这一件的时限记录完整。",
    "receiver_decided": "办件记录里写着收件人和决定人是谁。",
    "decided_off_hours": "办件记录里写着每一步是几点办的。",
    "steps_in_a_row": "办件记录里写着每一步是几点办的。",
    "returns_above_peers": "同一个岗位上，还有别人办同样的事项，而且办得够多。可以安排两个人轮着办，或者等件数多起来。",
    "never_in_the_hall": "接上部门自己的业务系统，比对大厅外办了多少；或者有五个以上的人取号来办这个事项。",
    "asked_though_held": "以前的材料有记录、有有效期。",
    "ratings_in_a_row": "评价和叫号都有时间。",
}
"""What would make a check verifiable where it is not."""

_DAYS, _HOURS, _MINUTES, _DATE = "day", "hour", "minute", "date"


@dataclass(frozen=True, slots=True)
class Kind:
    """A limit of a subject. `unit`: day (working days, days, months), hour, minute, or date (ends on a day, without a
    length of its own)."""

    key: str
    label: str
    unit: str = _DAYS


_CASE: Final = (
    Kind("promised", "承诺时限"),
    Kind("statutory", "法定时限"),
    Kind("notice", "一次性告知"),
    Kind("local_notice", "一次性告知（本地要求）"),
    Kind("prereview", "网上预审"),
    Kind("acceptance", "补正后受理"),
    Kind("correction", "申请人补正"),
    Kind("deferred", "容缺材料"),
    Kind("sign", "部门签收"),
    Kind("step", "环节"),
    Kind("assist", "协办答复"),
    Kind("procedure", "特别程序"),
    Kind("delivery", "送达"),
    Kind("commitment_check", "承诺核查"),
)
_LISTED: Final = {
    "case": _CASE,
    "ticket": (Kind("wait", "等候叫号", _MINUTES),),
    "letter": (Kind("expiry", "到期", _DATE),),
}
_LOOPS: Final = (COMPLAINT, RATING, ISSUE, CONSULTATION, CHANGE, CARD)
_APART: Final[Mapping[str, tuple[Term, ...]]] = {
    CARD.key: (EXPLAIN, ACCOUNT, actions.JUDGE, actions.CLOSE),
    CONSULTATION.key: (COMPLEX,),
    CHANGE.key: (TELL, PROPOSE, REVISE),
}
"""Terms that a rule of the loop starts, not its table."""
_NAMED: Final = {
    (COMPLAINT.key, "urged"): "答复督办",
    (CARD.key, "answer"): "答复督办",
    (CONSULTATION.key, "answer"): COMPLEX.label,
    (CHANGE.key, "propose"): PROPOSE.label,
}
"""Limits that begin in several ways, by the name of what they are about."""


@cache
def kinds_of(subject: str) -> tuple[Kind, ...]:
    """The limits of a subject in the order of its table; also those that only a shipped rule knows."""
    found = {kind.key: kind for kind in _LISTED.get(subject, ())}
    for loop in _LOOPS:
        if loop.key == subject:
            found |= _of_loop(loop)
    for key in _shipped_kinds(subject):
        found.setdefault(key, Kind(key, key))
    return tuple(found.values())


def _of_loop(loop: Loop) -> dict[str, Kind]:
    terms = [*loop.opens, *(term for move in loop.moves for term in move.starts), *_APART.get(loop.key, ())]
    found: dict[str, Kind] = {}
    for term in terms:
        label = _NAMED.get((loop.key, term.kind)) or term.label
        found.setdefault(term.kind, Kind(term.kind, label, _HOURS if term.unit == "hour" else _DAYS))
    for move in loop.moves:
        for key in move.settles:
            found.setdefault(key, Kind(key, _NAMED.get((loop.key, key), move.label)))
    return found


@cache
def _shipped_kinds(subject: str) -> frozenset[str]:
    bodies = [body for book in shipped().values() for kind, body in book["rules"] if kind == "time"]
    return frozenset(key for body in bodies if body["subject"] == subject for key in body["kinds"])


def watched() -> dict[str, str]:
    """The subjects that have limits a rule can name."""
    return {key: words for key, words in SUBJECTS.items() if kinds_of(key)}


# ---- whether a trigger makes sense ---------------------------------------------------------------------------------


def misfit(subject: str, kinds: Iterable[str], trigger: Trigger) -> str:
    """Why this trigger cannot be meant for these limits; "" when it can.

    A share needs a length in days; days before need a limit of days; a limit of days ends with a day, so minutes after
    it mean nothing; a wait in line is counted in minutes only.
    """
    known = {kind.key: kind for kind in kinds_of(subject)}
    for key in kinds:
        if reason := _misfit(known[key], trigger):
            return reason
    return ""


def _misfit(kind: Kind, trigger: Trigger) -> str:
    if kind.unit == _MINUTES and trigger.minutes_after is None:
        return f"{kind.label}是按分钟算的，只能选“超过几分钟”"
    if kind.unit == _HOURS and trigger.share is not None:
        return f"{kind.label}是按小时算的，不能按百分比"
    if kind.unit == _HOURS and trigger.workdays_before:
        return f"{kind.label}只有几个小时，不能提前几天；可以选到期当天（0）"
    if kind.unit == _DATE and trigger.share is not None:
        return f"{kind.label}没有多长的说法，不能按百分比；可以选到期前几个工作日"
    if kind.unit in {_DAYS, _DATE} and trigger.minutes_after:
        return f"{kind.label}在一天结束时到期，不能再加几分钟；可以选超期几个工作日"
    return ""


# ---- in words ------------------------------------------------------------------------------------------------------


def subject_words(body: Mapping[str, Any]) -> str:
    return "办件记录" if "check" in body else SUBJECTS.get(str(body.get("subject")), str(body.get("subject")))


def kinds_words(body: Mapping[str, Any]) -> str:
    if "check" in body:
        return CHECKS.get(str(body["check"]), str(body["check"]))
    labels = {kind.key: kind.label for kind in kinds_of(str(body.get("subject")))}
    return "、".join(labels.get(key, key) for key in body.get("kinds", ()))


__all__ = [
    "CHECKS",
    "NEEDED",
    "SUBJECTS",
    "THINGS",
    "Kind",
    "kinds_of",
    "kinds_words",
    "misfit",
    "subject_words",
    "watched",
]
