"""Conduct rules: what the ledger shows beyond lateness. Looks at what is new, raises each finding once.

Every minute at the entries beyond a mark, by number, with an overlap for transactions that were still open; once a day
at what needs figures of a stretch of time. The checks themselves are small functions in conduct_checks.py (one case's
ledger), conduct_hours.py (one person's night) and conduct_daily.py (figures). What a check cannot compute is kept as
`Unverified`, 无法核验, with the reason, and raises nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.store import current_calendar
from onewindow.oversight.books import Book, books
from onewindow.oversight.conduct.checks import CHECKS, Check
from onewindow.oversight.conduct.daily import DAILY
from onewindow.oversight.conduct.hours import late_bulks
from onewindow.oversight.conduct.reading import stories
from onewindow.oversight.conduct.story import Finding, Story, Unclear
from onewindow.oversight.models import LEVELS, Rule, Unverified, Watermark
from onewindow.oversight.raising import Alarm, raise_all
from onewindow.oversight.rules import ConductRule, conduct_rule
from onewindow.places.models import Centre

LATE_BULKS: Final = "decided_off_hours"
NAMES: Final = frozenset({*CHECKS, *DAILY, LATE_BULKS})
"""Every check that a rule may name."""
OVERLAP: Final = 2_000
CHUNK: Final = 10_000
_MOST_CHUNKS: Final = 50
"""What one look takes on at most; a longer backlog goes on in the next minute."""
_EVENTS: Final = "conduct.events"
_TAIL: Final = "conduct.tail"
_DAYS: Final = "conduct.days"
_MOST_DAYS: Final = 31
_LOCK: Final = 4_311_002
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Watch:
    """One rule in force with the centres it is for."""

    rule: Rule
    said: ConductRule
    centres: frozenset[int]


Found = list[tuple[Watch, Finding | Unclear]]


def sweep(now: datetime | None = None) -> dict[str, int]:
    """Looks at the entries that nobody has looked at. Returns how many alarms of each level are new."""
    now = now or timezone.now()
    raised = dict.fromkeys([level for level, _ in LEVELS], 0)
    for _ in range(_MOST_CHUNKS):
        found = _chunk(now)
        if found is None:
            break
        for level, count in found.items():
            raised[level] += count
    return raised


def daily(now: datetime | None = None) -> dict[str, int]:
    """Judges the days that are over since it last did, by figures. May run again: nothing is raised twice."""
    now = now or timezone.now()
    today = timezone.localdate(now)
    raised = dict.fromkeys([level for level, _ in LEVELS], 0)
    with transaction.atomic():
        _alone()
        for day in _days(today):
            for level, count in _judge(day, now).items():
                raised[level] += count
        Watermark.objects.update_or_create(key=_DAYS, defaults={"number": today.toordinal()})
    return raised


def unverifiable(centre: Centre | int, day: date) -> QuerySet[Unverified]:
    """What could not be verified at a centre on a day, with its rule; each has `name` and `reason` to show."""
    place = centre if isinstance(centre, int) else centre.pk
    stood = Q(until=None) | Q(until__gt=day)
    rows = Unverified.objects.filter(stood, centre_id=place, since__lte=day)
    return rows.select_related("rule").order_by("rule__code", "name", "pk")


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _watches() -> list[Watch]:
    """The conduct rules in force, each with its centres. Four queries at most."""
    every = frozenset(Centre.objects.values_list("pk", flat=True))
    return [
        Watch(rule, conduct_rule(rule.body), _covered(book, every)) for book in books("conduct") for rule in book.rules
    ]


def _covered(book: Book, every: frozenset[int]) -> frozenset[int]:
    return every - frozenset(book.elsewhere) if book.centres is None else frozenset(book.centres)


# ---- every minute --------------------------------------------------------------------------------------------------


@transaction.atomic
def _chunk(now: datetime) -> dict[str, int] | None:
    """Looks at the next entries and moves the mark; None when there were none. The same number of queries for any
    number of entries."""
    _alone()
    marks = {mark.key: mark.number or 0 for mark in Watermark.objects.filter(key__in=[_EVENTS, _TAIL])}
    reached = marks.get(_EVENTS, 0)
    low = max(reached - OVERLAP, 0)
    top, seen = _ends(low, reached)
    if top <= reached and seen == marks.get(_TAIL, 0):
        return None
    high = max(reached, min(top, reached + CHUNK))
    calendar = current_calendar()
    raised = _keep(_look(stories(low, high), _watches(), calendar), now, calendar)
    _, tail = _ends(max(high - OVERLAP, 0), high)
    _mark(high, tail)
    return raised


def _ends(low: int, reached: int) -> tuple[int, int]:
    """The highest number there is, and how many of (low, reached] are to be seen: more later means one came late."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT coalesce(max(id), 0) FROM cases_caseevent), "
            "(SELECT count(*) FROM cases_caseevent WHERE id > %s AND id <= %s)",
            [low, reached],
        )
        top, seen = cursor.fetchone()
    return int(top), int(seen)


def _mark(reached: int, tail: int) -> None:
    rows = [Watermark(key=_EVENTS, number=reached), Watermark(key=_TAIL, number=tail)]
    Watermark.objects.bulk_create(rows, update_conflicts=True, unique_fields=["key"], update_fields=["number"])


def _look(told: Sequence[Story], watches: Sequence[Watch], calendar: WorkCalendar) -> Found:
    found: Found = []
    for watch in watches:
        check = CHECKS.get(watch.said.check)
        if check is not None:
            mine = (story for story in told if story.centre in watch.centres)
            found += [(watch, one) for story in mine for one in _checked(check, story, watch.said, calendar)]
    nights = [watch for watch in watches if watch.said.check == LATE_BULKS]
    bulks = late_bulks(told, [(watch.said.values, watch.centres) for watch in nights], calendar)
    return found + [(watch, one) for watch, bulk in zip(nights, bulks, strict=True) for one in bulk]


def _checked(check: Check, story: Story, said: ConductRule, calendar: WorkCalendar) -> Iterator[Finding | Unclear]:
    """What the check finds; a ledger that it cannot read (taken over from elsewhere) must not stop all the others."""
    try:
        yield from list(check(story, said.values, calendar))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        _log.exception("conduct check %s cannot read case %s", said.check, story.number)
        day = timezone.localdate(story.entries[-1].at)
        reason = "办件记录的内容不完整，这一项看不出来"
        yield Unclear("case", story.case, story.number, story.centre, day, reason, story.department)


# ---- once a day ----------------------------------------------------------------------------------------------------


def _days(today: date) -> list[date]:
    """The mornings to be judged: today's, and those on which nobody did, a month back at most."""
    kept = Watermark.objects.filter(key=_DAYS).values_list("number", flat=True).first()
    first = today if not kept else max(date.fromordinal(kept) + timedelta(days=1), today - timedelta(days=_MOST_DAYS))
    return [first + timedelta(days=n) for n in range((today - first).days + 1)] or [today]


def _judge(today: date, now: datetime) -> dict[str, int]:
    found: Found = []
    for watch in _watches():
        check = DAILY.get(watch.said.check)
        if check is not None and watch.centres:
            found += [(watch, one) for one in check(watch.said.values, watch.centres, today)]
    _end_what_is_clear(found, today)
    return _keep(found, now, current_calendar(), standing=True)


def _end_what_is_clear(found: Found, today: date) -> None:
    """What stood as 无法核验 and does no longer ends today; what still stands is not written again."""
    still = {_identity(watch, one): at for at, (watch, one) in enumerate(found) if isinstance(one, Unclear)}
    over = []
    for row in Unverified.objects.filter(until=None, rule__code__in=_daily_codes()).select_related("rule"):
        at = still.get((row.rule_id, row.centre_id, row.subject_kind, row.subject_id))
        if at is None:
            over.append(row.pk)
        else:
            still.pop((row.rule_id, row.centre_id, row.subject_kind, row.subject_id))
    if over:
        Unverified.objects.filter(pk__in=over).update(until=today)
    fresh = set(still.values())
    found[:] = [one for at, one in enumerate(found) if isinstance(one[1], Finding) or at in fresh]


def _identity(watch: Watch, one: Finding | Unclear) -> tuple[int, int, str, int]:
    return (watch.rule.pk, one.centre, one.subject, one.subject_id)


def _daily_codes() -> QuerySet[Rule, str]:
    return Rule.objects.filter(kind="conduct", body__check__in=sorted(DAILY)).values_list("code", flat=True)


# ---- keeping -------------------------------------------------------------------------------------------------------


def _keep(found: Found, now: datetime, calendar: WorkCalendar, *, standing: bool = False) -> dict[str, int]:
    """Raises the findings and keeps the rest as 无法核验; `standing`: until it is found to be over."""
    _keep_unclear(((watch.rule, one) for watch, one in found if isinstance(one, Unclear)), standing)
    return raise_all([_alarm(watch, one) for watch, one in found if isinstance(one, Finding)], now, calendar)


def _keep_unclear(unclear: Iterable[tuple[Rule, Unclear]], standing: bool) -> None:
    rows = [
        Unverified(
            rule=rule,
            centre_id=one.centre,
            subject_kind=one.subject,
            subject_id=one.subject_id,
            department_id=one.department,
            person_id=one.person,
            name=one.name[:120],
            reason=one.reason[:200],
            since=one.day,
            until=None if standing else one.day + timedelta(days=1),
        )
        for rule, one in unclear
    ]
    if rows:
        Unverified.objects.bulk_create(rows, ignore_conflicts=True)


def _alarm(watch: Watch, one: Finding) -> Alarm:
    rule = watch.rule
    evidence = {"check": watch.said.check, "values": watch.said.values, "why": one.words, **one.facts}
    return Alarm(
        rule=rule,
        key=f"{rule.code}:{one.key}",
        subject=one.subject,
        subject_id=one.subject_id,
        subject_number=one.subject_number,
        centre=one.centre,
        department=one.department,
        person=one.person,
        title=f"{rule.name}：{one.words}",
        evidence={**evidence, "rows": list(one.rows)},
    )


__all__ = ["NAMES", "daily", "sweep", "unverifiable"]
