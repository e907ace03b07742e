"""Who is called next. Pure; the statement of the call orders by the same key, and a test compares the two.

Everybody stands in line since `place`. A priority moves somebody ahead by some minutes, so it overtakes only those who
came shortly before. And it is bounded: whoever has waited `fairness` times the average is protected: they are called
in order of coming, before anybody who is not, so no priority can pass them any more. A booked visitor stands in line
from the appointed moment; who comes earlier is called earlier only when nobody else waits.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from onewindow.hall.rules import HallRules

Key = tuple[int, datetime, int]
_A_MOMENT: Final = timedelta(microseconds=1)

SQL = """CASE WHEN t.place_at <= %(protected)s::timestamptz THEN 0
        WHEN t.place_at <= %(now)s::timestamptz THEN 1 ELSE 2 END,
    CASE WHEN t.place_at > %(protected)s::timestamptz AND t.place_at <= %(now)s::timestamptz
        THEN t.rank_at ELSE t.place_at END,
    t.id"""
"""`key` as an ORDER BY over hall_ticket t."""


def rank(place: datetime, priority: str, rules: HallRules) -> datetime:
    """The moment by which a ticket is compared: its place in time, moved ahead by its priority."""
    return place - timedelta(minutes=rules.advance.get(priority, 0))


def protected_before(now: datetime, average_wait: float, rules: HallRules) -> datetime:
    """Whoever stands in line since this moment or longer is protected. `average_wait` in minutes."""
    return now - timedelta(minutes=rules.fairness * max(average_wait, rules.fairness_floor))


def key(place: datetime, ranked: datetime, pk: int, *, protected: datetime, now: datetime) -> Key:
    """Sorts the line: the protected by their coming, then who is due by rank, then who came before their hour."""
    if place <= protected:
        return 0, place, pk
    return (1, ranked, pk) if place <= now else (2, place, pk)


def behind(
    line: Iterable[tuple[datetime, datetime, int]], most: int, *, protected: datetime, now: datetime
) -> tuple[datetime, datetime] | None:
    """(place, rank) that stands behind the first `most` of a line of (place, rank, id), and before the others.

    It stays behind those few however long it takes: both its place and its rank are later than theirs, so they are
    protected no later than it is. Who came before their hour does not count. None: nobody is due.
    """
    due = [row for row in line if row[0] <= now]
    few = sorted(due, key=lambda row: key(*row, protected=protected, now=now))[:most]
    if not few:
        return None
    place = max(place for place, _, _ in few) + _A_MOMENT
    last_place, last_rank, _ = few[-1]
    return place, (last_place if last_place <= protected else last_rank) + _A_MOMENT
