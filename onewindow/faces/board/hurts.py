"""Where it hurts: departments and items with most overdue, cards open longest, bad ratings, the lines of the hall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import F, Q, Sum
from django.utils import timezone

from onewindow.catalogue.models import Item
from onewindow.faces.board.names import names_of
from onewindow.faces.board.nearby import WEEK, Nearby
from onewindow.faces.board.scope import Scope
from onewindow.faces.board.tiles import rows_url
from onewindow.faces.desk.phrases import short_number
from onewindow.hall import live
from onewindow.hall.memory import remembered
from onewindow.hall.models import Hall
from onewindow.oversight.models import CARDS, LEVELS, Alert
from onewindow.places.models import Centre
from onewindow.problems import NotFound

SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Sore:
    """One line: what, how much in words, the rows behind it."""

    name: str
    words: str
    url: str
    tone: str = "late"


@dataclass(frozen=True, slots=True)
class Hurt:
    title: str
    lines: list[Sore]
    calm: str


def hurts(scope: Scope, near: Nearby, today: date, stood: date, now: datetime) -> list[Hurt]:
    """At most three queries, and the names."""
    found = []
    if scope.wide:
        worst = _by_place(scope, near.places.most("overdue", SHOWN), "件超期", "overdue")
        found.append(Hurt("超期最多的地方", worst, "没有超期的地方"))
    elif scope.kind in {"division", "centre"}:
        worst = _by_department(scope, near.departments.most("overdue", SHOWN), "件超期", "overdue")
        found.append(Hurt("超期最多的部门", worst, "没有超期的部门"))
    if scope.kind != "person":
        found.append(Hurt("超期最多的事项", _by_item(scope, today, stood), "没有超期的事项"))
    found.append(Hurt("拖得最久的红黄牌", _cards(scope, now), "没有没办完的红黄牌"))
    if scope.wide:
        more = f"bad_ratings&day={today.isoformat()}&days={WEEK}"
        worst = _by_place(scope, near.places.worst_rated(SHOWN), "条差评", more)
        found.append(Hurt("七天里差评最多的地方", worst, "七天里没有差评"))
    elif scope.kind in {"division", "centre"}:
        top = near.departments.worst_rated(SHOWN)
        worst = _by_department(scope, top, "条差评", "bad_ratings", today, days=WEEK)
        found.append(Hurt("七天里差评最多的部门", worst, "七天里没有差评"))
    return found


def _by_place(scope: Scope, top: list[tuple[str, int]], unit: str, what: str) -> list[Sore]:
    names = names_of(scope, "division", [key for key, _ in top])
    return [
        Sore(names[key][0], f"{number} {unit}", f"{names[key][1]}rows/?what={what}")
        for key, number in top
        if key in names
    ]


def _by_department(
    scope: Scope, top: list[tuple[int, int]], unit: str, what: str, day: date | None = None, **more: int
) -> list[Sore]:
    names = names_of(scope, "department", [key for key, _ in top])
    return [
        Sore(names[key][0], f"{number} {unit}", rows_url(scope, what, day, **more, department=key))
        for key, number in top
        if key in names
    ]


def _top(rows: Any, column: str) -> list[tuple[Any, int]]:
    summed = rows.order_by().annotate(key=F(column)).values_list("key").annotate(n=Sum("value"))
    return list(summed.filter(n__gt=0).order_by("-n", "key")[:SHOWN])


def _by_item(scope: Scope, today: date, stood: date) -> list[Sore]:
    """Overdue now, and decided too late in the last seven days."""
    since = today - timedelta(days=WEEK - 1)
    asked = Q(day=stood, measure="overdue") | Q(day__gte=since, day__lte=today, measure="late")
    rows = scope.by_item().filter(day__gte=min(since, stood), day__lte=max(today, stood))  # what the index can read by
    top = _top(rows.filter(asked, measure__in=["overdue", "late"]), "item_id")
    names = dict(Item.objects.filter(pk__in=[key for key, _ in top]).values_list("pk", "name")) if top else {}
    return [
        Sore(names[key], f"{number} 件超期或超期办结", rows_url(scope, "overdue", item=key))
        for key, number in top
        if key in names
    ]


def _cards(scope: Scope, now: datetime) -> list[Sore]:
    """The oldest first. Of a narrow scope its own cards are read and sorted: with the bare number as the order, all
    cards there are would be gone through until five of the scope are found."""
    oldest = F("id") if scope.wide else F("id") + 0
    rows = Alert.objects.filter(scope.place(), closed_at=None, level__in=sorted(CARDS)).order_by(oldest)[:SHOWN]
    labels = dict(LEVELS)
    return [
        Sore(
            f"{row.title}（{short_number(row.subject_number)}）" if row.subject_number else row.title,
            f"{labels[row.level]}，已 {(timezone.localdate(now) - timezone.localdate(row.opened_at)).days} 天",
            f"/desk/cards/{row.number}/",
            "late" if row.level == "red" else "soon",
        )
        for row in rows.only("number", "title", "level", "opened_at", "subject_number")
    ]


# ---- the hall now --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a hall at this moment. `url` is where the manager sees the whole hall."""

    centre: str
    url: str
    waits: list[live.QueueWait]

    @property
    def waiting(self) -> int:
        return sum(one.waiting for one in self.waits)


def lines_now(scope: Scope, now: datetime) -> Lines | None:
    """Of the centre, or of the one centre that a division has at its own level; None where there is no hall."""
    centre = _hall(scope.kind, scope.pk, scope.code)
    if centre is None:
        return None
    try:
        waits = live.waits(centre.pk, now)
    except NotFound:
        return None
    busy = sorted((one for one in waits if one.waiting), key=lambda one: (-one.waiting, one.queue.pk))
    return Lines(centre.name, f"/manage/hall/{centre.key}/", busy[:8])


@remembered(30)
def _hall(kind: str, pk: int, code: str) -> Centre | None:
    if kind == "centre":
        halls = Hall.objects.filter(pk=pk)
    elif kind == "division":
        halls = Hall.objects.filter(centre__division_id=code, centre__is_open=True)
    else:
        return None
    found = halls.select_related("centre").order_by("pk").first()
    return found.centre if found else None
