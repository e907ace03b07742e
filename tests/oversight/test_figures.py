"""Figures: the same as direct counts, whatever comes late, moves or is counted twice; what falls due by day."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from onewindow.cases.lifecycle import State
from onewindow.cases.models import Case, CaseEvent
from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.deadlines import end_of_day
from onewindow.clocks.models import Deadline
from onewindow.oversight import figures
from onewindow.oversight.figures import OVERDUE, days_ahead, rebuild, refresh, stand
from onewindow.oversight.models import Alert, DueFigure, Figure, Rule
from onewindow.oversight.shipping import ship
from onewindow.voice.models import Complaint, Consultation, Rating
from tests.cast import FERTILITY, FOOD, HYGIENE, Cast
from tests.oversight import test_places

Key = tuple[Any, ...]


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def kept(*measures: str) -> dict[Key, int]:
    """(day, centre, department, person, item, measure) -> value, as the table says it."""
    rows = Figure.objects.filter(measure__in=measures) if measures else Figure.objects.all()
    fields = ("day", "centre_id", "department_id", "person_id", "item_id", "measure", "value")
    return {row[:-1]: row[-1] for row in rows.values_list(*fields)}


def of_centre(cast: Cast, day: str, measure: str) -> int:
    rows = Figure.objects.filter(day=day, centre=cast.centre, measure=measure)
    found = rows.filter(department=None, person=None, item=None).values_list("value", flat=True).first()
    return found or 0


_MEANS = {"receive": "received", "accept": "accepted", "decide": "decided", "withdraw": "withdrawn"}


def counted_by_hand() -> dict[Key, int]:
    """The four measures of the ledger, one event after the other in Python."""
    found: Counter[Key] = Counter()
    for event in CaseEvent.objects.select_related("case").filter(action__in=_MEANS):
        case, measure = event.case, _MEANS[event.action]
        day = timezone.localdate(event.at)
        frame = (day, case.centre_id)
        found[(*frame, None, None, None, measure)] += 1
        found[(*frame, case.department_id, None, None, measure)] += 1
        if measure in figures.BY_ITEM:
            found[(*frame, case.department_id, None, case.item_id, measure)] += 1
        if event.actor_id and event.role not in {"applicant", "system"}:
            found[(*frame, case.department_id, event.actor_id, None, measure)] += 1
    return dict(found)


def a_busy_fortnight(cast: Cast) -> None:
    for day, goal, item in (
        ("2026-09-21", State.DECIDED, FOOD),
        ("2026-09-21", State.EXAMINING, HYGIENE),
        ("2026-09-22", State.WITHDRAWN, FOOD),
        ("2026-09-23", State.ARCHIVED, FERTILITY),
        ("2026-10-08", State.RECEIVED, FOOD),
    ):
        cast.walk_to(goal, item, now=at(f"{day} 10:00"))


# ---- flows --------------------------------------------------------------------------------------------------------


def test_figures_say_what_a_direct_count_says(cast: Cast) -> None:
    a_busy_fortnight(cast)
    refresh(at("2026-10-09 09:00"))
    assert kept(*_MEANS.values()) == counted_by_hand()
    assert of_centre(cast, "2026-09-21", "on_time") == 1


def test_a_rebuild_changes_nothing_where_all_was_right_and_mends_what_was_wrong(cast: Cast) -> None:
    a_busy_fortnight(cast)
    refresh(at("2026-10-09 09:00"))
    right = kept()
    first, last = dt.date(2026, 9, 1), dt.date(2026, 10, 31)
    assert rebuild(first, last) == 0
    Figure.objects.filter(measure="received").update(value=77)
    Figure.objects.filter(measure="decided").delete()
    Figure.objects.create(day=dt.date(2026, 9, 24), centre=cast.centre, measure="late", value=5)
    assert rebuild(first, last) > 0
    assert kept() == right


def test_a_rebuild_of_some_days_leaves_the_others_alone(cast: Cast) -> None:
    a_busy_fortnight(cast)
    refresh(at("2026-10-09 09:00"))
    Figure.objects.filter(measure="received").update(value=77)
    rebuild(dt.date(2026, 9, 22), dt.date(2026, 9, 22))
    assert of_centre(cast, "2026-09-22", "received") == 1
    assert of_centre(cast, "2026-09-21", "received") == 77


def test_a_second_look_changes_nothing(cast: Cast) -> None:
    a_busy_fortnight(cast)
    assert refresh(at("2026-10-09 09:00")) > 0
    assert refresh(at("2026-10-09 09:01")) == 0


def test_what_was_written_late_is_counted_on_its_own_day(cast: Cast) -> None:
    a_busy_fortnight(cast)
    refresh(at("2026-10-09 09:00"))
    cast.receive(FOOD, now=at("2026-09-21 16:00"))
    refresh(at("2026-10-09 09:05"))
    assert of_centre(cast, "2026-09-21", "received") == 3
    assert kept(*_MEANS.values()) == counted_by_hand()


def test_a_transaction_that_was_still_open_is_not_missed(cast: Cast) -> None:
    """Its number is below the watermark when it becomes visible: the overlap finds it."""
    cast.receive(FOOD, now=at("2026-09-21 16:00"))
    refresh(at("2026-10-09 09:00"))
    CaseEvent.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE oversight_watermark SET number = number + 500 WHERE key = 'figures.events'")
    cast.receive(FOOD, now=at("2026-09-21 17:00"))
    refresh(at("2026-10-09 09:05"))
    assert of_centre(cast, "2026-09-21", "received") == 2


def test_a_transferred_case_counts_for_the_department_that_has_it(cast: Cast) -> None:
    case = cast.walk_to("examining", HYGIENE, now=at("2026-09-21 10:00"))
    refresh(at("2026-09-21 11:00"))
    day = dt.date(2026, 9, 21)
    assert kept("received")[(day, cast.centre.pk, cast.health.pk, None, None, "received")] == 1
    # long ago in numbers: the overlap must not be what finds it
    figures_overlap, figures._OVERLAP = figures._OVERLAP, 0  # type: ignore[misc]
    try:
        cast.act(
            case, "transfer", "chief3", at("2026-09-24 10:00"), department=cast.market.code, reason="归市场监管局管"
        )
        refresh(at("2026-09-24 11:00"))
    finally:
        figures._OVERLAP = figures_overlap  # type: ignore[misc]
    assert (day, cast.centre.pk, cast.health.pk, None, None, "received") not in kept("received")
    assert kept("received")[(day, cast.centre.pk, cast.market.pk, None, None, "received")] == 1
    assert kept(*_MEANS.values()) == counted_by_hand()


def test_late_and_on_time_are_told_apart(cast: Cast) -> None:
    case = cast.walk_to("examining", FOOD, now=at("2026-09-01 10:00"))
    late = at("2026-11-16 10:00")
    for who in ("examiner1", "verifier1"):
        case = cast.act(case, "pass_step", who, late, opinion="符合条件")
    cast.act(case, "decide", "chief1", late, outcome="grant", opinion="准予")
    refresh(at("2026-11-16 11:00"))
    assert (of_centre(cast, "2026-11-16", "late"), of_centre(cast, "2026-11-16", "on_time")) == (1, 0)
    assert kept("late")[(dt.date(2026, 11, 16), cast.centre.pk, cast.market.pk, None, case.item_id, "late")] == 1


def alert(cast: Cast, number: str, level: str = "yellow", **more: Any) -> Alert:
    fields: dict[str, Any] = {
        "number": number,
        "centre": cast.centre,
        "department": cast.market,
        "person": cast.examiner1,
        "rule": Rule.objects.first(),
        "level": level,
        "subject_kind": "case",
        "subject_id": 1,
        "key": number,
        "title": "超期",
        "state": "open",
        "opened_at": at("2026-11-16 00:01"),
    }
    return Alert.objects.create(**{**fields, **more})


def test_cards_ratings_complaints_and_questions_are_counted(cast: Cast) -> None:
    ship()
    alert(cast, "J1", "red")
    alert(cast, "J2", "remind", opened_at=at("2026-11-15 23:59"))
    for number, level, default in (("P1", 5, False), ("P2", 1, False), ("P3", 5, True)):
        Rating.objects.create(
            number=number,
            centre=cast.centre,
            department=cast.market,
            channel="qr",
            level=level,
            is_default=default,
            at=at("2026-11-16 09:00"),
        )
    common = {"centre": cast.centre, "opened_at": at("2026-11-16 09:00"), "channel": "online"}
    Complaint.objects.create(
        number="T1",
        kind="complaint",
        cause="overdue",
        against=cast.market,
        department=cast.health,
        text="太慢",
        state="closed",
        closed_at=at("2026-11-18 09:00"),
        **common,
    )
    Consultation.objects.create(number="Z1", question="几点上班", state="asked", **common)
    rebuild(dt.date(2026, 11, 15), dt.date(2026, 11, 18))
    day = "2026-11-16"
    expected = {"red": 1, "remind": 0, "ratings": 2, "bad_ratings": 1, "default_ratings": 1, "complaints": 1}
    assert {name: of_centre(cast, day, name) for name in expected} == expected
    assert of_centre(cast, "2026-11-15", "remind") == 1
    assert of_centre(cast, day, "consultations") == 1
    assert of_centre(cast, "2026-11-18", "complaints_closed") == 1
    assert (dt.date(2026, 11, 16), cast.centre.pk, cast.market.pk, None, None, "complaints") in kept("complaints")


# ---- stocks and what falls due -------------------------------------------------------------------------------------


def limit(cast: Cast, due: dt.datetime, **more: Any) -> Deadline:
    fields: dict[str, Any] = {
        "subject_kind": "complaint",
        "subject_id": Deadline.objects.count() + 1,
        "kind": "answer",
        "label": "答复",
        "start_on": dt.date(2026, 9, 1),
        "due_at": due,
        "centre_id": cast.centre.pk,
        "department_id": cast.market.pk,
    }
    made: Deadline = Deadline.objects.create(**{**fields, **more})
    return made


def heat(cast: Cast) -> dict[dt.date, int]:
    rows = DueFigure.objects.filter(centre=cast.centre, department=None, person=None)
    return dict(rows.values_list("day", "value"))


def test_the_heat_runs_over_ten_working_days_across_national_day(db: None) -> None:
    days = days_ahead(dt.date(2026, 9, 29))
    assert (days[0], days[2], days[-1]) == (dt.date(2026, 9, 29), dt.date(2026, 10, 8), dt.date(2026, 10, 16))
    assert dt.date(2026, 10, 10) in days  # a Saturday that is worked


def test_each_matter_counts_once_a_day_and_only_where_it_is_ours(cast: Cast) -> None:
    now = at("2026-11-16 10:00")
    for _ in range(2):
        limit(cast, end_of_day(dt.date(2026, 11, 17)), subject_id=5, kind=f"k{_}")
    limit(cast, end_of_day(dt.date(2026, 11, 17)), subject_id=6)
    limit(cast, end_of_day(dt.date(2026, 11, 13)), subject_id=7)
    limit(cast, end_of_day(dt.date(2026, 11, 12)), subject_id=7, kind="earlier")
    limit(cast, end_of_day(dt.date(2026, 11, 13)), subject_id=8, settled_at=now, outcome="late")
    limit(cast, end_of_day(dt.date(2026, 11, 18)), subject_kind="case", subject_id=9, kind="correction")
    limit(cast, end_of_day(dt.date(2026, 11, 18)), subject_kind="ticket", subject_id=9, kind="wait")
    limit(cast, end_of_day(dt.date(2026, 12, 31)), subject_id=10)
    stand(now)
    assert heat(cast) == {dt.date(2026, 11, 17): 2, OVERDUE: 1}
    assert of_centre(cast, "2026-11-16", "overdue") == 1
    Deadline.objects.filter(subject_id=7).update(settled_at=now, outcome="late")
    stand(now)
    assert heat(cast) == {dt.date(2026, 11, 17): 2}
    assert of_centre(cast, "2026-11-16", "overdue") == 0


def test_open_cases_stand_under_who_has_them(cast: Cast) -> None:
    case = cast.walk_to("examining", FOOD, now=at("2026-11-16 10:00"))
    cast.receive(FOOD, now=at("2026-11-16 10:00"))
    now = at("2026-11-16 15:00")
    stand(now)
    day = dt.date(2026, 11, 16)
    assert of_centre(cast, "2026-11-16", "open") == Case.objects.exclude(desk="").count() == 2
    assert kept("open")[(day, cast.centre.pk, cast.market.pk, case.assignee_id, None, "open")] == 1
    due = DueFigure.objects.filter(person=cast.examiner1)
    assert sum(due.values_list("value", flat=True)) > 0
    assert stand(now) == 0


def test_yesterdays_last_look_stays_as_what_it_was(cast: Cast) -> None:
    cast.receive(FOOD, now=at("2026-11-16 10:00"))
    stand(at("2026-11-16 15:00"))
    cast.receive(FOOD, now=at("2026-11-17 10:00"))
    stand(at("2026-11-17 15:00"))
    assert of_centre(cast, "2026-11-16", "open") == 1
    assert of_centre(cast, "2026-11-17", "open") == 2
    rebuild(dt.date(2026, 11, 16), dt.date(2026, 11, 17))
    assert of_centre(cast, "2026-11-16", "open") == 1


def test_a_look_asks_a_fixed_number_of_questions(cast: Cast) -> None:
    a_busy_fortnight(cast)
    refresh(at("2026-10-09 09:00"))
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            refresh(at("2026-10-09 09:01"))
        counts.append(len(asked))
        for _ in range(3):
            cast.receive(FOOD, now=at("2026-10-08 10:00"))
    assert counts[0] == counts[1] <= 45


@pytest.mark.django_db(transaction=True)
def test_two_looks_at_once_count_once(cast: Cast) -> None:
    a_busy_fortnight(cast)
    failed: list[BaseException] = []

    def look() -> None:
        try:
            refresh(at("2026-10-09 09:00"))
            stand(at("2026-10-09 09:00"))
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    assert kept(*_MEANS.values()) == counted_by_hand()
    assert test_places.kept() == test_places.plainly()
