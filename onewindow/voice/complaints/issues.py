"""Like complaints become one systemic issue: with a judgement, a plan, and a check whether the complaints stopped.

At the third like complaint within thirty days (the profile may say otherwise) an issue opens with all of them; later
ones join it while it is open. After its end like complaints are counted anew. Source: Xixia 2023 art. 25 (XX-25.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from onewindow.exchange.outbox import Message
from onewindow.loops import engine
from onewindow.loops.definition import Term
from onewindow.loops.engine import Result, Turn, rule, steps
from onewindow.loops.models import LoopStep
from onewindow.loops.numbers import new_number
from onewindow.people.authority import SYSTEM, Actor
from onewindow.people.roles import Role
from onewindow.places.profiles import rules_of
from onewindow.problems import NotNow
from onewindow.voice.complaints.likeness import Said, alike, likeness
from onewindow.voice.days import term_until
from onewindow.voice.loops import COMPLAINT, ISSUE
from onewindow.voice.models import Complaint, SystemicIssue
from onewindow.voice.naming import wrong

TOPIC: Final = "voice.issue."
JUDGE_AGAIN: Final = Term("judge", "重新研判并提出方案", 10, "XX-25.5")
MOST_COMPARED: Final = 300
"""The newest complaints of the item or the department; more in thirty days are an issue anyway."""
_PREFIX: Final = "XT"
_CAUSES: Final = dict(Complaint.CAUSES)


# ---- finding -------------------------------------------------------------------------------------------------------


def alike_of(row: Complaint, now: datetime) -> list[Complaint]:
    """Complaints of the county that say the same, within the profile's days around it, newest first. One query."""
    days = timedelta(days=rules_of(row.centre.profile.rules).alike_days)
    near = Complaint.objects.filter(
        Q(item_id=row.item_id, item__isnull=False) | Q(against_id=row.against_id, against__isnull=False),
        centre__division__code__startswith=row.centre.division_id[:6],
        opened_at__range=(min(row.opened_at, now) - days, max(row.opened_at + days, now)),
    ).exclude(Q(pk=row.pk) | Q(state="declined"))
    mine = _said(row)
    found = near.select_related("issue", "against").order_by("-opened_at", "-id")[:MOST_COMPARED]
    return [one for one in found if alike(mine, _said(one))]


def _said(row: Complaint) -> Said:
    return Said(row.item_id or 0, row.against_id or 0, row.cause, str(row.text))


def group(row: Complaint, now: datetime) -> SystemicIssue | None:
    """Joins the complaint to the open issue of its like ones, or opens one when they have become too many.

    In the transaction that takes the complaint down; two at once wait for each other, so no issue opens twice.
    """
    if row.item_id is None and row.against_id is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"alike:{row.centre.division_id[:6]}"])
    like = alike_of(row, now)
    running = next((one.issue for one in like if one.issue is not None and one.issue.closed_at is None), None)
    if running is not None:
        _join(running, [row])
        return running
    loose = [one for one in like if one.issue_id is None]
    if len(loose) + 1 < rules_of(row.centre.profile.rules).alike_threshold:
        return None
    return _open(row, loose, now)


def _join(issue: SystemicIssue, rows: Sequence[Complaint]) -> None:
    Complaint.objects.filter(pk__in=[row.pk for row in rows]).update(issue=issue)
    for row in rows:
        row.issue = issue


def _open(row: Complaint, loose: Sequence[Complaint], now: datetime) -> SystemicIssue:
    issue = SystemicIssue(
        number=new_number(_PREFIX, SystemicIssue),
        centre=row.centre,
        department=row.against,
        item=row.item,
        cause=row.cause,
        title=_title(row),
        state="open",
    )
    payload = {"department": row.against.code if row.against else "", "complaints": len(loose) + 1}
    message = Message(f"{TOPIC}opened", f"issue:{issue.number}", {"issue": issue.number, **payload})
    data = {"complaints": sorted([row.number, *(one.number for one in loose)])}
    engine.open_matter(ISSUE, issue, by=SYSTEM, now=now, data=data, messages=(message,))
    _join(issue, [row, *loose])
    return issue


def _title(row: Complaint) -> str:
    what = row.item.name if row.item else row.against.name if row.against else row.centre.name
    return f"{what}：{_CAUSES[row.cause]}"[:120]


# ---- by hand -------------------------------------------------------------------------------------------------------

MOST_OFFERED: Final = 30
"""Issues to pick from, and like complaints to take in, on one page."""
_TEXTS: Final = 5
"""So many of an issue's complaints say what it is about."""


@dataclass(frozen=True, slots=True)
class Pick:
    """An issue a complaint may be put into; `like` from 0 (nothing in common) to 4 (item, department, cause, words)."""

    issue: SystemicIssue
    complaints: int
    like: float


def joinable(row: Complaint, by: Actor) -> list[Pick]:
    """The open issues of this place or of one above it that this person may see, the likest first. Two queries."""
    mine = _said(row)
    places = [row.centre.division_id[:digits] for digits in (2, 4, 6, 9, 12) if digits <= len(row.centre.division_id)]
    found = visible(by).unfinished().filter(centre__division_id__in=places)  # type: ignore[attr-defined]
    rows = list(found.select_related("item", "department").prefetch_related("complaints").order_by("-id")[:100])
    picks = [_pick(mine, issue) for issue in rows]
    return sorted(picks, key=lambda one: -one.like)[:MOST_OFFERED]


def _pick(mine: Said, issue: SystemicIssue) -> Pick:
    told = list(issue.complaints.all())
    words = max((likeness(mine.text, str(one.text)) for one in told[-_TEXTS:]), default=0.0)
    item, department = issue.item_id or 0, issue.department_id or 0
    same = (mine.item == item != 0) + (mine.department == department != 0) + (mine.cause == issue.cause)
    return Pick(issue, len(told), same + words)


def like_ones(issue: SystemicIssue, by: Actor) -> list[Complaint]:
    """Complaints below the issue's place that say the same and are in no issue, newest first. Two queries."""
    days = timedelta(days=rules_of(issue.centre.profile.rules).alike_days)
    members = [_said(one) for one in issue.complaints.order_by("-id")[:_TEXTS]]
    about = Q(item_id=issue.item_id, item__isnull=False) | Q(against_id=issue.department_id, against__isnull=False)
    near = complaints_seen(by).filter(
        about,
        issue=None,
        centre__division__code__startswith=issue.centre.division_id,
        opened_at__gt=issue.opened_at - 2 * days,
    )
    rows = near.exclude(state="declined").select_related("item", "against").order_by("-opened_at", "-id")
    return [row for row in rows[:MOST_COMPARED] if any(alike(_said(row), one) for one in members)][:MOST_OFFERED]


def complaints_seen(actor: Actor) -> QuerySet[Complaint]:
    """The complaints of the places and departments this person works for, without those that are about themselves."""
    found: QuerySet[Complaint] = Complaint.objects.visible_to(actor)
    return found if actor.account is None else found.exclude(person_id=actor.account.pk)


@rule(COMPLAINT, "join")
def _join_by_hand(turn: Turn) -> Result:
    """Into an open issue of the same place or of one above it; recorded on both."""
    row: Complaint = turn.row
    if row.issue_id is not None:
        raise NotNow("这件诉求已经归到一个系统性问题，要换一个的，先移出来")
    issue = visible(turn.by).filter(number=turn.data.issue).select_related("centre").first()
    if issue is None:
        raise wrong("issue", "没有这个系统性问题，请重新选择")
    if issue.closed_at is not None:
        raise wrong("issue", "这个问题已经解决，请选还在办的")
    if not row.centre.division_id.startswith(issue.centre.division_id):
        raise wrong("issue", f"这是{issue.centre.name}的问题，只能归入本地和下级的诉求")
    given = {"complaint": row.number, "words": turn.data.words}
    engine.perform(ISSUE, issue, "take_in", by=turn.by, now=turn.now, data=given)
    return Result(changes={"issue": issue})


@rule(COMPLAINT, "part")
def _part_by_hand(turn: Turn) -> Result:
    """Out again, with the reason; recorded on both."""
    issue: SystemicIssue | None = turn.row.issue
    if issue is None:
        raise NotNow("这件诉求没有归到系统性问题")
    given = {"complaint": turn.row.number, "words": turn.data.reason}
    engine.perform(ISSUE, issue, "let_go", by=turn.by, now=turn.now, data=given)
    return Result(changes={"issue": None}, data={"issue": issue.number})


# ---- who sees and who is waited for --------------------------------------------------------------------------------


def visible(actor: Actor) -> QuerySet[SystemicIssue]:
    """The issues of the places and departments this person works for."""
    found: QuerySet[SystemicIssue] = SystemicIssue.objects.visible_to(actor)
    return found


def waiting(actor: Actor) -> QuerySet[SystemicIssue]:
    """The department plans and carries out; the centre checks, and sees to it that there is a plan."""
    mine = Q(pk__in=[])
    if actor.roles & {Role.MANAGER, Role.SUPERVISOR}:
        mine |= Q(state__in=["open", "carried_out"])
    departments = {p.department_id for p in actor.postings if Role(p.role) in {Role.CHIEF, Role.HEAD}}
    if departments:
        mine |= Q(state__in=["open", "planned"], department_id__in=sorted(d for d in departments if d))
    return visible(actor).filter(mine)


# ---- whether it worked ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Effect:
    """Like complaints in equal stretches of days before the plan was carried out and since: figures, no judgement."""

    carried_out: date
    days: int
    before: int
    after: int

    @property
    def words(self) -> str:
        if self.days == 0:
            return "今天刚落实，还看不出效果"
        return f"落实以前 {self.days} 天有 {self.before} 件，落实以后 {self.days} 天有 {self.after} 件"


def effect(issue: SystemicIssue, now: datetime) -> Effect | None:
    """None while nothing was carried out. Two queries."""
    return effect_of(issue, steps(ISSUE, issue), now)


def effect_of(issue: SystemicIssue, told: Iterable[LoopStep], now: datetime) -> Effect | None:
    """The same for steps at hand. One query."""
    done = [step for step in told if step.action == "carry_out"]
    if not done:
        return None
    return _effect(issue, done[-1].at, issue.closed_at or now)


def _effect(issue: SystemicIssue, at: datetime, until: datetime) -> Effect:
    """The issue's own complaints; those that came after its end are another one's."""
    moments = list(Complaint.objects.filter(issue=issue).values_list("opened_at", flat=True))
    days = (timezone.localdate(until) - timezone.localdate(at)).days
    since = at - timedelta(days=max(days, 1))
    before = sum(since <= moment < at for moment in moments)
    after = sum(at <= moment <= until for moment in moments)
    return Effect(timezone.localdate(at), days, before, after)


# ---- moves ---------------------------------------------------------------------------------------------------------


@rule(ISSUE, "plan")
def _plan(turn: Turn) -> Result:
    term = term_until("carry_out", "落实方案", turn.data.until, "XX-25.5", turn.now)
    return Result(starts=(term,), messages=_told(turn.row, "planned"))


@rule(ISSUE, "carry_out")
def _carry_out(turn: Turn) -> Result:
    return Result(settles=("carry_out",), messages=_told(turn.row, "carried_out"))


@rule(ISSUE, "check")
def _check(turn: Turn) -> Result:
    """The figures go on record with the judgement; what did not work goes back to be thought about again."""
    seen = effect(turn.row, turn.now)
    data: dict[str, Any] = {} if seen is None else {"days": seen.days, "before": seen.before, "after": seen.after}
    if turn.data.worked:
        return Result(data=data, messages=_told(turn.row, "solved"))
    return Result(to="open", data=data, starts=(JUDGE_AGAIN,), messages=_told(turn.row, "not_solved"))


def _told(issue: SystemicIssue, turn: str) -> tuple[Message, ...]:
    payload = {"issue": issue.number, "department": issue.department.code if issue.department else ""}
    return (Message(f"{TOPIC}{turn}", f"issue:{issue.number}", payload),)


__all__ = [
    "Effect",
    "Pick",
    "alike_of",
    "complaints_seen",
    "effect",
    "effect_of",
    "group",
    "joinable",
    "like_ones",
    "visible",
    "waiting",
]
