"""The web process is killed a hundred times during intake: no half case, no answer without its case, no case twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from onewindow.cases.models import Case, CaseEvent, IdempotentRequest
from onewindow.cases.verify import Difference, verify_cases
from tests.cast import Cast
from tests.races.clients import Load, until

KILLS = 100


@pytest.fixture
def web(cast: Cast) -> Iterator[IO[str]]:
    """The forking web over the test database; its words."""
    named = connection.settings_dict
    address = make_conninfo(
        dbname=named["NAME"],
        user=named["USER"] or None,
        password=named["PASSWORD"] or None,
        host=named["HOST"] or None,
        port=named["PORT"] or None,
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.races.forking_web"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "DATABASE_URL": address, "OW_LOG_LEVEL": "ERROR"},
    )
    assert process.stdout is not None
    yield process.stdout
    process.kill()
    process.wait()


def read(words: IO[str], name: str) -> int:
    said, number = words.readline().split()
    assert said == name
    return int(number)


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
