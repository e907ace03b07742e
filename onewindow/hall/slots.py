"""Which times of a day can still be booked. Pure.

A booking counts on one window (its lane) without binding the visitor to it. Three rules keep room for people who just
come (nobody has to book, see rules.py): of the windows that could take the service at most the bookable share is
promised at any moment (one, where there is only one); of the window minutes of every clock hour at most that share is
promised; and both hold for the windows of this service as well as for those of the whole line.

A service longer than an hour's share (one window, half of it bookable, forty-five minutes) would never fit. It is
charged forward to the hours after it, which must be empty of other bookings; so the share holds over those hours.

Minutes of a day are the bits of an int, so "free all the time" is one operation.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor

from onewindow.hall.hours import Open, minute_of, moment

PAST, FULL, SHUT = "时间已过", "已约满", "窗口不开"
_HOURS = range(24)
_DAY = (1 << 1440) - 1


@dataclass(frozen=True, slots=True)
class Slot:
    """`free`: how many more people may book this time; 0 with the reason."""

    starts: dt.datetime
    ends: dt.datetime
    free: int
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Busy:
    """A booking or a planned closure, on a lane (window)."""

    lane: int
    starts: dt.datetime
    ends: dt.datetime


@dataclass(frozen=True, slots=True)
class Rules:
    """`share`: what part of the windows' time may be promised, 0–1. `slot` and `length` in minutes."""

    share: float
    slot: int
    length: int


def length_of(minutes: float, slot: int) -> int:
    """The minutes a booking holds: the service's, in whole slots."""
    return max(1, ceil(round(minutes / slot, 6))) * slot


def bits(starts: int, ends: int) -> int:
    """The minutes [starts, ends) of a day; what lies outside the day is left out."""
    low, high = max(0, starts), min(1440, ends)
    return ((1 << (high - low)) - 1) << low if low < high else 0


@dataclass(frozen=True)
class DayPlan:
    """A day of one line for one service. `windows` could take the service, `line` any service of the line."""

    day: dt.date
    opens: tuple[Open, ...]
    windows: tuple[int, ...]
    line: frozenset[int]
    closures: tuple[Busy, ...]
    booked: tuple[Busy, ...]
    rules: Rules

    # ---- the day as bits ----

    def _minutes(self, starts: dt.datetime, ends: dt.datetime) -> int:
        return bits(minute_of(starts, self.day), minute_up(ends, self.day))

    @cached_property
    def open_minutes(self) -> int:
        found = 0
        for period in self.opens:
            found |= self._minutes(period.starts, period.ends)
        return found

    @cached_property
    def available(self) -> dict[int, int]:
        """Per window the minutes in which it is planned to be open."""
        found = dict.fromkeys((*self.windows, *self.line), self.open_minutes)
        for shut in self.closures:
            if shut.lane in found:
                found[shut.lane] &= ~self._minutes(shut.starts, shut.ends)
        return found

    @cached_property
    def taken(self) -> dict[int, int]:
        """Per lane the minutes promised to somebody."""
        found: dict[int, int] = {}
        for booking in self.booked:
            found[booking.lane] = found.get(booking.lane, 0) | self._minutes(booking.starts, booking.ends)
        return found

    @cached_property
    def _shares(self) -> tuple[_Share, ...]:
        groups = {frozenset(self.windows), self.line | frozenset(self.windows)}
        return tuple(_Share.of(group, self.available, self.taken, self.rules.share) for group in groups)

    # ---- questions ----

    def starts(self) -> Iterator[int]:
        """The minutes at which a booking may begin, so that it ends before the hall closes (or goes to lunch)."""
        for opens, closes in stretches(self.opens, self.day):
            yield from range(opens, closes - self.rules.length + 1, self.rules.slot)

    def slots(self, now: dt.datetime) -> list[Slot]:
        return [self._slot(start, now) for start in self.starts()]

    def free_starts(self, now: dt.datetime) -> Iterator[dt.datetime]:
        """The times that can still be booked, in order."""
        for start in self.starts():
            if moment(self.day, start) > now and self.free(start):
                yield moment(self.day, start)

    def free(self, start: int) -> int:
        """How many more people may book from this minute on."""
        span = bits(start, start + self.rules.length)
        lanes = sum(1 for _ in self._free_lanes(span))
        return min([lanes, *(share.room(span) for share in self._shares)]) if lanes else 0

    def lane(self, start: int) -> int | None:
        """The lane for a booking from this minute on, or None when it is full."""
        return self._best_lane(start) if self.free(start) else None

    def any_lane(self, start: int, length: int) -> int | None:
        """A window free all that time, whatever the share: to keep a promise made when more windows were planned."""
        return next(self._free_lanes(bits(start, start + length)), None)

    def _best_lane(self, start: int) -> int | None:
        return next(self._free_lanes(bits(start, start + self.rules.length)), None)

    def _free_lanes(self, span: int) -> Iterator[int]:
        for window in self.windows:
            if span and self.available[window] & span == span and not self.taken.get(window, 0) & span:
                yield window

    def _slot(self, start: int, now: dt.datetime) -> Slot:
        starts, ends = moment(self.day, start), moment(self.day, start + self.rules.length)
        if starts <= now:
            return Slot(starts, ends, 0, PAST)
        free = self.free(start)
        return Slot(starts, ends, free, "" if free else self._why(bits(start, start + self.rules.length)))

    def _why(self, span: int) -> str:
        manned = any(self.available[window] & span == span for window in self.windows)
        return FULL if manned else SHUT


def minute_up(at: dt.datetime, day: dt.date) -> int:
    """The minute of a moment, rounded up: a closure until 10:00:30 covers the minute 10:00."""
    return ceil((at - moment(day, 0)).total_seconds() / 60)


def stretches(opens: Iterable[Open], day: dt.date) -> list[tuple[int, int]]:
    """The opening without its seams: regular hours until 17:00 and extended ones from 17:00 are one stretch."""
    found: list[tuple[int, int]] = []
    for period in opens:
        start, end = minute_of(period.starts, day), minute_of(period.ends, day)
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


@dataclass(frozen=True)
class _Share:
    """How much of a group of windows may be promised, and is."""

    group: frozenset[int]
    available: Mapping[int, int]
    taken: Mapping[int, int]
    share: float
    budget: tuple[float, ...]
    used: tuple[int, ...]

    @classmethod
    def of(cls, group: frozenset[int], available: Mapping[int, int], taken: Mapping[int, int], share: float) -> _Share:
        able = [available.get(window, 0) for window in group]
        gone = [taken[window] for window in group if window in taken]
        budget = tuple(share * minutes for minutes in _by_hour(able))
        return cls(group, available, taken, share, budget, _by_hour(gone))

    def room(self, span: int) -> int:
        """How many more bookings of this span fit."""
        manned = busy = 0
        for window in self.group:
            manned += self.available.get(window, 0) & span == span
            busy += self.taken.get(window, 0) & span != 0
        most = max(1, floor(self.share * manned + 1e-9)) if manned and self.share > 0 else 0
        if most <= busy:
            return 0
        own = [(hour, (span & _HOUR[hour]).bit_count()) for hour in _hours_of(span)]
        if not any(self._carried) and all(m <= self.budget[hour] for hour, m in own):
            # nothing was ever promised beyond its hour: what is left of each hour says it all
            return min([most - busy, *(int((self.budget[h] - self.used[h] + 1e-9) // m) for h, m in own)])
        return self._room_with_long(dict(own), most - busy)

    @cached_property
    def _carried(self) -> list[float]:
        return carried(self.used, self.budget)

    def _room_with_long(self, own: Mapping[int, int], most: int) -> int:
        room = 0
        while room < most and self._fits(own, room + 1):
            room += 1
        return room

    def _fits(self, own: Mapping[int, int], times: int) -> bool:
        """Whether the hours can bear so many more: nothing is carried on, except by one long booking alone."""
        before = self._carried
        after = carried([self.used[hour] + times * own.get(hour, 0) for hour in _HOURS], self.budget)
        if after[-1] > before[-1]:
            return False  # what is carried on must be worked off the same day
        long = times == 1 and any(minutes > self.budget[hour] for hour, minutes in own.items())
        return all(
            after[hour] <= before[hour] or (long and not self.used[hour] and not (hour and before[hour - 1]))
            for hour in _HOURS
        )


_HOUR = [bits(hour * 60, hour * 60 + 60) for hour in _HOURS]


def _hours_of(mask: int) -> range:
    """The clock hours from the first to the last minute of a mask."""
    return range(((mask & -mask).bit_length() - 1) // 60, (mask.bit_length() - 1) // 60 + 1) if mask else range(0)


def _by_hour(masks: Collection[int]) -> tuple[int, ...]:
    """How many minutes of each clock hour are in the masks, over all of them; equal masks are counted once."""
    found = [0] * 24
    for mask, times in Counter(masks).items():
        for hour in _hours_of(mask):
            found[hour] += times * (mask & _HOUR[hour]).bit_count()
    return tuple(found)


def carried(used: Sequence[float], budget: Sequence[float]) -> list[float]:
    """What each hour hands on to the next because it was promised more than its share."""
    found, over = [], 0.0
    for minutes, most in zip(used, budget, strict=True):
        over += minutes - most
        if over < 1e-6:
            over = 0.0
        found.append(over)
    return found
