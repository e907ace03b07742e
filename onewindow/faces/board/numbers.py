"""The numbers of a scope: today, yesterday, the same weekday last week, and thirty days. One query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Sum

from onewindow.faces.board.scope import Scope
from onewindow.oversight.figures import STOCKS

DAYS: Final = 30
TREND: Final = ("received", "decided", "late")
_REST: Final = (
    *("accepted", "on_time", "open", "overdue", "tickets", "waits", "waiting_seconds"),
    *("open_yellow", "open_red", "ratings", "bad_ratings", "open_bad_ratings", "open_complaints", "complaints"),
    *("consultations", "open_consultations"),
)


@dataclass(frozen=True, slots=True)
class Numbers:
    """`of(measure, day)`: a count, 0 where nothing was written. `trend` day -> measure -> count, oldest day first.

    Stocks are as of `stood`, the day they were last looked at: just after midnight that is still yesterday.
    """

    today: date
    stood: date
    counts: Mapping[tuple[date, str], int]
    trend: Mapping[date, Mapping[str, int]]

    def of(self, measure: str, day: date | None = None) -> int:
        return self.counts.get((day or (self.stood if measure in STOCKS else self.today), measure), 0)

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


def read(scope: Scope, today: date, stood: date) -> Numbers:
    """One query: all measures of three days, those of the trend of thirty."""
    since = today - timedelta(days=DAYS - 1)
    days = {today, stood, today - timedelta(days=1), today - timedelta(days=7)}
    trend = {since + timedelta(days=n): dict.fromkeys(TREND, 0) for n in range(DAYS)}
    lately = _sums(scope, day__in=days, measure__in=_REST)
    month = _sums(scope, day__gte=since, day__lte=today, measure__in=TREND)
    counts: dict[tuple[date, str], int] = {}
    for day, measure, number in lately.union(month, all=True):
        counts[(day, measure)] = number
        if measure in TREND:
            trend[day][measure] = number
    return Numbers(today, stood, counts, trend)


def _sums(scope: Scope, **where: Any) -> Any:
    """Two ranges of one index; as one condition with an "or" they would be read from the table itself."""
    return scope.figures().filter(**where).order_by().values_list("day", "measure").annotate(Sum("value"))
