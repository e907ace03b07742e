"""What the moves of a supervision card do beyond the table: who is heard, what must be on file, who is told.

Sources: Hunan 2022 art. 14 (cards with teeth: a reason and another department for taking one back, accountability for
a confirmed red one); Xixia 2023 art. 38; Xiangyang 2020 art. 14.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.utils import timezone

from onewindow.clocks.store import current_calendar
from onewindow.exchange.outbox import Message
from onewindow.loops.definition import Move, Term
from onewindow.loops.engine import Result, Turn, rule
from onewindow.oversight import telling
from onewindow.oversight.cards import ACCOUNT, CARD
from onewindow.oversight.models import Alert
from onewindow.people.authority import Actor
from onewindow.people.roles import Role
from onewindow.problems import FieldError, InvalidInput, NotNow, Refused, RuleBroken

TOPIC: Final = "oversight."
JUDGE: Final = Term("judge", "认定或撤销", 1, "XX-38.3")
"""A card that was explained is judged by the next working day."""
AGAIN: Final = Term("urge", "再次督办", 1, "XX-38.3")
CLOSE: Final = Term("close", "办结", 5, "XY-14.5")
"""A card that was put right is not left lying."""
_LONGEST_URGE: Final = 60
"""Working days: what takes longer is no answer to an urging."""
_LEADS: Final = frozenset({Role.CHIEF, Role.HEAD, Role.MANAGER})
_RESPONSIBLE, _SUPERVISION = ["actor", "chief"], ["supervisor"]


def why_not(row: Alert, move: Move, by: Actor) -> str:
    """Why somebody in the right post may still not make this move on this card; "" when they may.

    A card is explained by whom it is about, or by who leads the department; nobody else's word stands for theirs.
    """
    if move.action != "explain" or by.account is None:
        return ""
    if row.person_id == by.account.pk or any(_leads(row, posting) for posting in by.postings):
        return ""
    if row.person_id is None and any(_belongs(row, posting) for posting in by.postings):
        return ""
    who = row.person.name if row.person else "承办部门"
    return f"这张牌由{who}说明；不在岗的，由首席事务代表、部门负责人或中心管理员说明"


def _leads(row: Alert, posting: Any) -> bool:
    role = Role(posting.role)
    return role in _LEADS and (role is Role.MANAGER or posting.department_id == row.department_id)


def _belongs(row: Alert, posting: Any) -> bool:
    if row.department_id is not None:
        return bool(posting.department_id == row.department_id)
    return bool(posting.centre_id == row.centre_id)


def missing_to_close(row: Alert) -> list[str]:
    """What a card still needs before it can be closed."""
    if row.level == "red" and not row.accounted:
        return ["红牌要有追责记录：责任人或单位、认定为不作为、慢作为、乱作为或者不追责、处理措施（湖南办法第14条）"]
    return []


def too_early(row: Alert, now: dt.datetime) -> str:
    """Why a card cannot be confirmed yet: the other side has not been heard, and its time for that is not over."""
    if row.state != "open" or row.next_due_at is None or now > row.next_due_at:
        return ""
    day = timezone.localtime(row.next_due_at)
    return f"责任人可以说明到{day.month}月{day.day}日，说明以后或者过了期限再认定"


# ---- the responsible side ------------------------------------------------------------------------------------------


@rule(CARD, "explain")
def _explain(turn: Turn) -> Result:
    row: Alert = turn.row
    if reason := why_not(row, turn.move, turn.by):
        raise Refused(reason)
    first = row.state == "open"
    return Result(
        to="explained" if first else "",
        starts=(JUDGE,) if first else (),
        changes={"disputed": row.disputed or turn.data.disputed},
        messages=_told(turn, _SUPERVISION),
    )


@rule(CARD, "rectify")
def _rectify(turn: Turn) -> Result:
    return Result(messages=_told(turn, _SUPERVISION))


# ---- supervision ---------------------------------------------------------------------------------------------------


@rule(CARD, "confirm")
def _confirm(turn: Turn) -> Result:
    """Not before the other side was heard, or has let its time for that pass."""
    row: Alert = turn.row
    if reason := too_early(row, turn.now):
        raise NotNow(reason)
    return Result(starts=(ACCOUNT,) if row.level == "red" else (), messages=_told(turn, _RESPONSIBLE))


@rule(CARD, "dismiss")
def _dismiss(turn: Turn) -> Result:
    """The reasons are what the move must carry; that it is nobody concerned, the engine sees to."""
    return Result(messages=_told(turn, [*_RESPONSIBLE, *_SUPERVISION]))


@rule(CARD, "urge")
def _urge(turn: Turn) -> Result:
    """督办 with the day by which it must be answered; a second one does not take back the first one's day."""
    return Result(
        starts=(Term("answer", "答复督办", _workdays_until(turn.data.until, turn.now), "XX-38.3"),),
        messages=_told(turn, _RESPONSIBLE, until=turn.data.until.isoformat()),
    )


def _workdays_until(until: dt.date, now: dt.datetime) -> int:
    """Working days from today to the day of the answer. Raises InvalidInput for a day that is none to answer on."""
    today, calendar = timezone.localdate(now), current_calendar()
    if until <= today:
        raise _wrong_day("答复日期要在今天以后")
    if until > today + dt.timedelta(days=2 * _LONGEST_URGE):
        raise _wrong_day(f"答复日期太远了，督办最长 {_LONGEST_URGE} 个工作日")
    if not calendar.is_workday(until):
        raise _wrong_day(f"{until.month}月{until.day}日休息，请选一个工作日")
    days = calendar.workdays_between(today, until)
    if days > _LONGEST_URGE:
        raise _wrong_day(f"答复日期太远了，督办最长 {_LONGEST_URGE} 个工作日")
    return days


def _wrong_day(words: str) -> InvalidInput:
    return InvalidInput(words, [FieldError("until", words)])


@rule(CARD, "recheck")
def _recheck(turn: Turn) -> Result:
    """Not put right: urged again, by the next working day."""
    if turn.data.passed:
        return Result(starts=(CLOSE,), messages=_told(turn, _RESPONSIBLE))
    return Result(to="urged", starts=(AGAIN,), messages=_told(turn, _RESPONSIBLE))


@rule(CARD, "account")
def _account(turn: Turn) -> Result:
    """Who, what it was, which measure. Source: Hunan 2022 art. 14."""
    return Result(changes={"accounted": True}, messages=_told(turn, [*_RESPONSIBLE, "discipline"]))


@rule(CARD, "close")
def _close(turn: Turn) -> Result:
    missing = missing_to_close(turn.row)
    if missing:
        raise RuleBroken("还不能办结：" + "；".join(missing))
    return Result(settles=("close",), messages=_told(turn, _RESPONSIBLE))


def _told(turn: Turn, to: list[str], **more: str) -> tuple[Message, ...]:
    """`to` in the words of a rule's `tell`: each gets a notice on the desk, the house's other systems the event."""
    row: Alert = turn.row
    telling.note(row, turn.move.action, to, turn.now, turn.by.account)
    payload = {"alert": row.number, "level": row.level, "to": to, **more}
    event = Message(TOPIC + turn.move.action, f"alert:{row.number}", payload)
    return (event, *(telling.to_discipline([row], turn.move.action) if "discipline" in to else ()))


__all__ = ["AGAIN", "CLOSE", "JUDGE", "TOPIC", "missing_to_close", "too_early", "why_not"]
