"""What a supervision rule watches, in words: the subjects, and the limits by the names their own room gives them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from onewindow.loops.definition import Loop
from onewindow.oversight import actions
from onewindow.oversight.cards import ACCOUNT, CARD, EXPLAIN
from onewindow.voice.loops import COMPLAINT, COMPLEX, CONSULTATION, ISSUE, RATING

PHASES: Final = [("before", "事前提醒"), ("during", "事中监察"), ("after", "事后监察")]
SUBJECTS: Final = {
    "case": "办件",
    "ticket": "取号等候",
    "complaint": "诉求",
    "rating": "差评",
    "issue": "系统性问题",
    "consultation": "咨询",
    "alert": "监察牌",
    "letter": "授权书",
    "change": "事项变更",
}
_CASE_KINDS: Final = {
    "statutory": "法定时限",
    "promised": "承诺时限",
    "notice": "一次性告知",
    "local_notice": "一次性告知（本地要求）",
    "prereview": "网上预审",
    "acceptance": "补正后受理",
    "correction": "申请人补正",
    "sign": "部门签收",
    "step": "环节",
    "procedure": "特别程序",
    "delivery": "送达",
    "commitment_check": "承诺核查",
    "deferred": "容缺材料",
    "assist": "协办答复",
    "wait": "等候叫号",
    "expiry": "到期",
}
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


@cache
def _loop_kinds() -> dict[str, str]:
    """Labels of the limits of every loop, by `loop.kind`."""
    found: dict[str, str] = {}
    for loop in (RATING, COMPLAINT, ISSUE, CONSULTATION, CARD):
        found |= {f"{loop.key}.{kind}": label for kind, label in _terms(loop)}
    more = (EXPLAIN, ACCOUNT, actions.JUDGE, actions.CLOSE)
    found |= {f"{CARD.key}.{term.kind}": term.label for term in more}
    return found | {
        f"{CARD.key}.answer": "答复督办",
        f"{COMPLAINT.key}.urged": "答复督办",
        f"{CONSULTATION.key}.answer": COMPLEX.label,
    }


def _terms(loop: Loop) -> list[tuple[str, str]]:
    terms = [*loop.opens, *(term for move in loop.moves for term in move.starts)]
    settled = [(kind, move.label) for move in loop.moves for kind in move.settles]
    return [*settled, *((term.kind, term.label) for term in reversed(terms))]


def subject_words(body: Mapping[str, Any]) -> str:
    return "办件记录" if "check" in body else SUBJECTS.get(str(body.get("subject")), str(body.get("subject")))


def kinds_words(body: Mapping[str, Any]) -> str:
    if "check" in body:
        return CHECKS.get(str(body["check"]), str(body["check"]))
    loops, subject = _loop_kinds(), body.get("subject")
    return "、".join(loops.get(f"{subject}.{kind}") or _CASE_KINDS.get(kind, kind) for kind in body.get("kinds", ()))
