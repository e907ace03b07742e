"""What a time rule would have raised in the last thirty days. Reads the limits that are stored, and writes nothing.

A limit that was paused or moved since counts by the due day it has now; otherwise it fires when the sweep would have
fired it, and only while it was open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone

from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.models import Deadline
from onewindow.clocks.store import current_calendar
from onewindow.oversight.books import books
from onewindow.oversight.models import RuleSet
from onewindow.oversight.rules import TimeRule, Trigger, days_before, fires_at
from onewindow.places.models import Centre

DAYS: Final = 30
MOST: Final = 20_000
"""Limits that are looked at; with more of them the count is "at least"."""
SHOWN: Final = 5
_BACK: Final = timedelta(days=400)
"""So long ago a limit may have been due whose working days after are over only now."""
_MONTH: Final = 30
_READ: Final = (
    *("subject_id", "kind", "label", "limit_n", "limit_unit", "start_on", "due_at", "settled_at", "department_id"),
)


@dataclass(frozen=True, slots=True)
class Would:
    """One alarm that would have been raised: which limit of what, and when."""

    subject: int
    label: str
    due_at: datetime
    at: datetime
    open: bool


@dataclass(slots=True)
class Preview:
    """`total` alarms, `still` of limits that are open now; `latest` the last of them. `capped`: there are more."""

    total: int = 0
    still: int = 0
    capped: bool = False
    departments: Counter[int] = field(default_factory=Counter)
    latest: list[Would] = field(default_factory=list)


def preview(said: TimeRule, centres: Collection[int], now: datetime | None = None) -> Preview:
    """One or two queries; the time follows the limits that are looked at."""
    now = now or timezone.now()
    since, calendar, found, seen = now - timedelta(days=DAYS), current_calendar(), Preview(), 0
    for row in _limits(said, centres, since, now):
        seen += 1
        if seen > MOST:
            found.capped = True
            break
        at = _fired(said.trigger, row, calendar)
        if at is None or not since < at <= now or (row["settled_at"] is not None and row["settled_at"] <= at):
            continue
        found.total += 1
        found.still += row["settled_at"] is None
        found.departments[row["department_id"]] += 1
        found.latest.append(Would(row["subject_id"], row["label"], row["due_at"], at, row["settled_at"] is None))
    found.latest = sorted(found.latest, key=lambda one: one.at, reverse=True)[:SHOWN]
    return found


def _limits(said: TimeRule, centres: Collection[int], since: datetime, now: datetime) -> Iterator[dict[str, Any]]:
    """The limits that can have fired since: open ones, and those settled no earlier than that (a limit is written
    when it is settled)."""
    due = Q(due_at__gt=since - _BACK, due_at__lte=now) if said.trigger.past_due else Q(due_at__gt=since)
    rows = Deadline.objects.filter(
        due, Q(settled_at=None) | Q(settled_at__gt=since, touched_at__gt=since), subject_kind=said.subject
    )
    rows = rows.filter(kind__in=said.kinds, centre_id__in=centres).order_by("-due_at")
    yield from rows.values(*_READ)[: MOST + 1].iterator()


def _fired(trigger: Trigger, row: dict[str, Any], calendar: WorkCalendar) -> datetime | None:
    """When it would have fired: not before the limit began, and, unless it is about lateness, not after it ended."""
    due = row["due_at"]
    at = moment(trigger, due, row["limit_unit"], row["limit_n"], calendar)
    if at is None:
        return None
    at = max(at, datetime.combine(row["start_on"], time.min, SHANGHAI))
    return at if trigger.past_due or at <= due else None


def moment(trigger: Trigger, due: datetime, unit: str, n: int | None, calendar: WorkCalendar) -> datetime | None:
    """When a rule fires for a limit of n units; None for a share of a limit that has no length in days."""
    if trigger.share is None or unit == "workday":
        return None if trigger.share is not None and not n else fires_at(trigger, due, n, calendar)
    if unit not in {"day", "month"} or not n:
        return None
    back = days_before(trigger.share, n * _MONTH if unit == "month" else n)
    return datetime.combine(due.astimezone(SHANGHAI).date() - timedelta(days=back), time.min, SHANGHAI)


def centres_of(rule_set: RuleSet) -> list[int]:
    """The centres a book is in use at; before any uses it, all of the place it belongs to. A few queries."""
    used = next((book.centres for book in books("time") if book.key == rule_set.key), None)
    if used:
        return list(used)
    return list(Centre.objects.filter(division__code__startswith=rule_set.division).values_list("pk", flat=True))


__all__ = ["DAYS", "MOST", "Preview", "Would", "centres_of", "moment", "preview"]
