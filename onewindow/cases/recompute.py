"""After a calendar change: every limit that moves is computed again, and each case it moves for gets an event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from onewindow.cases.actions.engine import Outcome, deadline_row, record, rules_for, work_on
from onewindow.cases.lifecycle import Action, State, move
from onewindow.cases.limits import time_limits
from onewindow.cases.locking import lock
from onewindow.cases.models import SUBJECT, Case
from onewindow.clocks.models import Deadline
from onewindow.people.authority import SYSTEM

_BATCH = 500


def recompute_open(reason: str, *, years: Iterable[int] | None = None, now: datetime | None = None) -> int:
    """Recomputes the cases whose deadlines may move: all provisional ones, and those due in or after a changed year.

    Returns how many cases moved. Safe to run again: a case that agrees with the calendar gets no event.
    """
    at = now or timezone.now()
    return sum(recompute_case(pk, reason, at) for pk in touched(list(years or [])))


def touched(years: list[int]) -> Iterator[int]:
    """The cases that `recompute_open` looks at, for a caller that shows how far it has come."""
    which = Q(provisional=True)
    if years:
        which |= Q(due_at__gte=datetime(min(years), 1, 1, tzinfo=timezone.get_default_timezone()))
    rows = Deadline.objects.filter(which, subject_kind=SUBJECT).order_by("subject_id")
    yield from rows.values_list("subject_id", flat=True).distinct().iterator(chunk_size=_BATCH)


def recompute_case(pk: int, reason: str, now: datetime) -> bool:
    """Recomputes one case in its own transaction. Returns whether any of its limits moved."""
    with transaction.atomic():
        case = lock(pk)
        moved = _moved(case)
        if not moved:
            return False
        work = work_on(case, move(State(case.state), Action.RECOMPUTE), SYSTEM, now)
        record(work, Action.RECOMPUTE, Outcome({"reason": reason, "moved": moved}), all_limits=True)
    return True


def _moved(case: Case) -> dict[str, list[str | None]]:
    """Deadline -> [day on file, day computed] where they differ, also when only the warning or the mark does."""
    rules = rules_for(case)
    filed = {(row.kind, row.key): row for row in Deadline.objects.of(SUBJECT, case.pk)}
    moved: dict[str, list[str | None]] = {}
    for limit in time_limits(case.told, rules):
        row, computed = filed.get((limit.kind, limit.key)), deadline_row(case, limit, rules)
        if row is None or _dates(row) != _dates(computed):
            name = f"{limit.kind}/{limit.key}" if limit.key else limit.kind
            moved[name] = [_day(row.due_on if row else None), _day(limit.due)]
    return moved


def _dates(row: Deadline) -> tuple[datetime | None, datetime | None, bool, str]:
    return row.due_at, row.warn_at, row.provisional, row.outcome


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
