"""The labels of a rating: what it can say in one touch, by level. Read once from data/labels.yaml."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

_FILE: Final = Path(__file__).parent.parent / "data" / "labels.yaml"
MOST: Final = 8
"""So many can be chosen at once."""


@dataclass(frozen=True, slots=True)
class Label:
    """`code` is three digits, the first one the level; `at` is hall, online or empty for both."""

    code: str
    words: str
    about: str
    at: str = ""


@cache
def labels() -> dict[int, tuple[Label, ...]]:
    """By level, in the order in which they are offered."""
    raw = yaml.safe_load(_FILE.read_text("utf-8"))["levels"]
    return {
        level: tuple(Label(f"{level}{row['code']}", row["words"], row["about"], row.get("at", "")) for row in rows)
        for level, rows in raw.items()
    }


def offered(level: int, at: str) -> list[Label]:
    """The labels of a level for `at`: hall or online."""
    return [label for label in labels().get(level, ()) if label.at in {"", at}]


@cache
def _by_code() -> dict[str, Label]:
    return {label.code: label for found in labels().values() for label in found}


def words_of(codes: Iterable[str]) -> list[str]:
    """What codes mean; a code that is gone keeps its number."""
    return [known.words if (known := _by_code().get(code)) else code for code in codes]


def strangers(level: int, codes: Iterable[str]) -> list[str]:
    """Codes that do not belong to the level."""
    known = {label.code for label in labels().get(level, ())}
    return [code for code in codes if code not in known]


def about(codes: Iterable[str], default: str) -> str:
    """Whom most of the labels speak of; the first one named wins a draw."""
    counted = Counter(known.about for code in codes if (known := _by_code().get(code)))
    return counted.most_common(1)[0][0] if counted else default
