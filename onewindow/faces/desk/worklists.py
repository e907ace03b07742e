"""The work lists of each post: which cases lie where, counted and ordered by what falls due first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Count, Q
from django.utils import timezone

from onewindow.cases.lifecycle import IN_PROGRESS, STATE_LABELS, State
from onewindow.cases.models import NO_DUE_DATE, SUBJECT, Case, CaseQuerySet
from onewindow.clocks.deadlines import end_of_day
from onewindow.clocks.models import Deadline
from onewindow.people.authority import Actor
from onewindow.people.models import Posting
from onewindow.people.roles import REACH, Reach, Role

ON_DESK = ~Q(desk="") & ~Q(state=State.DRAFT.value)
_GOING_ON = Q(state__in=[state.value for state in IN_PROGRESS])


@dataclass(frozen=True, slots=True)
class WorkList:
    """One list: `where` narrows the cases this posting reaches; `todo` when its cases wait for this person's post.

    `beyond`: cases of other departments that ask this one to assist; they are not counted on every page.
    """

    key: str
    title: str
    icon: str
    where: Q
    empty: str
    todo: bool = True
    beyond: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How many cases a list holds, and how many of them are overdue."""

    total: int
    late: int


def lists_for(actor: Actor) -> list[WorkList]:
    """The lists of the posting this person works in now; empty when the post handles no cases."""
    posting = actor.posting
    if posting is None:
        return []
    maker = _MAKERS.get(Role(posting.role))
    return maker(actor, posting) if maker else []


def reached_by(actor: Actor) -> CaseQuerySet:
    """The cases the present posting reaches (`visible_to` of that posting alone, which one index serves)."""
    found: CaseQuerySet = Case.objects.visible_to(Actor(actor.account, actor.postings[:1]))
    return found


def cases_of(actor: Actor, chosen: WorkList) -> CaseQuerySet:
    """The rows of one list, unordered."""
    base: CaseQuerySet = Case.objects.all() if chosen.beyond else reached_by(actor)
    return base.filter(ON_DESK, chosen.where)  # open cases only: the indexes of the lists hold nothing else


def tallies(actor: Actor, lists: list[WorkList], now: datetime | None = None) -> dict[str, Tally]:
    """Counts of all lists in one query over the cases that lie on somebody's desk."""
    lists = [one for one in lists if not one.beyond]
    if not lists:
        return {}
    late = Q(next_due_at__lt=now or timezone.now())
    wanted: dict[str, Any] = {}
    for one in lists:
        wanted[f"{one.key}_total"] = Count("pk", filter=one.where)
        wanted[f"{one.key}_late"] = Count("pk", filter=one.where & late)
    counted = reached_by(actor).filter(ON_DESK).aggregate(**wanted)
    return {one.key: Tally(counted[f"{one.key}_total"], counted[f"{one.key}_late"]) for one in lists}


# ---- filters ----------------------------------------------------------------------------------------------------

DUE_CHOICES: Final = {"late": "已超期", "today": "今天到期", "paused": "已暂停"}


def narrowed(cases: CaseQuerySet, *, state: str, department: str, due: str, today: date) -> CaseQuerySet:
    """The list with the filters of the page applied; a filter that makes no sense is no filter."""
    if state in set(State):
        cases = cases.filter(state=state)
    if department.isascii() and department.isdigit() and len(department) < 10:
        cases = cases.filter(department_id=int(department))
    return cases.filter(due_filter(due, today))


def due_filter(due: str, today: date) -> Q:
    start = end_of_day(today).replace(hour=0, minute=0, second=0, microsecond=0)
    if due == "late":
        return Q(next_due_at__lt=start)
    if due == "today":
        return Q(next_due_at__gte=start, next_due_at__lte=end_of_day(today))
    if due == "paused":
        return Q(paused=True)
    return Q()


def state_choices() -> list[tuple[str, str]]:
    going = [s for s in State if s is not State.DRAFT and (s in IN_PROGRESS or s in _OPEN_ELSEWHERE)]
    return [(state.value, STATE_LABELS[state]) for state in going]


_OPEN_ELSEWHERE = frozenset(
    {State.SUBMITTED, State.RECEIVED, State.CORRECTING, State.DECIDED, State.ISSUING, State.READY}
)


# ---- the lists of each post -------------------------------------------------------------------------------------


def _counter(actor: Actor, posting: Posting) -> list[WorkList]:
    lists = [
        WorkList("prereview", "待预审", "world", Q(state=State.SUBMITTED.value), "网上新交的申请会出现在这里。"),
        WorkList("received", "收件待受理", "inbox", Q(state=State.RECEIVED.value), "收了还没有受理的件会出现在这里。"),
        WorkList(
            "correcting",
            "待补正",
            "list-check",
            Q(state=State.CORRECTING.value),
            "一次性告知以后等申请人补材料的件会出现在这里。",
            todo=False,
        ),
    ]
    if any(letter.immediate for letter in actor.letters(posting)):
        spot = Q(state=State.ACCEPTED.value, kind="即办件")
        lists.insert(2, WorkList("spot", "即办待决定", "bolt", spot, "已受理、可以当场决定的即办件会出现在这里。"))
    if posting.role == Role.TOWNSHIP_CLERK:
        lists.append(WorkList("ready", "待出件", "package", Q(state=State.READY.value), "可以领取的结果会出现在这里。"))
    centre = WorkList("centre", "本中心在办", "building", _GOING_ON, "部门正在办的件会出现在这里。", todo=False)
    return [*lists, centre]


def _exit(actor: Actor, posting: Posting) -> list[WorkList]:
    sent = ~Q(facts__courier=None)
    ready = Q(state=State.READY.value)
    return [
        WorkList("decided", "待制证", "certificate", Q(state=State.DECIDED.value), "作出决定的件会出现在这里。"),
        WorkList("issuing", "待转出件", "stack-2", Q(state=State.ISSUING.value), "制好证的件会出现在这里。"),
        WorkList("ready", "待出件", "package", ready & ~sent, "可以领取或寄出的结果会出现在这里。"),
        WorkList("sent", "已寄出", "truck-delivery", ready & sent, "寄出还没有签收的件会出现在这里。", todo=False),
    ]


def _mine(posting: Posting) -> Q:
    """Assigned to this person, or to the A post this posting covers (AB 岗)."""
    ids = [posting.account_id]
    if posting.covers_id is not None and posting.covers is not None:
        ids.append(posting.covers.account_id)
    return Q(assignee_id__in=ids)


def _paused() -> WorkList:
    where = Q(paused=True)
    return WorkList("paused", "已暂停", "player-pause", where, "特别程序期间停表的件会出现在这里。", todo=False)


def _assisting(posting: Posting) -> WorkList:
    """Found through the few open deadlines of this kind; `facts` then says which department was asked."""
    asked = Q(facts__assists__contains=[{"department": posting.department_id, "answered_at": None}])
    waiting = Deadline.objects.open().filter(subject_kind=SUBJECT, kind="assist").values("subject_id")
    where = _GOING_ON & Q(pk__in=waiting) & asked
    return WorkList("assist", "请我部门协办", "messages", where, "别的部门请您部门提意见的会出现在这里。", beyond=True)


def _department(posting: Posting, *first: WorkList) -> list[WorkList]:
    return [
        *first,
        _assisting(posting),
        _paused(),
        WorkList("department", "部门在办", "building", _GOING_ON, "本部门正在办的件会出现在这里。", todo=False),
    ]


def _examiner(actor: Actor, posting: Posting) -> list[WorkList]:
    desk, mine, free = Q(desk=Role.EXAMINER.value), _mine(posting), Q(assignee=None)
    to_sign = desk & Q(state=State.ACCEPTED.value) & (free | mine)
    working = desk & Q(state=State.EXAMINING.value) & (free | mine)
    return _department(
        posting,
        WorkList("sign", "待签收", "signature", to_sign, "受理后分到部门的件会出现在这里。"),
        WorkList("examine", "我的审查", "writing-sign", working, "您签收的件会出现在这里。"),
    )


def _verifier(actor: Actor, posting: Posting) -> list[WorkList]:
    todo = Q(desk=Role.VERIFIER.value) & (Q(assignee=None) | _mine(posting))
    return _department(
        posting, WorkList("verify", "待我复核", "clipboard-check", todo, "审查员提交上来的件会出现在这里。")
    )


def _chief(actor: Actor, posting: Posting) -> list[WorkList]:
    todo = Q(desk__in=[Role.CHIEF.value, Role.HEAD.value]) & (Q(assignee=None) | _mine(posting))
    review = Q(desk=Role.VERIFIER.value) & (Q(assignee=None) | _mine(posting))
    unassigned = Q(state=State.ACCEPTED.value, assignee=None) & ~Q(desk__in=[Role.CHIEF.value, Role.HEAD.value])
    lists = [
        WorkList("decide", "待我决定", "gavel", todo, "走完前面环节、等您决定的件会出现在这里。"),
        WorkList("dispatch", "待分办", "user-plus", unassigned, "刚受理、还没有人签收的件会出现在这里。"),
    ]
    if posting.role == Role.CHIEF:
        lists.insert(1, WorkList("verify", "待复核", "clipboard-check", review, "审查员提交上来的件会出现在这里。"))
    return _department(posting, *lists)


def _overview(title: str) -> Callable[[Actor, Posting], list[WorkList]]:
    def make(actor: Actor, posting: Posting) -> list[WorkList]:
        return [
            WorkList("all", title, "building-community", ON_DESK, "在办的件会出现在这里。", todo=False),
            WorkList("before", "受理前", "inbox", Q(state__in=_BEFORE), "还没有受理的件会出现在这里。", todo=False),
            WorkList("going", "部门在办", "building", _GOING_ON, "部门正在办的件会出现在这里。", todo=False),
            _paused(),
            WorkList("exit", "制证和出件", "package", Q(state__in=_AFTER), "等着领取的件会出现在这里。", todo=False),
        ]

    return make


def _helper(actor: Actor, posting: Posting) -> list[WorkList]:
    waiting = Q(state=State.CORRECTING.value)
    return [
        WorkList("correcting", "待补正", "list-check", waiting, "等申请人补材料的件会出现在这里，可以帮他们补。"),
        WorkList("centre", "本中心在办", "building", ON_DESK, "在办的件会出现在这里。", todo=False),
    ]


_BEFORE = [State.SUBMITTED.value, State.RECEIVED.value, State.CORRECTING.value]
_AFTER = [State.DECIDED.value, State.ISSUING.value, State.READY.value]
_MAKERS: Final[dict[Role, Callable[[Actor, Posting], list[WorkList]]]] = {
    Role.CLERK: _counter,
    Role.TOWNSHIP_CLERK: _counter,
    Role.EXIT_CLERK: _exit,
    Role.EXAMINER: _examiner,
    Role.VERIFIER: _verifier,
    Role.CHIEF: _chief,
    Role.HEAD: _chief,
    Role.GOVERNMENT_HEAD: _overview("本级在办"),
    Role.MANAGER: _overview("全中心在办"),
    Role.SUPERVISOR: _overview("全中心在办"),
    Role.HELPER: _helper,
}


def many_departments(actor: Actor) -> bool:
    """Whether this post sees several departments, so that a filter by department helps."""
    posting = actor.posting
    return posting is not None and REACH[Role(posting.role)] in {Reach.CENTRE, Reach.DIVISION}


__all__ = ["NO_DUE_DATE", "ON_DESK", "Tally", "WorkList", "lists_for", "narrowed", "reached_by", "tallies"]
