"""The one way through: lock, lifecycle, authority, rule of the verb, event, projection, deadlines, papers, outbox.

Nothing else writes a case. A verb (intake.py, examination.py, …) only looks at a `Work` and returns an `Outcome`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from onewindow.cases import ledger
from onewindow.cases.desk import desk_of
from onewindow.cases.lifecycle import MOVES, STATE_LABELS, Action, Move, NoSuchMove, State, move
from onewindow.cases.limits import Rules, TimeLimit, next_due, time_limits
from onewindow.cases.locking import lock
from onewindow.cases.models import NO_DUE_DATE, SUBJECT, Case, IdempotentRequest
from onewindow.cases.projection import Event, Facts, Json, apply, moment
from onewindow.cases.signals import recorded
from onewindow.cases.steps import node_roles
from onewindow.cases.write import Rows, write
from onewindow.catalogue.models import version_by_id
from onewindow.clocks import deadlines
from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.models import Deadline
from onewindow.clocks.store import current_calendar
from onewindow.digest import digest_of
from onewindow.exchange import outbox
from onewindow.exchange.outbox import Message
from onewindow.inputs import Input
from onewindow.papers.issue import PaperDraft, issue
from onewindow.papers.models import Paper
from onewindow.papers.render import PaperError
from onewindow.people.authority import Actor, Permit, Scope, permit, record_refusal
from onewindow.places.profiles import rules_of
from onewindow.problems import InvalidInput, NotNow, Problem, Refused, RuleBroken, Stale


@dataclass
class Work:
    """What a verb sees: the case before the action, its rules, who acts under which permit, and the moment."""

    case: Case
    facts: Facts
    rules: Rules
    by: Actor
    permit: Permit
    now: datetime

    @property
    def account(self) -> int | None:
        return self.by.account.pk if self.by.account else None


@dataclass
class Outcome:
    """What a verb decided: the event's data, its sealed personal part, papers and messages. Nothing is written yet."""

    data: Json = field(default_factory=dict)
    secret: Json | None = None
    papers: Sequence[PaperDraft] = ()
    messages: Sequence[Message] = ()
    revokes: frozenset[str] = frozenset()
    """Kinds of papers of the case that no longer hold after this."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One action: the input it must carry and the rule that turns it into an outcome."""

    action: Action
    input: type[Input]
    rule: Callable[[Work, Any], Outcome]
    allowed: Callable[[Work], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Idempotency:
    """An Idempotency-Key of an account with the digest of the request it came with."""

    key: str
    request: str

    @classmethod
    def of(cls, key: str, request: Any) -> Idempotency:
        return cls(key, digest_of(request))


VERBS: dict[Action, Verb] = {}


def verb(
    action: Action, input_type: type[Input], allowed: Callable[[Work], str | None] | None = None
) -> Callable[[Callable[[Work, Any], Outcome]], Callable[[Work, Any], Outcome]]:
    """Registers the rule of an action. `allowed` says in Chinese why it cannot be done now, or None when it can."""

    def register(rule: Callable[[Work, Any], Outcome]) -> Callable[[Work, Any], Outcome]:
        VERBS[action] = Verb(action, input_type, rule, allowed)
        return rule

    return register


def perform(
    case: Case,
    action: str,
    *,
    by: Actor,
    data: Mapping[str, Any] | None = None,
    now: datetime | None = None,
    expected_version: int | None = None,
    idempotency: Idempotency | None = None,
) -> Case:
    """Does one action on a case and returns it as it is afterwards.

    `case` comes from `Case.objects.visible_to(...)`; it is locked and read again here. `expected_version` is what the
    caller saw (If-Match). Raises InvalidInput, Refused (recorded), NotNow, RuleBroken or Stale; then nothing changed.
    """
    chosen = _known(action)

    def act() -> Case:
        work = _open(case.pk, chosen, by, now, expected_version)
        return record(work, chosen.action, _decide(work, chosen, data or {}), idempotency=idempotency)

    return once(act, by=by, idempotency=idempotency, action=action, subject=case.number)


def once(act: Callable[[], Case], *, by: Actor, idempotency: Idempotency | None, action: str, subject: str) -> Case:
    """Runs `act` in one transaction, at most once per Idempotency-Key; a refusal is recorded after the rollback.

    A repeat is found by what it runs into: the key's unique row, or the case already moved on by the first request.
    """
    try:
        try:
            with transaction.atomic():
                return act()
        except IntegrityError:
            if (first := first_result(idempotency, by)) is not None:
                return first
            with transaction.atomic():  # two random query numbers met: draw again
                return act()
    except Problem as problem:
        if (first := first_result(idempotency, by)) is not None:
            return first
        if isinstance(problem, Refused):
            record_refusal(by, action, subject, problem.title)
        raise


def preview(
    case: Case, action: str, *, by: Actor, data: Mapping[str, Any], now: datetime | None = None
) -> list[PaperDraft]:
    """The papers that the action would issue, before it is done. Raises what `perform` would raise; writes nothing."""
    chosen = _known(action)
    with transaction.atomic():
        work = _open(case.pk, chosen, by, now, None)
        outcome = _decide(work, chosen, data)
        transaction.set_rollback(True)
    return list(outcome.papers)


def _known(action: str) -> Verb:
    try:
        return VERBS[Action(action)]
    except (ValueError, KeyError):
        raise InvalidInput(f"没有「{action[:40]}」这个操作") from None


def _open(pk: int, chosen: Verb, by: Actor, now: datetime | None, expected: int | None) -> Work:
    """Locks the case, then asks lifecycle and authority; the moment is taken under the lock, so events keep order."""
    case = lock(pk)
    if expected is not None and expected != case.version:
        raise Stale(_what_changed(case))
    try:
        row = move(State(case.state), chosen.action)
    except NoSuchMove:
        label = MOVES[chosen.action].label
        raise NotNow(f"办件现在是「{STATE_LABELS[State(case.state)]}」，不能「{label}」") from None
    return work_on(case, row, by, now or timezone.now())


def work_on(case: Case, row: Move, by: Actor, now: datetime) -> Work:
    """The work an actor is permitted to do on a case by this row of the lifecycle. Raises Refused."""
    granted = permit(by, row.action, roles=row.roles, lettered=row.lettered, scope=scope_of(case, row.action), now=now)
    return Work(case, case.told, rules_for(case), by, granted, now)


def rules_for(case: Case) -> Rules:
    return Rules(case.version_spec, rules_of(case.centre.profile.rules), current_calendar())


def scope_of(case: Case, action: str) -> Scope:
    """The case as authority sees it; a department asked to assist may reach it for its answer only."""
    departments = {case.department_id}
    if action == Action.ANSWER_ASSIST:
        departments = {assist["department"] for assist in case.told.open_assists}
    return Scope(
        centre=case.centre_id,
        division=case.centre.division_id,
        departments=frozenset(departments),
        applicant=case.applicant_id,
        item=version_by_id(case.item_version_id).item.key,
        subject=case.number,
        node=node_roles(case.version_spec, case.facts.get("step", 0)),
        assignee=case.assignee_id,
    )


def _decide(work: Work, chosen: Verb, raw: Mapping[str, Any]) -> Outcome:
    if chosen.allowed is not None and (why := chosen.allowed(work)):
        raise NotNow(why)
    return chosen.rule(work, chosen.input.parse(dict(raw)))


def _what_changed(case: Case) -> str:
    last = case.events.select_related("actor").order_by("-seq").first()
    if last is None:
        return "这个办件刚刚有变化，请刷新后再办"
    who = last.actor.name if last.actor else "系统"
    label = MOVES[Action(last.action)].label
    return f"{who}刚刚办理了「{label}」，办件现在是「{case.state_label}」，请刷新后再办"


def record(
    work: Work,
    action: Action,
    outcome: Outcome,
    *,
    idempotency: Idempotency | None = None,
    all_limits: bool = False,
) -> Case:
    """Appends the event and brings projection, deadlines, papers and outbox in line with it, in the open transaction.

    `all_limits` writes every deadline again, for when the rules around the facts have changed (a new calendar).
    """
    case, fresh = work.case, work.case.version == 0
    papers = _issue(work, outcome.papers)
    event = _event(work, action, {**outcome.data, **_listed(papers)})
    before = [] if fresh or all_limits else time_limits(work.facts, work.rules)
    facts = apply(work.facts, event)
    after = time_limits(facts, work.rules)
    elsewhere = facts.department != work.facts.department  # every row names the department that answers for it
    changed = [limit for limit in after if limit not in before or (elsewhere and limit.open)]
    if moved := _moved(before, changed):
        event.data["due"] = moved
    entry, sealed = ledger.entry(case, event, work.permit, outcome.secret)
    project(case, facts, after)
    case.head_digest = entry.digest
    limits = [deadline_row(case, limit, work.rules) for limit in changed]
    told = outbox.rows(_with_notice(case, event, outcome.messages), work.now)
    write(Rows(case, entry, sealed, limits, papers, told, _request(idempotency, work)), fresh=fresh)
    if outcome.revokes:
        issued = Paper.objects.filter(subject_kind=SUBJECT, subject_id=case.pk, kind__in=outcome.revokes)
        issued.update(revoked_at=work.now)
    recorded.announce(case, event)
    return case


def _issue(work: Work, drafts: Sequence[PaperDraft]) -> list[Paper]:
    try:
        return [issue(draft, subject_kind=SUBJECT, subject_id=work.case.pk, now=work.now) for draft in drafts]
    except PaperError as error:
        raise RuleBroken(str(error)) from error


def _listed(papers: Sequence[Paper]) -> Json:
    """How the event names the papers it issued: enough to find each and to see that it was not exchanged."""
    rows = [{"kind": p.kind, "number": p.number, "code": p.code, "digest": p.facts_digest} for p in papers]
    return {"papers": rows} if rows else {}


def _request(idempotency: Idempotency | None, work: Work) -> IdempotentRequest | None:
    if idempotency is None or work.account is None:
        return None
    return IdempotentRequest(
        key=idempotency.key,
        account_id=work.account,
        request_digest=idempotency.request,
        case_id=work.case.pk,
        created_at=work.now,
    )


def _event(work: Work, action: Action, data: Json) -> Event:
    return Event(
        seq=work.case.version + 1,
        action=action,
        at=work.now.astimezone(SHANGHAI),
        account=work.account,
        role=work.permit.role.value,
        channel=work.case.channel if work.case.version == 0 else _channel(work),
        data=data,
    )


def _channel(work: Work) -> str:
    return "online" if work.permit.role.value == "applicant" else "system" if work.by.system else "desk"


def _moved(before: Sequence[TimeLimit], changed: Sequence[TimeLimit]) -> dict[str, str]:
    """Which due dates this event sets or moves: `statutory` -> day, or 暂停 while the clock stands."""
    old = {(limit.kind, limit.key): limit.due for limit in before}
    return {
        f"{limit.kind}{'/' + limit.key if limit.key else ''}": limit.due.isoformat() if limit.due else "暂停"
        for limit in changed
        if (limit.kind, limit.key) not in old or old[(limit.kind, limit.key)] != limit.due
    }


def project(case: Case, facts: Facts, limits: Sequence[TimeLimit]) -> None:
    """Writes the facts into the row's columns; `ow verify` does the same on a replay and compares."""
    state = State(facts.state)
    due = next_due(limits, state)
    case.facts = facts.to_json()
    case.__dict__.pop("told", None)
    case.version, case.state = facts.seq, state.value
    case.kind, case.assignee_id = facts.kind, facts.assignee
    if facts.department is not None:
        case.department_id = facts.department
    case.desk = desk_of(facts, case.version_spec)
    case.paused = any(limit.open and limit.due is None for limit in limits if limit.kind in {"statutory", "promised"})
    case.next_due_at = deadlines.end_of_day(due) if due and case.desk else NO_DUE_DATE
    case.received_at = _moment(facts.received_at)
    case.accepted_at = _moment(facts.accepted_at)
    case.decided_at = _moment(facts.decided_at)
    case.ended_at = _moment(facts.ended_at)
    case.outcome = facts.outcome


def _moment(text: str | None) -> datetime | None:
    return moment(text) if text else None


def deadline_row(case: Case, limit: TimeLimit, rules: Rules) -> Deadline:
    """The row that oversight reads for this limit."""
    return Deadline(
        subject_kind=SUBJECT,
        subject_id=case.pk,
        kind=limit.kind,
        key=limit.key,
        label=limit.label,
        rule=limit.rule[:300],
        limit_n=limit.limit.n,
        limit_unit=limit.limit.unit.value,
        start_on=limit.start,
        due_at=deadlines.end_of_day(limit.due) if limit.due else None,
        warn_at=deadlines.warn_moment(limit.due, rules.calendar) if limit.due and limit.open else None,
        provisional=limit.provisional,
        paused_ground=limit.paused_ground[:100],
        settled_at=limit.settled_at,
        outcome=limit.outcome,
        centre_id=case.centre_id,
        department_id=_responsible(case, limit),
    )


def _responsible(case: Case, limit: TimeLimit) -> int:
    """The department that answers for a limit: the present one, or who had the case when the limit was settled."""
    for transfer in case.facts["transfers"]:
        if limit.settled_at is not None and limit.settled_at <= moment(transfer["at"]):
            return int(transfer["from"])
    return case.department_id


def _with_notice(case: Case, event: Event, messages: Sequence[Message]) -> list[Message]:
    told = Message("case.event", case.number, {"action": event.action.value, "seq": event.seq, "state": case.state})
    return [told, *messages]


def first_result(idempotency: Idempotency | None, by: Actor) -> Case | None:
    """The case that this key made first, None when the key is new.

    Raises InvalidInput when the key came with a different request then.
    """
    if idempotency is None or by.account is None:
        return None
    rows = IdempotentRequest.objects.select_related("case")
    found = rows.filter(account=by.account, key=idempotency.key).first()
    if found is None:
        return None
    if found.request_digest != idempotency.request:
        raise InvalidInput("这个 Idempotency-Key 已经用在另一个请求上，请换一个")
    return found.case


__all__ = ["Idempotency", "Outcome", "Verb", "Work", "perform", "preview", "record", "verb"]
