"""Who comes first: the priorities, their bound, and that the database orders as the pure key does."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from onewindow.hall.models import Ticket
from onewindow.hall.order import SQL, key, protected_before, rank
from onewindow.hall.rules import DEFAULTS, HallRules
from tests.cast import Cast
from tests.hall.stage import Stage, build

NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
WAITED = st.integers(0, 180 * 60).map(lambda seconds: seconds / 60)
PRIORITIES = st.sampled_from(["", "green", "elderly", "appointment"])


def minutes(n: float) -> dt.timedelta:
    return dt.timedelta(minutes=n)


def sorted_line(line: list[tuple[float, str]], average: float = 10, rules: HallRules = DEFAULTS) -> list[int]:
    """Indices of (minutes waited, priority) in the order of calling."""
    protected = protected_before(NOON, average, rules)
    places = [NOON - minutes(waited) for waited, _ in line]
    keys = [
        key(place, rank(place, line[n][1], rules), n, protected=protected, now=NOON) for n, place in enumerate(places)
    ]
    return [pk for _, _, pk in sorted(keys)]


def test_a_priority_overtakes_only_those_who_came_shortly_before() -> None:
    assert sorted_line([(14, ""), (16, ""), (0, "elderly")]) == [1, 2, 0]


def test_who_has_waited_twice_the_average_is_overtaken_by_nobody() -> None:
    assert sorted_line([(19, ""), (0, "green")]) == [1, 0]
    assert sorted_line([(21, ""), (0, "green")]) == [0, 1]


def test_a_quiet_morning_does_not_switch_priorities_off() -> None:
    assert sorted_line([(5, ""), (0, "elderly")], average=0.5) == [1, 0]


def test_a_booked_visitor_who_is_early_waits_for_the_hour_and_then_goes_ahead() -> None:
    assert sorted_line([(3, ""), (-20, "appointment")]) == [0, 1]
    assert sorted_line([(3, ""), (0, "appointment")]) == [1, 0]


@given(
    st.lists(st.tuples(WAITED, PRIORITIES), min_size=1, max_size=30),
    st.floats(0, 60),
    st.floats(1, 5),
)
def test_nobody_protected_is_behind_somebody_who_came_later(
    line: list[tuple[float, str]], average: float, fairness: float
) -> None:
    rules = HallRules(fairness=fairness)
    order = sorted_line(line, average, rules)
    bound = fairness * max(average, rules.fairness_floor)
    for ahead, first in enumerate(order):
        for second in order[ahead + 1 :]:
            if line[second][0] > bound + 1e-6:
                assert line[first][0] >= line[second][0] - 1e-6


@given(st.lists(st.tuples(WAITED, PRIORITIES), min_size=2, max_size=20))
def test_among_equals_who_came_first_is_first(line: list[tuple[float, str]]) -> None:
    order = sorted_line(line)
    for kind in {priority for _, priority in line}:
        waited = [line[n][0] for n in order if line[n][1] == kind]
        assert waited == sorted(waited, reverse=True)


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return build(cast)


@pytest.mark.parametrize("average", [0, 8, 25])
def test_the_statement_orders_as_the_key(stage: Stage, average: float) -> None:
    rows: list[Any] = []
    for n in range(60):
        ticket = stage.visit("9:00")
        place = NOON - minutes((n * 37) % 90 - 10)
        ranked = rank(place, ["", "green", "elderly", "appointment"][n % 4], DEFAULTS)
        Ticket.objects.filter(pk=ticket.pk).update(place_at=place, rank_at=ranked)
        rows.append((place, ranked, ticket.pk))
    protected = protected_before(NOON, average, DEFAULTS)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t.id FROM hall_ticket t ORDER BY {SQL}", {"protected": protected, "now": NOON})
        found = [pk for (pk,) in cursor.fetchall()]
    wanted = sorted(rows, key=lambda row: key(*row, protected=protected, now=NOON))
    assert found == [pk for _, _, pk in wanted]
