"""Many people, one last place: threads against the real database, and what each verb costs it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.clocks import store
from onewindow.exchange.models import OutboxMessage
from onewindow.hall import appointments, changes, opening
from onewindow.hall.models import Appointment
from onewindow.people.changes import Steward
from onewindow.problems import Problem
from tests.cast import CITIZEN_ID, FOOD, Cast
from tests.hall.bookings import SUNDAY_NOON, TUESDAY, book
from tests.hall.stage import MONDAY, Stage, build
from tests.races.conftest import all_at_once

FRIDAY_BEFORE = SUNDAY_NOON - dt.timedelta(days=2)


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return build(cast)


def outcome(call: Callable[[], Any]) -> Any:
    """What the call gives, or the title of its problem; anything else is raised."""
    try:
        return call()
    except Problem as problem:
        return problem.title


@pytest.mark.django_db(transaction=True)
def test_twenty_people_want_the_last_place(stage: Stage) -> None:
    answers = all_at_once([partial(outcome, partial(book, stage, "9:30", n)) for n in range(20)])
    titles = Counter(answer if isinstance(answer, str) else "booked" for answer in answers)
    assert titles == {"booked": 1, "这个时段刚刚约满": 19}
    assert Appointment.objects.count() == OutboxMessage.objects.filter(topic="hall.booked").count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_book_many_times_and_walk_ins_keep_their_room(stage: Stage) -> None:
    """Forty people in two lines that share windows, all in one hour: ninety minutes of three windows, no more."""
    clocks = ("9:00", "9:15", "9:30", "9:45")
    all_at_once([partial(outcome, partial(book, stage, clocks[n % 4], n)) for n in range(40)])
    booked = Appointment.objects.filter(state="booked")
    assert booked.count() == 4
    assert Counter(booked.values_list("period", flat=True)).most_common(1)[0][1] == 1


@pytest.mark.django_db(transaction=True)
def test_one_person_presses_the_button_ten_times(stage: Stage) -> None:
    answers = all_at_once([partial(book, stage, "9:30", 1, request="same") for _ in range(10)])
    assert len({answer.pk for answer in answers}) == 1
    assert OutboxMessage.objects.filter(topic="hall.booked").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_key_on_two_days_at_once_is_one_booking(stage: Stage) -> None:
    """The two wait for different days; the key is what meets."""
    days = (MONDAY, TUESDAY)
    answers = all_at_once([partial(outcome, partial(book, stage, "9:30", 1, day=day, request="k")) for day in days])
    assert len({getattr(answer, "pk", answer) for answer in answers}) == 1
    assert Appointment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_person_books_everywhere_at_once(stage: Stage) -> None:
    clocks = ("9:00", "9:15", "10:00", "10:30", "11:00", "13:00", "14:00", "15:00")
    calls = [partial(book, stage, clock, n, id_number=CITIZEN_ID) for n, clock in enumerate(clocks)]
    answers = all_at_once([partial(outcome, call) for call in calls])
    assert sum(isinstance(answer, Appointment) for answer in answers) == 1


@pytest.mark.django_db(transaction=True)
def test_two_move_to_the_same_last_place(stage: Stage) -> None:
    made = [book(stage, clock, n) for n, clock in enumerate(("9:00", "10:00", "11:00", "13:00"))]
    to = stage.at("9:30", TUESDAY)
    moves = [partial(outcome, partial(appointments.move, one, to, by=None, now=SUNDAY_NOON)) for one in made]
    answers = all_at_once(moves)
    assert sum(isinstance(answer, Appointment) for answer in answers) == 1
    assert Appointment.objects.filter(state="booked").count() == 4


@pytest.mark.django_db(transaction=True)
def test_closing_a_day_while_people_book_it(stage: Stage, cast: Cast) -> None:
    """Whoever came first is told; whoever comes later is refused; nobody keeps a place of a closed day."""
    steward = Steward(cast.actor("manager1"), SUNDAY_NOON)
    close = partial(changes.set_day, cast.centre, {"day": MONDAY, "reason": "检修"}, by=steward)
    people = [partial(outcome, partial(book, stage, f"{9 + n % 3}:{15 * (n % 4):02}", n)) for n in range(10)]
    all_at_once([*people[:5], close, *people[5:]])
    assert opening.fresh(stage.centre).day(MONDAY) == ()
    assert not Appointment.objects.filter(state="booked").exists()
    told = OutboxMessage.objects.filter(topic="hall.displaced").count()
    assert told == Appointment.objects.filter(state="displaced").count()


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_remind_and_release_once(stage: Stage) -> None:
    for n in range(6):
        book(stage, f"{9 + n // 3}:{15 * (n % 3):02}", n, now=FRIDAY_BEFORE)
    soon, late = stage.at("20:00", SUNDAY_NOON.date()), stage.at("12:00")
    assert sum(all_at_once([partial(appointments.remind_due, soon)] * 4)) == 6
    assert sum(all_at_once([partial(appointments.release_due, late)] * 4)) == 6
    assert OutboxMessage.objects.filter(topic="hall.reminder").count() == 6
    assert OutboxMessage.objects.filter(topic="hall.missed").count() == 6


# ---- what it costs ------------------------------------------------------------------------------------------------


def statements(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as asked:
        act()
    return len([one for one in asked if "SAVEPOINT" not in one["sql"]])


@pytest.mark.django_db
def test_each_verb_costs_the_same_however_much_is_booked(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "RECHECK_SECONDS", 1e9)
    store.current_calendar()
    centre = stage.cast.centre

    def costs(first: int) -> dict[str, int]:
        mine: list[Appointment] = []
        ways: dict[str, Callable[[], Any]] = {
            "days": lambda: appointments.days(centre, FOOD, now=SUNDAY_NOON),
            "offer": lambda: appointments.offer(centre, FOOD, "general", MONDAY, SUNDAY_NOON),
            "book": lambda: mine.append(book(stage, f"{first}:00", first)),
            "book with an identity": lambda: book(stage, f"{first}:15", first + 50, id_number=CITIZEN_ID, item=None),
            "move": lambda: appointments.move(mine[0], stage.at(f"{first}:45"), by=None, now=SUNDAY_NOON),
            "find": lambda: appointments.find(centre, mine[0].number, f"{first:04}", MONDAY),
            "cancel": lambda: appointments.cancel(mine[0], by=None, now=SUNDAY_NOON),
        }
        return {name: statements(way) for name, way in ways.items()}

    costs(9)
    Appointment.objects.filter(item=None).delete()
    few = costs(10)
    Appointment.objects.filter(item=None).delete()
    for n in range(16):
        book(stage, f"{13 + n // 4}:{15 * (n % 4):02}", 100 + n)
    assert costs(11) == few
    assert few == {
        "days": 2,
        "offer": 2,
        "book": 10,
        "book with an identity": 12,
        "move": 10,
        "find": 1,
        "cancel": 3,
    }
