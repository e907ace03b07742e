"""What a measurement says: named figures with their goals, as a table and as JSON. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `goal` is what the design asks for; `at_most` says whether smaller is better."""

    bench: str
    name: str
    value: float
    unit: str
    goal: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def reached(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def to_json(self) -> dict[str, object]:
        return {**asdict(self), "reached": self.reached}


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def latencies(bench: str, seconds: Sequence[float], *, p95: float | None = None) -> list[Figure]:
    """Median and p95 in milliseconds of single requests."""
    return [
        Figure(bench, "median", round(median(seconds) * 1000, 1), "ms"),
        Figure(bench, "p95", round(percentile(seconds, 0.95) * 1000, 1), "ms", p95, at_most=True),
    ]


def table(figures: Iterable[Figure]) -> str:
    """Columns aligned for a terminal, wide characters counted as two."""
    rows = [("测量", "数值", "目标", "", "说明")]
    for f in figures:
        goal = "" if f.goal is None else f"{'≤' if f.at_most else '≥'} {f.goal:g}"
        mark = {None: "", True: "达到", False: "未达到"}[f.reached]
        rows.append((f"{f.bench} {f.name}", f"{f.value:,.10g} {f.unit}", goal, mark, f.note))
    widths = [max(_width(row[i]) for row in rows) for i in range(5)]
    return "\n".join(
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
