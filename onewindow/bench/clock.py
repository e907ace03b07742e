"""How fast due dates are computed: a million at once with suspensions, and one at a time."""

from __future__ import annotations

import datetime as dt
import time

import numpy as np

from onewindow.clocks.batch import Stops, due_many
from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.clock import Extension, Limit, Suspension, Unit, due


def run(n: int = 1_000_000) -> dict[str, float]:
    """Seconds and rate for ``n`` due dates in one batch (0–3 suspensions each, some overlapping, a third extended),
    and due dates per second when computed one by one."""
    calendar = WorkCalendar.shipped()
    rng = np.random.default_rng(20250401)
    starts = np.datetime64("2024-01-01") + rng.integers(0, 730, n)
    counts = rng.integers(0, 4, n)
    offsets = np.concatenate(([0], np.cumsum(counts)))
    first = np.repeat(starts, counts) + rng.integers(0, 30, int(offsets[-1]))
    stops = Stops(offsets, first, first + rng.integers(0, 20, len(first)))
    limits, units = rng.integers(1, 46, n), rng.choice([0, 0, 0, 1, 2], n)
    limits[units == 2] = 1
    added = np.where((units == 0) & (rng.random(n) < 0.5), 10, 0)
    began = time.perf_counter()
    due_many(starts, limits, units, added=added, stops=stops, calendar=calendar)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "per_second": n / seconds, "single_per_second": _single(calendar)}


def _single(calendar: WorkCalendar, calls: int = 20_000) -> float:
    """Due dates per second of ``clock.due``: twenty working days, two suspensions, one extension."""
    start, limit = dt.date(2025, 9, 1), Limit(20, Unit.WORKDAY)
    suspensions = (
        Suspension(dt.date(2025, 9, 8), dt.date(2025, 9, 12), "检测"),
        Suspension(dt.date(2025, 9, 22), dt.date(2025, 10, 10), "专家评审"),
    )
    extensions = (Extension(Limit(10, Unit.WORKDAY), "案情复杂"),)
    began = time.perf_counter()
    for _ in range(calls):
        due(limit, start, suspensions=suspensions, extensions=extensions, calendar=calendar)
    return calls / (time.perf_counter() - began)
