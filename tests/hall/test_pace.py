"""The pace of a line: measured where it can be, assumed where it cannot, and never asked for twice in a moment."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import DjangoAssertNumQueries

from onewindow.hall import memory
from onewindow.hall.models import Ticket, TicketPeriod
from onewindow.hall.pace import average_wait, minutes, pace
from onewindow.hall.queues import hall_map
from tests.cast import COMPANY, FERTILITY, Cast
from tests.hall.stage import MONDAY, Stage, build


@pytest.fixture
def stage(cast: Cast) -> Stage:
    memory.forget()
    return build(cast)


def services(stage: Stage, number: int, length: int, *, hour: int = 9, day: dt.date = MONDAY, **more: object) -> None:
    """So many services one after another, each called a minute before it starts."""
    for n in range(number):
        start = stage.at(f"{hour}:00", day) + dt.timedelta(minutes=n)
        one = stage.visit(f"{hour}:00", day=day, called=f"{hour}:00", started=f"{hour}:01", ended=f"{hour}:02", **more)  # type: ignore[arg-type]
        one.periods.filter(state="called").update(started_at=start - dt.timedelta(minutes=1), ended_at=start)
        one.periods.filter(state="serving").update(started_at=start, ended_at=start + dt.timedelta(minutes=length))


def test_without_measurements_the_rules_say_it(stage: Stage) -> None:
    stage.hall.rules = {"service_minutes": 7.5}
    stage.hall.save()
    found = pace(stage.centre, stage.at("10:00"))
    assert {one.mean for one in found.values()} == {7.5}
    assert {one.measured for one in found.values()} == {0}


def test_todays_services_count_from_the_call_to_the_end(stage: Stage) -> None:
    services(stage, 10, 11)
    found = pace(stage.centre, stage.at("11:00"))[stage.lines["A"].pk]
    assert found.mean == pytest.approx(12.0)
    assert found.measured == 10


def test_only_the_last_thirty_of_today_count(stage: Stage) -> None:
    services(stage, 20, 59, hour=9)
    services(stage, 30, 4, hour=14)
    found = pace(stage.centre, stage.at("16:00"))[stage.lines["A"].pk]
    assert found.mean == pytest.approx(5.0)
    assert found.measured == 30


def test_with_few_services_today_the_last_fourteen_days_count(stage: Stage) -> None:
    services(stage, 12, 9, day=MONDAY - dt.timedelta(days=3))
    services(stage, 12, 59, day=MONDAY - dt.timedelta(days=20))
    services(stage, 3, 9)
    found = pace(stage.centre, stage.at("11:00"))[stage.lines["A"].pk]
    assert found.mean == pytest.approx(10.0)
    assert found.measured == 15


def test_a_moment_of_the_past_knows_nothing_of_what_came_later(stage: Stage) -> None:
    services(stage, 10, 5, hour=9)
    services(stage, 30, 40, hour=14)
    assert pace(stage.centre, stage.at("12:00"))[stage.lines["A"].pk].mean == pytest.approx(6.0)


def test_time_held_does_not_count_as_service(stage: Stage) -> None:
    for _ in range(8):
        one = stage.visit("9:00", called="9:10", started="9:10", ended="9:15", items=[COMPANY])
        serving = one.periods.get(state="serving")
        TicketPeriod.objects.create(
            ticket=one,
            centre=one.centre,
            queue=one.queue,
            window=one.window,
            state="serving",
            item=serving.item,
            started_at=stage.at("10:00"),
            ended_at=stage.at("10:07"),
            verb="resume",
        )
    assert pace(stage.centre, stage.at("11:00"))[stage.lines["A"].pk].mean == pytest.approx(12.0)
    assert minutes(stage.lines["A"].pk, stage.cast.items[COMPANY].pk, stage.at("11:00")) == pytest.approx(12.0)


def test_an_item_with_too_few_services_takes_what_the_line_takes(stage: Stage) -> None:
    services(stage, 10, 9, items=[COMPANY])
    services(stage, 2, 29, hour=10, items=[FERTILITY])
    line, items, now = stage.lines["A"].pk, stage.cast.items, stage.at("11:00")
    whole = minutes(line, None, now)
    assert minutes(line, items[COMPANY].pk, now) == pytest.approx(10.0)
    assert minutes(line, items[FERTILITY].pk, now) == whole == pytest.approx((10 * 10 + 2 * 30) / 12)


def test_the_average_wait_is_that_of_the_last_hour(stage: Stage) -> None:
    assert average_wait(stage.centre, stage.at("9:30")) == 0.0
    stage.visit("9:00", called="9:40")
    stage.visit("11:00", called="11:10", window="A02", who="clerk2")
    assert average_wait(stage.centre, stage.at("11:30")) == pytest.approx(10.0)
    assert average_wait(stage.centre, stage.at("10:30")) == pytest.approx(40.0)
    assert average_wait(stage.centre, stage.at("15:30")) == pytest.approx(25.0)


def test_the_same_moment_asks_once(stage: Stage, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    now = stage.at("11:00:03")
    hall_map(stage.centre)
    with django_assert_num_queries(1):
        pace(stage.centre, now)
    with django_assert_num_queries(0):
        pace(stage.centre, stage.at("11:00:08"))
    with django_assert_num_queries(1):
        average_wait(stage.centre, now)


def test_ten_thousand_services_a_day_are_still_one_bounded_query(stage: Stage) -> None:
    one = stage.visit("8:00", called="8:01", started="8:02", ended="8:07")
    day = stage.at("8:00")
    Ticket.objects.bulk_create(
        (
            Ticket(
                centre=one.centre,
                day=one.day,
                number=f"B{n}",
                queue=one.queue,
                state="finished",
                taken_at=day,
                place_at=day,
                rank_at=day,
            )
            for n in range(10_000)
        ),
        batch_size=2000,
    )
    TicketPeriod.objects.bulk_create(
        (
            TicketPeriod(
                ticket_id=pk,
                centre=one.centre,
                queue=one.queue,
                window=one.window,
                state="serving",
                verb="start",
                started_at=day + dt.timedelta(seconds=2 * n),
                ended_at=day + dt.timedelta(seconds=2 * n + 300),
            )
            for n, pk in enumerate(Ticket.objects.filter(number__startswith="B").values_list("pk", flat=True))
        ),
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE hall_ticketperiod")
    hall_map(stage.centre)
    with CaptureQueriesContext(connection) as queries:
        found = pace(stage.centre, stage.at("16:00"))[stage.lines["A"].pk]
    assert found.mean == pytest.approx(5.0)
    assert (found.measured, len(queries)) == (30, 1)
    assert sum(float(query["time"]) for query in queries) < 0.2
