"""The halls of the demonstration: filled with the last days when it is loaded, then alive from minute to minute."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.store import current_calendar
from onewindow.demo import hall_ratings
from onewindow.demo.crowd import load_portal_accounts
from onewindow.demo.hall_day import AHEAD, KEY, Day, House
from onewindow.demo.hall_desks import Tally
from onewindow.demo.hall_forms import book
from onewindow.demo.hall_life import Stage
from onewindow.demo.hall_record import Record
from onewindow.demo.office import at
from onewindow.demo.places import HALL
from onewindow.hall.memory import remembered
from onewindow.hall.models import Hall, Ticket
from onewindow.people.models import Account
from onewindow.problems import Problem
from onewindow.server.models import Heartbeat

_LOCK: Final = 7346104  # any fixed number: one process moves the halls at a time
BEAT: Final = "demo.hall"
CATCH_UP: Final = dt.timedelta(hours=1)
DAYS_BEFORE: Final = 2
_STRAGGLERS: Final = dt.timedelta(hours=2)
"""A day that is over is played on until the last of its visitors has gone."""

Say = Callable[[str], None]


def load_hall(*, say: Say = lambda line: None, now: dt.datetime | None = None) -> int:
    """Fills the last two working days and today up to now where nobody simulated was yet; returns the tickets made.

    An interrupted load goes on where it stopped; a second one changes nothing.
    """
    present = now or timezone.now()
    load_portal_accounts()
    with _alone() as mine:
        if not mine:
            say("演示大厅正由另一个进程装入。")
            return 0
        return _fill(present, say)


def advance(now: dt.datetime | None = None) -> Tally | None:
    """Carries the simulated halls on to now; None where no demonstration was loaded or another process does it.

    After a pause at most an hour is made up for.
    """
    present = now or timezone.now()
    if not exists():
        return None
    with _alone() as mine:
        if not mine:
            return None
        last = Heartbeat.objects.filter(name=BEAT).values_list("at", flat=True).first()
        if last is None:
            return None
        house = _house()
        since = max(last, present - CATCH_UP)
        if since >= present:
            return Tally()
        tally = Tally()
        for day, begin, end in _days(since, present):
            done = Stage(Day(day, house), begin, shared=True).run(end)
            hall_ratings.go_on(begin, end)
            tally.acts += done.acts
            tally.refused += done.refused
        _beat(present)
        return tally


def exists() -> bool:
    """Whether the demonstration's hall was ever loaded here."""
    known = Account.objects.filter(username="duty1", is_demo=True)
    return bool(Hall.objects.filter(centre__key=HALL).exists() and known.exists())


@remembered(300)
def _house() -> House:
    """Centres, windows and people change seldom; the halls move every few seconds."""
    return House()


# ---- filling ------------------------------------------------------------------------------------------------------


def _fill(present: dt.datetime, say: Say) -> int:
    last = Heartbeat.objects.filter(name=BEAT).values_list("at", flat=True).first()
    first_day = current_calendar().add_workdays(present.astimezone(SHANGHAI).date(), -DAYS_BEFORE)
    begin = max(at(first_day, 0), last or at(first_day, 0))
    if present - begin < CATCH_UP and last is not None:
        return 0
    say("正在装入演示大厅：预约、取号、叫号，每一步都经由真实的动作……")
    started, before = time.monotonic(), _simulated()
    house = House()
    with _without_waiting_for_the_disk():
        if last is None:
            _book_ahead(house, first_day)
        for day, since, until in _days(begin, present):
            if until == present or current_calendar().is_workday(day):
                _run(house, day, since, until)
            _beat(until)
    made = _simulated() - before
    say(f"演示大厅已装入 {made} 个号，用时 {time.monotonic() - started:.0f} 秒。")
    return made


def _run(house: House, day: dt.date, since: dt.datetime, until: dt.datetime) -> Tally:
    """One day or the rest of it."""
    plan = Day(day, house)
    if since > at(day, 0) or Ticket.objects.filter(day=day).exists():  # somebody was here: nothing of theirs is passed
        return Stage(plan, since, shared=True, past=True).run(until)
    record = Record(day, len(plan.visits), house.applicants)
    with transaction.atomic():
        over = _STRAGGLERS if until == at(day + dt.timedelta(days=1), 0) else dt.timedelta()
        tally = Stage(plan, since, shared=False, past=True, acts=record).run(until + over)
        record.save()
    return tally


def _book_ahead(house: House, first: dt.date) -> None:
    """What had been booked before the first day that is played."""
    begin = at(first, 0)
    for ahead in range(AHEAD):
        day = Day(first + dt.timedelta(days=ahead), house)
        for visit in day.visits:
            if visit.booked and day.booked_at(visit) < begin:
                with suppress(Problem):  # the time is taken: they just come
                    book(day, visit, day.booked_at(visit))


def _days(since: dt.datetime, until: dt.datetime) -> Iterator[tuple[dt.date, dt.datetime, dt.datetime]]:
    """The stretch cut at midnight."""
    day = since.astimezone(SHANGHAI).date()
    while since < until:
        midnight = at(day + dt.timedelta(days=1), 0)
        yield day, since, min(midnight, until)
        since, day = midnight, day + dt.timedelta(days=1)


def _simulated() -> int:
    return Ticket.objects.filter(request__startswith=KEY).count()


# ---- one at a time ------------------------------------------------------------------------------------------------


@contextmanager
def _alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


@contextmanager
def _without_waiting_for_the_disk() -> Iterator[None]:
    """Demonstration data may be lost in a power cut."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")


def _beat(moment: dt.datetime) -> None:
    Heartbeat.objects.update_or_create(name=BEAT, defaults={"at": moment})
