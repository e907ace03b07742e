"""Finding Chinese words by Latin letters: syllables, first letters, or a mixture (kfd, kaifandian, kaifd). Pure.

A character with several readings is found by each of them (行 by xing and hang).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

READINGS_FILE: Final = Path(__file__).parent / "data" / "pinyin.txt"
LONGEST: Final = 20
_WHOLE, _START, _INSIDE = 3.0, 2.0, 1.0


@cache
def readings() -> Mapping[str, tuple[str, ...]]:
    """Character -> its syllables without tones, ü written v."""
    found: dict[str, list[str]] = {}
    for line in READINGS_FILE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            syllable, _, characters = line.partition(" ")
            for character in characters:
                found.setdefault(character, []).append(syllable)
    return {character: tuple(syllables) for character, syllables in found.items()}


def letters(typed: str) -> str:
    """The letters of what was typed, small, at most twenty; empty when there is anything but letters, ' and spaces."""
    bare = typed.replace("'", "").replace(" ", "").lower()
    return bare[:LONGEST].replace("ü", "v") if bare.isascii() and bare.isalpha() else ""


def fit(asked: str, text: str) -> float:
    """How well letters fit a text: 3 all of it, 2 its beginning, 1 from some character on, 0 not at all."""
    if not asked:
        return 0.0
    for start in range(len(text)):
        if (end := _follow(asked, text, start)) >= 0:
            if start:
                return _INSIDE
            return _WHOLE if end == len(text) else _START
    return 0.0


def _follow(asked: str, text: str, at: int) -> int:
    """Where in the text all letters are used up when the character at `at` is the first; -1 when they do not fit.

    A character takes as many letters as it can of one of its readings, or fewer; what it took need not be a syllable.
    """
    if not asked:
        return at
    if at >= len(text):
        return -1
    best = -1
    for syllable in _spoken(text[at]):
        most = _common(asked, syllable)
        for taken in range(most, 0, -1):
            best = max(best, _follow(asked[taken:], text, at + 1))
            if best >= 0:
                return best
    return best


def _spoken(character: str) -> tuple[str, ...]:
    own = readings().get(character)
    if own is not None:
        return own
    return (character.lower(),) if character.isascii() and character.isalnum() else ()


def _common(one: str, other: str) -> int:
    """How many letters both begin with."""
    number = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        number += 1
    return number
