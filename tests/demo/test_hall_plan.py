"""The plan of a day at the demonstration's hall: who comes when, and who sits where."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise
from statistics import mean

import pytest

from onewindow.demo.hall_shifts import PLAYED, Shift, shifts
from onewindow.demo.hall_visits import Visit, Wanted, visits
from onewindow.demo.places import HALL

WANTED = [Wanted("a", 3, True, True), Wanted("b", 1, False, False)]
MONDAY = dt.date(2026, 11, 2)
WEEKS = [MONDAY + dt.timedelta(days=n) for n in range(56) if n % 7 < 5]
TOWNS = ["taojiang-112", "taojiang-101"]


def coming(day: dt.date, *, working: bool = True) -> list[Visit]:
    return visits(day, working, TOWNS, WANTED, [])


def at_county(day: dt.date) -> list[Visit]:
    return [visit for visit in coming(day) if visit.centre == HALL]


def test_about_six_hundred_people_come_on_a_working_day() -> None:
    assert 540 < mean(len(at_county(day)) for day in WEEKS) < 660
    assert all(430 < len(at_county(day)) < 800 for day in WEEKS)


def test_monday_is_the_busiest_day() -> None:
    totals: Counter[int] = Counter()
    for day in WEEKS:
        totals[day.weekday()] += len(at_county(day))
    assert max(totals, key=totals.__getitem__) == 0


def test_the_morning_has_its_peak_and_lunch_is_quiet() -> None:
    hours = Counter(visit.at.hour for day in WEEKS for visit in at_county(day))
    assert hours.most_common(1)[0][0] == 10
    assert hours[12] < hours[11] / 2
    assert hours[12] < hours[13] / 2
    assert all(hours[hour] for hour in range(24))


def test_the_same_day_has_the_same_visitors() -> None:
    assert coming(MONDAY) == coming(MONDAY)
    assert coming(MONDAY) != coming(MONDAY + dt.timedelta(days=7))


def test_nobody_comes_too_late_to_be_served_on_the_day() -> None:
    for day in WEEKS:
        assert max(visit.at for visit in coming(day)).strftime("%H:%M") < "23:37"


def test_on_a_free_day_somebody_still_comes_but_not_to_the_towns() -> None:
    free = coming(MONDAY + dt.timedelta(days=5), working=False)
    assert 150 < len(free) < 380
    assert {visit.centre for visit in free} == {HALL}


def test_town_centres_are_asked_only_for_what_they_take() -> None:
    keys = {key for visit in coming(MONDAY) if visit.centre != HALL for key in visit.items}
    assert keys == {"a"}


def test_services_take_longer_for_what_is_promised_than_for_what_is_done_at_once() -> None:
    every = [visit for day in WEEKS for visit in at_county(day)]
    asking = mean(visit.service for visit in every if visit.kind == "consulting")
    once = mean(visit.service for visit in every if visit.items == ("a",))
    later = mean(visit.service for visit in every if visit.items == ("b",))
    assert asking < once < later


@pytest.mark.parametrize("working", [True, False])
def test_no_window_and_no_person_is_needed_twice_at_once(working: bool) -> None:
    for day in WEEKS[:10]:
        found = shifts(day, working, TOWNS)
        for part in (lambda s: (s.centre, s.window), lambda s: s.username):
            taken: dict[object, list[Shift]] = {}
            for shift in sorted(found, key=lambda one: one.opens):
                taken.setdefault(part(shift), []).append(shift)
            for row in taken.values():
                assert all(one.closes < other.opens for one, other in pairwise(row))


def test_nobody_sits_in_for_the_people_whom_a_visitor_of_the_demonstration_plays() -> None:
    for day in WEEKS:
        for shift in shifts(day, True, TOWNS):
            assert shift.username not in PLAYED
            assert (shift.centre, shift.window) not in {(HALL, "A01"), (HALL, "A02"), ("taojiang-112", "01")}


def test_pauses_lie_within_their_shift() -> None:
    every = [(shift, pause) for day in WEEKS for shift in shifts(day, True, TOWNS) for pause in shift.pauses]
    assert every
    assert all(shift.opens < pause.starts < pause.ends for shift, pause in every)
