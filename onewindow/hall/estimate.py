"""How long somebody will wait, as a band of minutes, from what services took and how many windows are open. Pure.

The model: people ahead are served in turn by windows that have been at work for a while. The moment the k-th window
gets free has the mean and the variance of c renewal processes in equilibrium (Cox, Renewal Theory, 1962, 4.5 and 5);
its shape is taken as gamma. The band is what eight of ten waits fall into; tests/hall/test_estimate.py simulates that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from statistics import median
from typing import Final

_Z: Final = 1.2816
"""The normal quantile of 90 %: with its mirror image 80 % lie between."""
_GUESSED: Final = 0.6
"""Deviation of a service as a share of its mean, where nothing was measured."""
_FORGOTTEN: Final = 6.0
"""A service this many times the usual one (and over an hour) is a window that somebody forgot to finish."""
_HOUR: Final = 60.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Minutes: one of ten waits is shorter than `optimistic`, one of ten longer than `pessimistic`."""

    optimistic: float
    expected: float
    pessimistic: float


NO_WAIT: Final = Wait(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Pace:
    """Minutes that one visitor takes a window, from the call to the end; `measured` says from how many services."""

    mean: float
    deviation: float
    measured: int


def wait(
    ahead: float, windows: int, mean: float, deviation: float, busy: int, *, measured: int | None = None
) -> Wait | None:
    """The wait of somebody with so many people ahead in line, or None when no window is open.

    `windows` are open, `busy` of them have a visitor now; `mean` and `deviation` are minutes of one service. With
    `measured` the band is wider by what so few measurements leave unknown.
    """
    if windows <= 0:
        return None
    turns = ahead + 1 - (windows - min(max(busy, 0), windows))
    if turns <= 0 or mean <= 0:
        return NO_WAIT
    spread = (deviation / mean) ** 2
    expected = mean / windows * max(turns - (1 - min(spread, 1)) / 2, 0.5)
    variance = (mean / windows) ** 2 * (turns * spread + windows * max(1 - spread**2, 0) / 6)
    if measured:
        variance += expected**2 * spread / measured
    return Wait(_quantile(expected, variance, -_Z), expected, _quantile(expected, variance, _Z))


def _quantile(mean: float, variance: float, z: float) -> float:
    """Of a gamma distribution, by Wilson and Hilferty (1931)."""
    small = variance / (9 * mean**2)
    return float(mean * max(1 - small + z * sqrt(small), 0.0) ** 3)


def pace_of(minutes: Sequence[float], assumed: float) -> Pace:
    """Mean and deviation of measured services, forgotten windows left out; `assumed` where there are too few."""
    if len(minutes) < 2:
        return Pace(assumed, assumed * _GUESSED, 0)
    longest = max(_HOUR, median(minutes) * _FORGOTTEN)
    kept = [one for one in minutes if one <= longest]
    mean = fsum(kept) / len(kept)
    if mean <= 0:
        return Pace(assumed, assumed * _GUESSED, 0)
    variance = fsum((one - mean) ** 2 for one in kept) / max(len(kept) - 1, 1)
    return Pace(mean, sqrt(variance), len(kept))


def mixed(parts: Sequence[tuple[float, Pace]]) -> Pace:
    """The pace of a line in which (how many people) of each pace stand. The measurements are those of the fewest."""
    whole = fsum(share for share, _ in parts)
    if whole <= 0:
        raise ValueError("a mixture of nothing")
    mean = fsum(share * one.mean for share, one in parts) / whole
    square = fsum(share * (one.deviation**2 + one.mean**2) for share, one in parts) / whole
    return Pace(mean, sqrt(max(square - mean**2, 0.0)), min(one.measured for share, one in parts if share > 0))


def words(found: Wait | None) -> str:
    """「约 12 到 25 分钟」; never more exact than it is."""
    if found is None:
        return "现在没有窗口办理，等多久还说不准"
    low, high = _rounded(found.optimistic), _rounded(found.pessimistic)
    if high == 0:
        return "马上就到您"
    if low == high:
        return f"约 {high} 分钟"
    return f"约 {low} 到 {high} 分钟" if low else f"不超过 {high} 分钟"


def _rounded(minutes: float) -> int:
    """Whole minutes up to ten, then fives."""
    return round(minutes) if minutes < 10 else round(minutes / 5) * 5
