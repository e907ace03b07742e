"""The hall under its full load: people for a minute, tickets and calls without a pause, screens, and plain SQL."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from onewindow.bench import hall_world, web, world
from onewindow.bench.figures import Figure, percentile
from onewindow.bench.hall_world import Counter
from onewindow.bench.screens import connections, screens
from onewindow.demo.places import HALL
from onewindow.hall import calling, tickets
from onewindow.hall.models import Ticket, TicketPeriod
from onewindow.hall.queues import hall_map
from onewindow.places.models import Centre

USERS: Final = 200
SECONDS: Final = 60.0
THINK: Final = (1.0, 5.0)
"""Seconds before every step of a user, evenly spread."""
RAMP: Final = 10.0
"""They do not all come through the door in the same second, but within so many."""
REFRESHES: Final = 3
CLIENTS: Final = 8
ROUNDS: Final = 6
_RATE: Final = "经接口取号和叫号/秒"


def hall() -> list[Figure]:
    """All of it on one web server, in an order that leaves nobody at the windows for the next."""
    counters = hall_world.counters(USERS)
    with web.server() as port:
        figures = people(port, counters)
        _clear()
        figures += actions(counters)
        figures += closed_loop(port, counters)
        figures += _screens(port, counters)
    return figures


# ---- people -------------------------------------------------------------------------------------------------------


def people(port: int, counters: list[Counter], seconds: float = SECONDS) -> list[Figure]:
    """The p95 of every kind of request. Raises BenchFailed on any answer of 300 or above."""
    each = int(seconds // (sum(THINK) / 2 * (5 + REFRESHES))) + 2
    free = hall_world.times(each * len(counters))
    plan = {
        "host": web.HOST,
        "port": port,
        "centre": HALL,
        "seconds": seconds,
        "think": THINK,
        "ramp": RAMP,
        "refreshes": REFRESHES,
        "items": hall_world.items(),
        "users": [
            {
                "token": counter.token,
                "window": counter.window.code,
                "times": [at.isoformat() for at in free[number :: len(counters)]],
                "person": number * 1000,
            }
            for number, counter in enumerate(counters)
        ],
    }
    run = subprocess.run(
        [sys.executable, "-m", "onewindow.bench.hall_users"],
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        check=True,
    )
    return _latencies(json.loads(run.stdout), len(counters), seconds)


def _latencies(found: dict[str, Any], users: int, seconds: float) -> list[Figure]:
    if found["failures"]:
        raise web.BenchFailed(f"answers that are no success: {found['failures']}; first: {found['sample']}")
    think = f"{users} 人，每步之前想 {THINK[0]:g}–{THINK[1]:g} 秒，{seconds:g} 秒"
    figures = [
        Figure("hall", f"{kind} p95", round(percentile(times, 0.95) * 1000, 1), "ms", 200, True, f"{len(times)} 次")
        for kind, times in found["times"].items()
    ]
    total = sum(len(times) for times in found["times"].values())
    return [*figures, Figure("hall", "全部请求", round(total / seconds, 1), "/s", note=f"{think}，没有错误")]


def _clear() -> None:
    """Whoever is still about leaves, by two statements: it is not measured, and the windows must be free."""
    now, live = timezone.now(), Ticket.objects.live()
    TicketPeriod.objects.filter(ticket__in=live, ended_at=None).update(ended_at=now)
    live.update(state="left", ended_at=now, window=None)


# ---- tickets and calls --------------------------------------------------------------------------------------------


def closed_loop(port: int, counters: list[Counter], rounds: int = ROUNDS) -> list[Figure]:
    """A ticket and a call in turn by clients that never think, at window after window; between the rounds the windows
    are cleared, which is not counted."""
    seconds, times = 0.0, list[float]()
    for turn in range(rounds + 1):
        found = web.load(port, [_turns(counters[n::CLIENTS]) for n in range(CLIENTS)])
        _clear()
        if turn:  # the first warms up
            seconds, times = seconds + found.seconds, [*times, *found.times]
    rate = round(len(times) / seconds, 1)
    plain = _plain(len(times) // 2)
    note = f"{CLIENTS} 个客户端不停，取一次、叫一次各算一次"
    return [
        Figure("hall", _RATE, rate, "/s", note=note),
        Figure("hall", f"{_RATE} p95", round(percentile(times, 0.95) * 1000, 1), "ms"),
        Figure("hall", "直接写表/秒", plain, "/s", note="一个连接，一条 INSERT 加一条 UPDATE，逐条提交"),
        Figure("hall", "与直接写表的比", round(rate / plain, 3), ""),
    ]


def actions(counters: list[Counter], rounds: int = ROUNDS) -> list[Figure]:
    """The same without the web: the actions themselves, by threads of one process, durable commits and all."""
    seconds, done = 0.0, 0
    with ThreadPoolExecutor(CLIENTS) as pool:
        for turn in range(rounds + 1):
            started = time.perf_counter()
            count = sum(pool.map(_take_and_call, [counters[n::CLIENTS] for n in range(CLIENTS)]))
            if turn:  # the first warms up
                seconds, done = seconds + time.perf_counter() - started, done + count
            _clear()
        list(pool.map(lambda _: connection.close(), range(CLIENTS)))
    rate = round(done / seconds, 1)
    return [Figure("hall", "取号和叫号/秒", rate, "/s", 400, note=f"不经网络，一个进程 {CLIENTS} 个线程，逐次提交落盘")]


def _take_and_call(counters: list[Counter]) -> int:
    for counter in counters:
        tickets.take(counter.window.centre_id, {}, source="api", by=counter.actor)
        if calling.call_next(counter.window, by=counter.actor) is None:
            raise web.BenchFailed("nobody waited although a ticket had been taken")
    return 2 * len(counters)


def _turns(counters: list[Counter]) -> list[web.Request]:
    requests = []
    for counter in counters:
        base = f"/api/v1/hall/{HALL}"
        requests.append(web.post(f"{base}/tickets", counter.token, {}, world.fresh_key()))
        requests.append(web.post(f"{base}/windows/{counter.window.code}/call", counter.token, {}, world.fresh_key()))
    return requests


_INSERT = """
    INSERT INTO hall_ticket (centre_id, day, number, code, queue_id, state, source, purpose, priority, priority_note,
        taken_at, place_at, rank_at, end_reason, departments, items, misses)
    VALUES (%s, current_date, %s, %s, %s, 'waiting', 'api', '', '', '', now(), now(), now(), '', '{}', '{}', 0)"""
_UPDATE = """
    UPDATE hall_ticket SET state = 'called', called_at = now() WHERE id = (
        SELECT id FROM hall_ticket WHERE state = 'waiting' AND centre_id = %s ORDER BY id LIMIT 1)"""


def _plain(pairs: int) -> float:
    """What the naive way reaches: one row written, one row changed, no periods, no numbers, no rules."""
    layout = hall_map(Centre.objects.get(key=HALL))
    started = time.perf_counter()
    with connection.cursor() as cursor:
        for n in range(pairs):
            cursor.execute(_INSERT, [layout.centre, f"#{n}", f"bench-{n}", layout.queues[0].pk])
            cursor.execute(_UPDATE, [layout.centre])
    seconds = time.perf_counter() - started
    Ticket.objects.filter(number__startswith="#").delete()
    return round(2 * pairs / seconds, 1)


# ---- screens ------------------------------------------------------------------------------------------------------


def _screens(port: int, counters: list[Counter]) -> list[Figure]:
    """Two hundred screens while a number is called again and again."""
    counter = counters[0]
    tickets.take(counter.window.centre_id, {}, source="api", by=counter.actor)
    calling.call_next(counter.window, by=counter.actor)

    def call() -> int:
        called = calling.recall(counter.window, by=counter.actor)
        return int(TicketPeriod.objects.filter(ticket=called).order_by("-pk").values_list("pk", flat=True)[0])

    name = str(connection.get_connection_params()["dbname"])
    return screens(port, HALL, call, clients=USERS, backends=lambda: connections(name)).figures()
