"""Supervision of the catalogue's changes, travelling in time: late telling, late drafts, late review, each once."""

from __future__ import annotations

import datetime as dt

import pytest

from onewindow.catalogue.models import ChangeRequest
from onewindow.clocks.clock import SHANGHAI
from onewindow.faces.desk.cards import subject_of
from onewindow.oversight import sight, sweep
from onewindow.oversight.models import Alert
from onewindow.oversight.shipping import ship
from tests.cast import NAMES, Cast
from tests.catalogue.changing import NOW, act, at, told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def books(db: None) -> None:
    ship()


def look(until: str, since: dt.datetime = NOW) -> dict[str, Alert]:
    """The sweep in the first minute of every day; what it raised, by rule."""
    day, last = since.replace(hour=0, minute=1), dt.datetime.fromisoformat(until).replace(tzinfo=SHANGHAI)
    while day <= last:
        sweep.sweep(max(day, since))
        day += dt.timedelta(days=1)
    return {one.rule.code: one for one in Alert.objects.filter(subject_kind="change").select_related("rule")}


def on(alert: Alert) -> str:
    return f"{alert.opened_at.astimezone(SHANGHAI):%m-%d}"


def test_told_late_is_a_card_at_once_and_once(cast: Cast) -> None:
    row = told(cast, basis_on="2026-11-10")
    raised = look("2026-11-23 00:01", since=NOW)
    assert set(raised) == {"CHANGE-Y", "CHANGE-V"}
    cards = Alert.objects.filter(rule__code="CHANGE-Y")
    assert {one.evidence["kind"] for one in cards} == {"tell", "propose"}
    for one in cards:
        assert (one.level, one.person, one.department, one.subject_number) == (
            "yellow",
            cast.editor1,
            cast.market,
            row.number,
        )
        assert subject_of(one) == {"label": "事项变更", "number": row.number, "url": f"/desk/changes/{row.number}/"}
    assert {who for who in NAMES if sight.waiting(cast.actor(who)).exists()} >= {"editor1", "chief1", "head1"}
    assert sum(sweep.sweep(NOW + dt.timedelta(minutes=1)).values()) == 0


def test_told_in_time_but_not_drawn_up(cast: Cast) -> None:
    """Document of Friday 20 November: reminded on Wednesday 25, the card comes when that day is over."""
    told(cast)
    raised = look("2026-11-27 00:01")
    assert on(raised["CHANGE-1"]) == "11-25"
    assert on(raised["CHANGE-Y"]) == on(raised["CHANGE-V"]) == "11-26"
    assert Alert.objects.filter(rule__code="CHANGE-Y").count() == 1


def test_across_the_long_holiday_the_days_are_working_days(cast: Cast) -> None:
    """Published on 29 September 2026: 30 September, 8 and 9 October are the three working days."""
    then = dt.datetime(2026, 9, 29, 15, tzinfo=SHANGHAI)
    told(cast, now=then, basis_on="2026-09-29")
    raised = look("2026-10-11 00:01", since=then)
    assert on(raised["CHANGE-1"]) == "10-09"
    assert on(raised["CHANGE-Y"]) == "10-10"


def test_review_and_publication_late_are_the_management_bodys_cards(cast: Cast) -> None:
    row = at(cast, "proposed")
    raised = look("2026-12-01 00:01")
    assert on(raised["CHANGE-R"]) == "12-01"
    card = raised["CHANGE-R"]
    assert (card.level, card.person, card.department, card.centre) == ("yellow", None, None, cast.centre)
    assert "CHANGE-Y" not in raised
    late = dt.datetime(2026, 12, 1, 9, tzinfo=SHANGHAI)
    act(cast, row, "approve", now=late)
    look("2026-12-03 00:01", since=late)
    kinds = Alert.objects.filter(rule__code="CHANGE-R").values_list("evidence__kind", flat=True)
    assert sorted(kinds) == ["publish", "review"]


def test_in_time_is_quiet_and_the_reminder_settles(cast: Cast) -> None:
    row = told(cast)
    day = dt.datetime(2026, 11, 25, 9, tzinfo=SHANGHAI)
    sweep.sweep(day)
    assert set(Alert.objects.values_list("state", flat=True)) == {"told"}
    act(cast, row, "propose", now=day)
    act(cast, row, "approve", now=day)
    act(cast, row, "publish", now=day)
    raised = look("2026-12-20 00:01", since=day + dt.timedelta(minutes=1))
    assert set(raised) == {"CHANGE-1"}
    assert {one.state for one in Alert.objects.all()} == {"settled"}
    assert not ChangeRequest.objects.filter(next_due_at__isnull=False).exists()
