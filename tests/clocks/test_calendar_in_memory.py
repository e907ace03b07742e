"""The calendar in force costs no query in daily use, and a newer import is noticed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from onewindow.clocks import store
from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.models import CalendarDay, CalendarYear

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forget() -> None:
    store._drop()


def publish(year: int) -> None:
    """As another process would: the tables change, this process is not told."""
    CalendarYear.objects.update_or_create(year=year, defaults={"imported_at": timezone.now()})
    CalendarDay.objects.get_or_create(date=dt.date(year, 1, 4), year_id=year, kind="holiday", name="元旦")


def test_without_an_import_the_shipped_calendar_is_in_force() -> None:
    assert store.current_calendar() is WorkCalendar.shipped()


def test_a_second_look_costs_no_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    first = store.current_calendar()
    with django_assert_num_queries(0):
        assert store.current_calendar() is first


def test_an_unchanged_table_costs_one_query_after_five_seconds(
    django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = store.current_calendar()
    now = store.time.monotonic()
    monkeypatch.setattr(store.time, "monotonic", lambda: now + store.RECHECK_SECONDS + 1)
    with django_assert_num_queries(1):
        assert store.current_calendar() is first


def test_another_process_s_import_is_noticed_after_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    store.current_calendar()
    publish(2027)
    assert store.current_calendar().is_provisional(dt.date(2027, 1, 4))
    now = store.time.monotonic()
    monkeypatch.setattr(store.time, "monotonic", lambda: now + store.RECHECK_SECONDS + 1)
    assert not store.current_calendar().is_workday(dt.date(2027, 1, 4))


def test_whoever_imports_sees_it_at_once() -> None:
    store.current_calendar()
    publish(2027)
    store.forget()
    assert not store.current_calendar().is_provisional(dt.date(2027, 1, 4))


def test_importing_the_next_year_keeps_this_one() -> None:
    publish(2027)
    assert not store.current_calendar().is_workday(dt.date(2026, 10, 1))
