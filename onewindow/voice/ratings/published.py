"""What everybody may read of ratings: how content people are, what was wrong and what was mended, without names.

Sources: XX-39.1 (接受公众监督), HN-41.3 (评价、整改、反馈、监督全程闭环). Nothing by window or person; nothing
below the number a profile calls too few.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from onewindow.clocks.clock import local_date
from onewindow.loops.models import LoopStep
from onewindow.places.models import Centre
from onewindow.places.profiles import rules_of
from onewindow.voice.loops import RATING
from onewindow.voice.models import BadRating
from onewindow.voice.ratings import labels
from onewindow.voice.ratings.figures import Figures, Scope, figures, midnight

CUTS: Final = ("centre", "department", "item", "month")
MOST_MENDED: Final = 20


@dataclass(frozen=True, slots=True)
class Mended:
    """A bad rating that was true and was mended: no day, no window, no person."""

    month: date
    about: str
    said: list[str]
    told: str


def scope(centres: Sequence[Centre]) -> Scope:
    """One hall or several, with their profiles: what is too few in any of them is too few for all."""
    few = max((rules_of(one.profile.rules).rating_few for one in centres), default=10)
    return Scope.centre(*(one.pk for one in centres), few=few)


def public(of: Scope, first: date, last: date) -> Figures:
    """Five questions and three for names."""
    cuts = CUTS if len(of.keys) != 1 else CUTS[1:]
    return figures(of, first, last, cuts=cuts)


def mended(of: Scope, first: date, last: date) -> list[Mended]:
    """The latest ones found true and closed, with what may be told of them. Two queries."""
    rows = BadRating.objects.filter(
        centre_id__in=of.keys,
        finding="true",
        closed_at__gte=midnight(first),
        closed_at__lt=midnight(last + timedelta(days=1)),
    )
    listed = list(rows.select_related("rating__item", "department").order_by("-closed_at", "-pk")[:MOST_MENDED])
    told = _told(row.pk for row in listed)
    return [
        Mended(
            month=_month(row.closed_at),
            about=row.rating.item.name if row.rating.item else row.department.name if row.department else "大厅",
            said=labels.words_of(row.rating.labels),
            told=told.get(row.pk, ""),
        )
        for row in listed
    ]


def _told(keys: Iterable[int]) -> dict[int, str]:
    steps = LoopStep.objects.filter(subject_kind=RATING.key, subject_id__in=list(keys), action="tell")
    return {step.subject_id: step.data.get("public", "") for step in steps.order_by("seq")}


def _month(moment: datetime | None) -> date:
    assert moment is not None
    return local_date(moment).replace(day=1)
