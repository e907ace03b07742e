"""What a closed loop is: states, moves, who may make them, and by when. Pure.

A bad rating, a complaint, a question, a supervision card and a systemic issue differ in their tables, not in how a step
is taken: every move asks the table, asks authority, keeps apart who is concerned from who judges, appends a step, and
settles and starts time limits. Nothing ends but in an end of its table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from onewindow.inputs import Input
from onewindow.people.roles import Role

ABOUT_PERSON: Final = "person"
"""Whom the matter is about must not make this move."""
ABOUT_DEPARTMENT: Final = "department"
"""Nobody of the department it is about may make this move."""


@dataclass(frozen=True, slots=True)
class Term:
    """A time limit that begins with a move: `n` working days, or working hours with `unit="hour"`.

    `duty` names the article it serves (HN-41.3); a profile may set another number under `key`. It counts from the move,
    or from `since` where something before it set it going; `centre`: the centre keeps it, not the matter's department.
    """

    kind: str
    label: str
    n: int
    duty: str
    unit: str = "workday"
    since: date | None = None
    centre: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """`to` empty keeps the state. `settles` ends limits of these kinds; `needs` is what the move must carry."""

    action: str
    label: str
    sources: frozenset[str]
    to: str
    roles: frozenset[Role]
    needs: type[Input]
    settles: tuple[str, ...] = ()
    starts: tuple[Term, ...] = ()
    barred: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loop:
    """One kind of matter. `key` is also the subject kind of its deadlines and steps."""

    key: str
    name: str
    states: Mapping[str, str]
    ends: frozenset[str]
    moves: tuple[Move, ...]
    opens: tuple[Term, ...] = ()
    _by_action: dict[str, Move] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._by_action.update({move.action: move for move in self.moves})
        unknown = {state for move in self.moves for state in (*move.sources, move.to) if state} - set(self.states)
        if unknown or not self.ends <= set(self.states):
            raise ValueError(f"{self.key}: unknown states {unknown}")

    def move(self, action: str) -> Move | None:
        return self._by_action.get(action)

    def possible(self, state: str) -> list[Move]:
        """The moves that exist from a state, in the table's order."""
        return [move for move in self.moves if state in move.sources]


def states(*names: str) -> frozenset[str]:
    return frozenset(names)
