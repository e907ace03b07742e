"""Replaying every case and comparing: chains, secrets, projection, deadlines, papers and seals.

Names the first difference of each case exactly, so that whoever reads it knows where to look.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from onewindow.cases import ledger
from onewindow.cases.actions.decision import REVOCABLE
from onewindow.cases.actions.engine import deadline_row, project, rules_for
from onewindow.cases.lifecycle import MOVES, Action, NoSuchMove, State
from onewindow.cases.limits import Rules, TimeLimit, time_limits
from onewindow.cases.models import SUBJECT, Case, CaseEvent, ChainSeal, EventSecret
from onewindow.cases.projection import Facts, apply
from onewindow.cases.sweep import heads_digest
from onewindow.clocks.models import Deadline
from onewindow.digest import GENESIS, digest_of, event_digest, sm3
from onewindow.papers.models import Paper
from onewindow.people.crypto import UnreadableSecret

_BATCH = 400
_COLUMNS = (
    "version", "state", "kind", "desk", "department_id", "assignee_id", "paused", "next_due_at", "received_at",
    "accepted_at", "decided_at", "ended_at", "outcome",
)  # fmt: skip
_DEADLINE_FIELDS = (
    "label", "rule", "limit_n", "limit_unit", "start_on", "due_at", "warn_at", "provisional", "paused_ground",
    "settled_at", "outcome", "centre_id", "department_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that does not agree: `where` is the case number or the day of a seal, `what` says it in Chinese."""

    where: str
    what: str


@dataclass
class _File:
    """Everything stored about one case, fetched in batches."""

    case: Case
    events: list[CaseEvent]
    deadlines: dict[tuple[str, str], Deadline]
    papers: list[Paper | str]
    secrets: dict[int, str | None]


def verify_cases(*, first: int = 0) -> Iterator[Difference | int]:
    """Yields differences, and after each batch the number of cases seen so far."""
    seen, last = 0, first
    while True:
        cases = list(
            Case.objects.filter(pk__gt=last).select_related("centre__profile", "applicant").order_by("pk")[:_BATCH]
        )
        if not cases:
            return
        for file in _files(cases):
            difference = check(file)
            if difference:
                yield Difference(file.case.number, difference)
        seen, last = seen + len(cases), cases[-1].pk
        yield seen


def verify_case(case: Case) -> str | None:
    """The first difference of one case in Chinese, or None."""
    return check(next(_files([case])))


def _files(cases: list[Case]) -> Iterator[_File]:
    ids = [case.pk for case in cases]
    events: dict[int, list[CaseEvent]] = defaultdict(list)
    for event in CaseEvent.objects.filter(case_id__in=ids).order_by("case_id", "seq"):
        events[event.case_id].append(event)
    rows: dict[int, dict[tuple[str, str], Deadline]] = defaultdict(dict)
    for row in Deadline.objects.filter(subject_kind=SUBJECT, subject_id__in=ids):
        rows[row.subject_id][(row.kind, row.key)] = row
    papers: dict[int, list[Paper | str]] = defaultdict(list)
    for subject, paper in _read_papers(ids):
        papers[subject].append(paper)
    secrets = dict(_read_secrets([event.pk for found in events.values() for event in found if event.secret_digest]))
    for case in cases:
        yield _File(case, events[case.pk], rows[case.pk], papers[case.pk], secrets)


def _read_papers(ids: list[int]) -> Iterator[tuple[int, Paper | str]]:
    """Papers by case. A changed ciphertext comes as a sentence; then they are read one by one to find it."""
    rows = Paper.objects.filter(subject_kind=SUBJECT, subject_id__in=ids).order_by("pk")
    try:
        yield from [(paper.subject_id, paper) for paper in rows]
        return
    except UnreadableSecret:
        pass
    for pk, subject, number in rows.values_list("pk", "subject_id", "number"):
        try:
            yield subject, Paper.objects.get(pk=pk)
        except UnreadableSecret:
            yield subject, f"文书「{number}」的内容打不开，密文被改过"


def _read_secrets(ids: list[int]) -> Iterator[tuple[int, str | None]]:
    """Digest of each kept secret by event; None for one that does not open. An erased one is absent."""
    rows = EventSecret.objects.filter(pk__in=ids)
    try:
        yield from [(row.pk, sm3(str(row.body).encode())) for row in rows]
        return
    except UnreadableSecret:
        pass
    for pk in rows.values_list("pk", flat=True):
        try:
            yield pk, sm3(str(EventSecret.objects.get(pk=pk).body).encode())
        except UnreadableSecret:
            yield pk, None


def check(file: _File) -> str | None:
    """Chain first, since everything else is told from it."""
    rules = rules_for(file.case)
    wrong = _chain(file)
    if wrong:
        return wrong
    try:
        facts = _replay(file.events)
    except _Illegal as illegal:
        return str(illegal)
    limits = time_limits(facts, rules)
    return _pinned(file) or _projection(file, facts, limits) or _deadlines(file, limits, rules) or _papers(file, facts)


def _name(event: CaseEvent) -> str:
    label = MOVES[Action(event.action)].label if event.action in set(Action) else event.action
    return f"第{event.seq}个事件「{label}」"


def _chain(file: _File) -> str | None:
    previous = GENESIS
    for position, event in enumerate(file.events, start=1):
        if event.seq != position:
            return f"第{position}个事件不见了（下一个是第{event.seq}个）"
        if event.previous != previous:
            return f"{_name(event)}没有接在前一个事件后面"
        if event_digest(previous, ledger.content(event, file.case.number)) != event.digest:
            return f"{_name(event)}的内容与摘要不符"
        if wrong := _secret(event, file.secrets):
            return wrong
        previous = event.digest
    if not file.events:
        return "没有任何事件"
    if previous != file.case.head_digest:
        return f"最后一个事件的摘要与办件记录不符（账上到第{file.events[-1].seq}个事件）"
    return None


def _secret(event: CaseEvent, kept: dict[int, str | None]) -> str | None:
    """A secret that was lawfully erased is no difference; one that was exchanged is."""
    if not event.secret_digest or event.pk not in kept:
        return None
    if kept[event.pk] is None:
        return f"{_name(event)}封存的个人信息打不开"
    return None if kept[event.pk] == event.secret_digest else f"{_name(event)}封存的个人信息被换过"


class _Illegal(Exception):
    pass


def _replay(events: list[CaseEvent]) -> Facts:
    facts = Facts()
    for event in events:
        try:
            facts = apply(facts, ledger.as_event(event))
        except NoSuchMove as error:
            raise _Illegal(f"{_name(event)}在「{error.state}」状态下不应当发生") from error
        except (KeyError, IndexError, AssertionError, TypeError) as error:
            raise _Illegal(f"{_name(event)}缺少内容，不能重放") from error
    return facts


def _pinned(file: _File) -> str | None:
    """What the first event fixed for good: the version, the place and the people."""
    first = file.events[0]
    for column, told in (
        ("channel", first.channel),
        ("item_version_id", first.data["item_version"]),
        ("centre_id", first.data["centre"]),
        ("applicant_id", first.data["applicant"]),
        ("agent_id", first.data["agent"]),
    ):
        if getattr(file.case, column) != told:
            return f"办件的「{column}」一栏与第1个事件不符"
    return None


def _projection(file: _File, facts: Facts, limits: list[TimeLimit]) -> str | None:
    told, kept = facts.to_json(), file.case.facts
    for key in sorted(set(told) | set(kept)):
        if told.get(key) != kept.get(key):
            return f"办件的「{key}」与事件重放的结果不符"
    shadow = Case(number=file.case.number, item_version_id=file.case.item_version_id)
    project(shadow, facts, limits)
    for column in _COLUMNS:
        if getattr(shadow, column) != getattr(file.case, column):
            return f"办件的「{column}」一栏与事件重放的结果不符"
    return None


def _deadlines(file: _File, limits: list[TimeLimit], rules: Rules) -> str | None:
    computed = {(limit.kind, limit.key): limit for limit in limits}
    for key, limit in computed.items():
        row = file.deadlines.get(key)
        if row is None:
            return f"期限「{limit.label}」不见了"
        wanted = deadline_row(file.case, limit, rules)
        for name in _DEADLINE_FIELDS:
            if getattr(row, name) != getattr(wanted, name):
                told, kept = _shown(getattr(wanted, name)), _shown(getattr(row, name))
                return f"期限「{limit.label}」的「{name}」应当是{told}，表里是{kept}"
    extra = set(file.deadlines) - set(computed)
    if extra:
        return f"多出一个期限「{file.deadlines[extra.pop()].label}」"
    return None


def _shown(value: Any) -> str:
    """A value as an operator reads it: moments in Beijing time, both sides alike."""
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    return "空" if value in (None, "") else str(value)


def _papers(file: _File, facts: Facts) -> str | None:
    listed = {paper["code"]: paper for paper in facts.papers}
    for paper in file.papers:
        if isinstance(paper, str):
            return paper
        entry = listed.pop(paper.code, None)
        if entry is None:
            return f"文书「{paper.number}」没有记在事件里"
        if entry["number"] != paper.number or entry["kind"] != paper.kind:
            return f"文书「{entry['number']}」的文号或种类被改过"
        if wrong := _paper(paper, entry["digest"]):
            return wrong
        if (paper.revoked_at is not None) != (facts.state == State.REVOKED and paper.kind in REVOCABLE):
            return f"文书「{paper.number}」的撤销标记与办件不符"
    if listed:
        return f"文书「{next(iter(listed.values()))['number']}」不见了"
    return None


def _paper(paper: Paper, digest: str) -> str | None:
    facts: Any = json.loads(str(paper.facts))
    if paper.facts_digest != digest or digest_of(facts) != digest:
        return f"文书「{paper.number}」的内容与事件里的摘要不符"
    if paper.pdf is not None and sm3(bytes(paper.pdf)) != paper.pdf_digest:
        return f"文书「{paper.number}」的PDF与摘要不符"
    return None


def verify_seals() -> Iterator[Difference]:
    """Every daily seal against the chain heads of that day."""
    previous = GENESIS
    for seal in ChainSeal.objects.order_by("day"):
        count, digest = heads_digest(seal.day, previous)
        if (seal.previous, seal.cases, seal.digest) != (previous, count, digest):
            yield Difference(f"{seal.day:%Y年%m月%d日}", "当天的封印与各办件的事件链不符")
        previous = seal.digest
