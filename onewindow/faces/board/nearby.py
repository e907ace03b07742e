"""What lies one level below a scope (places of a division, departments of a county or a centre), with its figures: one
query each for the table and for where it hurts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import F, Sum

from onewindow.faces.board.scope import Scope
from onewindow.oversight.figures import STOCKS

WEEK: Final = 7
_OF_A_WEEK: Final = "bad_ratings"
_HURTING: Final = ("overdue", _OF_A_WEEK)


@dataclass(frozen=True, slots=True)
class Counted:
    """`now`: row -> measure -> count today (a stock: when it was last looked at). `week`: bad ratings of seven days."""

    now: Mapping[Any, Mapping[str, int]] = field(default_factory=dict)
    week: Mapping[Any, int] = field(default_factory=dict)

    def most(self, measure: str, shown: int) -> list[tuple[Any, int]]:
        """The rows with most of it now, those without any left out."""
        return _most({key: counts.get(measure, 0) for key, counts in self.now.items()}, shown)

    def worst_rated(self, shown: int) -> list[tuple[Any, int]]:
        return _most(self.week, shown)


@dataclass(frozen=True, slots=True)
class Nearby:
    """A province's or a city's own centres stand under its own code."""

    places: Counted = field(default_factory=Counted)
    departments: Counted = field(default_factory=Counted)


def _most(counts: Mapping[Any, int], shown: int) -> list[tuple[Any, int]]:
    found = [(key, number) for key, number in counts.items() if number > 0]
    return sorted(found, key=lambda one: (-one[1], one[0]))[:shown]


def nearby(scope: Scope, today: date, stood: date, measures: Sequence[str]) -> Nearby:
    """One query, two for a county, none for a department or a person."""
    days = (today, stood)
    if scope.kind == "centre":
        return Nearby(departments=_counted(scope.by_department(), "department_id", days, measures))
    if scope.kind != "division":
        return Nearby()
    places = _counted(scope.by_place(), "place", days, measures)
    if scope.wide:
        return Nearby(places)
    return Nearby(places, _counted(scope.by_department(), "department_id", days, _HURTING))


def _counted(rows: Any, key: str, days: tuple[date, date], measures: Sequence[str]) -> Counted:
    today, stood = days
    now: dict[Any, dict[str, int]] = defaultdict(dict)
    week: Counter[Any] = Counter()
    for one, day, measure, number in _asked(rows, key, days, measures):
        if measure == _OF_A_WEEK:
            week[one] += number
        if day == (stood if measure in STOCKS else today):
            now[one][measure] = number
    return Counted(dict(now), week)


def _asked(rows: Any, key: str, days: tuple[date, date], measures: Sequence[str]) -> Any:
    """Two ranges of one index, which do not meet."""
    others = [measure for measure in measures if measure != _OF_A_WEEK]
    rows = rows.annotate(key=F(key)).order_by().values_list("key", "day", "measure").annotate(Sum("value"))
    since = days[0] - timedelta(days=WEEK - 1)
    lately = rows.filter(day__gte=since, day__lte=days[0], measure=_OF_A_WEEK)
    return rows.filter(day__in=set(days), measure__in=others).union(lately, all=True)
