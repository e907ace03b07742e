"""Races against the real database: every request in a thread of its own, with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import connection

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
