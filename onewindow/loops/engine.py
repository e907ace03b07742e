"""The one way through a loop: lock, table, authority, separation of duties, rule, step, limits, outbox.

Nothing else writes a matter. A rule only looks at a `Turn` and returns a `Result`; it writes nothing itself except rows
that belong to the matter alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Any, Final, TypeVar

import orjson
from django.db import transaction
from django.utils import timezone

from onewindow.clocks.clock import SHANGHAI, local_date
from onewindow.clocks.deadlines import warn_moment
from onewindow.clocks.models import Deadline
from onewindow.clocks.store import current_calendar
from onewindow.exchange import outbox
from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.outbox import Message
from onewindow.inputs import Input
from onewindow.loops.definition import ABOUT_DEPARTMENT, ABOUT_PERSON, Loop, Move, Term
from onewindow.loops.models import LoopRow, LoopStep
from onewindow.loops.terms import due_at
from onewindow.people.authority import Actor, Permit, Scope, permit, record_refusal
from onewindow.people.roles import LABELS, Role
from onewindow.places.profiles import rules_of
from onewindow.problems import InvalidInput, NotNow, Refused, Stale

Row = TypeVar("Row", bound=LoopRow)


@dataclass(frozen=True, slots=True)
class Turn:
    """What a rule sees: the matter before the move, who acts in which post, when, and what was given."""

    row: Any
    move: Move
    data: Any
    by: Actor
    permit: Permit
    now: datetime


@dataclass
class Result:
    """What a rule decides: columns to change, what the step keeps, messages, further limits, another target state."""

    changes: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    messages: Sequence[Message] = ()
    starts: tuple[Term, ...] = ()
    settles: tuple[str, ...] = ()
    to: str = ""


CITIZEN: Final = Actor(None)
"""Whoever holds the matter's own code or one-time link; the face has checked it before it acts in this name."""

Rule = Callable[[Turn], Result]
_rules: dict[tuple[str, str], Rule] = {}
_SEALED = ("words", "reason", "answer", "text", "note", "measure", "who")
"""Input fields that people write freely: kept sealed beside the step."""


def rule(loop: Loop, action: str) -> Callable[[Rule], Rule]:
    """Registers what a move does beyond its row of the table."""

    def register(function: Rule) -> Rule:
        if loop.move(action) is None:
            raise ValueError(f"{loop.key} has no move {action}")
        _rules[(loop.key, action)] = function
        return function

    return register


def open_matter(
    loop: Loop,
    row: Row,
    *,
    by: Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    words: str = "",
    messages: Sequence[Message] = (),
    starts: tuple[Term, ...] = (),
    settles: tuple[str, ...] = (),
) -> Row:
    """Saves a new matter in its first state with its first step and limits, in the caller's transaction.

    `starts` are limits of this one beside those that every matter of the loop begins with; `settles` are those of them
    that opening the matter meets, or misses.
    """
    row.version, row.opened_at = 1, now
    row.save()
    first = LoopStep(
        subject_kind=loop.key,
        subject_id=row.pk,
        seq=1,
        action="open",
        label="登记",
        state=row.state,
        at=now,
        actor=by.account,
        role=_role_of(by).value,
        posting=by.posting,
        data=dict(data or {}),
        words=words or None,
    )
    first.save()
    _start(loop, row, (*loop.opens, *starts), now, 1)
    _settle(loop, row, set(settles), now)
    _refresh_due(loop, row)
    OutboxMessage.objects.bulk_create(outbox.rows(messages, now))
    return row


def perform(
    loop: Loop,
    row: Row,
    action: str,
    *,
    by: Actor,
    data: Mapping[str, Any] | None = None,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Row:
    """Makes one move and returns the matter as it is afterwards.

    Raises InvalidInput, Refused (recorded), NotNow, Stale; then nothing changed. A refusal for being concerned oneself
    is recorded like any other.
    """
    try:
        with transaction.atomic():
            return _perform(loop, row, action, by, data or {}, now or timezone.now(), expected_version)
    except Refused as problem:
        record_refusal(by, f"{loop.key}.{action}", row.number, problem.title)
        raise


def _perform(
    loop: Loop, row: Row, action: str, by: Actor, raw: Mapping[str, Any], now: datetime, expected: int | None
) -> Row:
    rows = type(row)._default_manager.select_related("centre__profile", "department")
    locked = rows.select_for_update(of=("self",)).get(pk=row.pk)
    if expected is not None and expected != locked.version:
        raise Stale("刚刚有人办理了这一件，请刷新后再办")
    move = _move(loop, locked, action)
    granted = permit_for(loop, locked, move, by, now)
    turn = Turn(locked, move, move.needs.parse(dict(raw)), by, granted, now)
    found = _rules.get((loop.key, action), _plain)(turn)
    return _write(loop, turn, found)  # type: ignore[no-any-return]


def _plain(turn: Turn) -> Result:
    return Result()


def _move(loop: Loop, row: LoopRow, action: str) -> Move:
    move = loop.move(action)
    if move is None:
        raise InvalidInput(f"没有「{action[:40]}」这个操作")
    if row.state not in move.sources:
        raise NotNow(f"{row.number} 现在是「{loop.states[row.state]}」，不能「{move.label}」")
    return move


def permit_for(loop: Loop, row: LoopRow, move: Move, by: Actor, now: datetime) -> Permit:
    """In which post this person may make the move. Raises Refused: wrong post, wrong place, or concerned themselves."""
    if by is CITIZEN:
        if Role.APPLICANT not in move.roles:
            raise Refused("这一步由工作人员办理")
        return Permit(Role.APPLICANT)
    granted = permit(by, f"{loop.key}.{move.action}", roles=move.roles, lettered=(), scope=_scope(row), now=now)
    if ABOUT_PERSON in move.barred and by.account is not None and by.account.pk in row.about_people:
        raise Refused(f"这件事说的就是您，「{move.label}」要由别人办理")
    mine = {posting.department_id for posting in by.postings}
    if ABOUT_DEPARTMENT in move.barred and mine & row.about_departments:
        raise Refused(f"这件事说的是您所在的部门，「{move.label}」不能由本部门的人办理")
    return granted


def _scope(row: LoopRow) -> Scope:
    departments = frozenset([row.department_id] if row.department_id else [])
    return Scope(
        centre=row.centre_id,
        division=row.centre.division_id,
        departments=departments,
        applicant=row.applicant_id,
        item="",
        subject=row.number,
    )


def _write(loop: Loop, turn: Turn, found: Result) -> Any:
    row, move, now = turn.row, turn.move, turn.now
    row.state = found.to or move.to or row.state
    row.version += 1
    for name, value in found.changes.items():
        setattr(row, name, value)
    row.closed_at = (row.closed_at or now) if row.state in loop.ends else None
    values = turn.data.model_dump(mode="json")
    sealed = {name: values.pop(name) for name in _SEALED if values.get(name)}
    LoopStep.objects.create(
        subject_kind=loop.key,
        subject_id=row.pk,
        seq=row.version,
        action=move.action,
        label=move.label,
        state=row.state,
        at=now,
        actor=turn.by.account,
        role=turn.permit.role.value,
        posting=turn.permit.posting,
        data={**{k: v for k, v in values.items() if v not in ("", None, [], {})}, **found.data},
        words=orjson.dumps(sealed).decode() if sealed else None,
    )
    _settle(loop, row, {*move.settles, *found.settles}, now)
    _start(loop, row, (*move.starts, *found.starts), now, row.version)
    _refresh_due(loop, row)
    row.save()
    OutboxMessage.objects.bulk_create(outbox.rows(found.messages, now))
    return row


def _settle(loop: Loop, row: LoopRow, kinds: set[str], now: datetime) -> None:
    """Limits of these kinds are met or late; an end of the loop voids whatever is still open."""
    open_ones = Deadline.objects.of(loop.key, row.pk).open()
    for limit in open_ones.filter(kind__in=sorted(kinds)) if kinds else ():
        late = limit.due_at is not None and limit.due_at < now
        limit.settled_at, limit.outcome = now, "late" if late else "met"
        limit.save(update_fields=["settled_at", "outcome"])
    if row.state in loop.ends:
        open_ones.update(settled_at=now, outcome="void")


def _start(loop: Loop, row: LoopRow, terms: Sequence[Term], now: datetime, seq: int) -> None:
    if not terms:
        return
    calendar = current_calendar()
    set_here = rules_of(row.centre.profile.rules).loop_terms
    for written in terms:
        term = replace(written, n=set_here.get(f"{loop.key}.{written.kind}", written.n))
        start = datetime.combine(term.since, time.min, SHANGHAI) if term.since else now
        due = due_at(term, start, calendar)
        Deadline.objects.create(
            subject_kind=loop.key,
            subject_id=row.pk,
            kind=term.kind,
            key=str(seq),
            label=term.label,
            rule=term.duty,
            limit_n=term.n,
            limit_unit=term.unit,
            start_on=local_date(start),
            due_at=due,
            warn_at=warn_moment(local_date(due), calendar),
            centre_id=row.centre_id,
            department_id=None if term.centre else row.department_id,
        )


def _refresh_due(loop: Loop, row: LoopRow) -> None:
    soonest = Deadline.objects.of(loop.key, row.pk).open().order_by("due_at").values_list("due_at", flat=True).first()
    if row.next_due_at != soonest:
        row.next_due_at = soonest
        type(row)._default_manager.filter(pk=row.pk).update(next_due_at=soonest)


def _role_of(by: Actor) -> Role:
    if by.system:
        return Role.SYSTEM
    return Role(by.posting.role) if by.posting else Role.APPLICANT


# ---- what faces ask -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Option:
    """A move somebody may make now, or why not."""

    move: Move
    why_not: str


def options(loop: Loop, row: LoopRow, by: Actor, now: datetime | None = None) -> list[Option]:
    """Every move that exists from this state, for this person: what can be done, and the reason for what cannot."""
    found = []
    for move in loop.possible(row.state):
        try:
            permit_for(loop, row, move, by, now or timezone.now())
        except Refused as refused:
            if move.roles & by.roles:
                found.append(Option(move, refused.title))
        else:
            found.append(Option(move, ""))
    return found


def steps(loop: Loop, row: LoopRow) -> list[LoopStep]:
    """The matter's story, oldest first, with who acted. One query."""
    return list(
        LoopStep.objects.filter(subject_kind=loop.key, subject_id=row.pk)
        .select_related("actor", "posting")
        .order_by("seq")
    )


def words_of(step: LoopStep) -> dict[str, str]:
    """What was written at a step, by input field."""
    return orjson.loads(step.words) if step.words and step.words.startswith("{") else {"text": step.words or ""}


def role_names(move: Move) -> str:
    return "、".join(LABELS[role] for role in Role if role in move.roles and role is not Role.SYSTEM)


__all__ = [
    "CITIZEN",
    "Input",
    "Option",
    "Result",
    "Turn",
    "open_matter",
    "options",
    "perform",
    "permit_for",
    "role_names",
    "rule",
    "steps",
    "words_of",
]
