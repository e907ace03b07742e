"""What a kind of matter says about itself, so that the desk can show it: addresses, words, icons, choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models import QuerySet

from onewindow.loops.definition import Loop, Move
from onewindow.loops.models import LoopRow, LoopStep
from onewindow.people.authority import Actor

Row = Any
"""A LoopRow of the kind the face is for."""
Fields = Mapping[str, forms.Field]


def _no_fields(row: Row, move: Move, actor: Actor) -> Fields:
    return {}


def _nothing(row: Row, actor: Actor, steps: Sequence[LoopStep]) -> Mapping[str, Any]:
    return {}


def _everybody(actor: Actor, row: Row, step: LoopStep) -> bool:
    return True


def _no_reason(row: Row, move: Move, actor: Actor) -> str:
    return ""


def _always(row: Row, move: Move) -> bool:
    return True


def _no_lines(step: LoopStep) -> list[str]:
    return []


@dataclass(frozen=True, kw_only=True)
class MatterFace:
    """How one loop looks on the desk.

    `home` is the address of its list; a matter lies at `home` + number + "/". `rows` gives what this person may see
    and must bring `centre__profile` and `department` along. `head` adds to the page's context (title, facts …).
    """

    loop: Loop
    home: str
    nav: str
    rows: Callable[[Actor], QuerySet[Any]]
    template: str = "desk/loops/page.html"
    head: Callable[[Row, Actor, Sequence[LoopStep]], Mapping[str, Any]] = _nothing
    what: Mapping[str, str] = field(default_factory=dict)
    """One sentence under a move's name: what it does, for whom."""
    icons: Mapping[str, str] = field(default_factory=dict)
    """Icons of moves, also in the story."""
    tones: Mapping[str, str] = field(default_factory=dict)
    """Tones of states, as `state_badge` knows them."""
    danger: frozenset[str] = frozenset()
    """Moves that end a matter against somebody: drawn in red, asked twice."""
    hidden: frozenset[str] = frozenset()
    """Moves that have their own page and are not shown as forms."""
    beside: frozenset[str] = frozenset()
    """Moves that may be made at any time and bring the matter no further: never the first to be offered."""
    fits: Callable[[Row, Move], bool] = _always
    """Whether a move makes sense for this matter as it is; what does not is not shown at all."""
    fields: Callable[[Row, Move, Actor], Fields] = _no_fields
    """Fields that replace those made from the input."""
    may_read: Callable[[Actor, Row, LoopStep], bool] = _everybody
    """Whether this person may read what was written at a step."""
    why_not: Callable[[Row, Move, Actor], str] = _no_reason
    """Why somebody in the right post may still not make a move; the rule itself refuses it as well."""
    lines: Callable[[LoopStep], list[str]] = _no_lines
    """More lines of a step's story, from the data its rule kept."""

    def url(self, row: LoopRow) -> str:
        return f"{self.home}{row.number}/"

    def tone(self, state: str) -> str:
        return self.tones.get(state, "done" if state in self.loop.ends else "primary")


__all__ = ["MatterFace", "Row"]
