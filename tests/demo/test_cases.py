"""The lived-in centre is made through the actions: its ledgers hold, and every work list has something in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from onewindow.cases.ledger import GENESIS
from onewindow.cases.models import Case, ChainSeal
from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.models import Deadline
from onewindow.clocks.store import current_calendar
from onewindow.demo.base import load_base
from onewindow.demo.cases import load_cases, share
from onewindow.people.models import AccessRecord

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 20, 15, 30, tzinfo=SHANGHAI)
TOTAL = 160


@pytest.fixture(scope="module", autouse=True)
def _lived_in(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        load_base()
        assert load_cases(TOTAL, now=NOW) == TOTAL
        yield
        transaction.set_rollback(True)


def test_loading_again_makes_no_more() -> None:
    assert load_cases(TOTAL, now=NOW) == 0
    assert Case.objects.count() == TOTAL


def test_nothing_happens_in_the_future_or_before_the_window_opens() -> None:
    calendar = current_calendar()
    for case in Case.objects.prefetch_related("events"):
        moments = [event.at for event in case.events.all()]
        assert moments == sorted(moments)
        assert moments[-1] <= NOW
        first = moments[0].astimezone(SHANGHAI)
        if case.channel in {"window", "village"}:
            assert calendar.is_workday(first.date())
            assert 9 <= first.hour < 17
            assert first.hour != 12


def test_every_chain_begins_at_the_beginning() -> None:
    for case in Case.objects.prefetch_related("events"):
        events = list(case.events.all())
        assert events[0].previous == GENESIS
        assert case.head_digest == events[-1].digest


def test_no_step_was_refused_to_anybody() -> None:
    assert not AccessRecord.objects.exists()


def test_lists_have_something_due_something_late_and_something_paused() -> None:
    working = Case.objects.exclude(desk="")
    today = dt.datetime.combine(NOW.date(), dt.time.max, SHANGHAI)
    assert working.filter(next_due_at__lt=NOW).exists()
    assert working.filter(next_due_at__gt=NOW, next_due_at__lte=today).exists()
    assert working.filter(paused=True).exists()
    assert set(working.values_list("desk", flat=True)) >= {"clerk", "examiner", "exit_clerk"}


def test_most_are_granted_and_few_are_late() -> None:
    decided = Case.objects.exclude(decided_at=None)
    assert decided.filter(outcome__startswith="grant").count() > 0.85 * decided.count()
    promised = Deadline.objects.filter(kind="promised").exclude(settled_at=None)
    assert promised.filter(outcome="late").count() <= 0.03 * promised.count()


def test_the_same_day_gives_the_same_plan() -> None:
    made = list(Case.objects.order_by("pk").values_list("item__key", flat=True))
    assert [plan.item.key for plan in share(TOTAL, 0, NOW, 0, 1)] == made


def test_two_processes_share_the_plan_by_department_without_losing_any() -> None:
    whole, one, other = (share(TOTAL, 0, NOW, *part) for part in ((0, 1), (0, 2), (1, 2)))
    assert sorted(plan.number for plan in [*one, *other]) == sorted(plan.number for plan in whole)
    assert not {plan.item.department_id for plan in one} & {plan.item.department_id for plan in other}
    assert min(len(one), len(other)) > TOTAL / 4


def test_a_sealed_past_is_not_added_to() -> None:
    with transaction.atomic():
        ChainSeal.objects.create(day=NOW.date() - dt.timedelta(days=1), cases=0, digest="0", previous=GENESIS)
        said: list[str] = []
        assert load_cases(TOTAL + 10, now=NOW, say=said.append) == 0
        assert "封存" in said[0]
        transaction.set_rollback(True)
