"""Whether the hall is open today, from its own words and the working-day calendar."""

from __future__ import annotations

from datetime import datetime

import pytest

from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.clock import SHANGHAI
from onewindow.faces.portal.site import opening
from onewindow.places.models import Centre

CALENDAR = WorkCalendar.shipped()
HALL = Centre(name="桃江县政务服务中心", hours="周一至周五 9:00—12:00、13:00—17:00，法定节假日除外")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "badge"),
    [
        ("2026-11-23T08:30", "9:00 开门"),
        ("2026-11-23T09:00", "现在开着"),
        ("2026-11-23T12:30", "13:00 开门"),
        ("2026-11-23T16:59", "现在开着"),
        ("2026-11-23T17:00", "今天已下班"),
        ("2026-11-22T10:00", "今天休息"),
    ],
)
def test_the_badge_says_whether_it_is_open(moment: str, badge: str) -> None:
    found = opening(HALL, CALENDAR, at(moment))
    assert found is not None
    assert found.badge == badge


def test_a_holiday_is_named_and_the_next_working_day_told() -> None:
    found = opening(HALL, CALENDAR, at("2025-10-02T10:00"))
    assert found is not None
    assert "国庆" in found.today
    assert "10月9日" in found.next


def test_a_makeup_working_day_is_open() -> None:
    found = opening(HALL, CALENDAR, at("2025-09-28T10:00"))
    assert found is not None
    assert found.badge == "现在开着"


def test_hours_without_times_are_shown_as_they_are() -> None:
    found = opening(Centre(name="站", hours="逢集日开"), CALENDAR, at("2026-11-23T10:00"))
    assert found is not None
    assert found.today == "逢集日开"
    assert opening(Centre(name="站", hours=""), CALENDAR, at("2026-11-23T10:00")) is None
