"""The first page of a work list with a million cases stored. The tables are filled by COPY from cases made through the
actions, so that a sample has valid ledgers and the rest the same shape."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection
from django.test import Client
from django.utils import timezone

from onewindow.bench import web, world
from onewindow.bench.figures import Figure, latencies
from onewindow.cases import actions
from onewindow.cases.models import NO_DUE_DATE, Case
from onewindow.cases.numbers import checked
from onewindow.people.authority import Actor
from onewindow.people.models import Account, Posting

STORED = 1_000_000
_SAMPLE = 300
_OPEN_SHARE = 0.01
"""Of a centre's stored cases about one in a hundred is still open: some hundred days' intake, five days' work."""


def fill(stored: int = STORED) -> float:
    """Fills up to `stored` cases and returns the seconds it took."""
    started = time.perf_counter()
    models = _sample()
    missing = stored - Case.objects.count()
    if missing > 0:
        _copy(models, missing)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE cases_case")
    return time.perf_counter() - started


def _sample() -> list[Case]:
    """Real cases in several states, through the actions."""
    chance = random.Random(17)
    clerk, pool = world.actor("clerk1"), world.items(materials=1)
    for index in range(_SAMPLE):
        case = actions.receive(world.application(chance.choice(pool), chance), by=clerk)
        if index % 3:
            case = actions.perform(case, "accept", by=clerk)
        if index % 3 == 2:
            _walk(case)
    return list(Case.objects.order_by("-id")[:_SAMPLE])


def _walk(case: Case) -> None:
    """Signs for the case where its desk is an examiner's; leaves it otherwise."""
    if case.desk != "examiner":
        return
    posting = Posting.objects.filter(role="examiner", department_id=case.department_id).first()
    if posting is not None:
        actions.perform(case, "sign", by=Actor.of(posting.account))


_COLUMNS = [str(f.column) for f in Case._meta.concrete_fields if not f.primary_key]


def _copy(models: list[Case], missing: int) -> None:
    names = ", ".join(f'"{column}"' for column in _COLUMNS)
    connection.ensure_connection()
    with connection.cursor() as cursor, cursor.copy(f"COPY cases_case ({names}) FROM STDIN") as copy:
        for row in _rows(models, missing):
            copy.write_row(row)


def _rows(models: list[Case], missing: int) -> Iterator[list[Any]]:
    chance, now = random.Random(19), timezone.now()
    prepared = [{c: _value(case, c) for c in _COLUMNS} for case in models]
    for index in range(missing):
        row = dict(prepared[index % len(prepared)])
        age = timedelta(days=chance.random() * 900)
        row["number"], row["query_number"] = f"B{index:012}{row['number'][13:]}", checked(10**10 + index)
        row["created_at"] = now - age
        if chance.random() > _OPEN_SHARE:
            row |= {"desk": "", "state": "archived", "next_due_at": NO_DUE_DATE, "assignee_id": None}
        else:
            row["next_due_at"] = _due(now, chance)
        yield list(row.values())


def _due(now: datetime, chance: random.Random) -> datetime:
    return now + timedelta(hours=chance.uniform(-24, 240))


def _value(case: Case, column: str) -> Any:
    value = getattr(case, column)
    return orjson.dumps(value).decode() if isinstance(value, dict) else value


def worklist(n: int = 300) -> list[Figure]:
    """First pages over the API and on the desk, by a clerk of the centre and an examiner of a department."""
    took = fill()
    paths = {
        "clerk1": "/api/v1/cases?state=received",
        "examiner1": "/api/v1/cases?state=accepted",
        "chief1": "/api/v1/cases",
    }
    figures = [Figure("worklist", "装入", round(took, 1), "s", note=f"{STORED:,} 件，COPY")]
    with web.server() as port:
        for username, path in paths.items():
            requests = [web.get(path, world.token(username)) for _ in range(n)]
            web.load(port, [requests[:20]])
            found = web.load(port, [requests])
            figures += latencies(f"worklist {username} {path}", found.times, p95=30)
    return figures + _desk(n)


def _desk(n: int) -> list[Figure]:
    """The desk's own page, in the process: from the request to the finished HTML."""
    figures: list[Figure] = []
    for username in ("clerk1", "examiner1"):
        client = Client(headers={"host": web.HOST})
        client.force_login(Account.objects.get(username=username))
        times = []
        for index in range(n // 3 + 5):
            started = time.perf_counter()
            answer = client.get("/desk/", follow=True)
            if answer.status_code != 200:
                raise web.BenchFailed(f"/desk/ answered {answer.status_code}")
            if index >= 5:
                times.append(time.perf_counter() - started)
        figures += latencies(f"worklist {username} /desk/", times, p95=30)
    return figures
