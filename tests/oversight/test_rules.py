"""When a rule fires: on the real calendar, across 国庆 with its make-up days; and that bound and moment agree."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.deadlines import end_of_day
from onewindow.oversight.rules import Trigger, bound, days_before, fires_at, time_rule
from onewindow.oversight.shipping import shipped

CALENDAR = WorkCalendar.shipped()


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("trigger", "due", "n", "fires"),
    [
        # 2026: 国庆 1–7 October; 20 September and 10 October are worked.
        ({"workdays_before": 1}, "2026-10-09", None, "2026-10-08 00:00"),
        ({"workdays_before": 1}, "2026-10-08", None, "2026-09-30 00:00"),
        ({"workdays_before": 1}, "2026-10-12", None, "2026-10-10 00:00"),  # a Saturday that is worked
        ({"workdays_before": 3}, "2026-10-12", None, "2026-10-08 00:00"),
        ({"workdays_before": 0}, "2026-10-08", None, "2026-10-08 00:00"),
        ({"workdays_before": 0}, "2026-10-05", None, "2026-09-30 00:00"),  # a rest day counts as the workday before
        ({"share": 0.9}, "2026-10-16", 20, "2026-10-14 00:00"),
        ({"share": 0.9}, "2026-10-16", 10, "2026-10-15 00:00"),
        ({"share": 0.9}, "2026-10-16", 5, "2026-10-16 00:00"),
        ({"share": 0.8}, "2026-10-12", 10, "2026-10-09 00:00"),
        ({"workdays_after": 0}, "2026-10-08", None, "2026-10-08 23:59"),
        ({"workdays_after": 3}, "2026-09-30", None, "2026-10-10 23:59"),
    ],
)
def test_a_rule_fires_at_its_moment(trigger: dict[str, float], due: str, n: int | None, fires: str) -> None:
    moment = fires_at(Trigger.model_validate(trigger), end_of_day(dt.date.fromisoformat(due)), n, CALENDAR)
    assert f"{moment:%Y-%m-%d %H:%M}" == fires


TRIGGERS = st.one_of(
    st.builds(lambda k: Trigger(workdays_before=k), st.integers(0, 8)),
    st.builds(lambda k: Trigger(workdays_after=k), st.integers(0, 5)),
    st.builds(lambda s: Trigger(share=s), st.sampled_from([0.5, 0.8, 0.9])),
    st.builds(lambda m: Trigger(minutes_after=m), st.integers(0, 90)),
)


@given(
    TRIGGERS,
    st.dates(dt.date(2026, 1, 10), dt.date(2026, 11, 30)),
    st.integers(-20, 20),
    st.integers(0, 24 * 60 - 1),
    st.integers(1, 60),
)
def test_the_bound_says_exactly_what_has_fired(trigger: Trigger, due: dt.date, days: int, minute: int, n: int) -> None:
    due_at = end_of_day(due)
    now = dt.datetime.combine(due + dt.timedelta(days=days), dt.time(minute // 60, minute % 60), SHANGHAI)
    fired = fires_at(trigger, due_at, n, CALENDAR) <= now
    assert fired == (due_at <= bound(trigger, now, n, CALENDAR))


def test_the_share_is_reckoned_in_begun_days() -> None:
    assert [days_before(0.9, n) for n in (1, 5, 9, 10, 20, 30)] == [0, 0, 0, 1, 2, 3]
    assert [days_before(0.8, n) for n in (1, 4, 5, 10, 20)] == [0, 0, 1, 2, 4]


@pytest.mark.parametrize(
    "trigger", [{}, {"share": 1.0}, {"share": 0}, {"workdays_before": -1}, {"share": 0.5, "workdays_after": 0}]
)
def test_a_trigger_is_one_thing_within_bounds(trigger: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Trigger.model_validate(trigger)


def test_every_shipped_rule_is_whole_and_names_its_duty() -> None:
    books = shipped()
    assert set(books) == {"default", "yulin", "one-day-ahead", "two-light", "three-light", "statutory"}
    for key, book in books.items():
        codes = [body["code"] for _, body in book["rules"]]
        assert len(codes) == len(set(codes)), key
        assert book["source"]
        for kind, body in book["rules"]:
            assert body["duty"], body["code"]
            assert body["tell"], body["code"]
            if kind == "time":
                assert time_rule(body).trigger.words()
