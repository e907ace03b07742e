"""A letter that is about to end is seen before it ends: its limit, its reminder, and what revoking does to both."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.deadlines import end_of_day
from onewindow.clocks.models import Deadline
from onewindow.oversight import letters, sweep
from onewindow.oversight.models import Alert
from onewindow.oversight.shipping import ship
from onewindow.people.models import AuthorisationLetter
from tests.cast import Cast

DAY = dt.date(2026, 10, 30)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def letter(cast: Cast) -> AuthorisationLetter:
    ship()
    AuthorisationLetter.objects.all().delete()
    return cast.letter("chief1", ["decide"], valid_from=dt.date(2026, 1, 1), valid_until=DAY)


def limit(letter: AuthorisationLetter) -> Deadline:
    return Deadline.objects.get(subject_kind="letter", subject_id=letter.pk)


def test_a_letter_has_a_limit_that_ends_with_its_last_day(letter: AuthorisationLetter) -> None:
    assert letters.watch(at("2026-10-09 09:00")) == 1
    assert letters.watch(at("2026-10-09 09:01")) == 0
    found = limit(letter)
    assert (found.due_at, found.department_id) == (end_of_day(DAY), letter.department_id)
    assert found.centre_id == letter.posting.centre_id


def test_ten_working_days_before_its_holder_is_reminded_once(letter: AuthorisationLetter) -> None:
    for day in range(9, 31):
        now = at(f"2026-10-{day:02} 00:01")
        letters.watch(now)
        sweep.sweep(now)
    alert = Alert.objects.get(subject_kind="letter")
    assert (alert.level, alert.subject_number, alert.person_id) == ("remind", letter.number, letter.posting.account_id)
    assert alert.opened_at == at("2026-10-16 00:01")


def test_a_revoked_letter_and_one_that_is_over_settle(letter: AuthorisationLetter) -> None:
    letters.watch(at("2026-10-20 09:00"))
    sweep.sweep(at("2026-10-20 09:00"))
    letter.revoked_at = at("2026-10-21 09:00")
    letter.save(update_fields=["revoked_at"])
    letters.watch(at("2026-10-21 09:01"))
    assert limit(letter).outcome == "void"
    sweep.sweep(at("2026-10-21 09:01"))
    assert Alert.objects.get(subject_kind="letter").state == "settled"
    AuthorisationLetter.objects.filter(pk=letter.pk).update(revoked_at=None)
    Deadline.objects.filter(subject_kind="letter").update(settled_at=None, outcome="")
    letters.watch(at("2026-10-31 00:01"))
    assert limit(letter).outcome == "met"


def test_it_costs_two_statements(letter: AuthorisationLetter) -> None:
    with CaptureQueriesContext(connection) as seen:
        letters.watch(at("2026-10-09 09:00"))
    assert len(seen) == 2
