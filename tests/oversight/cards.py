"""A small builder of cards for the tests: as the sweep raises them, without waiting for a limit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from onewindow.clocks.clock import local_date
from onewindow.clocks.models import Deadline
from onewindow.clocks.store import current_calendar
from onewindow.loops import engine
from onewindow.loops.terms import due_at
from onewindow.oversight.cards import CARD, EXPLAIN
from onewindow.oversight.models import CARDS, Alert, Rule
from onewindow.oversight.shipping import ship
from onewindow.people.authority import SYSTEM
from tests.cast import Cast

_RULES = {"remind": "PROM-3", "warn": "PROM-1", "yellow": "PROM-Y", "red": "PROM-R"}


def raised(cast: Cast, level: str = "red", *, now: datetime | None = None, **changes: Any) -> Alert:
    """An alarm about examiner1 and the market department, with its first step; cards with the explanation's limit."""
    if not Rule.objects.exists():
        ship()
    moment = now or timezone.now()
    rule = Rule.objects.get(rule_set_id="default", code=_RULES[level], ended_at=None)
    count = Alert.objects.count() + 1
    fields: dict[str, Any] = {
        "number": f"J260101-{count:06}",
        "centre": cast.centre,
        "department": cast.market,
        "person": cast.examiner1,
        "state": "open" if level in CARDS else "told",
        "rule": rule,
        "level": level,
        "subject_kind": "case",
        "subject_id": count,
        "key": f"test:{count}",
        "title": "超过承诺时限：承诺时限",
        "tell": ["actor", "chief", "supervisor"],
        **changes,
    }
    made: Alert = engine.open_matter(CARD, Alert(**fields), by=SYSTEM, now=moment)
    if level in CARDS:
        _explain_limit(made, moment)
    return made


def _explain_limit(card: Alert, now: datetime) -> None:
    due = due_at(EXPLAIN, now, current_calendar())
    Deadline.objects.create(
        subject_kind=CARD.key,
        subject_id=card.pk,
        kind=EXPLAIN.kind,
        key="1",
        label=EXPLAIN.label,
        rule=EXPLAIN.duty,
        limit_n=EXPLAIN.n,
        limit_unit="workday",
        start_on=local_date(now),
        due_at=due,
        centre_id=card.centre_id,
        department_id=card.department_id,
    )
    Alert.objects.filter(pk=card.pk).update(next_due_at=due)
    card.next_due_at = due
