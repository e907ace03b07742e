"""Ratings that look as if somebody of the house had given them: good ones within seconds, in bulk, at one window.

XY-13.2: more than 20 % of a window's good ratings of a day less than ten seconds apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils import timezone

from onewindow.clocks.clock import SHANGHAI
from onewindow.places.models import Centre, Window
from onewindow.voice.models import Rating, RatingFlag

SECONDS: Final = timedelta(seconds=10)
SHARE: Final = 0.2
AT_LEAST: Final = 3
"""Fewer quick ratings at a window on a day say nothing."""
GOOD: Final = 4


@dataclass(frozen=True, slots=True)
class Flagged:
    """The quick ratings of one window on one day, with what they are measured against. `people`: who sat there."""

    window: Window
    day: date
    good: int
    quick: tuple[Rating, ...]
    people: frozenset[int]

    @property
    def share(self) -> float:
        return len(self.quick) / self.good


@dataclass(frozen=True, slots=True)
class Bounds:
    """From where on ratings are too fast: this far apart or less, more than this share of a window's good ones of a
    day, at least so many."""

    apart: timedelta = SECONDS
    share: float = SHARE
    least: int = AT_LEAST


def flags(centre: Centre, day: date) -> list[Flagged]:
    """The windows of a centre whose good ratings of a day came too fast; marks those ratings (RatingFlag), once.
    Two queries where there is nothing to mark."""
    return flags_of([centre.pk], day)


def flags_of(centres: Collection[int], day: date, bounds: Bounds | None = None) -> list[Flagged]:
    """As `flags`, for several centres at once."""
    start = datetime.combine(day, time.min, SHANGHAI)
    rows = (
        Rating.objects.filter(
            centre_id__in=centres, at__gte=start, at__lt=start + timedelta(days=1), level__gte=GOOD, is_default=False
        )
        .filter(window__isnull=False)
        .select_related("window", "ticket", "case")
        .defer("text", "name", "phone", "case__facts")
        .order_by("window_id", "at", "pk")
    )
    by_window: dict[int, list[Rating]] = defaultdict(list)
    for rating in rows:
        by_window[rating.window_id].append(rating)
    limits = bounds or Bounds()
    found = [one for given in by_window.values() if (one := _flagged(given, day, limits)) is not None]
    _mark(found, limits)
    return found


def _flagged(given: Sequence[Rating], day: date, limits: Bounds) -> Flagged | None:
    """`given`: the good ratings of one window in their order."""
    quick = [
        rating
        for before, rating in zip([None, *given[:-1]], given, strict=True)
        if _after_finish(rating, limits) or (before is not None and rating.at - before.at < limits.apart)
    ]
    if len(quick) < limits.least or len(quick) <= limits.share * len(given):
        return None
    window = given[0].window
    assert window is not None
    people = frozenset(rating.person_id for rating in quick if rating.person_id is not None)
    return Flagged(window, day, len(given), tuple(quick), people)


def _after_finish(rating: Rating, limits: Bounds) -> bool:
    ended = rating.ticket.ended_at if rating.ticket else None
    return ended is not None and rating.at - ended < limits.apart


def _mark(found: list[Flagged], limits: Bounds) -> None:
    now, seconds = timezone.now(), f"{limits.apart.total_seconds():g}"
    marks = [
        RatingFlag(
            rating=rating,
            at=now,
            why=f"{one.window.code} 窗口当天 {one.good} 条好评中 {len(one.quick)} 条间隔不到 {seconds} 秒",
        )
        for one in found
        for rating in one.quick
    ]
    if marks:
        RatingFlag.objects.bulk_create(marks, ignore_conflicts=True)
