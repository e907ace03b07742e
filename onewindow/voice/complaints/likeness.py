"""Whether two complaints say the same: by item, by cause and by the words used. Pure.

Chinese has no spaces, so texts are compared by their pairs of neighbouring characters; everyday words that the
catalogue knows (开饭店) count as the official words too (食品经营许可), so that two people need not speak alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from onewindow.catalogue.words import normal, pairs, vocabulary

SAME_WORDS: Final = 0.3
"""From this share of common terms on, two texts say the same although nothing else is known to be equal."""
SOME_WORDS: Final = 0.5
"""More is asked of complaints of one item that give different causes."""
_LONGEST: Final = 2000
_VAGUE: Final = frozenset({"other", ""})


@dataclass(frozen=True, slots=True)
class Said:
    """What is compared: the item and the department complained of (0: not known), the cause, the text."""

    item: int
    department: int
    cause: str
    text: str


def alike(one: Said, other: Said) -> bool:
    """Same department, same item and same cause are alike (XX-25.5); where one of them is open, the words decide."""
    if one.department and other.department and one.department != other.department:
        return False
    same_item = bool(one.item) and one.item == other.item
    if one.item and other.item and not same_item:
        return False
    same_cause = one.cause == other.cause and one.cause not in _VAGUE
    if same_item and same_cause:
        return True
    if not same_item and not (one.department and one.department == other.department):
        return False
    both_vague = one.cause == other.cause
    return likeness(one.text, other.text) >= (SAME_WORDS if same_cause or both_vague else SOME_WORDS)


def likeness(one: str, other: str) -> float:
    """The share of terms both texts have, of the shorter one: 0 (nothing) to 1 (one says all the other says)."""
    mine, yours = terms(one), terms(other)
    if not mine or not yours:
        return 0.0
    return len(mine & yours) / min(len(mine), len(yours))


@lru_cache(maxsize=512)
def terms(text: str) -> frozenset[str]:
    """Pairs of neighbouring characters without words that say nothing, and the official words behind everyday ones."""
    known = vocabulary()
    plain = normal(text[:_LONGEST])
    found = set(pairs(known.ignored.sub(" ", plain)))
    joined = plain.replace(" ", "")
    for word, official in known.synonyms.items():
        if word in joined:
            found.update(term for name in official for term in pairs(name))
    return frozenset(found)
