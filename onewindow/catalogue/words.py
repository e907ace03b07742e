"""Words of the catalogue search: how a text becomes terms, and what people say instead of the official word. Pure.

Chinese has no spaces, so a text is indexed by its pairs of neighbouring characters. Three more kinds of term carry a
mark: `=开饭店` is a whole name or keyword, `身_证` a pair with one character between (it survives one wrong character),
and `税` a single character.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

SYNONYMS_FILE: Final = Path(__file__).parent / "data" / "synonyms.yaml"
LONGEST_QUERY: Final = 32
LONGEST_PHRASE: Final = 12
_SHORT: Final = 6
"""Up to this length a wrong character can hide the only pairs there are; longer queries have pairs enough."""

_RUN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+|[a-z0-9]+")
_BRACKETS: Final = re.compile(r"[（(][^（）()]*[）)]")


def normal(text: str) -> str:
    """Half-width, lower case, without anything but Chinese characters, letters and digits; runs are kept apart."""
    return " ".join(_RUN.findall(unicodedata.normalize("NFKC", text).lower()))


def phrase(text: str) -> str:
    """The mark of a whole name or keyword; what stands in brackets is left out."""
    return "=" + normal(_BRACKETS.sub("", text)).replace(" ", "")[:38]


def pairs(text: str) -> Iterator[str]:
    """Neighbouring characters of each Chinese run; a run of letters and digits is one term."""
    for run in normal(text).split():
        if run[0].isascii():
            yield run[:38]
        else:
            yield from (run[i : i + 2] for i in range(len(run) - 1))


def gaps(text: str) -> Iterator[str]:
    """Characters with one between them, as `身_证`."""
    for run in normal(text).split():
        if not run[0].isascii():
            yield from (f"{run[i]}_{run[i + 2]}" for i in range(len(run) - 2))


def singles(text: str) -> Iterator[str]:
    return (character for run in normal(text).split() if not run[0].isascii() for character in run)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`synonyms`: an everyday word -> official words; `ignored`: words that say nothing about the matter."""

    synonyms: Mapping[str, tuple[str, ...]]
    ignored: re.Pattern[str]


@cache
def vocabulary() -> Vocabulary:
    raw = yaml.load(SYNONYMS_FILE.read_text("utf-8"), Loader=yaml.CSafeLoader)
    synonyms = {normal(word).replace(" ", ""): tuple(others) for word, others in raw["synonyms"].items()}
    longest_first = sorted(raw["ignore"], key=len, reverse=True)
    return Vocabulary(synonyms, re.compile("|".join(map(re.escape, longest_first))))


def query_terms(query: str) -> dict[str, float]:
    """Term -> weight for what somebody typed; empty when nothing in it can be searched for.

    A query is cut to its first 32 characters, so that a hostile one costs no more than a long sentence.
    """
    text = normal(query[:500])[:LONGEST_QUERY].strip()
    if not text:
        return {}
    known = vocabulary()
    told = known.ignored.sub(" ", text).strip() or text
    terms: dict[str, float] = {}
    _add(terms, singles(told) if all(len(part) == 1 for part in told.split()) else (), 1.0)
    _add(terms, pairs(told), 1.0)
    if len(told) <= _SHORT:
        _add(terms, gaps(told), 0.4)
    _add(terms, _phrases(text.replace(" ", "")), 1.0)
    for word in _known_words(text.replace(" ", ""), known.synonyms):
        for other in known.synonyms[word]:
            _add(terms, pairs(other), 0.6)
            _add(terms, [phrase(other)], 0.9)
    return terms


def _phrases(text: str) -> Iterator[str]:
    """Every part of the query that may be a whole keyword."""
    for start in range(len(text)):
        for end in range(start + 2, min(start + LONGEST_PHRASE, len(text)) + 1):
            yield "=" + text[start:end]


def _known_words(text: str, synonyms: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Everyday words in the text; one inside another that was found does not count (饭 in 开饭店)."""
    found = [word for word in synonyms if word in text]
    return [word for word in found if not any(word != other and word in other for other in found)]


def _add(terms: dict[str, float], found: Iterator[str] | list[str] | tuple[str, ...], weight: float) -> None:
    for term in found:
        terms[term] = max(weight, terms.get(term, 0.0))
