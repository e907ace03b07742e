"""Managing the house: who may change places, people, letters and the calendar, and the record of every such change.

A change is one verb: `with steward.change("edit_department", …) as note` asks whether this person may, opens the
transaction, and writes what `note` was told in the same transaction. A refusal is recorded after the rollback.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from onewindow.people.authority import Actor, record_refusal
from onewindow.people.models import AccessRecord, ChangeRecord, Posting
from onewindow.people.roles import Role
from onewindow.places.changes import Note
from onewindow.places.models import Centre
from onewindow.problems import Refused


class Area(StrEnum):
    """What can be managed. A value is also the first part of the address below /manage/."""

    DEPARTMENTS = "departments"
    CENTRES = "centres"
    HALL = "hall"
    STAFF = "staff"
    LETTERS = "letters"
    ITEMS = "items"
    CALENDAR = "calendar"
    RULES = "rules"
    CHANGES = "changes"
    ACCESS = "access"


_ALL: Final = frozenset(Area)
_RECORDS: Final = frozenset({Area.CHANGES, Area.ACCESS})
READS: Final[Mapping[Role, frozenset[Area]]] = {
    Role.ADMIN: _ALL,
    Role.MANAGER: _ALL,
    Role.SUPERVISOR: _RECORDS | {Area.HALL, Area.RULES},
    Role.PUBLISHER: frozenset({Area.ITEMS}),
    Role.EDITOR: frozenset({Area.ITEMS}),
}
_KEPT: Final = _ALL - _RECORDS - {Area.ITEMS}
WRITES: Final[Mapping[Role, frozenset[Area]]] = {Role.ADMIN: _KEPT, Role.MANAGER: _KEPT}
BY_ADMIN_ONLY: Final = frozenset({Role.ADMIN, Role.MANAGER, Role.SUPERVISOR})
"""Roles that a manager gives nobody: those above, and the one that watches the manager."""


@dataclass(frozen=True, slots=True)
class Territory:
    """The divisions somebody manages, each with all below it; `everything` is the whole installation."""

    everything: bool = False
    divisions: frozenset[str] = frozenset()
    departments: frozenset[int] = frozenset()
    """An editor reads the items of these departments only."""

    def __bool__(self) -> bool:
        return self.everything or bool(self.divisions) or bool(self.departments)

    def covers(self, division: str) -> bool:
        return self.everything or (bool(division) and division.startswith(tuple(self.divisions)))

    def on(self, path: str, department_path: str = "") -> Q:
        """The filter on a column with a division's code, and on one with a department's id where there is one."""
        if self.everything:
            return Q()
        scope = Q(pk__in=[])
        for division in sorted(self.divisions):
            scope |= Q(**{f"{path}__startswith": division})
        if department_path and self.departments:
            scope |= Q(**{f"{department_path}__in": sorted(self.departments)})
        return scope


def territory(actor: Actor, area: Area, *, write: bool = False) -> Territory:
    """Where this person may read or change the area; empty when nowhere."""
    rights = WRITES if write else READS
    postings = [posting for posting in actor.postings if area in rights.get(Role(posting.role), ())]
    return Territory(
        everything=any(posting.role == Role.ADMIN for posting in postings),
        divisions=frozenset(p.centre.division_id for p in postings if p.role not in {Role.ADMIN, Role.EDITOR}),
        departments=frozenset(p.department_id for p in postings if p.role == Role.EDITOR and p.department_id),
    )


def may_manage(actor: Actor, area: Area, division: str, *, write: bool = True) -> bool:
    """Whether this person may change (or with `write=False` read) the area in that division.

    Division "" is the whole installation (the calendar): an administrator may, and a manager above every centre of it.
    """
    held = territory(actor, area, write=write)
    return held.covers(division) if division or not held else covers_all(held)


def covers_all(held: Territory) -> bool:
    """Whether nothing of the installation lies outside. One query unless the answer is plain."""
    return held.everything or not Centre.objects.exclude(held.on("division__code")).exists()


@dataclass(frozen=True)
class Steward:
    """Somebody who manages: the actor, and the moment at which they act."""

    actor: Actor
    now: datetime = field(default_factory=timezone.now)

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    @contextmanager
    def change(self, verb: str, area: str, division: str, subject: str) -> Iterator[Note]:
        """One change in one transaction. Raises Refused (recorded) when this person may not."""
        note = Note(subject)
        try:
            with transaction.atomic():
                if not may_manage(self.actor, Area(area), division):
                    raise Refused("您不能管理这里的内容，请联系管理这个地方的人")
                yield note
                self._write(verb, division, note)
        except Refused as refusal:
            record_refusal(self.actor, verb, note.subject, refusal.title)
            refusal.add_note(note.subject)  # for a caller whose own rollback takes the record back
            raise

    def _write(self, verb: str, division: str, note: Note) -> None:
        before, after = differing(note.before, note.after)
        if before or after:
            ChangeRecord.objects.create(
                at=self.now,
                account=self.actor.account,
                posting=self.posting_for(division),
                verb=verb,
                subject=note.subject,
                division=division,
                before=before,
                after=after,
            )

    def posting_for(self, division: str) -> Posting | None:
        """The posting in which this person manages there."""
        managing = [posting for posting in self.actor.postings if Role(posting.role) in WRITES]
        near = [posting for posting in managing if division.startswith(posting.centre.division_id)]
        return next(iter(near or managing), None)

    def record_unmasking(self, subject: str, reason: str) -> None:
        """A hidden value was shown to this person."""
        AccessRecord.objects.create(
            kind="unmasked",
            account=self.actor.account,
            posting=self.actor.posting,
            action="show_phone",
            subject=subject,
            reason=reason[:300],
        )


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs, on either side."""
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return {k: before[k] for k in keys if k in before}, {k: after[k] for k in keys if k in after}
