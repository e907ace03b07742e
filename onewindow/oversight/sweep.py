"""Time rules: reads the limits that fell due since the last look, and raises each alarm once.

The cost follows what fell due. For every rule the due moments up to which it has fired are a bound (rules.py); the
sweep keeps the bound it reached and next time reads the range between, by index. What was written meanwhile (a limit
resumed, shortened, opened late, settled late) it finds by `touched_at`. Two sweepers wait for each other, and a unique
key keeps even a repeated look from raising anything twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.store import current_calendar
from onewindow.oversight.books import Book, books
from onewindow.oversight.cards import CARD
from onewindow.oversight.models import LEVELS, Rule, Watermark
from onewindow.oversight.raising import frame
from onewindow.oversight.rules import LONGEST, TimeRule, bound, days_before, time_rule
from onewindow.oversight.statements import RAISE, SETTLE

_EVER: Final = datetime(1900, 1, 1, tzinfo=UTC)
_TOUCHED: Final = "touched"
_LOCK: Final = 4_311_001
_OVERLAP: Final = timedelta(minutes=1)
_MONTH: Final = 30
"""A limit of months counts as so many days for a share of it."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One line of the question: limits of this kind (of these lengths in a unit), due in (since, upto]."""

    rule: int
    code: str
    name: str
    level: str
    subject: str
    kind: str
    unit: str
    lengths: str
    since: datetime
    upto: datetime
    past: bool
    tell: str
    mark: str


@transaction.atomic
def sweep(now: datetime | None = None) -> dict[str, int]:
    """One look: raises what fired, settles reminders whose limit is settled or moved. Returns how many of each."""
    now = now or timezone.now()
    _alone()
    marks = {mark.key: mark.moment for mark in Watermark.objects.all()}
    since, touched = marks.get(_TOUCHED) or _EVER, _oldest_running()
    reached = {_TOUCHED: touched}
    calendar, raised = current_calendar(), dict.fromkeys([level for level, _ in LEVELS], 0)
    for book in books("time"):
        probes = [probe for rule in book.rules for probe in _probes(book, rule, now, marks, calendar)]
        for level, count in _raise(book, probes, since, now, calendar):
            raised[level] += count
        reached |= {probe.mark: probe.upto for probe in probes}
    raised["settled"] = _settle(since, now)
    _keep({mark: moment for mark, moment in reached.items() if moment != marks.get(mark)})
    return raised


def _alone() -> None:
    """Compiling the question would take longer than answering it, however much the planner expects."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jit', 'off', true), pg_advisory_xact_lock(%s)", [_LOCK])


def _oldest_running() -> datetime:
    """Every change that commits after this look was touched no earlier than this."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(min(xact_start), clock_timestamp()) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        (oldest,) = cursor.fetchone()
    return oldest - _OVERLAP  # type: ignore[no-any-return]


# ---- the question -------------------------------------------------------------------------------------------------


def _probes(
    book: Book, rule: Rule, now: datetime, marks: dict[str, datetime | None], calendar: WorkCalendar
) -> Iterator[Probe]:
    said = time_rule(rule.body)
    for unit, lengths, upto in _bounds(said, now, calendar):
        mark = f"{book.key}:{rule.code}:{rule.version}:{unit}:{lengths[0]}"
        since = marks.get(mark) or _EVER
        for kind in said.kinds:
            yield Probe(
                rule.pk,
                rule.code,
                rule.name,
                rule.level,
                said.subject,
                kind,
                unit,
                ",".join(map(str, lengths)) if unit else "",
                min(since, upto),
                upto,
                said.trigger.past_due,
                ",".join(said.tell),
                mark,
            )


def _bounds(said: TimeRule, now: datetime, calendar: WorkCalendar) -> Iterator[tuple[str, list[int], datetime]]:
    """(unit, lengths, due bound): one line, or for a share one per number of days before the due day."""
    share = said.trigger.share
    if share is None:
        yield "", [0], bound(said.trigger, now, None, calendar)
        return
    for back, group in groupby(range(1, LONGEST + 1), key=lambda n: days_before(share, n)):
        lengths = list(group)
        yield "workday", lengths, bound(said.trigger, now, lengths[0], calendar)
        yield "day", lengths, _natural(now, back)
    for months in range(1, 25):
        yield "month", [months], _natural(now, days_before(share, months * _MONTH))


def _natural(now: datetime, days: int) -> datetime:
    local = timezone.localtime(now) + timedelta(days=days)
    return local.replace(hour=23, minute=59, second=59, microsecond=999999)


# ---- the answer ---------------------------------------------------------------------------------------------------


def _raise(
    book: Book, probes: list[Probe], since: datetime, now: datetime, calendar: WorkCalendar
) -> list[tuple[str, int]]:
    if not probes:
        return []
    columns: list[list[Any]] = [list(column) for column in zip(*map(astuple, probes), strict=True)]
    names = list(Probe.__dataclass_fields__)
    values: dict[str, Any] = {f"p_{name}": column for name, column in zip(names, columns, strict=True)}
    values |= frame(now, calendar) | {
        "all": book.centres is None,
        "centres": list(book.centres or book.elsewhere),
        "touched": since,
    }
    with connection.cursor() as cursor:
        cursor.execute(RAISE, values)
        return list(cursor.fetchall())


def _settle(since: datetime, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, {"touched": since, "now": now, "loop": CARD.key})
        (count,) = cursor.fetchone()
    return int(count)


def _keep(marks: dict[str, datetime]) -> None:
    """Only this sweep's own marks, and only what moved: figures and conduct keep theirs."""
    Watermark.objects.bulk_create(
        [Watermark(key=key, moment=moment) for key, moment in marks.items()],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["moment"],
    )
