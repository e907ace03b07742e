"""Topics under which people browse: life matters of a person, business matters of an organisation. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

import yaml

TOPICS_FILE: Final = Path(__file__).parent / "data" / "topics.yaml"
Audience = Literal["natural", "legal"]
_AUDIENCES: Final[tuple[Audience, ...]] = ("natural", "legal")


@dataclass(frozen=True, slots=True)
class Topic:
    """`words`: what people say when they mean it; `items`: item keys."""

    key: str
    name: str
    audience: Audience
    words: tuple[str, ...]
    items: frozenset[str]


@cache
def topics(audience: Audience | None = None) -> tuple[Topic, ...]:
    """All topics, or those of one audience, in the order they are shown."""
    raw = yaml.load(TOPICS_FILE.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return tuple(
        Topic(entry["key"], entry["name"], kind, tuple(entry["words"]), frozenset(entry["items"]))
        for kind in _AUDIENCES
        if audience in (None, kind)
        for entry in raw[kind]
    )


@cache
def topic(key: str) -> Topic | None:
    return next((found for found in topics() if found.key == key), None)


@cache
def topics_of(item_key: str) -> tuple[str, ...]:
    """Keys of the topics an item stands under."""
    return tuple(found.key for found in topics() if item_key in found.items)
