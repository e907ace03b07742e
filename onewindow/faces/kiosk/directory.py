"""What can be done in a hall, as the kiosk and the phone show it: the most taken items, departments, search."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Final

from django.db.models import Count
from django.utils import timezone

from onewindow.catalogue.models import Item
from onewindow.catalogue.search import search as search_words
from onewindow.faces.kiosk.pinyin import fit, letters
from onewindow.hall.memory import remembered
from onewindow.hall.models import TicketItem
from onewindow.hall.queues import HallMap, hall_map

LONGEST_QUERY: Final = 40
_RECENT_DAYS: Final = 30
_MOST_FOUND: Final = 40
_DELEGATED: Final = {"township_centre": "town", "village_station": "village"}


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as a visitor sees it. `here`: this hall takes it. `also` are the everyday names."""

    pk: int
    key: str
    name: str
    also: tuple[str, ...]
    department: int
    department_name: str
    here: bool
    taken: int

    @property
    def said(self) -> str:
        """How people call it, when that is not its name."""
        return self.also[0] if self.also and self.also[0] != self.name else ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A department and how many of its items are taken here."""

    pk: int
    name: str
    number: int


@dataclass(frozen=True)
class Directory:
    """All items in use, those taken most in this hall first."""

    entries: tuple[Entry, ...]

    @cached_property
    def by_key(self) -> dict[str, Entry]:
        return {entry.key: entry for entry in self.entries}

    @cached_property
    def here(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.here)

    @cached_property
    def shelves(self) -> tuple[Shelf, ...]:
        counted: dict[tuple[int, str], int] = {}
        for entry in self.here:
            named = (entry.department, entry.department_name)
            counted[named] = counted.get(named, 0) + 1
        return tuple(Shelf(pk, name, number) for (pk, name), number in sorted(counted.items(), key=lambda row: -row[1]))

    def of_department(self, pk: int) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.here if entry.department == pk)

    def find(self, typed: str) -> tuple[Entry, ...]:
        """Items by letters (pinyin, first letters) or by words, those of this hall first. At most one query."""
        asked = letters(typed)
        found = self._by_letters(asked) if asked else ()
        if not found:
            hits = search_words(typed, limit=_MOST_FOUND)
            found = tuple(self.by_key[hit.item.key] for hit in hits if hit.item.key in self.by_key)
        return tuple(sorted(found, key=lambda entry: not entry.here))

    def _by_letters(self, asked: str) -> tuple[Entry, ...]:
        scored = [(_fit(asked, entry), order, entry) for order, entry in enumerate(self.entries)]
        best = sorted((row for row in scored if row[0]), key=lambda row: (-row[0], row[1]))
        return tuple(entry for _, _, entry in best[:_MOST_FOUND])


def _fit(asked: str, entry: Entry) -> float:
    return max((fit(asked, text) for text in (entry.name, *entry.also)), default=0.0)


def directory(layout: HallMap) -> Directory:
    return _directory(layout.centre, timezone.localdate())


@remembered(60)
def _directory(centre: int, today: date) -> Directory:
    """Two queries and what `hall_map` asks."""
    layout = hall_map(centre)
    taken = _taken(centre, today)
    items = list(Item.objects.in_use().select_related("current", "department").order_by("-popularity", "id"))
    entries = [_entry(layout, item, taken.get(item.pk, 0)) for item in items]
    return Directory(tuple(_ordered(entries)))


def _ordered(entries: list[Entry]) -> list[Entry]:
    """Most taken first; what nobody took yet in turns, one of every department before the second of any."""
    turns: dict[int, int] = {}
    ranked = []
    for place, entry in enumerate(sorted(entries, key=lambda entry: -entry.taken)):
        turn = turns.get(entry.department, 0) if not entry.taken else -1
        turns[entry.department] = turn + 1
        ranked.append((-entry.taken, turn, place, entry))
    return [entry for *_, entry in sorted(ranked, key=lambda row: row[:3])]


@remembered(600)
def _taken(centre: int, today: date) -> dict[int, int]:
    """Item -> how often a ticket was taken for it here in the last month."""
    rows = TicketItem.objects.filter(
        ticket__centre_id=centre, ticket__day__gte=today - timedelta(days=_RECENT_DAYS)
    ).values_list("item_id")
    return dict(rows.annotate(number=Count("id")).order_by())


def _entry(layout: HallMap, item: Item, taken: int) -> Entry:
    assert item.current is not None
    spec = item.current.spec
    delegated = getattr(spec.delegable, _DELEGATED.get(layout.centre_kind, ""), True)
    return Entry(
        item.pk,
        item.key,
        item.name,
        tuple(spec.keywords),
        item.department_id,
        item.department.short_name,
        item.department_id in layout.departments and bool(delegated),
        taken,
    )


def clean_query(typed: str) -> str:
    """What was typed, without what cannot be searched for, cut to forty characters."""
    return " ".join(typed.replace("\0", " ").split())[:LONGEST_QUERY]


def pages(entries: Iterable[Entry], number: str, size: int) -> tuple[list[Entry], int, int]:
    """One page of a list: its rows, its number from 1, how many there are. A strange number counts as the first."""
    rows = list(entries)
    last = max(1, -(-len(rows) // size))
    at = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    at = min(max(at, 1), last)
    return rows[(at - 1) * size : at * size], at, last
