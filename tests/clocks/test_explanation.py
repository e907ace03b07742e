"""The clock day by day: it says what the date says, in words a citizen understands."""

from __future__ import annotations

import datetime as dt

import pytest
from clock_world import CALENDAR, ONE, day, days, months, situations, workdays
from hypothesis import given, settings

from onewindow.clocks.calendar import ClockError
from onewindow.clocks.clock import Extension, Limit, Suspension, Unit, due, explain

HEARING = Suspension(day("2025-06-05"), day("2025-06-06"), "听证")


def notes(limit: Limit, start: str, **given_: object) -> dict[str, str]:
    lines = explain(limit, day(start), calendar=CALENDAR, **given_)  # type: ignore[arg-type]
    return {line.date.strftime("%m-%d"): line.note for line in lines}


@settings(max_examples=300)
@given(situations())
def test_the_explanation_and_the_date_always_agree(
    situation: tuple[Limit, dt.date, list[Suspension], list[Extension]],
) -> None:
    limit, start, suspensions, extensions = situation
    found = due(limit, start, suspensions=suspensions, extensions=extensions, calendar=CALENDAR)
    lines = explain(limit, start, suspensions=suspensions, extensions=extensions, calendar=CALENDAR)
    if found.date is not None:
        assert lines[-1].date == found.date
        assert "到期" in lines[-1].note
    else:
        assert lines[-1].date >= start
        assert not any("到期" in line.note for line in lines)


@given(situations())
def test_every_day_appears_once_and_the_counted_ones_are_numbered(
    situation: tuple[Limit, dt.date, list[Suspension], list[Extension]],
) -> None:
    limit, start, suspensions, extensions = situation
    lines = explain(limit, start, suspensions=suspensions, extensions=extensions, calendar=CALENDAR)
    assert [line.date for line in lines] == [start + i * ONE for i in range(len(lines))]
    numbers = [line.number for line in lines if line.counted]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(line.number is None for line in lines if not line.counted)
    assert all(line.note for line in lines)
    stopped = [s for s in suspensions if not s.counts]
    for line in lines[1:]:
        covered = any(s.start <= line.date and (s.end is None or line.date < s.end) for s in stopped)
        assert not (covered and line.counted)


def test_each_kind_of_day_is_said_in_plain_words() -> None:
    said = notes(
        workdays(6),
        "2025-09-25",
        suspensions=[Suspension(day("2025-10-10"), day("2025-10-11"), "专家评审")],
        extensions=[Extension(workdays(2), "案情复杂")],
    )
    assert said["09-25"] == "受理当日不计"
    assert said["09-26"] == "计入第1天"
    assert said["09-27"] == "周末"
    assert said["09-28"] == "调休上班，计入第2天"
    assert said["10-01"] == "国庆节"
    assert said["10-06"] == "中秋节"
    assert said["10-10"] == "已暂停：专家评审"
    assert said["10-11"] == "调休上班，计入第6天"
    assert said["10-13"] == "延期第1天（共2天）"
    assert said["10-14"] == "延期第2天（共2天），到期"
    assert list(said)[-1] == "10-14"


def test_a_last_day_on_a_rest_day_says_that_it_rolls() -> None:
    said = notes(days(15), "2025-06-06")
    assert said["06-21"] == "计入第15天；末日逢周末，顺延"
    assert said["06-22"] == "末日逢周末顺延"
    assert said["06-23"] == "末日顺延到这一天，到期"


def test_overlapping_suspensions_name_both_grounds() -> None:
    overlapping = [HEARING, Suspension(day("2025-06-04"), day("2025-06-10"), "检测")]
    assert notes(workdays(3), "2025-06-03", suspensions=overlapping)["06-05"] == "已暂停：听证、检测"


def test_a_procedure_on_the_clock_is_shown_and_counted() -> None:
    check = Suspension(day("2025-06-05"), day("2025-06-06"), "现场核查", counts=True)
    assert notes(workdays(5), "2025-06-03", suspensions=[check])["06-05"] == "计入第2天（现场核查，不停表）"


def test_a_paused_clock_is_explained_up_to_today() -> None:
    waiting = [Suspension(day("2025-06-05"), None, "听证")]
    said = notes(workdays(5), "2025-06-03", suspensions=waiting, until=day("2025-06-09"))
    assert list(said.items())[-2:] == [("06-08", "已暂停：听证"), ("06-09", "已暂停：听证")]


def test_a_paused_clock_is_explained_up_to_its_first_suspended_day_when_today_is_not_given() -> None:
    said = notes(workdays(5), "2025-06-03", suspensions=[Suspension(day("2025-06-05"), None, "听证")])
    assert list(said) == ["06-03", "06-04", "06-05"]


def test_a_paused_clock_shows_no_day_after_today() -> None:
    waiting = [Suspension(day("2025-06-05"), None, "听证")]
    assert list(notes(workdays(5), "2025-06-03", suspensions=waiting, until=day("2025-06-04"))) == ["06-03", "06-04"]


def test_a_running_clock_is_explained_to_its_end_whatever_today_is() -> None:
    assert list(notes(workdays(2), "2025-06-03", until=day("2025-06-04"))) == ["06-03", "06-04", "06-05"]


def test_a_limit_on_the_spot_is_one_line() -> None:
    assert notes(Limit(0, Unit.SPOT), "2025-06-03") == {"06-03": "受理当日办结，到期"}


def test_an_extension_in_months_is_counted_in_days() -> None:
    said = notes(months(1), "2025-03-03", extensions=[Extension(months(1), "")])
    assert said["04-03"] == "计入第31天"
    assert said["04-04"] == "延期第1天（共30天）"
    assert said["05-03"] == "延期第30天（共30天）；末日逢劳动节，顺延"


def test_the_first_day_is_named_after_what_happened_on_it() -> None:
    assert notes(workdays(1), "2025-06-03", opening="收件")["06-03"] == "收件当日不计"


def test_an_explanation_that_never_ends_is_refused() -> None:
    with pytest.raises(ClockError, match="超出"):
        explain(workdays(30), day("2299-12-20"), calendar=CALENDAR)
    forever = [Suspension(day("2025-06-05"), dt.date.max, "听证")]
    with pytest.raises(ClockError, match="超出"):
        explain(workdays(5), day("2025-06-03"), suspensions=forever, calendar=CALENDAR)
