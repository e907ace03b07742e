"""Supervision of the demonstration: the county's rule book, what the sweep saw on the last days, who was told of it,
and cards on which people have acted: explained, disputed, taken back, confirmed, urged, put right, closed, a red one
with its accountability record. A reminder and a warning are over because what they were about was done."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db.models import DateTimeField
from django.db.models.functions import Cast
from django.utils import timezone

from onewindow.catalogue.models import ItemVersion
from onewindow.demo.places import HALL
from onewindow.demo.voice_days import Days
from onewindow.oversight import shipping, sweep, telling
from onewindow.oversight.cards import CARD
from onewindow.oversight.conduct import watch as conduct
from onewindow.oversight.models import Alert, CentreRules, RuleSet
from onewindow.places.models import Centre
from onewindow.voice.loops import CONSULTATION
from onewindow.voice.models import Consultation

_SWEPT: Final = (8, 5, 2)
"""Working days ago on which the demonstration's past was swept."""
_EXPLAINED: Final = "申请人补交的材料晚到，加上那几天核查的人手不够，没有及时延期，责任在我。"
_DISPUTED: Final = "这一段时间在等申请人修改，我认为不应当算在我的时限里。"
_ANSWERED: Final = (
    "您问的事我们查过了：按网上指南列的材料带齐就可以办，不用先来盖章。还有不清楚的，打大厅的电话或者直接追问。"
)
_JUDGED: Final = "时限记录清楚，没有办理暂停或者延期，情况属实。"

Step = tuple[str, str, dict[str, Any]]
_EXPLAIN: Final[Step] = ("explain", "their", {"words": _EXPLAINED})
_DISPUTE: Final[Step] = ("explain", "their", {"words": _DISPUTED, "disputed": True})
_CONFIRM: Final[Step] = ("confirm", "supervisor1", {"reason": _JUDGED})
_URGE: Final[Step] = ("urge", "supervisor1", {"words": "请说明同类的件还有几件，拿出办法，按期答复。"})
_RECTIFY: Final[Step] = (
    "rectify",
    "lead",
    {"measure": "这一件已经办结；同类三件当天清完；到期前一天由首席代表过一遍。"},
)
_RECHECK: Final[Step] = ("recheck", "supervisor1", {"passed": True, "words": "抽查了同类的件，都在时限里。"})
_ACCOUNT: Final[Step] = (
    "account",
    "supervisor1",
    {"who": "经办人", "what": "slowness", "measure": "批评教育，当月绩效扣分，部门负责人作出说明。"},
)
_CLOSE: Final[Step] = ("close", "supervisor1", {"note": "已整改到位。"})
_LIVES: Final[tuple[tuple[Step, ...], ...]] = (
    (),
    (_EXPLAIN,),
    (_DISPUTE,),
    (_EXPLAIN, _CONFIRM),
    (_EXPLAIN, ("dismiss", "supervisor1", {"reason": "系统里的暂停晚登记了一天，核对纸质记录，实际没有超期。"})),
    (_EXPLAIN, _CONFIRM, _URGE),
    (_DISPUTE, _CONFIRM, _URGE, _RECTIFY),
    (_EXPLAIN, _CONFIRM, _URGE, _RECTIFY, _RECHECK),
    (_EXPLAIN, _CONFIRM, _URGE, _RECTIFY, _RECHECK, _ACCOUNT, _CLOSE),
)
_CLOSED: Final[tuple[Step, ...]] = (_EXPLAIN, _CONFIRM, _URGE, _RECTIFY, _RECHECK, _CLOSE)
"""A yellow card needs no accountability record."""
_VARIED: Final = 9
"""After so many of a colour and day that stand at every stage, two of three are over and one waits for supervision."""


def load(days: Days) -> int:
    """Assigns the book, sweeps as on the last days and now, and lets people act on cards of either colour."""
    shipping.ship()
    hall = Centre.objects.get(key=HALL)
    CentreRules.objects.get_or_create(centre=hall, defaults={"rule_set": RuleSet.objects.get(pk=shipping.DEFAULT)})
    for back in _SWEPT:
        _sweep(days.ago(back, 9.1))
        for level in ("yellow", "red"):
            _live(days, level)
    _sweep(days.now)
    _answer_one(days)
    conduct.sweep(days.now)
    _date_catalogue()
    conduct.daily(days.now)
    _sweep(days.now)
    return int(Alert.objects.count())


def _sweep(moment: dt.datetime) -> None:
    sweep.sweep(moment)
    telling.announce(moment)
    telling.send(moment)


def _date_catalogue() -> None:
    """The items were published when they took effect, not when the demonstration was loaded: checks on conduct leave
    alone what is new."""
    first = ItemVersion.objects.filter(number=1)
    first.update(published_at=Cast("effective_from", DateTimeField()))


def _answer_one(days: Days) -> None:
    """One question that a reminder is about gets its answer, so that the reminder is over."""
    reminder = Alert.objects.filter(level="remind", state="told", subject_kind="consultation").order_by("id").first()
    asked = Consultation.objects.filter(pk=reminder.subject_id, state="asked").first() if reminder else None
    if asked is not None:
        who = days.lead(asked.department_id) if asked.department_id else "clerk1"
        days.do(CONSULTATION, asked, "answer", who, days.now, answer=_ANSWERED)


def _live(days: Days, level: str) -> None:
    """Before the next sweep, so that it sees what was done; those nobody touched then get their turn again."""
    cards = Alert.objects.filter(level=level, state="open", department__isnull=False, subject_kind="case")
    for order, row in enumerate(cards.select_related("person", "department").order_by("id")):
        life = _LIVES[order % len(_LIVES)] if order < _VARIED else _LIVES[-1] if order % 3 else _LIVES[1]
        _act(days, row, _CLOSED if level == "yellow" and life is _LIVES[-1] else life)


def _act(days: Days, row: Alert, life: tuple[Step, ...]) -> None:
    """Each step some working hours after the one before, by whom it falls to; what would lie ahead happens now (the
    house may have swept by itself while the cases were loaded, and then every card is new)."""
    when = row.opened_at
    if row.department_id is None or row.department_id == days.actor("supervisor1").postings[0].department_id:
        return
    for action, by, given in life:
        when = min(days.office.later(when, 2.2), days.now)
        data = dict(given)
        if action == "urge":
            data["until"] = _answer_day(days, when).isoformat()
        days.do(CARD, row, action, _who(days, row, by), when, **data)


def _who(days: Days, row: Alert, by: str) -> str:
    """The person the card is about, whoever leads their department, or somebody of the cast."""
    if by == "their" and row.person is not None:
        return str(row.person.username)
    return days.lead(row.department_id or 0) if by in {"lead", "their"} else by


def _answer_day(days: Days, when: dt.datetime) -> dt.date:
    return days.office.calendar.add_workdays(timezone.localdate(when), 3)


__all__ = ["load"]
