"""Figures of ratings: what was asked and said, by item, department, window, person, channel and month, and what became
of the bad ones. Default ratings are counted apart, everywhere, and are in no share and no mean.

Sources: HN-41.2 (评价数据客观真实), XX-39.1 (接受公众监督); the share of those asked who rate says
nothing of a person and is no aim: rating is voluntary.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from onewindow.catalogue.models import Item
from onewindow.clocks.clock import SHANGHAI
from onewindow.people.models import Account
from onewindow.places.models import Centre, Department, Window
from onewindow.voice.models import BAD, CHANNELS, LEVELS, PHASES
from onewindow.voice.ratings import figure_sql as sql
from onewindow.voice.ratings import labels as words
from onewindow.voice.ratings.plates import WORDS

MOST_DAYS: Final = 400
BEST: Final = 5
_LOOP_NAMES: Final = (
    *("opened", "in_time", "late", "waiting", "true", "mistaken", "malicious", "mended", "told"),
    *("revisited", "content", "not_content", "appealed", "closed"),
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose ratings: `column` is centre, department or person, `keys` the rows of it. `few` as the profile says."""

    column: str
    keys: tuple[int, ...]
    few: int = 10

    @classmethod
    def centre(cls, *keys: int, few: int = 10) -> Scope:
        return cls("centre", keys, few)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was rated. `levels` from 1 to 5, without `defaults`; `asked` and `answered` where they are known:
    how many were asked to rate, and how many of these did."""

    key: str
    name: str
    levels: tuple[int, ...]
    defaults: int = 0
    asked: int | None = None
    answered: int = 0

    @property
    def total(self) -> int:
        return sum(self.levels)

    @property
    def bad(self) -> int:
        return sum(self.levels[:BAD])

    @property
    def content(self) -> float | None:
        """Share of 基本满意 and better; None where nobody rated."""
        return (self.total - self.bad) / self.total if self.total else None

    @property
    def best(self) -> float | None:
        return self.levels[-1] / self.total if self.total else None

    @property
    def mean(self) -> float | None:
        """5 is best."""
        return sum(n * times for n, times in enumerate(self.levels, 1)) / self.total if self.total else None

    @property
    def share(self) -> float | None:
        """Of those asked, how many rated."""
        return self.answered / self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class Said:
    """A label and how often it was chosen."""

    code: str
    words: str
    level: int
    number: int


@dataclass(frozen=True)
class Figures:
    """From `first` to `last`, both included. `cuts` by their name (figure_sql.CUTS), the most rated first."""

    scope: Scope
    first: date
    last: date
    whole: Row
    cuts: dict[str, list[Row]]
    labels: list[Said]
    flagged: int
    loops: dict[str, int] = field(default_factory=dict)

    @property
    def levels(self) -> dict[int, int]:
        """Best first."""
        return {level: self.whole.levels[level - 1] for level, _ in LEVELS}

    def few(self, row: Row) -> bool:
        """Too few to say how good or bad somebody or something is."""
        return row.total < self.scope.few

    def said(self, level: int) -> list[Said]:
        return [one for one in self.labels if one.level == level]


def figures(scope: Scope, first: date, last: date, *, cuts: Iterable[str] = sql.CUTS) -> Figures:
    """Five questions, and one for the names of each cut that is shown."""
    column, values = f"{scope.column}_id", span(scope, first, last)
    known = months(first, last)
    rated = _by_month(_ask(sql.rated(column), values), sql.bit(sql.CUTS, "month"), known)
    asked = _by_month(_ask(sql.asked(column), values), sql.bit(sql.ASKED_CUTS, "month"), known)
    invited = {(cut, key): (number, answered) for cut, key, number, answered in asked}
    whole = next((row for row in rated if row[0] == sql.bit(sql.CUTS, "")), (0, None, 0, 0, 0, 0, 0, 0))
    return Figures(
        scope=scope,
        first=first,
        last=last,
        whole=_row("", "全部", whole, invited.get((sql.bit(sql.ASKED_CUTS, ""), None), (0, 0))),
        cuts={cut: _cut(cut, rated, invited) for cut in cuts},
        labels=_said(_ask(sql.labels(column), values)),
        flagged=int(_ask(sql.flagged(column), values)[0][0]),
        loops=dict(zip(_LOOP_NAMES, map(int, _ask(sql.loops(column), values)[0]), strict=True)),
    )


def span(scope: Scope, first: date, last: date) -> dict[str, Any]:
    """The values every question of `figure_sql` takes."""
    return {
        "keys": list(scope.keys),
        "since": midnight(first),
        "until": midnight(last + timedelta(days=1)),
        "months": [midnight(one) for one in months(first, last)],
        "now": timezone.now(),
    }


def months(first: date, last: date) -> list[date]:
    """The first days of the months in which these days lie."""
    found = [first.replace(day=1)]
    while (following := (found[-1] + timedelta(days=32)).replace(day=1)) <= last:
        found.append(following)
    return found


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


# ---- the parts ----------------------------------------------------------------------------------------------------


def _ask(question: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _by_month(rows: list[tuple[Any, ...]], cut: int, known: list[date]) -> list[tuple[Any, ...]]:
    """The rows of the months by their name, 2026-11, instead of their order."""
    return [(row[0], f"{known[int(row[1]) - 1]:%Y-%m}", *row[2:]) if row[0] == cut else row for row in rows]


def _cut(cut: str, rated: list[tuple[Any, ...]], invited: Mapping[tuple[int, str | None], Any]) -> list[Row]:
    mine = [row for row in rated if row[0] == sql.bit(sql.CUTS, cut) and row[1] is not None]
    known = names(cut, [row[1] for row in mine])
    asked_bit = sql.bit(sql.ASKED_CUTS, cut) if cut in sql.ASKED_CUTS else None
    found = [
        _row(row[1], known.get(row[1], row[1]), row, invited.get((asked_bit, row[1]), (0, 0)) if asked_bit else None)
        for row in mine
    ]
    if cut == "month":
        return sorted(found, key=lambda row: row.key)
    if cut == "person":  # people are no league table
        return sorted(found, key=lambda row: (row.name, row.key))
    return sorted(found, key=lambda row: (-row.total, row.name, row.key))


def _row(key: str, name: str, row: tuple[Any, ...], asked: tuple[int, int] | None) -> Row:
    number, answered = asked if asked else (None, 0)
    return Row(key, name, tuple(int(one) for one in row[2:7]), int(row[7]), number, answered)


def _said(rows: list[tuple[Any, ...]]) -> list[Said]:
    return [
        Said(code, text, int(code[0]), int(number))
        for (code, number), text in zip(rows, words.words_of(code for code, _ in rows), strict=True)
        if code[:1].isdigit()
    ]


def names(cut: str, keys: list[str]) -> dict[str, str]:
    """What the keys of a cut are called. One query for rows of the house, none otherwise or where there are no keys."""
    if cut == "month":
        return {key: f"{key[:4]}年{int(key[5:])}月" for key in keys}
    fixed: dict[str, dict[str, str]] = {"channel": dict(CHANNELS), "phase": dict(PHASES), "target": WORDS}
    if cut in fixed:
        return fixed[cut]
    rows: Any = {
        "item": Item.objects.values_list("pk", "name"),
        "department": Department.objects.values_list("pk", "name"),
        "window": Window.objects.values_list("pk", "code", "name"),
        "person": Account.objects.values_list("pk", "name"),
        "centre": Centre.objects.values_list("pk", "name"),
    }[cut]
    found = rows.filter(pk__in=[int(key) for key in keys]) if keys else []
    return {str(pk): " ".join(parts) for pk, *parts in found}


__all__ = ["BEST", "MOST_DAYS", "Figures", "Row", "Said", "Scope", "figures", "midnight", "names", "span"]
