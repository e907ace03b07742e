"""Tries are counted across processes, each try once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from onewindow.faces.portal.models import Attempt
from onewindow.faces.portal.throttle import Limit, allowed, forgive

THREE = Limit("test", 3, 10)


@pytest.mark.django_db
def test_the_limit_holds_per_subject() -> None:
    assert [allowed(THREE, "a") for _ in range(5)] == [True, True, True, False, False]
    assert allowed(THREE, "b")


@pytest.mark.django_db
def test_after_the_window_counting_starts_anew() -> None:
    for _ in range(4):
        allowed(THREE, "a")
    Attempt.objects.update(started_at=timezone.now() - timedelta(minutes=11))
    assert allowed(THREE, "a")


@pytest.mark.django_db
def test_forgiving_forgets() -> None:
    for _ in range(4):
        allowed(THREE, "a")
    forgive(THREE, "a")
    assert allowed(THREE, "a")


@pytest.mark.django_db
def test_old_rows_go_and_the_subject_cannot_be_read() -> None:
    allowed(THREE, "somebody")
    Attempt.objects.update(started_at=timezone.now() - timedelta(days=2))
    allowed(THREE, "else")
    assert Attempt.objects.count() == 1
    assert "else" not in Attempt.objects.get().key


@pytest.mark.django_db(transaction=True)
def test_forty_tries_at_once_are_forty_tries() -> None:
    def one(_: int) -> bool:
        try:
            return allowed(THREE, "crowd")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(40))) == 3
