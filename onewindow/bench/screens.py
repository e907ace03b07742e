"""What attached screens cost, and how soon a call is on all of them.

`screens` needs a served site and something that calls a number; it starts the screens, calls, and reads the processor
time of the web processes and of their database connections from /proc.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from onewindow.bench.figures import Figure, percentile
from onewindow.bench.web import HOST, BenchFailed

EVERY = 0.4
"""Seconds between two questions of a screen, as in static/ow/screens.js."""
_SETTLE = 3.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Found:
    """`cores`: processor seconds of the web per second of wall clock; `database` the same of its connections.

    `delays`: seconds from the commit of a call until a screen had it, of every call and every screen.
    """

    clients: int
    cores: float
    database: float
    polls: float
    delays: tuple[float, ...]
    answer_p95: float

    @property
    def slowest(self) -> float:
        return max(self.delays)

    def figures(self) -> list[Figure]:
        """As `ow bench hall` prints them."""
        name = f"{self.clients} 块屏同时在线"
        return [
            Figure("hall", f"{name}：网页进程占用", round(self.cores, 3), "核", 0.25, at_most=True),
            Figure("hall", f"{name}：数据库连接占用", round(self.database, 3), "核"),
            Figure("hall", f"{name}：叫号到全部显示（最慢）", round(self.slowest * 1000), "ms", 1000, at_most=True),
            Figure("hall", f"{name}：叫号到显示（中位）", round(percentile(self.delays, 0.5) * 1000), "ms"),
        ]


def screens(
    port: int,
    centre: str,
    call: Callable[[], int],
    *,
    clients: int = 200,
    calls: int = 10,
    seconds: float = 20.0,
    backends: Callable[[], Iterable[int]] = tuple,
) -> Found:
    """Attaches `clients` screens of the hall `centre` for about so many seconds and lets `call` call `calls` numbers.

    `call` commits one call or recall and returns its seq (the period's number); it must leave something for the
    screens to show each time. `backends` gives the process numbers of the web's database connections (`connections`).
    Raises BenchFailed when an answer is no success or a screen missed a call.
    """
    plan = {"host": HOST, "port": port, "path": f"/screens/{centre}/feed", "clients": clients, "every": EVERY}
    wall = subprocess.Popen(
        [sys.executable, "-m", "onewindow.bench.pollers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert wall.stdin is not None
    wall.stdin.write(json.dumps({**plan, "seconds": seconds + _SETTLE + 2}))
    wall.stdin.close()
    time.sleep(_SETTLE)
    made, cores, database = _measured(port, call, calls, seconds, backends)
    wall.stdin = None
    said, _ = wall.communicate(timeout=seconds + 60)
    return _found(json.loads(said), made, clients, seconds, (cores, database))


def _measured(
    port: int, call: Callable[[], int], calls: int, seconds: float, backends: Callable[[], Iterable[int]]
) -> tuple[dict[int, float], float, float]:
    """When each call was made (seconds since 1970 by its seq), and the two costs in cores."""
    web, theirs = family(_served_by(port)), tuple(backends())
    before, began = (_spent(web), _spent(theirs)), time.monotonic()
    made: dict[int, float] = {}
    for order in range(calls):
        made[call()] = time.time()
        time.sleep(max(0.0, began + (order + 1) * seconds / calls - time.monotonic()))
    wall_clock = time.monotonic() - began
    return made, (_spent(web) - before[0]) / wall_clock, (_spent(theirs) - before[1]) / wall_clock


def _found(
    said: dict[str, object], made: dict[int, float], clients: int, seconds: float, cost: tuple[float, float]
) -> Found:
    if said["failures"]:
        raise BenchFailed(f"screens were answered {said['failures']}")
    seen: dict[str, list[float]] = said["seen"]  # type: ignore[assignment]
    delays: list[float] = []
    for seq, at in made.items():
        shown = seen.get(str(seq), [])
        if len(shown) != clients:
            raise BenchFailed(f"call {seq} was on {len(shown)} of {clients} screens")
        delays += [one - at for one in shown]
    times: list[float] = said["times"]  # type: ignore[assignment]
    return Found(clients, cost[0], cost[1], len(times) / (seconds + _SETTLE), tuple(delays), percentile(times, 0.95))


# ---- processes ----------------------------------------------------------------------------------------------------


def connections(database: str) -> list[int]:
    """The processes of the database that serve the web: of every connection to `database` but this one."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'",
            [database],
        )
        return [row[0] for row in cursor.fetchall()]


def family(root: int) -> list[int]:
    """A process and all below it."""
    parents = {pid: _parent(pid) for pid in _processes()}
    found, waiting = [], [root]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += [pid for pid, parent in parents.items() if parent == one]
    return found


def _served_by(port: int) -> int:
    """The process that was started as the web on this port."""
    wanted = ["onewindow.server.web", HOST, str(port)]
    for pid in _processes():
        if _read(pid, "cmdline").rstrip("\0").split("\0")[-3:] == wanted:
            return pid
    raise BenchFailed(f"no web process serves port {port}")


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8", errors="replace")
    except OSError:  # it ended meanwhile, or belongs to somebody else
        return ""


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on (proc(5)); empty when it is gone."""
    return _read(pid, "stat").rpartition(") ")[2].split()


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _spent(pids: Iterable[int]) -> float:
    """Processor seconds, user and system."""
    return sum(int(fields[11]) + int(fields[12]) for pid in pids if (fields := _stat(pid))) / _TICKS
