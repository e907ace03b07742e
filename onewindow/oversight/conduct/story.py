"""A case as the conduct checks see it: its rule, its ledger, and which entries are new. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from onewindow.cases.lifecycle import MOVES, Action
from onewindow.catalogue.spec import ItemSpec
from onewindow.clocks.clock import SHANGHAI, local_date
from onewindow.people.roles import LABELS, Role

Json = dict[str, Any]
STRANGERS = frozenset({Role.SYSTEM.value, Role.APPLICANT.value})
"""Who is not staff: what they do is nobody's conduct."""
_POSTS = {role.value: label for role, label in LABELS.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the ledger. `department` is that of the post acted in; `immediate`: the letter allows decisions on
    the spot."""

    seq: int
    action: str
    at: datetime
    account: int | None
    name: str
    role: str
    department: int | None
    immediate: bool
    data: Json

    @property
    def staff(self) -> bool:
        return self.role not in STRANGERS

    @property
    def who(self) -> str:
        post = _POSTS.get(self.role, self.role)
        return f"{self.name}（{post}）" if self.name else post


@dataclass(frozen=True, slots=True)
class Held:
    """A paper the centre has from an earlier case of the same applicant, and the last day on which it holds."""

    name: str
    case: str
    at: datetime
    until: date


@dataclass(frozen=True, slots=True)
class Story:
    """A case with the entries that checks read, oldest first. `fresh`: numbers of those nobody has looked at yet.

    `held`: material key -> what the centre held of it; filled only where somebody asked for a paper.
    """

    case: int
    number: str
    centre: int
    department: int
    ticket: str
    spec: ItemSpec
    entries: tuple[Entry, ...]
    fresh: frozenset[int]
    held: Mapping[str, Held] = field(default_factory=dict)

    def new(self, *actions: Action) -> Iterator[Entry]:
        """The entries of these actions that are new."""
        return (entry for entry in self.entries if entry.seq in self.fresh and entry.action in actions)

    def before(self, entry: Entry, *actions: Action) -> list[Entry]:
        """The earlier entries of these actions."""
        return [one for one in self.entries if one.seq < entry.seq and one.action in actions]

    def row(self, entry: Entry, more: str = "") -> Json:
        return row(self.number, entry, more)


def row(number: str, entry: Entry, more: str = "") -> Json:
    """One row of evidence: which case, which entry, when, who in which post did what."""
    label = MOVES[Action(entry.action)].label
    return {
        "case": number,
        "seq": entry.seq,
        "action": entry.action,
        "at": entry.at.astimezone(SHANGHAI).isoformat(),
        "who": entry.who,
        "what": f"{label}：{more}" if more else label,
    }


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `key` is unique under the rule; `words` follow the rule's name in the alarm's title."""

    key: str
    subject: str
    subject_id: int
    subject_number: str
    centre: int
    department: int | None
    person: int | None
    words: str
    rows: tuple[Json, ...]
    facts: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unclear:
    """What a check could not compute (无法核验), and why.

    `day`: of what it would have judged; `department` and `person`: who would have been concerned.
    """

    subject: str
    subject_id: int
    name: str
    centre: int
    day: date
    reason: str
    department: int | None = None
    person: int | None = None


def of_case(story: Story, entry: Entry, words: str, rows: list[Json]) -> Finding:
    """A finding about whoever made this entry."""
    return Finding(
        key=f"{story.case}:{entry.seq}",
        subject="case",
        subject_id=story.case,
        subject_number=story.number,
        centre=story.centre,
        department=entry.department or story.department,
        person=entry.account if entry.staff else None,
        words=words,
        rows=tuple(rows),
    )


def unclear_of_case(story: Story, entry: Entry, reason: str) -> Unclear:
    day = local_date(entry.at)
    name = f"{story.number} 第 {entry.seq} 条"
    department, person = entry.department or story.department, entry.account if entry.staff else None
    return Unclear("case", story.case, name, story.centre, day, reason, department, person)
