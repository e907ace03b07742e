"""From which day a case counts as accepted (行政许可法 art. 32; 不动产登记暂行条例 art. 17)."""

from __future__ import annotations

import pytest
from clock_world import CALENDAR, PERMIT, REGISTRATION, day

from onewindow.clocks.calendar import ClockError
from onewindow.clocks.clock import Acceptance, NoticeRule, Unit, acceptance, notice_deadline

RECEIVED = day("2025-04-02")  # the fifth working day after it is 04-10, 清明节 in between
NOTHING = Acceptance(None, deemed=False)
DEEMED = Acceptance(RECEIVED, deemed=True)


def accept(
    accepted: str | None = None,
    notice: str | None = None,
    supplied: str | None = None,
    *,
    rule: NoticeRule = PERMIT,
    today: str | None = None,
) -> Acceptance:
    accepted_on, noticed_on, supplied_on, now = (
        None if text is None else day(text) for text in (accepted, notice, supplied, today)
    )
    return acceptance(RECEIVED, accepted_on, noticed_on, supplied_on, rule=rule, calendar=CALENDAR, today=now)


def test_the_notice_deadline_is_the_fifth_working_day_after_receipt() -> None:
    assert notice_deadline(RECEIVED, PERMIT, CALENDAR) == day("2025-04-10")


def test_on_the_spot_the_notice_deadline_is_the_receipt_date_even_on_a_rest_day() -> None:
    assert notice_deadline(day("2025-06-07"), REGISTRATION, CALENDAR) == day("2025-06-07")


def test_a_notice_limit_in_natural_days_rolls() -> None:
    rule = NoticeRule(3, Unit.DAY, "from_receipt")
    assert notice_deadline(RECEIVED, rule, CALENDAR) == day("2025-04-07")  # 04-05 lies in 清明节


def test_an_acceptance_in_time_stands_on_its_own_date() -> None:
    assert accept("2025-04-10") == Acceptance(day("2025-04-10"), deemed=False)


def test_an_acceptance_after_the_deadline_without_notice_is_deemed_from_receipt() -> None:
    assert accept("2025-04-11") == DEEMED


def test_neither_notice_nor_acceptance_is_deemed_from_receipt() -> None:
    assert accept() == DEEMED


def test_a_notice_on_the_last_day_is_valid_and_the_clock_waits_for_acceptance() -> None:
    assert accept(notice="2025-04-10") == NOTHING
    assert accept("2025-05-20", "2025-04-10", "2025-05-19") == Acceptance(day("2025-05-20"), deemed=False)


def test_supplying_the_correction_alone_starts_no_clock() -> None:
    assert accept(notice="2025-04-10", supplied="2025-04-15") == NOTHING


def test_a_late_notice_has_no_effect_even_with_a_later_acceptance() -> None:
    assert accept(notice="2025-04-11") == DEEMED
    assert accept("2025-04-20", "2025-04-11", "2025-04-18") == DEEMED


def test_nothing_is_deemed_while_the_notice_period_runs() -> None:
    assert accept(today="2025-04-10") == NOTHING
    assert accept(today="2025-04-11") == DEEMED


def test_a_registration_without_refusal_on_the_spot_is_accepted_that_day() -> None:
    assert accept(rule=REGISTRATION) == DEEMED
    assert accept("2025-04-03", rule=REGISTRATION) == DEEMED
    assert accept("2025-04-02", rule=REGISTRATION) == Acceptance(RECEIVED, deemed=False)
    assert accept("2025-04-20", "2025-04-02", rule=REGISTRATION) == Acceptance(day("2025-04-20"), deemed=False)


def test_where_silence_means_nothing_only_the_paper_counts() -> None:
    silent = NoticeRule(5, Unit.WORKDAY, "none")
    assert accept(rule=silent) == NOTHING
    assert accept("2025-04-30", rule=silent) == Acceptance(day("2025-04-30"), deemed=False)


@pytest.mark.parametrize("papers", [("2025-04-01", None, None), (None, "2025-04-01", None), (None, None, "2025-04-01")])
def test_a_paper_dated_before_the_receipt_is_refused(papers: tuple[str | None, str | None, str | None]) -> None:
    with pytest.raises(ClockError, match="早于收件日"):
        accept(*papers)


def test_an_unknown_consequence_of_silence_is_refused() -> None:
    with pytest.raises(ClockError, match="不认识"):
        NoticeRule(5, Unit.WORKDAY, "perhaps")
    with pytest.raises(ClockError, match="期限的数量"):
        NoticeRule(-5, Unit.WORKDAY, "none")
