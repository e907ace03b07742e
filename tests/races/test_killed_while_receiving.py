"""The web process is killed a hundred times during intake: no half case, no answer without its case, no case twice."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from typing import IO

import pytest

from onewindow.cases.models import Case, CaseEvent, IdempotentRequest
from onewindow.cases.verify import Difference, verify_cases
from tests.cast import Cast
from tests.races.clients import Load, read, until

KILLS = 100


@pytest.mark.django_db(transaction=True)
def test_killed_a_hundred_times_nothing_is_lost_halved_or_doubled(cast: Cast, web: IO[str]) -> None:
    chance = random.Random(2026)
    load = Load(read(web, "port"), cast.token("clerk1"))
    load.start()
    try:
        for _ in range(KILLS):
            child, before = read(web, "child"), len(load.accepted)
            until(lambda: len(load.accepted) > before, 30)  # noqa: B023 - asked within this turn
            time.sleep(chance.random() * 0.03)  # the moment of the kill, somewhere inside the requests under way
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
    finally:
        load.finish()
    assert load.broken >= KILLS / 2, "the kills hit requests"
    assert load.refused == []
    stored = set(Case.objects.values_list("number", flat=True))
    assert set(load.accepted.values()) == stored
    assert len(load.accepted) == len(stored) == IdempotentRequest.objects.count()
    assert CaseEvent.objects.count() == len(stored)
    assert [found for found in verify_cases() if isinstance(found, Difference)] == []
