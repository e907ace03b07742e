"""Races against the real database: every request in a thread of its own, with a connection of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any, TypeVar

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from tests.cast import Cast

Answer = TypeVar("Answer")


def all_at_once(calls: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Runs the calls in threads that start together; returns their answers in order, raises what one of them raised."""
    gate = threading.Barrier(len(calls))
    answers: list[Any] = [None] * len(calls)

    def run(place: int) -> None:
        try:
            gate.wait(timeout=30)
            answers[place] = calls[place]()
        except BaseException as error:
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return answers


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
