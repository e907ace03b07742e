"""Decisions taken in bulk after closing time (HN-27.9).

Closing time is the end of the hall's day as it was promised at that moment; where no hall has said any hours, a
working day lasts from 8:30 to 17:30. The lunch break lies within the day. What a counter decides for somebody who took
a number is service, however late it is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from onewindow.cases.lifecycle import Action
from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.clock import SHANGHAI
from onewindow.hall import hours
from onewindow.hall.models import DayHours, WeeklyHours
from onewindow.hall.opening import special_of, weekly_of
from onewindow.oversight.conduct.reading import Decision, decisions
from onewindow.oversight.conduct.story import Entry, Finding, Story, row
from onewindow.people.roles import Role

OPENS: Final = time(8, 30)
CLOSES: Final = time(17, 30)
_COUNTERS: Final = frozenset({Role.CLERK.value, Role.TOWNSHIP_CLERK.value})
_NIGHT_ENDS: Final = timedelta(hours=8)
"""A decision before this hour belongs to the night that began the day before."""


class Timetables:
    """The promised hours of some centres with all that was said before. Two queries, whatever is asked then."""

    def __init__(self, centres: Iterable[int], calendar: WorkCalendar) -> None:
        wanted = sorted(set(centres))
        self._calendar = calendar
        self._weekly: dict[int, list[WeeklyHours]] = defaultdict(list)
        self._days: dict[int, list[DayHours]] = defaultdict(list)
        for weekly in WeeklyHours.objects.filter(centre_id__in=wanted).order_by("centre", "weekday", "opens"):
            self._weekly[weekly.centre_id].append(weekly)
        for special in DayHours.objects.filter(centre_id__in=wanted).order_by("centre", "said_at"):
            self._days[special.centre_id].append(special)

    def closed(self, centre: int, at: datetime) -> bool:
        """Whether the centre's day had not begun or was over."""
        local = at.astimezone(SHANGHAI)
        day = self._day(centre, local.date(), at)
        return day is None or not day[0] <= local <= day[1]

    def _day(self, centre: int, day: date, at: datetime) -> tuple[datetime, datetime] | None:
        """From the first opening to the last closing of a day as said at a moment; None when closed."""
        weekly = [one for one in self._weekly[centre] if _said(one, at) and one.valid_from <= day]
        special = [one for one in self._days[centre] if one.day == day and _said(one, at)]
        if not weekly and not special:
            works = self._calendar.is_workday(day)
            return (datetime.combine(day, OPENS, SHANGHAI), datetime.combine(day, CLOSES, SHANGHAI)) if works else None
        told = hours.day(day, map(weekly_of, weekly), special_of(special[-1]) if special else None, self._calendar)
        return (told[0].starts, max(period.ends for period in told)) if told else None


def _said(row: WeeklyHours | DayHours, at: datetime) -> bool:
    return row.said_at <= at and (row.ended_at is None or at < row.ended_at)


def late_bulks(
    stories: Sequence[Story], wanted: Sequence[tuple[Mapping[str, float], frozenset[int]]], calendar: WorkCalendar
) -> list[list[Finding]]:
    """For each of `wanted` (values of a rule, the centres it is for) what it finds. Three queries, or none where
    nobody decided after closing time.

    A bulk is `count` decisions of one person at one centre within `minutes`; each night is found once.
    """
    made = [(story, one) for story in stories for one in story.new(Action.DECIDE) if one.staff and one.account]
    if not made or not wanted:
        return [[] for _ in wanted]
    tables = Timetables((story.centre for story, _ in made), calendar)
    late = [one for story, one in made if _counts(story.ticket, one) and tables.closed(story.centre, one.at)]
    if not late:
        return [[] for _ in wanted]
    around = timedelta(minutes=max(values["minutes"] for values, _ in wanted))
    moments = [one.at for one in late]
    people = {one.account for one in late if one.account}
    nights = _by_night(decisions(people, min(moments) - around, max(moments) + around), tables)
    fresh = {(story.case, one.seq) for story, one in made}
    return [_found(nights, values, centres, fresh) for values, centres in wanted]


def _counts(ticket: str, entry: Entry) -> bool:
    return not (ticket and entry.role in _COUNTERS)


def _by_night(read: Iterable[Decision], tables: Timetables) -> dict[tuple[int, int], list[Decision]]:
    """(person, centre) -> their decisions outside the hours, in time."""
    nights: dict[tuple[int, int], list[Decision]] = defaultdict(list)
    for one in read:
        entry = one.entry
        if entry.account and entry.staff and _counts(one.ticket, entry) and tables.closed(one.centre, entry.at):
            nights[(entry.account, one.centre)].append(one)
    return nights


def night(one: Decision) -> date:
    """The night a late decision belongs to, by the day on which it began."""
    return (one.entry.at.astimezone(SHANGHAI) - _NIGHT_ENDS).date()


def _found(
    nights: Mapping[tuple[int, int], list[Decision]],
    values: Mapping[str, float],
    centres: frozenset[int],
    fresh: set[tuple[int, int]],
) -> list[Finding]:
    span, count = timedelta(minutes=values["minutes"]), max(int(values["count"]), 2)
    found = []
    for (person, centre), made in nights.items():
        told: set[date] = set()
        for at, first in enumerate(made):
            last = bisect_right(made, first.entry.at + span, key=lambda one: one.entry.at)
            bulk = made[at:last]
            if centre not in centres or len(bulk) < count or night(first) in told:
                continue
            if any((one.case, one.entry.seq) in fresh for one in bulk):
                told.add(night(first))
                found.append(_finding(person, bulk, span))
    return found


def _finding(person: int, bulk: list[Decision], span: timedelta) -> Finding:
    first = bulk[0]
    start, end = (one.entry.at.astimezone(SHANGHAI) for one in (bulk[0], bulk[-1]))
    words = f"{first.entry.name}在{start.month}月{start.day}日 {start:%H:%M}–{end:%H:%M} 作了 {len(bulk)} 个决定"
    return Finding(
        key=f"{person}:{first.centre}:{night(first)}",
        subject="person",
        subject_id=person,
        subject_number="",
        centre=first.centre,
        department=first.entry.department or first.department,
        person=person,
        words=words,
        rows=tuple(row(one.number, one.entry) for one in bulk),
        facts={"decisions": len(bulk), "minutes": round(span.total_seconds() / 60)},
    )
