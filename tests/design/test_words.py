"""Dates and clocks in the words of ux.md."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from onewindow.faces.design import words

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _today():  # type: ignore[no-untyped-def]  # every test lives on 22 November 2026
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (date(2026, 11, 2), "2026年11月2日"),
        ("2026-11-22", "2026年11月22日"),
        (datetime(2026, 11, 22, 17, 30, tzinfo=UTC), "2026年11月23日"),
        (None, ""),
        ("明天", "明天"),
        ("9999-99-99", "9999-99-99"),
        (datetime.max.replace(tzinfo=UTC), "9999年12月31日"),
    ],
)
def test_a_date_is_written_out(value: object, written: str) -> None:
    assert words.cn_date(value) == written


def test_a_moment_is_written_in_24_hours_of_the_servers_zone() -> None:
    assert words.cn_datetime(datetime(2026, 11, 22, 6, 5, tzinfo=UTC)) == "2026年11月22日 14:05"
    assert words.cn_time(datetime(2026, 11, 22, 1, 5, tzinfo=UTC)) == "09:05"
    assert words.cn_datetime(None) == ""
    assert words.cn_datetime(date(2026, 11, 22)) == "2026年11月22日"


def test_a_short_date_has_its_year_only_when_it_is_another() -> None:
    assert words.cn_short_date(date(2026, 11, 27)) == "11月27日"
    assert words.cn_short_date(date(2027, 1, 4)) == "2027年1月4日"


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (3, "还剩 3 个工作日"),
        (0, "今天到期"),
        (-2, "已超过 2 个工作日"),
        ("5", "还剩 5 个工作日"),
        (None, ""),
        ("很快", "很快"),
        (float("inf"), "inf"),
    ],
)
def test_remaining_working_days_are_said_in_words(days: object, said: str) -> None:
    assert words.workdays_words(days) == said


@pytest.mark.parametrize(
    ("remaining", "ground", "settled", "tone", "said", "due"),
    [
        (3, "", False, "ontime", "还剩 3 个工作日", "（11月27日到期）"),
        (2, "", False, "soon", "还剩 2 个工作日", "（11月27日到期）"),
        (0, "", False, "soon", "今天到期", ""),
        (-2, "", False, "late", "已超过 2 个工作日", "（11月27日到期）"),
        (3, "专家评审", False, "paused", "已暂停：专家评审", ""),
        (-2, "专家评审", date(2026, 11, 20), "done", "11月20日办结", ""),
        (3, "", True, "done", "已办结", ""),
        (None, "", False, "done", "11月27日到期", ""),
    ],
)
def test_a_clock_says_how_it_stands(
    remaining: int | None, ground: str, settled: object, tone: str, said: str, due: str
) -> None:
    clock = words.clock_words(remaining, date(2026, 11, 27), ground, settled, False)
    assert (clock.tone, clock.words, clock.due) == (tone, said, due)


def test_a_clock_without_date_has_not_started() -> None:
    assert words.clock_words(None, None, "", False, False).words == "还没开始计时"


@given(st.text() | st.datetimes() | st.dates() | st.integers() | st.floats() | st.none())
def test_no_value_breaks_the_words(value: object) -> None:
    for write in (words.cn_date, words.cn_short_date, words.cn_datetime, words.cn_time, words.workdays_words):
        assert isinstance(write(value), str)
