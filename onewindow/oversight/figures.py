"""Figures: what the board shows, rolled up from the ledger and the loops, and rebuildable from them at any time.

Flows (received, decided …) belong to the day they happened. `refresh` finds the days on which anything new was written
(numbers of rows beyond a watermark, less an overlap for transactions that were still open) and counts those days
again; it never adds to a count, so nothing is counted twice and what arrives late is counted on its own day. Stocks
(open, overdue …) are what stands now, kept under today; yesterday's last look stays as what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.deadlines import end_of_day
from onewindow.clocks.store import current_calendar
from onewindow.oversight import figure_sql as sql
from onewindow.oversight import places
from onewindow.oversight.models import Watermark
from onewindow.voice.models import BAD

OVERDUE: Final = date(1900, 1, 1)
"""The day under which DueFigure counts what is already past its day."""
DAYS_AHEAD: Final = 10
"""Working days that the heat shows, today among them where it is one."""
REPAIRED: Final = 8
"""Days that the nightly rebuild counts again, should anything have slipped past the overlap."""
FLOWS: Final = (
    *dict.fromkeys(sql.EVENT_MEASURES.values()),
    *("on_time", "late", "remind", "warn", "yellow", "red", "ratings", "default_ratings", "bad_ratings"),
    *("complaints", "complaints_closed", "consultations", "tickets", "walk_ins", "left", "waits", "waiting_seconds"),
)
STOCKS: Final = (
    *("open", "overdue", "open_remind", "open_warn", "open_yellow", "open_red"),
    *("open_bad_ratings", "open_complaints", "open_consultations"),
)
BY_ITEM: Final = ("received", "decided", "late", "overdue", "bad_ratings", "complaints")
"""Measures that are also kept by item: where it hurts."""
REFRESHED: Final = "figures"
STANDING: Final = "figures.standing"
_LOCK: Final = 4_311_004
_OVERLAP: Final = 2_000
_CHUNK: Final = 31


@transaction.atomic
def refresh(now: datetime | None = None) -> int:
    """Counts again the days on which something new was written, and today. Returns how many figures changed."""
    now = now or timezone.now()
    _alone()
    marks = {name: _highest(table) for name, (table, _) in sql.SOURCES.items()}
    days = _dirty({name: _mark(name) for name in sql.SOURCES}) | {timezone.localdate(now)}
    changed = sum(_count(first, last) for first, last in _ranges(days))
    changed += places.follow_centres(timezone.localdate(now), (*FLOWS, *STOCKS))
    for name, number in marks.items():
        _keep(f"{REFRESHED}.{name}", number=number)
    _keep(REFRESHED, moment=now)
    return changed


@transaction.atomic
def rebuild(first: date, last: date) -> int:
    """Counts these days (both included) anew from the rows. Returns how many figures differed: none, if all was right.

    Stocks of past days cannot be counted later and stay as they were seen; those of places are their centres'.
    """
    _alone()
    changed = sum(_count(begin, end) for begin, end in _chunks(first, last))
    return changed + sum(places.add_up(begin, end, STOCKS) for begin, end in _chunks(first, last))


@transaction.atomic
def stand(now: datetime | None = None) -> int:
    """What stands open now, and what falls due in the coming working days. Returns how many figures changed."""
    now = now or timezone.now()
    today = timezone.localdate(now)
    _alone()
    changed = places.run(sql.COUNT_STOCKS, {**_frame(today, today, STOCKS), "today": today, "now": now})
    changed += places.add_up(today, today, STOCKS)
    horizon = end_of_day(days_ahead(today)[-1])
    changed += places.run(sql.COUNT_DUE, {"now": now, "overdue": OVERDUE, "horizon": horizon}) + places.add_up_due()
    _keep(STANDING, moment=now)
    return changed


def days_ahead(today: date) -> list[date]:
    """The next ten working days, today among them where it is one."""
    calendar, day = current_calendar(), today
    found: list[date] = []
    while len(found) < DAYS_AHEAD:
        day = calendar.next_workday(day)
        found.append(day)
        day += timedelta(days=1)
    return found


# ---- which days ----------------------------------------------------------------------------------------------------


def _dirty(marks: dict[str, int]) -> set[date]:
    """Days with rows beyond the marks; of rows that moved, also the days on which they were counted before."""
    days: set[date] = set()
    with connection.cursor() as cursor:
        for name, (table, day) in sql.SOURCES.items():
            cursor.execute(f"SELECT DISTINCT {day} FROM {table} WHERE id > %s", [marks[name]])  # noqa: S608
            days.update(row[0] for row in cursor.fetchall())
        cursor.execute(sql.MOVED, {"mark": marks["events"], "steps": marks["steps"]})
        days.update(row[0] for row in cursor.fetchall())
    return days


def _ranges(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Runs of days as first and last, none longer than a month."""
    first: date | None = None
    last: date | None = None
    for day in sorted(days):
        if first is not None and last is not None and day - last == timedelta(days=1):
            last = day
            continue
        if first is not None and last is not None:
            yield from _chunks(first, last)
        first = last = day
    if first is not None and last is not None:
        yield from _chunks(first, last)


def _chunks(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        end = min(last, first + timedelta(days=_CHUNK - 1))
        yield first, end
        first = end + timedelta(days=1)


# ---- counting ------------------------------------------------------------------------------------------------------


def _count(first: date, last: date) -> int:
    actions = list(sql.EVENT_MEASURES)
    values = _frame(first, last, FLOWS) | {
        "since": datetime.combine(first, time.min, SHANGHAI),
        "until": datetime.combine(last + timedelta(days=1), time.min, SHANGHAI),
        "actions": actions,
        "meanings": [sql.EVENT_MEASURES[action] for action in actions],
        "bad": BAD,
    }
    return places.run(sql.COUNT_FLOWS, values) + places.add_up(first, last, FLOWS)


def _frame(first: date, last: date, measures: Iterable[str]) -> dict[str, Any]:
    return {"first": first, "last": last, "measures": list(measures), "by_item": list(BY_ITEM)}


def _alone() -> None:
    """Two counts of one day at once would only wait for each other's rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _highest(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608 - a name of ours
        return int(cursor.fetchone()[0])


def _mark(name: str) -> int:
    kept = Watermark.objects.filter(key=f"{REFRESHED}.{name}").values_list("number", flat=True).first()
    return max((kept or 0) - _OVERLAP, 0)


def _keep(key: str, **values: Any) -> None:
    Watermark.objects.update_or_create(key=key, defaults=values)


__all__ = ["BY_ITEM", "DAYS_AHEAD", "FLOWS", "OVERDUE", "STOCKS", "days_ahead", "rebuild", "refresh", "stand"]
