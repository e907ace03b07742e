"""The lived-in centre: 3,000 cases of the last 120 days, made through the actions, so that every ledger is real.

Two processes share the work by department: paper numbers run per department, so they never wait for each other.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from onewindow.cases.models import Case, ChainSeal
from onewindow.catalogue.models import Item
from onewindow.clocks.store import current_calendar
from onewindow.demo.crowd import Crew, load_portal_accounts
from onewindow.demo.journey import Journey
from onewindow.demo.office import Office
from onewindow.demo.plan import Plan, plans, popularity

TOTAL: Final = 3000
_LOCK: Final = 7346103  # any fixed number: one load at a time
_WORTH_A_HELPER: Final = 300

Say = Callable[[str], None]


def load_cases(total: int = TOTAL, *, say: Say = lambda line: None, now: datetime | None = None) -> int:
    """Makes the cases that are missing up to `total` and returns how many it made.

    Each case is lived through in one transaction; an interrupted load goes on about where it stopped. Once a day has
    been sealed the past is closed, so nothing is added to it then.
    """
    present = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            say("演示办件正由另一个进程装入。")
            return 0
    try:
        return _load(total, say, present)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _load(total: int, say: Say, now: datetime) -> int:
    have = Case.objects.filter(applicant__is_demo=True).count()
    if have >= total:
        return 0
    if ChainSeal.objects.exists():
        say(f"已有 {have} 个演示办件；以前的日子已经封存，不再补。")
        return 0
    load_portal_accounts()
    say(f"正在装入 {total} 个演示办件，每一步都经由真实的办理动作，大约需要一分钟……")
    started = time.monotonic()
    helped = total - have >= _WORTH_A_HELPER and (os.cpu_count() or 1) > 1
    helper = _helper(total, have, now) if helped else None
    try:
        live(share(total, have, now, 0, 2 if helped else 1), say, now, twice=helped)
        if helper is not None and helper.wait() != 0:
            raise RuntimeError("装入演示办件的另一半没有完成，请再执行一次 ow demo --cases")
    finally:
        if helper is not None and helper.poll() is None:
            helper.terminate()
    _rank_items()
    made = Case.objects.filter(applicant__is_demo=True).count() - have
    say(f"演示办件已装入 {have + made} 个，用时 {time.monotonic() - started:.0f} 秒。")
    return made


def _helper(total: int, have: int, now: datetime) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "onewindow.demo.helper", str(total), str(have), now.isoformat()]
    return subprocess.Popen(command, env={**os.environ, "DATABASE_URL": _url()})


def _url() -> str:
    """The database of this very connection, also where a test has switched to another."""
    info = connection.get_connection_params()
    parts = {"host": info.get("host"), "port": info.get("port"), "user": info.get("user")}
    words = [f"{name}={value}" for name, value in {**parts, "password": info.get("password")}.items() if value]
    return " ".join([*words, f"dbname={info['dbname']}"])


def share(total: int, have: int, now: datetime, part: int, parts: int) -> list[Plan]:
    """The plans of one process: whole departments, as evenly as they go."""
    items = list(Item.objects.in_use().select_related("current", "department").order_by("key"))
    todo = plans(total, items, Office(current_calendar()), now)[have:]
    counts = Counter(plan.item.department_id for plan in todo)
    loads = [0] * parts
    mine: set[int] = set()
    for department, count in counts.most_common():
        lightest = loads.index(min(loads))
        loads[lightest] += count
        if lightest == part:
            mine.add(department)
    return [plan for plan in todo if plan.item.department_id in mine]


def live(todo: list[Plan], say: Say, now: datetime, *, twice: bool = False) -> None:
    """Walks every plan. `twice`: somebody else does as many, which the progress counts in."""
    crew, office = Crew(), Office(current_calendar())
    with connection.cursor() as cursor:
        # Demonstration data may be lost in a power cut: no need to wait for the disk at each of 30,000 events.
        cursor.execute("SET synchronous_commit TO off")
    for number, plan in enumerate(todo, start=1):
        with transaction.atomic():
            Journey(plan, crew, office, now).walk()
        if number % 250 == 0:
            say(f"  约 {number * (2 if twice else 1)} 个")
    with connection.cursor() as cursor:
        cursor.execute("RESET synchronous_commit")


def _rank_items() -> None:
    """What is asked for often comes first among equals."""
    items = list(Item.objects.in_use())
    for item in items:
        item.popularity = round(popularity(item) * 10)
    Item.objects.bulk_update(items, ["popularity"])
