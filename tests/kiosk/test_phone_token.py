"""The code in the hall is worth something for ten minutes at most, and only in its hall."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from onewindow.hall import phone

NOW = datetime(2026, 11, 23, 1, 2, 30, tzinfo=UTC)


def test_a_code_holds_for_its_step_and_the_next() -> None:
    shown = phone.token("taojiang", NOW)
    held = [minutes for minutes in range(20) if phone.check("taojiang", shown, NOW + timedelta(minutes=minutes))]
    assert held == list(range(8))  # 9:02:30 belongs to 9:00–9:05, and is taken until 9:10


def test_a_code_of_another_hall_or_of_tomorrow_is_nothing() -> None:
    assert not phone.check("taojiang", phone.token("yiyang", NOW), NOW)
    assert not phone.check("taojiang", phone.token("taojiang", NOW + timedelta(minutes=6)), NOW)


@pytest.mark.parametrize("offered", ["", "0" * 20, "\0", "编号", "\ud800", "x" * 10_000])
def test_any_text_is_refused(offered: str) -> None:
    assert not phone.check("taojiang", offered, NOW)


def test_the_code_leads_to_the_page_of_the_hall() -> None:
    assert phone.url("taojiang", NOW).endswith(f"/ticket/new/taojiang/?t={phone.token('taojiang', NOW)}")
