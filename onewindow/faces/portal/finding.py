"""Lists of items as people read them: in one line what it is, how long, how often one must come, why it was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from onewindow.catalogue.guide import Guide
from onewindow.catalogue.models import Item, ItemVersion
from onewindow.catalogue.search import Hit
from onewindow.catalogue.topics import Topic, topic

TOPIC_ICONS = {
    "birth": "baby-carriage",
    "school": "school",
    "work": "briefcase",
    "social-insurance": "id-badge-2",
    "medical": "stethoscope",
    "marriage": "hearts",
    "household": "users",
    "housing": "home",
    "own-business": "building-store",
    "transport": "car",
    "utilities": "bolt",
    "old-age": "old",
    "disabled": "wheelchair",
    "relief": "hand-stop",
    "veterans": "star",
    "farming": "plant-2",
    "end-of-life": "pray",
    "set-up": "building-store",
    "permits": "certificate",
    "qualification": "license",
    "construction": "building-community",
    "hiring": "user-plus",
    "tax": "coin-yuan",
    "business-utilities": "droplet",
    "land-estate": "building",
    "environment": "plant-2",
    "culture-events": "calendar-event",
    "closing": "logout",
}


@dataclass(frozen=True, slots=True)
class TopicLink:
    topic: Topic
    icon: str


@dataclass(frozen=True, slots=True)
class Summary:
    """One item in a list. `reason` says why a search found it, empty in a browse."""

    item: Item
    time: str
    visits: str
    fee: str
    online: bool
    reason: str = ""


def said_as(item: Item) -> str:
    """What people call it: the first everyday phrase, else its name."""
    assert item.current is not None
    keywords = item.current.spec.keywords
    return keywords[0] if keywords else item.name


def spread(items: list[Item], number: int) -> list[Item]:
    """The first of every department before the second of any, in the order given: a front page for everybody."""
    rounds: dict[int, int] = {}
    ranked = []
    for place, item in enumerate(items):
        rounds[item.department_id] = rounds.get(item.department_id, -1) + 1
        ranked.append((rounds[item.department_id], place, item))
    return [item for _, _, item in sorted(ranked, key=lambda row: row[:2])[:number]]


def summaries(items: Iterable[Item]) -> list[Summary]:
    """Items that came with `current`."""
    return [_summary(item, item.current) for item in items if item.current is not None]


def found(hits: list[Hit], query: str) -> list[Summary]:
    """Search hits with the reason of each; their versions come in one query."""
    versions = ItemVersion.objects.in_bulk([hit.item.current_id for hit in hits if hit.item.current_id])
    return [_summary(hit.item, versions[hit.item.current_id], query) for hit in hits if hit.item.current_id in versions]


def _summary(item: Item, version: ItemVersion, query: str = "") -> Summary:
    guide = Guide(version.spec)
    why = reason(query, item, version.spec.keywords) if query else ""
    return Summary(item, guide.time_words, guide.visits_words, guide.fee_words, guide.online, why)


def reason(query: str, item: Item, keywords: Iterable[str]) -> str:
    """Why this item answers that query, in a few words; empty when its own name says so."""
    said = "".join(query.split())
    if said and said in item.name:
        return ""
    phrase = _nearest(said, keywords)
    if phrase:
        return f"也叫「{phrase}」" if phrase != said else f"常说的「{phrase}」就是它"
    for key in item.topics:
        known = topic(key)
        if known and _nearest(said, (known.name, *known.words)):
            return f"属于「{known.name}」"
    if _shared(said, item.department.name):
        return f"由{item.department.name}办理"
    return "名称或说明里有您说的词"


def _nearest(said: str, phrases: Iterable[str]) -> str:
    best = max(phrases, key=lambda phrase: (phrase == said, _shared(said, phrase)), default="")
    return best if best and (best == said or _shared(said, best)) else ""


def _shared(said: str, phrase: str) -> int:
    """How many pairs of characters two phrases have in common."""
    pairs = {said[i : i + 2] for i in range(len(said) - 1)}
    return sum(phrase[i : i + 2] in pairs for i in range(len(phrase) - 1))
