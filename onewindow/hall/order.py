"""Who is called next. Pure; the statement of the call orders by the same key, and a test compares the two.

Everybody stands in line since `place`. A priority moves somebody ahead by some minutes, so it overtakes only those who
came shortly before. And it is bounded: whoever has waited `fairness` times the average is protected: they are called
in order of coming, before anybody who is not, so no priority can pass them any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from onewindow.hall.rules import HallRules

Key = tuple[int, datetime, int]


def rank(place: datetime, priority: str, rules: HallRules) -> datetime:
    """The moment by which a ticket is compared: its place in time, moved ahead by its priority."""
    return place - timedelta(minutes=rules.advance.get(priority, 0))


def protected_before(now: datetime, average_wait: float, rules: HallRules) -> datetime:
    """Whoever stands in line since this moment or longer is protected. `average_wait` in minutes."""
    return now - timedelta(minutes=rules.fairness * max(average_wait, rules.fairness_floor))


def key(place: datetime, ranked: datetime, pk: int, protected: datetime) -> Key:
    """Sorts the line: the protected by their coming, then the others by rank."""
    return (0, place, pk) if place <= protected else (1, ranked, pk)
