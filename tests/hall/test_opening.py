"""When a hall is open, now and as it was promised at any moment before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.clocks import store
from onewindow.hall import memory, opening
from onewindow.hall.models import DayHours, WeeklyHours
from tests.cast import Cast
from tests.hall.stage import MONDAY, Stage, build

SATURDAY = MONDAY + dt.timedelta(days=5)


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return build(cast)


def close(stage: Stage, day: dt.date, reason: str = "停电检修", **more: Any) -> DayHours:
    memory.forget()
    return DayHours.objects.create(centre=stage.cast.centre, day=day, periods=[], reason=reason, **more)


def test_now_and_next(stage: Stage) -> None:
    during, lunch, night = stage.at("9:30"), stage.at("12:30"), stage.at("20:00")
    first = opening.now_open(stage.centre, during)
    assert first is not None
    assert first.ends == stage.at("12:00")
    assert opening.now_open(stage.centre, lunch) is None
    assert opening.now_open(stage.centre, stage.at("12:00")) is None
    after = opening.next_open(stage.centre, lunch)
    assert after is not None
    assert after.starts == stage.at("13:00")
    assert opening.next_words(stage.centre, lunch) == "今天 13:00"
    assert opening.next_words(stage.centre, night) == "明天 9:00"
    assert opening.next_words(stage.centre, stage.at("20:00", SATURDAY)) == "11月30日（星期一） 9:00"


def test_minutes_left_leave_out_lunch(stage: Stage) -> None:
    assert opening.minutes_left(stage.centre, stage.at("8:00")) == 420
    assert opening.minutes_left(stage.centre, stage.at("11:30")) == 270
    assert opening.minutes_left(stage.centre, stage.at("12:30")) == 240
    assert opening.minutes_left(stage.centre, stage.at("17:00")) == 0
    assert opening.minutes_left(stage.centre, stage.at("10:00", SATURDAY)) == 0


def test_words(stage: Stage) -> None:
    assert opening.words(stage.centre, MONDAY) == "9:00–12:00，13:00–17:00"
    assert opening.words(stage.centre, SATURDAY, SATURDAY) == "今天不办公：周末"
    assert opening.words(stage.centre, SATURDAY, MONDAY) == "11月28日（星期六）不办公：周末"
    holiday = dt.date(2026, 10, 1)
    assert opening.words(stage.centre, holiday, holiday) == "今天不办公：国庆节"
    close(stage, MONDAY)
    assert opening.words(stage.centre, MONDAY, MONDAY) == "今天不办公：停电检修"


def test_a_hall_without_hours_is_never_open(cast: Cast) -> None:
    now = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
    assert opening.next_open(cast.township.pk, now) is None
    assert opening.next_words(cast.township.pk, now) == "近期没有安排"


def test_a_centre_closed_for_good_is_not_open_whatever_its_hours(stage: Stage) -> None:
    stage.cast.centre.is_open = False
    stage.cast.centre.save()
    assert opening.opening(stage.centre, MONDAY) == ()


def test_what_was_promised_on_a_day_stays_readable(stage: Stage) -> None:
    """Said in October: open. Said on the 10th of November: closed. Said on the 12th: open after all, in the morning."""
    WeeklyHours.objects.update(said_at=stage.at("9:00", dt.date(2026, 10, 1)))
    tenth, twelfth = stage.at("9:00", dt.date(2026, 11, 10)), stage.at("9:00", dt.date(2026, 11, 12))
    close(stage, MONDAY, said_at=tenth, ended_at=twelfth)
    DayHours.objects.create(
        centre=stage.cast.centre, day=MONDAY, periods=[[540, 720, "regular"]], reason="检修提前结束", said_at=twelfth
    )

    def said(as_of: dt.datetime | None) -> list[str]:
        return [f"{period.starts:%H:%M}-{period.ends:%H:%M}" for period in opening.opening(stage.centre, MONDAY, as_of)]

    assert said(stage.at("9:00", dt.date(2026, 9, 1))) == []
    assert said(tenth - dt.timedelta(seconds=1)) == ["09:00-12:00", "13:00-17:00"]
    assert said(tenth) == []
    assert said(twelfth) == ["09:00-12:00"]
    assert said(None) == ["09:00-12:00"]


def test_two_queries_for_sixty_days_and_none_within_ten_seconds(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "RECHECK_SECONDS", 1e9)
    store.current_calendar()
    WeeklyHours.objects.all().delete()
    with CaptureQueriesContext(connection) as asked:
        assert opening.next_open(stage.centre, stage.at("9:00")) is None
    assert len(asked) == 2
    with CaptureQueriesContext(connection) as asked:
        opening.words(stage.centre, MONDAY)
        opening.minutes_left(stage.centre, stage.at("9:00"))
    assert len(asked) == 0
