"""The places one level below a division, with their figures: one query for the table and for where it hurts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from onewindow.faces.board.scope import Scope
from onewindow.oversight.figures import STOCKS

WEEK: Final = 7
_OF_A_WEEK: Final = "bad_ratings"


@dataclass(frozen=True, slots=True)
class Nearby:
    """`now`: place -> measure -> count today (a stock: when it was last looked at). `week`: bad ratings of seven days.

    A province's or a city's own centres stand under its own code.
    """

    now: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    week: Mapping[str, int] = field(default_factory=dict)

    def most(self, measure: str, shown: int) -> list[tuple[str, int]]:
        """The places with most of it now, those without any left out."""
        return _most({place: counts.get(measure, 0) for place, counts in self.now.items()}, shown)

    def worst_rated(self, shown: int) -> list[tuple[str, int]]:
        return _most(self.week, shown)


def _most(counts: Mapping[str, int], shown: int) -> list[tuple[str, int]]:
    found = [(place, number) for place, number in counts.items() if number > 0]
    return sorted(found, key=lambda one: (-one[1], one[0]))[:shown]


def nearby(scope: Scope, today: date, stood: date, measures: Sequence[str]) -> Nearby:
    """One query for a division, none for other scopes, below which there are no places."""
    if scope.kind != "division":
        return Nearby()
    now: dict[str, dict[str, int]] = defaultdict(dict)
    week: Counter[str] = Counter()
    for place, day, measure, number in _rows(scope, today, stood, measures):
        if measure == _OF_A_WEEK and day <= today:
            week[place] += number
        if day == (stood if measure in STOCKS else today):
            now[place][measure] = number
    return Nearby(dict(now), week)


def _rows(scope: Scope, today: date, stood: date, measures: Sequence[str]) -> Any:
    """Two ranges of one index, which do not meet."""
    others = [measure for measure in measures if measure != _OF_A_WEEK]
    rows = scope.by_place().order_by().values_list("place", "day", "measure", "value")
    since = today - timedelta(days=WEEK - 1)
    lately = rows.filter(day__gte=since, day__lte=today, measure=_OF_A_WEEK)
    return rows.filter(day__in={today, stood}, measure__in=others).union(lately, all=True)
