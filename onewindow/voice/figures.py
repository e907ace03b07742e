"""Figures of ratings: by level, item, department, window, person and what they speak of; defaults apart, everywhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import Avg, Count, Q, QuerySet

from onewindow.clocks.clock import SHANGHAI
from onewindow.places.models import Centre
from onewindow.voice.models import BAD, LEVELS, BadRating, Rating

MOST_ROWS: Final = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One item, department, window or person: how often rated, how often badly, and the mean (5 is best)."""

    key: int
    name: str
    total: int
    bad: int
    mean: float


@dataclass(frozen=True)
class Figures:
    """Of a centre from `first` to `last`, both included. `total`, `levels`, `bad` and all rows without defaults."""

    first: date
    last: date
    total: int
    bad: int
    flagged: int
    defaults: int
    levels: dict[int, int]
    targets: dict[str, int]
    channels: dict[str, int]
    items: list[Row]
    departments: list[Row]
    windows: list[Row]
    people: list[Row]
    loops: dict[str, int] = field(default_factory=dict)
    """Of the bad ratings: opened, closed, true, mistaken, malicious, content, not_content."""

    @property
    def content(self) -> float | None:
        """Share of 基本满意 and better; None where nobody rated."""
        return (self.total - self.bad) / self.total if self.total else None


def figures(centre: Centre | int, first: date, last: date) -> Figures:
    """Eight queries, each over the centre's ratings of those days (index centre, at)."""
    place = centre if isinstance(centre, int) else centre.pk
    begin, end = _midnight(first), _midnight(last + timedelta(days=1))
    every = Rating.objects.filter(centre_id=place, at__gte=begin, at__lt=end).order_by()
    given = every.filter(is_default=False)
    sums = every.aggregate(
        total=Count("pk", filter=Q(is_default=False)),
        bad=Count("pk", filter=Q(is_default=False, level__lte=BAD)),
        defaults=Count("pk", filter=Q(is_default=True)),
        flagged=Count("flag", filter=Q(is_default=False)),
        **{f"level{level}": Count("pk", filter=Q(is_default=False, level=level)) for level, _ in LEVELS},
    )
    return Figures(
        first=first,
        last=last,
        total=sums["total"],
        bad=sums["bad"],
        flagged=sums["flagged"],
        defaults=sums["defaults"],
        levels={level: sums[f"level{level}"] for level, _ in LEVELS},
        targets=dict(given.values_list("target").annotate(Count("pk"))),
        channels=dict(given.values_list("channel").annotate(Count("pk"))),
        items=_rows(given, "item", "item__name"),
        departments=_rows(given, "department", "department__name"),
        windows=_rows(given, "window", "window__code"),
        people=_rows(given, "person", "person__name"),
        loops=_loops(place, begin, end),
    )


def _rows(given: QuerySet[Any], key: str, name: str) -> list[Row]:
    """The worst first, then the most rated."""
    found = (
        given.filter(**{f"{key}__isnull": False})
        .values_list(f"{key}_id", name)
        .annotate(total=Count("pk"), bad=Count("pk", filter=Q(level__lte=BAD)), mean=Avg("level"))
        .order_by("-bad", "-total", f"{key}_id")[:MOST_ROWS]
    )
    return [Row(pk, words, total, bad, round(float(mean), 2)) for pk, words, total, bad, mean in found]


def _loops(place: int, begin: datetime, end: datetime) -> dict[str, int]:
    rows = BadRating.objects.filter(centre_id=place, opened_at__gte=begin, opened_at__lt=end)
    found: dict[str, int] = rows.aggregate(
        opened=Count("pk"),
        closed=Count("pk", filter=Q(closed_at__isnull=False)),
        true=Count("pk", filter=Q(finding="true")),
        mistaken=Count("pk", filter=Q(finding="mistaken")),
        malicious=Count("pk", filter=Q(finding="malicious")),
        content=Count("pk", filter=Q(satisfied=True)),
        not_content=Count("pk", filter=Q(satisfied=False)),
    )
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)
