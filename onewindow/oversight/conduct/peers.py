"""Whether somebody does a thing far more often than others in the same post with the same work. Pure.

Items differ in how often papers are missing, so each person's figure is held against what their colleagues' share for
the very same items would give (indirect standardisation), not against an average over everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Handled:
    """Cases of one item that one person handled in one post at one centre, and how many of them were sent back."""

    centre: int
    role: str
    item: int
    person: int
    department: int | None
    handled: int
    returned: int


@dataclass(frozen=True, slots=True)
class Above:
    """Somebody who sent back `least` or more. `above`: far more than others would have; False: nobody to compare with.

    `handled`, `returned` and `expected` are of the items that colleagues handled too; `peers` is how many cases those
    colleagues had of them.
    """

    centre: int
    role: str
    person: int
    department: int | None
    handled: int
    returned: int
    expected: float
    peers: int
    above: bool


def far_above(rows: Iterable[Handled], times: float, least: int) -> Iterator[Above]:
    """Who sent back `least` cases or more and `times` what was to be expected; and who cannot be compared at all.

    Comparable is somebody whose colleagues handled at least as many cases of the same items.
    """
    posts: dict[tuple[int, str], list[Handled]] = defaultdict(list)
    for row in rows:
        posts[(row.centre, row.role)].append(row)
    for (centre, role), together in sorted(posts.items()):
        totals = _totals(together)
        people: dict[int, list[Handled]] = defaultdict(list)
        for row in together:
            people[row.person].append(row)
        for person, own in sorted(people.items()):
            if sum(row.returned for row in own) >= least:
                found = _compared(centre, role, person, own, totals)
                if found.peers < found.handled or not found.handled:
                    yield _unlike(found, own)
                elif found.returned >= least and found.returned >= times * found.expected:
                    yield found


def _totals(rows: Iterable[Handled]) -> dict[int, tuple[int, int]]:
    """Item -> handled and returned by all."""
    found: dict[int, tuple[int, int]] = {}
    for row in rows:
        handled, returned = found.get(row.item, (0, 0))
        found[row.item] = (handled + row.handled, returned + row.returned)
    return found


def _compared(centre: int, role: str, person: int, own: list[Handled], totals: dict[int, tuple[int, int]]) -> Above:
    handled = returned = peers = 0
    expected = 0.0
    for row in own:
        others = totals[row.item][0] - row.handled
        if others:
            handled, returned, peers = handled + row.handled, returned + row.returned, peers + others
            expected += row.handled * (totals[row.item][1] - row.returned) / others
    return Above(centre, role, person, own[0].department, handled, returned, expected, peers, above=True)


def _unlike(found: Above, own: list[Handled]) -> Above:
    """The same with all that the person handled, for there is nothing to compare it with."""
    handled, returned = sum(row.handled for row in own), sum(row.returned for row in own)
    return Above(
        found.centre, found.role, found.person, found.department, handled, returned, found.expected, found.peers, False
    )
