"""Who comes to the halls of the demonstration on a day, for what, and how it goes. Pure: the same for the same day.

Arrivals: about 600 a day at the county hall (东莞东城 had 618), busiest on Mondays and in the middle of the morning,
few over lunch; beyond the regular hours just enough that whoever looks at night sees somebody. The shape by hour is
that of `office`: a bank's morning peak, our own lunch.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from onewindow.demo.crowd import Visitor
from onewindow.demo.office import HOURS, WEEKDAY, at
from onewindow.demo.places import HALL

PER_DAY: Final = 450
"""In the regular hours; lunch, evening and night add some hundred and seventy, few of which a real hall would see."""
_PER_TOWN: Final = 4
_SPREAD: Final = 0.09
"""From one Monday to the next the number of visitors differs by this share, about as at the bank of domain 3.3."""
_MINUTES: Final = {
    "immediate": 10.5,
    "promised": 17.5,
    "unsaid": 8.0,
    "consulting": 3.6,
    "hand_out": 3.2,
    "special": 14.0,
}
"""Median minutes of a service by kind of item; lognormal around it."""
_SIGMA: Final = 0.45
_KINDS: Final = {
    "general": 70.0,
    "consulting": 11.0,
    "hand_out": 11.5,
    "theme": 2.2,
    "helper": 1.2,
    "cross_province": 1.0,
    "in_province": 1.0,
    "in_city": 0.8,
    "cannot_get_done": 0.4,
    "enterprise_policy": 0.5,
    "disclosure": 0.4,
}
_AFTER_HOURS: Final = {"general": 78.0, "consulting": 11.0, "hand_out": 11.0}
_DEEP_NIGHT: Final = {"general": 1.0}
_PRIORITIES: Final = {
    "": 0.875,
    "elderly": 0.075,
    "with_child": 0.025,
    "disabled": 0.01,
    "soldier": 0.01,
    "green": 0.005,
}
_NOTES: Final = {
    "elderly": "出示身份证，年满 60 岁",
    "with_child": "抱着婴儿",
    "disabled": "出示残疾人证",
    "soldier": "出示优待证",
    "green": "行动不便，由导办员陪同",
}
_ASIDE: Final = ("复印材料", "去取漏带的证件", "到自助区拍照", "等家属送材料")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An item somebody may come for: how often, and whether it is done at once."""

    key: str
    weight: float
    immediate: bool
    town: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """One visitor of the day. Times in minutes. `misses`: how often they do not hear their number; `returns`: whether
    they come back then; `aside`: they step aside during the service for so long; `elsewhere`: the clerk sends them to
    another line; `booked`: how many days before they booked, None for most; `absent`: they booked and do not come."""

    number: int
    centre: str
    at: dt.datetime
    kind: str
    items: tuple[str, ...]
    source: str
    priority: str
    note: str
    person: Visitor | None
    service: float
    walk: float
    patience: float
    misses: int
    returns: float
    aside: float
    aside_reason: str
    elsewhere: bool
    booked: int | None
    absent: bool


def visits(
    day: dt.date, working: bool, towns: Sequence[str], wanted: Sequence[Wanted], people: Sequence[Visitor]
) -> list[Visit]:
    """Everybody of the day in order of arrival; `people` are those who give their identity number."""
    chance = random.Random(f"visits {day}")
    moments = [(moment, HALL) for moment in _county(day, working, chance)]
    if working:
        local = [one for one in wanted if one.town]
        moments += [(moment, key) for key in towns for moment in _town(day, chance) if local]
    moments.sort()
    return [_visit(number, *moment, wanted, people) for number, moment in enumerate(moments)]


# ---- when ---------------------------------------------------------------------------------------------------------


def _county(day: dt.date, working: bool, chance: random.Random) -> Iterator[dt.datetime]:
    if working:
        total = PER_DAY * WEEKDAY[day.weekday()] * min(max(chance.lognormvariate(0, _SPREAD), 0.85), 1.18)
        for hour, share in HOURS.items():
            yield from _within(day, hour, total * share / sum(HOURS.values()), chance)
        for _ in range(12):  # who is at the door when it opens
            yield at(day, 8.7 + 0.32 * chance.random())
    for hour in range(24):
        if not (working and hour in HOURS):
            yield from _within(day, hour, _after_hours(hour, working), chance)


def _after_hours(hour: int, working: bool) -> float:
    """Visitors in an hour of extended service."""
    if working and hour == 12:
        return 24
    if 8 <= hour < 20:
        return 16
    return 12 if 20 <= hour < 23 else 6 if hour in (6, 7) else 5


def _town(day: dt.date, chance: random.Random) -> Iterator[dt.datetime]:
    for _ in range(chance.randint(_PER_TOWN - 3, _PER_TOWN + 3)):
        yield at(day, chance.choices([8.6 + 3 * chance.random(), 14.6 + 2 * chance.random()], [6, 4])[0])


def _within(day: dt.date, hour: int, mean: float, chance: random.Random) -> Iterator[dt.datetime]:
    """Arrivals of one hour, as they come by themselves (Poisson)."""
    moment = chance.expovariate(mean)
    while moment < 1:
        if hour + moment < 23.6:  # whoever came later could not be served on this day
            yield at(day, hour + moment)
        moment += chance.expovariate(mean)


# ---- who and what -------------------------------------------------------------------------------------------------


def _visit(number: int, moment: dt.datetime, centre: str, wanted: Sequence[Wanted], people: Sequence[Visitor]) -> Visit:
    chance = random.Random(f"visit {moment.date()} {number}")
    regular = moment.hour in HOURS and centre == HALL
    kinds = _KINDS if regular else _AFTER_HOURS if 7 <= moment.hour < 23 else _DEEP_NIGHT
    kind = _pick(kinds, chance) if centre == HALL else "general"
    pool = wanted if centre == HALL else [one for one in wanted if one.town]
    items = _items(kind, pool, chance)
    priority = _pick(_PRIORITIES, chance) if kind == "general" and centre == HALL else ""
    person = chance.choice(people) if people and chance.random() < 0.35 else None
    return Visit(
        number=number,
        centre=centre,
        at=moment,
        kind=kind,
        items=tuple(one.key for one in items),
        source=_source(kind, priority, chance),
        priority=priority,
        note=_NOTES.get(priority, ""),
        person=person,
        service=_service(kind, items, chance),
        walk=chance.uniform(0.25, 1.1),
        patience=chance.lognormvariate(math.log(75), 0.5),
        misses=chance.choices([0, 1, 2], [0.945, 0.045, 0.01])[0],
        returns=chance.uniform(3, 15) if chance.random() < 0.65 else 0.0,
        aside=chance.uniform(3, 9) if kind == "general" and chance.random() < 0.03 else 0.0,
        aside_reason=chance.choice(_ASIDE),
        elsewhere=chance.random() < {"consulting": 0.06, "general": 0.0 if items else 0.12}.get(kind, 0.0),
        booked=(booked := _booked(kind, moment, regular, chance)),
        absent=booked is not None and chance.random() < 0.09,
    )


def _items(kind: str, pool: Sequence[Wanted], chance: random.Random) -> list[Wanted]:
    """What they say they came for: most one thing, some two or three, some do not know yet."""
    if kind != "general" or chance.random() < 0.08:
        return []
    count = chance.choices([1, 2, 3], [0.88, 0.1, 0.02])[0]
    chosen = chance.choices(pool, [one.weight for one in pool], k=count)
    return list({one.key: one for one in chosen}.values())


def _service(kind: str, items: Sequence[Wanted], chance: random.Random) -> float:
    """Minutes for each single thing; the whole takes this for each of them."""
    if items:
        name = "promised" if any(not one.immediate for one in items) else "immediate"
    else:
        name = kind if kind in _MINUTES else "unsaid" if kind == "general" else "special"
    return min(chance.lognormvariate(math.log(_MINUTES[name]), _SIGMA), 60.0)


def _source(kind: str, priority: str, chance: random.Random) -> str:
    if priority == "green":
        return "guide"
    return chance.choices(["kiosk", "guide", "phone"], [0.62, 0.2, 0.18])[0]


def _booked(kind: str, moment: dt.datetime, regular: bool, chance: random.Random) -> int | None:
    inside = regular and moment.hour not in (16,)
    return chance.randint(1, 6) if kind == "general" and inside and chance.random() < 0.13 else None


def _pick(weights: dict[str, float], chance: random.Random) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]
