"""The band of a wait holds what it says: simulated halls of many shapes, always from the same seed."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onewindow.hall.estimate import Pace, Wait, mixed, pace_of, wait, words

RUNS = 3000


def services(chance: np.random.Generator, shape: str, mean: float, deviation: float, number: int) -> np.ndarray:
    if shape == "gamma":
        form = (mean / deviation) ** 2
        return chance.gamma(form, mean / form, number)
    spread = np.log(1 + (deviation / mean) ** 2)
    return chance.lognormal(np.log(mean) - spread / 2, np.sqrt(spread), number)


def one_wait(chance: np.random.Generator, shape: str, ahead: int, windows: int, mean: float, deviation: float) -> float:
    """All windows busy for long; then so many people, then the one whose wait is measured."""
    times = iter(services(chance, shape, mean, deviation, windows * 40 + ahead + windows))
    free = [float(chance.random() * mean * windows) for _ in range(windows)]
    heapq.heapify(free)
    looked = mean * 12
    while free[0] < looked:
        heapq.heapreplace(free, free[0] + float(next(times)))
    for _ in range(ahead):
        heapq.heapreplace(free, free[0] + float(next(times)))
    return free[0] - looked


@pytest.mark.parametrize("shape", ["gamma", "lognormal"])
@pytest.mark.parametrize("ahead", [2, 8, 30])
@pytest.mark.parametrize("windows", [1, 3, 12])
@pytest.mark.parametrize("spread", [0.4, 0.7, 1.0])
def test_eight_of_ten_waits_fall_into_the_band(shape: str, ahead: int, windows: int, spread: float) -> None:
    chance = np.random.default_rng(20261122)
    found = wait(ahead, windows, 9.0, 9.0 * spread, windows)
    assert found is not None
    waits = np.array([one_wait(chance, shape, ahead, windows, 9.0, 9.0 * spread) for _ in range(RUNS // 4)])
    inside = np.mean((waits >= found.optimistic) & (waits <= found.pessimistic))
    assert 0.75 <= inside <= 0.90
    assert waits.mean() == pytest.approx(found.expected, rel=0.12, abs=0.6)


def test_the_band_holds_too_when_the_pace_was_measured_on_thirty_services() -> None:
    chance, inside = np.random.default_rng(7), 0
    for _ in range(RUNS):
        pace = pace_of([float(x) for x in services(chance, "gamma", 8.0, 5.0, 30)], 10.0)
        found = wait(15, 4, pace.mean, pace.deviation, 4, measured=pace.measured)
        assert found is not None
        inside += found.optimistic <= one_wait(chance, "gamma", 15, 4, 8.0, 5.0) <= found.pessimistic
    assert 0.75 <= inside / RUNS <= 0.90


def test_few_measurements_make_the_band_wider() -> None:
    sure, unsure = wait(10, 2, 10, 6, 2), wait(10, 2, 10, 6, 2, measured=5)
    assert sure is not None
    assert unsure is not None
    assert unsure.optimistic < sure.optimistic < sure.pessimistic < unsure.pessimistic
    assert unsure.expected == sure.expected


def test_no_window_open_claims_nothing() -> None:
    assert wait(3, 0, 10, 5, 0) is None
    assert wait(0, -1, 10, 5, 0) is None
    assert "说不准" in words(None)


def test_a_free_window_means_no_wait() -> None:
    assert wait(0, 3, 10, 5, 2) == Wait(0, 0, 0)
    assert wait(1, 3, 10, 5, 2) != Wait(0, 0, 0)
    assert words(wait(0, 1, 10, 5, 0)) == "马上就到您"


@given(
    ahead=st.integers(0, 500),
    windows=st.integers(1, 60),
    mean=st.floats(0.5, 120),
    spread=st.floats(0, 3),
    busy=st.integers(-5, 80),
)
def test_a_band_is_in_order_and_never_negative(ahead: int, windows: int, mean: float, spread: float, busy: int) -> None:
    found = wait(ahead, windows, mean, mean * spread, busy)
    more = wait(ahead + 1, windows, mean, mean * spread, busy)
    assert found is not None
    assert more is not None
    assert 0 <= found.optimistic <= found.pessimistic
    assert found.expected <= more.expected


@given(ahead=st.integers(0, 100), windows=st.integers(1, 30), mean=st.floats(1, 60))
def test_one_more_window_never_makes_the_wait_longer(ahead: int, windows: int, mean: float) -> None:
    few, more = wait(ahead, windows, mean, mean * 0.6, windows), wait(ahead, windows + 1, mean, mean * 0.6, windows + 1)
    assert few is not None
    assert more is not None
    assert more.expected <= few.expected


def test_a_pace_leaves_out_windows_that_were_forgotten() -> None:
    assert pace_of([8.0, 10.0, 12.0, 300.0], 10.0) == Pace(10.0, 2.0, 3)
    assert pace_of([], 10.0) == Pace(10.0, 6.0, 0)
    assert pace_of([3.0], 10.0) == Pace(10.0, 6.0, 0)
    assert pace_of([0.0, 0.0, 0.0], 10.0) == Pace(10.0, 6.0, 0)


def test_a_mixture_of_two_paces_spreads_wider_than_each() -> None:
    both = mixed([(5, Pace(5, 1, 30)), (5, Pace(15, 1, 12))])
    assert both.mean == pytest.approx(10)
    assert both.deviation == pytest.approx(26**0.5)
    assert both.measured == 12
    with pytest.raises(ValueError, match="nothing"):
        mixed([(0, Pace(5, 1, 30))])


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Wait(12.2, 17, 26), "约 10 到 25 分钟"),
        (Wait(0.2, 3, 6.4), "不超过 6 分钟"),
        (Wait(4.6, 5, 5.4), "约 5 分钟"),
    ],
)
def test_the_words_are_no_more_exact_than_the_band(found: Wait, said: str) -> None:
    assert words(found) == said
