"""What a rule would have raised: the same as the sweep raises when it looks every hour, from the rows alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from onewindow.clocks.clock import SHANGHAI, local_date
from onewindow.clocks.models import Deadline
from onewindow.oversight import sweep
from onewindow.oversight.models import Alert, Rule, RuleSet
from onewindow.oversight.preview import centres_of, preview
from onewindow.oversight.rules import time_rule
from tests.cast import Cast

NOW = datetime(2026, 4, 30, 10, tzinfo=SHANGHAI)
RULE: dict[str, Any] = {
    "code": "TRY-1",
    "name": "试一试",
    "subject": "case",
    "kinds": ["promised", "notice"],
    "level": "remind",
    "tell": ["actor"],
    "duty": ["XX-38.2"],
}


def limits(cast: Cast) -> None:
    """Limits of every length, unit and fate over ten weeks around 清明 (and 五一 ahead)."""
    rows = []
    for n in range(45):
        start = NOW - timedelta(days=60 - n, hours=n % 7)
        due = (start + timedelta(days=3 + n % 23)).replace(hour=23, minute=59, second=59, microsecond=999999)
        settled = None if n % 3 == 0 else start + timedelta(days=1 + n % 29, hours=n % 5)
        if settled is not None and settled > NOW:
            settled = None
        rows.append(
            Deadline(
                subject_kind="case",
                subject_id=n,
                kind=("promised", "notice", "sign")[n % 3 if n % 4 else 0],
                label="时限",
                limit_n=2 + n % 20,
                limit_unit=("workday", "day", "month", "year")[n % 7 % 4],
                start_on=local_date(start),
                due_at=due,
                settled_at=settled,
                outcome="" if settled is None else "late" if settled > due else "met",
                centre_id=cast.centre.pk if n % 11 else cast.township.pk,
                department_id=cast.market.pk,
            )
        )
    Deadline.objects.bulk_create(rows)


def swept(body: dict[str, Any]) -> set[int]:
    """What the sweep raises in the thirty days, looking every hour at the limits as they stood then."""
    book = RuleSet.objects.create(key="default", name="试")
    Rule.objects.create(rule_set=book, code="TRY-1", name="试一试", kind="time", level="remind", body=body)
    kept = {row.pk: (row.settled_at, row.outcome) for row in Deadline.objects.all()}
    starts = dict(Deadline.objects.values_list("pk", "start_on"))
    raised: set[int] = set()
    moment = NOW - timedelta(days=30)
    while moment <= NOW:
        for pk, (settled, outcome) in kept.items():
            began = starts[pk] <= local_date(moment)
            known = settled is not None and settled <= moment
            Deadline.objects.filter(pk=pk).update(
                settled_at=settled if known else None if began else moment, outcome=outcome if known else ""
            )
        sweep.sweep(moment)
        if moment > NOW - timedelta(days=30):
            raised |= set(Alert.objects.values_list("deadline", flat=True))
        else:
            before = set(Alert.objects.values_list("deadline", flat=True))
        moment += timedelta(hours=24)
    for pk, (settled, outcome) in kept.items():
        Deadline.objects.filter(pk=pk).update(settled_at=settled, outcome=outcome)
    return raised - before


@pytest.mark.parametrize(
    "trigger",
    [{"share": 0.8}, {"workdays_before": 0}, {"workdays_before": 3}, {"workdays_after": 0}, {"workdays_after": 2}],
)
def test_the_preview_finds_what_the_sweep_would_have_raised(cast: Cast, trigger: dict[str, Any]) -> None:
    limits(cast)
    body = {**RULE, "trigger": trigger}
    said = time_rule(body)
    every = [cast.centre.pk, cast.township.pk]
    found = preview(said, every, NOW)
    expected = swept(body)
    assert found.total > 3
    assert abs(found.total - len(expected)) <= 1  # the sweep here looks once a day, so an edge of the span may differ
    assert found.total == sum(found.departments.values())
    assert len(found.latest) == min(found.total, 5)
    assert [one.at for one in found.latest] == sorted((one.at for one in found.latest), reverse=True)


def test_only_the_centres_of_the_book_and_nothing_is_written(cast: Cast) -> None:
    limits(cast)
    said = time_rule({**RULE, "trigger": {"workdays_after": 0}})
    both = preview(said, [cast.centre.pk, cast.township.pk], NOW).total
    assert both == preview(said, [cast.centre.pk], NOW).total + preview(said, [cast.township.pk], NOW).total
    assert not Alert.objects.exists()


def test_a_book_nobody_uses_is_tried_on_its_whole_place(cast: Cast) -> None:
    own = RuleSet.objects.create(key="own-1", name="我们的", division="430922")
    assert set(centres_of(own)) == {cast.centre.pk, cast.township.pk}
