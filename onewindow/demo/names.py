"""Made-up names for people and companies, the same ones for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True)
class _Words:
    surnames: str
    given: list[str]
    rare: list[str]
    brands: list[str]
    seconds: list[str]
    trades: list[str]


@cache
def _words() -> _Words:
    raw = yaml.safe_load((Path(__file__).parent / "data" / "words.yaml").read_text("utf-8"))
    lists = [raw[key].split() for key in ("given", "rare_names", "brands", "seconds", "trades")]
    return _Words(raw["surnames"], *lists)


def person(chance: random.Random) -> str:
    """A name; now and then with a rare character, as real registers have them."""
    words = _words()
    if chance.random() < 0.003:
        return chance.choice(words.rare)
    return chance.choice(words.surnames) + chance.choice(words.given)


def company(chance: random.Random) -> str:
    words = _words()
    brand = chance.choice(words.brands) + chance.choice(words.seconds)
    return f"桃江县{brand}{chance.choice(words.trades)}有限公司（演示）"
