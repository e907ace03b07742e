"""The figures of days: added up from the periods, the same whatever way they are cut, and cheap in a full hall."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.db import connection
from pytest_django.fixtures import DjangoAssertNumQueries

from onewindow.hall import memory
from onewindow.hall.figures import Figures, Row, day
from onewindow.hall.models import Ticket, TicketItem, TicketPeriod
from onewindow.hall.queues import hall_map
from onewindow.problems import InvalidInput, NotFound
from tests.cast import COMPANY, FERTILITY, FOOD, Cast
from tests.hall.stage import MONDAY, Stage, build


@pytest.fixture
def stage(cast: Cast) -> Stage:
    memory.forget()
    return build(cast)


@pytest.fixture
def monday(stage: Stage) -> Figures:
    """Five visits: three served, one left, one still waiting."""
    stage.visit("9:00", called="9:10", started="9:11", ended="9:21", items=[COMPANY])
    stage.visit("9:05", called="9:45", started="9:46", ended="10:16", window="A02", who="clerk2", items=[FOOD])
    stage.booking("9:55", "10:00", called="10:05", started="10:06", ended="10:26", items=[COMPANY])
    stage.visit("10:00", left="10:45", items=[FERTILITY])
    stage.visit("11:00", line="C")
    return day(stage.centre, MONDAY, MONDAY)


def by_label(rows: tuple[Row, ...]) -> dict[str, Row]:
    return {row.label: row for row in rows}


def test_the_whole_day(monday: Figures) -> None:
    whole = monday.whole
    assert (whole.tickets, whole.called, whole.finished, whole.left) == (5, 3, 3, 1)
    assert whole.wait == pytest.approx((10 + 40 + 10) / 3)
    assert whole.wait_ninety == pytest.approx(34.0)
    assert whole.wait_most == pytest.approx(40.0)
    assert whole.service == pytest.approx(20.0)
    assert whole.within_share == pytest.approx(2 / 3)


def test_every_cut_adds_up_to_the_whole(monday: Figures) -> None:
    for cut in (monday.queues, monday.hours, monday.days, (monday.walk_ins, monday.booked)):
        assert sum(row.tickets for row in cut) == 5
        assert sum(row.left for row in cut) == 1
    assert sum(row.finished for row in monday.windows) == 3


def test_by_line_window_and_hour(monday: Figures) -> None:
    lines, windows, hours = by_label(monday.queues), by_label(monday.windows), by_label(monday.hours)
    assert (lines["A 综合"].tickets, lines["C 咨询"].called, lines["C 咨询"].wait) == (4, 0, None)
    assert windows["A01 综合窗口1号"].service == pytest.approx(15.0)
    assert windows["A02 综合窗口2号"].service == pytest.approx(30.0)
    assert [(row.label, row.tickets) for row in monday.hours] == [
        ("9:00–10:00", 3),
        ("10:00–11:00", 1),
        ("11:00–12:00", 1),
    ]
    assert hours["10:00–11:00"].left == 1


def test_by_item(monday: Figures, cast: Cast) -> None:
    items = by_label(monday.items)
    company = items[cast.items[COMPANY].name]
    assert (company.tickets, company.finished) == (2, 2)
    assert company.service == pytest.approx(15.0)
    assert items[cast.items[FERTILITY].name].service is None


def test_a_visit_with_two_items_counts_for_each_with_its_own_service(stage: Stage, cast: Cast) -> None:
    visit = stage.visit("9:00", called="9:10", started="9:10", ended="9:40", items=[COMPANY, FOOD])
    first = visit.periods.get(state="serving")
    first.ended_at = stage.at("9:20")
    first.save()
    TicketPeriod.objects.create(
        ticket=visit, centre=visit.centre, queue=visit.queue, window=visit.window, state="serving", verb="resume",
        item=cast.items[FOOD], started_at=stage.at("9:20"), ended_at=stage.at("9:40"),
    )  # fmt: skip
    found = day(stage.centre, MONDAY, MONDAY)
    items = by_label(found.items)
    assert items[cast.items[COMPANY].name].service == pytest.approx(10.0)
    assert items[cast.items[FOOD].name].service == pytest.approx(20.0)
    assert found.whole.tickets == 1
    assert found.whole.service == pytest.approx(30.0)


def test_who_left_and_when(monday: Figures) -> None:
    (gone,) = monday.gone
    assert (gone.number, gone.queue, gone.minutes, gone.reason) == ("A004", "A 综合", 45.0, "不等了")
    assert monday.gone_hours == {10: 1}


def test_nobody_has_to_book(monday: Figures) -> None:
    assert monday.walk_in_share == pytest.approx(0.8)
    assert (monday.walk_ins.tickets, monday.walk_ins.finished, monday.booked.finished) == (4, 2, 1)
    assert monday.booked.wait == pytest.approx(10.0)


def test_an_appointment_is_kept_when_the_call_comes_in_time(stage: Stage) -> None:
    stage.booking("9:00", "9:30", called="9:38", started="9:39", ended="9:50")
    stage.booking("9:00", "9:45", called="10:15", started="10:16", ended="10:20")
    stage.booking("10:20", "10:00", called="10:29", started="10:30", ended="10:40")
    found = day(stage.centre, MONDAY, MONDAY)
    assert (found.kept, found.on_time) == (3, 2)
    assert found.on_time_share == pytest.approx(2 / 3)


def test_another_day_another_hall_and_an_empty_day_do_not_mix(stage: Stage, monday: Figures) -> None:
    before = MONDAY - dt.timedelta(days=1)
    assert day(stage.centre, before, before).whole.tickets == 0
    assert day(stage.centre, before, before).walk_in_share is None
    assert [row.label for row in day(stage.centre, before, MONDAY).days] == ["2026-11-23"]
    with pytest.raises(NotFound):
        day(stage.cast.township.pk, before, before)


@pytest.mark.parametrize(("days", "said"), [(31, "最多看 31 天"), (-1, "早于开始日期"), (4000, "最多看 31 天")])
def test_too_long_and_upside_down_are_refused(stage: Stage, days: int, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        day(stage.centre, MONDAY, MONDAY + dt.timedelta(days=days))


def test_ten_thousand_periods_cost_the_same_few_queries(
    stage: Stage, monday: Figures, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fill(stage, 3400)
    hall_map(stage.centre)
    began = time.monotonic()
    with django_assert_num_queries(7):
        found = day(stage.centre, MONDAY, MONDAY)
    assert time.monotonic() - began < 2
    assert found.whole.tickets == 3405
    assert len(found.gone) == 100
    assert TicketPeriod.objects.count() > 10_000


def fill(stage: Stage, number: int) -> None:
    """So many visits more; every tenth left."""
    start, minute = stage.at("9:00"), dt.timedelta(minutes=1)
    tickets = Ticket.objects.bulk_create(
        [
            Ticket(
                centre_id=stage.centre, day=MONDAY, number=f"B{n}", queue=stage.lines["A"],
                state="finished" if n % 10 else "left", items=[stage.cast.items[COMPANY].pk],
                taken_at=start, place_at=start, rank_at=start, ended_at=start + 30 * minute,
            )
            for n in range(number)
        ],
        batch_size=1000,
    )  # fmt: skip
    TicketItem.objects.bulk_create(
        [TicketItem(ticket=one, position=0, item=stage.cast.items[COMPANY]) for one in tickets], batch_size=5000
    )
    steps = [("waiting", 0, 10), ("called", 10, 11), ("serving", 11, 30)]
    TicketPeriod.objects.bulk_create(
        [
            TicketPeriod(
                ticket=one, centre_id=stage.centre, queue=stage.lines["A"], state=state, verb="x",
                window=stage.windows["A01"], started_at=start + first * minute, ended_at=start + last * minute,
            )
            for one in tickets
            for state, first, last in steps
        ],
        batch_size=2000,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE hall_ticketperiod")
