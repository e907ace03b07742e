"""The numbers of a scope: today, yesterday, the same weekday last week, and thirty days. Two queries for all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Sum

from onewindow.faces.board.scope import Scope

DAYS: Final = 30
TREND: Final = ("received", "decided", "late")
_READ: Final = (
    *("received", "accepted", "decided", "on_time", "late", "open", "overdue", "tickets", "waits", "waiting_seconds"),
    *("open_yellow", "open_red", "ratings", "bad_ratings", "open_bad_ratings", "open_complaints", "complaints"),
    *("consultations", "open_consultations"),
)


@dataclass(frozen=True, slots=True)
class Numbers:
    """`of(measure, day)`: a count, 0 where nothing was written. `trend` day -> measure -> count, oldest day first."""

    today: date
    counts: Mapping[tuple[date, str], int]
    trend: Mapping[date, Mapping[str, int]]

    def of(self, measure: str, day: date | None = None) -> int:
        return self.counts.get((day or self.today, measure), 0)

    @property
    def yesterday(self) -> date:
        return self.today - timedelta(days=1)

    @property
    def last_week(self) -> date:
        return self.today - timedelta(days=7)

    def known(self, measure: str, day: date) -> bool:
        """Whether anything at all was kept for that measure then: a stock that nobody looked at is not a 0."""
        return (day, measure) in self.counts

    def usual(self, measure: str) -> int | None:
        """The mean of the same weekday in the last thirty days; None while there are fewer than two of them."""
        days = [self.today - timedelta(days=7 * n) for n in range(1, 5)]
        seen = [self.trend[day][measure] for day in days if any(self.trend.get(day, {}).values())]
        return round(sum(seen) / len(seen)) if len(seen) >= 2 else None

    def month(self, measure: str) -> int:
        return sum(row[measure] for row in self.trend.values())


def read(scope: Scope, today: date) -> Numbers:
    days = [today, today - timedelta(days=1), today - timedelta(days=7)]
    rows = scope.figures().filter(day__in=days, measure__in=_READ).order_by()
    counts = {(day, m): n for day, m, n in rows.values_list("day", "measure").annotate(Sum("value"))}
    return Numbers(today, counts, _trend(scope, today))


def _trend(scope: Scope, today: date) -> dict[date, dict[str, int]]:
    days = [today - timedelta(days=n) for n in range(DAYS - 1, -1, -1)]
    found = {day: dict.fromkeys(TREND, 0) for day in days}
    rows = scope.figures().filter(day__gte=days[0], day__lte=today, measure__in=TREND).order_by()
    for day, measure, number in rows.values_list("day", "measure").annotate(Sum("value")):
        found[day][measure] = number
    return found
