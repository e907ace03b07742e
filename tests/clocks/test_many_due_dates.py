"""The batch gives exactly what the single clock gives, and fast."""

from __future__ import annotations

import datetime as dt
import time

import numpy as np
import pytest
from clock_world import CALENDAR, day, days, months, situations, workdays
from hypothesis import given, settings
from hypothesis import strategies as st

from onewindow.bench.clock import run
from onewindow.clocks.batch import UNIT_CODES, Stops, due_many, merge, pack, provisional_many
from onewindow.clocks.calendar import ClockError
from onewindow.clocks.clock import Extension, Limit, Suspension, Unit, due

Row = tuple[Limit, dt.date, list[Suspension], list[Extension]]
UNITS = [Unit.WORKDAY, Unit.WORKDAY, Unit.DAY, Unit.MONTH, Unit.YEAR, Unit.SPOT]
MOST = {Unit.WORKDAY: 61, Unit.DAY: 121, Unit.MONTH: 14, Unit.YEAR: 3, Unit.SPOT: 1}
GROUNDS = ("听证", "检测", "专家评审")


def one_by_one(rows: list[Row]) -> list[tuple[dt.date | None, bool]]:
    found = [due(limit, start, suspensions=s, extensions=e, calendar=CALENDAR) for limit, start, s, e in rows]
    return [(one.date, one.provisional) for one in found]


def at_once(rows: list[Row]) -> list[tuple[dt.date | None, bool]]:
    dues = pack(rows).due(CALENDAR)
    return list(zip(dues.tolist(), provisional_many(dues, CALENDAR).tolist(), strict=True))


def random_rows(count: int, seed: int) -> list[Row]:
    """Limits of every unit from 2018 to 2028 with up to four suspensions (overlapping, empty, before the start, open,
    on the clock) and up to two extensions in any unit."""
    rng = np.random.default_rng(seed)
    picks = iter(rng.integers(0, 1 << 30, count * 32).tolist())

    def below(n: int) -> int:
        return int(next(picks)) % n

    def limit() -> Limit:
        unit = UNITS[below(len(UNITS))]
        return Limit(below(MOST[unit]), unit)

    def suspension(start: dt.date) -> Suspension:
        first = start + dt.timedelta(days=below(100) - 15)
        end = None if below(20) == 0 else first + dt.timedelta(days=below(40))
        return Suspension(first, end, GROUNDS[below(3)], below(8) == 0)

    def row() -> Row:
        start = dt.date(2018, 1, 1) + dt.timedelta(days=below(4000))
        stops = [suspension(start) for _ in range(max(0, below(7) - 2))]
        return limit(), start, stops, [Extension(limit(), "案情复杂") for _ in range(max(0, below(6) - 3))]

    return [row() for _ in range(count)]


def test_batch_and_single_agree_on_100_000_random_cases() -> None:
    rows = random_rows(100_000, seed=20250401)
    single = one_by_one(rows)
    assert at_once(rows) == single
    ends = [end for end, _ in single]
    assert 1_000 < sum(end is None for end in ends) < 30_000, "paused and running clocks must both be among the cases"
    assert 10_000 < sum(doubt for _, doubt in single) < 90_000


@settings(max_examples=50)
@given(st.lists(situations(), max_size=8))
def test_batch_and_single_agree_on_cases_that_hypothesis_finds(rows: list[Row]) -> None:
    assert at_once(rows) == one_by_one(rows)


@given(st.lists(st.lists(st.tuples(st.integers(-40, 40), st.integers(0, 20) | st.none()), max_size=6), max_size=6))
def test_merging_gives_the_union_of_each_row_sorted_and_disjoint(plan: list[list[tuple[int, int | None]]]) -> None:
    spans = [(first, None if length is None else first + length) for row in plan for first, length in row]
    offsets = np.concatenate(([0], np.cumsum([len(row) for row in plan], dtype=np.int64)))
    merged = merge(Stops(offsets, _column([a for a, _ in spans]), _column([b for _, b in spans])))
    for row, owned in enumerate(plan):
        low, high = merged.offsets[row], merged.offsets[row + 1]
        firsts = merged.starts[low:high].astype(int).tolist()
        ends = [200 if np.isnat(end) else int(end.astype(int)) for end in merged.ends[low:high]]
        edges = [edge for pair in zip(firsts, ends, strict=True) for edge in pair]
        assert edges == sorted(set(edges)), "sorted, not empty, not touching"
        covered = {d for first, end in zip(firsts, ends, strict=True) for d in range(first, end)}
        assert covered == {d for first, n in owned for d in range(first, 200 if n is None else first + n)}


def _column(values: list[int] | list[int | None]) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    return np.array(["NaT" if value is None else value for value in values], "datetime64[D]")


def test_added_amounts_are_extensions_in_the_limits_own_unit() -> None:
    starts = np.array(["2025-07-01", "2025-07-01"], "datetime64[D]")
    codes = np.array([UNIT_CODES[Unit.WORKDAY]] * 2)
    dues = due_many(starts, np.array([20, 20]), codes, added=np.array([0, 10]), calendar=CALENDAR)
    assert dues.tolist() == [day("2025-07-29"), day("2025-08-12")]


def test_results_beyond_the_near_years_are_reckoned_too() -> None:
    rows: list[Row] = [(workdays(9_000), day("2030-01-01"), [], []), (months(600), day("2010-01-31"), [], [])]
    assert at_once(rows) == one_by_one(rows)


def test_no_rows_give_no_dates() -> None:
    assert pack([]).due(CALENDAR).tolist() == []


def test_a_row_with_a_thousand_suspensions_is_merged() -> None:
    start = day("2025-01-02")
    many = [
        Suspension(start + dt.timedelta(days=2 * i), start + dt.timedelta(days=2 * i + 1), "检测") for i in range(1000)
    ]
    rows: list[Row] = [(days(700), start, many, []), (days(700), start, [], [])]
    assert at_once(rows) == one_by_one(rows)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"n": np.array([5])}, "长度不一致"),
        ({"n": np.array([5, -1])}, "期限数量"),
        ({"n": np.array([5, 10**12])}, "期限数量"),
        ({"units": np.array([0, 9])}, "期限单位"),
        ({"starts": np.array(["2025-01-02", "NaT"], "datetime64[D]")}, "日期超出"),
        ({"starts": np.array(["2025-01-02", "2299-12-31"], "datetime64[D]")}, "期限太长"),
        ({"stops": Stops(np.array([0, 1]), np.array([], "datetime64[D]"), np.array([], "datetime64[D]"))}, "对不上"),
        (
            {
                "stops": Stops(
                    np.array([0, 1, 1]),
                    np.array(["2025-03-02"], "datetime64[D]"),
                    np.array(["2025-03-01"], "datetime64[D]"),
                )
            },
            "恢复日早于暂停日",
        ),
    ],
)
def test_columns_that_do_not_fit_are_refused_in_chinese(change: dict[str, object], sentence: str) -> None:
    columns: dict[str, object] = {
        "starts": np.array(["2025-01-02", "2025-01-03"], "datetime64[D]"),
        "n": np.array([5, 6]),
        "units": np.array([0, 1]),
    }
    with pytest.raises(ClockError, match=sentence):
        due_many(**{**columns, **change}, calendar=CALENDAR)  # type: ignore[arg-type]


def test_the_columns_given_are_not_changed() -> None:
    columns = pack(random_rows(500, seed=7))
    copies = [part.copy() for part in (columns.starts, columns.n, columns.stops.starts, columns.stops.ends)]
    columns.due(CALENDAR)
    parts = (columns.starts, columns.n, columns.stops.starts, columns.stops.ends)
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(copies, parts, strict=True))


def test_the_benchmark_reports_seconds_and_rates() -> None:
    began = time.perf_counter()
    figures = run(20_000)
    assert set(figures) == {"seconds", "per_second", "single_per_second"}
    assert 0 < figures["seconds"] < time.perf_counter() - began
    assert figures["per_second"] == pytest.approx(20_000 / figures["seconds"])
