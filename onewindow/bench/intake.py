"""Receiving, acting and reading over the API, signed in, with eight clients; and plain SQL as the limit."""

from __future__ import annotations

import random
import time
from typing import Any

from django.db import connection, transaction

from onewindow.bench import web, world
from onewindow.bench.figures import Figure, latencies
from onewindow.cases import actions, write
from onewindow.cases.models import Case

CLIENTS = 8


def receive(n: int = 3000) -> list[Figure]:
    """POST /cases: five materials, ledger, deadlines, receipt, durable commit."""
    chance = random.Random(7)
    pool = world.items(materials=5)
    token = world.token("clerk1")

    def requests(count: int) -> list[web.Request]:
        bodies = [world.application(chance.choice(pool), chance, materials=5) for _ in range(count)]
        return [web.post("/api/v1/cases", token, body, world.fresh_key()) for body in bodies]

    with web.server() as port:
        web.load(port, web.spread(requests(n // 8), CLIENTS))
        found = web.load(port, web.spread(requests(n), CLIENTS))
    rate = Figure("receive", "办件/秒", round(found.rate, 1), "/s", 400)
    return [rate, *latencies("receive", found.times, p95=60)]


_WALK: tuple[tuple[str, str, dict[str, str]], ...] = (("clerk1", "accept", {}), ("examiner1", "sign", {}))


def act(n: int = 1200) -> list[Figure]:
    """POST …/actions: accept and sign on cases prepared beforehand; each client has its own cases."""
    numbers = _prepared(n)
    clients: list[list[web.Request]] = [[] for _ in range(CLIENTS)]
    for index, number in enumerate(numbers):
        for username, action, body in _WALK:
            path = f"/api/v1/cases/{number}/actions/{action}"
            clients[index % CLIENTS].append(web.post(path, world.token(username), body, world.fresh_key()))
    with web.server() as port:
        found = web.load(port, clients)
    rate = Figure("act", "办理/秒", round(found.rate, 1), "/s", 400)
    return [rate, *latencies("act", found.times)]


def _prepared(n: int) -> list[str]:
    """Numbers of received cases with every material, all of the market regulation department."""
    chance = random.Random(11)
    pool = [i for i in world.items(materials=1, department="市场监督") if not i.current.spec.immediate]  # type: ignore[union-attr]
    clerk = world.actor("clerk1")
    cases = [actions.receive(world.application(chance.choice(pool), chance), by=clerk) for _ in range(n)]
    return [case.number for case in cases]


def detail(n: int = 4000) -> list[Figure]:
    """GET /cases/{number}: the whole case with its clocks."""
    if Case.objects.count() < 200:
        _prepared(200)
    numbers = list(Case.objects.order_by("-id").values_list("number", flat=True)[:200])
    token = world.token("clerk1")
    requests = [web.get(f"/api/v1/cases/{numbers[i % len(numbers)]}", token) for i in range(n)]
    with web.server() as port:
        web.load(port, web.spread(requests[:200], CLIENTS))
        found = web.load(port, web.spread(requests, CLIENTS))
    rate = Figure("detail", "读取/秒", round(found.rate, 1), "/s", 600)
    return [rate, *latencies("detail", found.times)]


def sql(n: int = 1500) -> list[Figure]:
    """The same rows by plain SQL over one connection, one durable commit a case: the limit of this database."""
    statement, kept = write.statement(fresh=True), list[Any]()

    def keep(execute: Any, text: str, parameters: Any, many: bool, context: Any) -> Any:
        if text == statement:
            kept.append(parameters)
        return execute(text, parameters, many, context)

    world.know_applicants()
    chance = random.Random(13)
    pool, clerk = world.items(materials=5), world.actor("clerk1")
    with transaction.atomic(), connection.execute_wrapper(keep):
        for _ in range(n):
            actions.receive(world.application(chance.choice(pool), chance, materials=5), by=clerk)
        transaction.set_rollback(True)
    started = time.perf_counter()
    with connection.cursor() as cursor:
        for parameters in kept:
            cursor.execute(statement, parameters)
    seconds = time.perf_counter() - started
    return [Figure("sql", "同样的行/秒", round(n / seconds, 1), "/s", note="一个连接，逐件提交，没有网页和业务规则")]
