"""Receiving, acting and reading over the API, signed in, with eight clients; and plain SQL as the limit."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from onewindow.bench import web, world
from onewindow.bench.figures import Figure, latencies
from onewindow.cases import actions, write
from onewindow.cases.models import Case
from onewindow.catalogue.models import Item
from onewindow.people.models import Posting

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


def act(n: int = 1600) -> list[Figure]:
    """POST …/actions: accept by the clerk, sign by an examiner, on cases of all departments prepared beforehand.

    Each client has its own cases. A decision's number runs per department, so that only its own cases wait for it.
    """
    clients: list[list[web.Request]] = [[] for _ in range(CLIENTS)]
    for index, case in enumerate(_prepared(n)):
        for username, action in (("clerk1", "accept"), (_examiner(case.department_id), "sign")):
            path = f"/api/v1/cases/{case.number}/actions/{action}"
            clients[index % CLIENTS].append(web.post(path, world.token(username), {}, world.fresh_key()))
    with web.server() as port:
        found = web.load(port, clients)
    rate = Figure("act", "办理/秒", round(found.rate, 1), "/s", 400)
    return [rate, *latencies("act", found.times)]


def _prepared(n: int) -> list[Case]:
    """Received cases with every material, whose first step is an examiner's."""
    chance = random.Random(11)
    pool = [item for item in world.items(materials=1) if _examined(item)]
    clerk = world.actor("clerk1")
    return [actions.receive(world.application(chance.choice(pool), chance), by=clerk) for _ in range(n)]


def _examined(item: Item) -> bool:
    return item.current is not None and item.current.spec.nodes[0].role == "部门审查员"


@cache
def _examiner(department: int) -> str:
    """An examiner in post in the department."""
    posts = Posting.objects.valid_on(timezone.localdate()).filter(role="examiner", department_id=department)
    return str(posts.order_by("id").values_list("account__username", flat=True)[0])


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
    yesterday = timezone.now() - timedelta(days=1)  # the serials taken here are rolled back and must not be met again
    pool, clerk = world.items(materials=5), world.actor("clerk1")
    with transaction.atomic(), connection.execute_wrapper(keep):
        for _ in range(n):
            actions.receive(world.application(chance.choice(pool), chance, materials=5), by=clerk, now=yesterday)
        transaction.set_rollback(True)
    started = time.perf_counter()
    with connection.cursor() as cursor:
        for parameters in kept:
            cursor.execute(statement, parameters)
    seconds = time.perf_counter() - started
    return [Figure("sql", "同样的行/秒", round(n / seconds, 1), "/s", note="一个连接，逐件提交，没有网页和业务规则")]
