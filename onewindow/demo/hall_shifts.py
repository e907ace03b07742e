"""Who sits at which window when, for a day of the demonstration. Pure: the same for the same day.

By day the windows' own people; around them, at night and on free days, people on duty, so that the hall is never empty.
The windows of the people whom a visitor of the demonstration plays are left to them.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from onewindow.demo.office import at
from onewindow.demo.places import HALL

COUNTER: Final = {
    **{f"A{n:02}": f"clerk{n}" for n in range(3, 9)},
    "B01": "clerk9",
    "B02": "clerk10",
    "B03": "clerk29",
    "B04": "clerk11",
    "B05": "clerk12",
    **{f"C{n:02}": f"clerk{n + 12}" for n in range(1, 7)},
    "D01": "clerk19",
    "D02": "clerk20",
    "D03": "clerk30",
    "D04": "clerk21",
    "D05": "clerk22",
    "D06": "clerk23",
    "D07": "clerk24",
    "E02": "guide2",
    "E03": "clerk25",
    "E04": "clerk26",
    "E05": "helper2",
    "E06": "clerk27",
    "E07": "clerk28",
    "E08": "clerk31",
    "E09": "helper3",
    "E10": "clerk32",
    "E11": "clerk33",
    "E12": "clerk34",
    "F02": "exit2",
}
"""The window's own person by day. A01, A02, E01 and F01 belong to the people one may play."""
DUTY: Final = {
    "A09": "duty1",
    "A10": "duty2",
    "F02": "duty3",
    "E02": "duty4",
    "A07": "duty5",
    "A08": "duty6",
}
"""Who is there when the hall is open beyond its regular hours."""
PLAYED: Final = ("clerk1", "clerk2", "exit1", "guide1", "helper1", "township1")
"""Accounts that whoever tries the demonstration signs in with: nobody else ever acts for them."""
_SPARE: Final = ("B03", "D03", "C04", "D06")
"""Not manned every day."""
_NIGHT: Final = ("A09", "A10")
"""These also while the town sleeps, and over lunch."""
_AFTER_MIDNIGHT: Final = 0.4
"""Whoever was there before midnight has served the last visitor by then, so that no two days meet at a window."""
_AT_LUNCH: Final = 4
_PAUSES: Final = ("查阅档案", "补充打印纸", "与部门会商", "设备检修", "短暂休息")


@dataclass(frozen=True, slots=True)
class Pause:
    starts: dt.datetime
    ends: dt.datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Shift:
    """Somebody opens a window and closes it; the pauses lie between."""

    centre: str
    window: str
    username: str
    opens: dt.datetime
    closes: dt.datetime
    pauses: tuple[Pause, ...] = ()


def shifts(day: dt.date, working: bool, towns: list[str]) -> list[Shift]:
    """Every shift of the day. `towns`: keys of the town centres; the one where the cast works keeps its first window
    free. Two shifts of one window or of one person never overlap."""
    chance = random.Random(f"shifts {day}")
    found = list(_duty(day, working))
    if working:
        found += _county(day, chance)
        for key in towns:
            found += _town(day, key, chance)
    return found


def people(towns: Iterable[str]) -> list[str]:
    """Everybody who may be on any day's shifts."""
    return [*COUNTER.values(), *DUTY.values(), *(_town_clerk(key) for key in towns)]


def _town_clerk(key: str) -> str:
    return f"town-{key.rsplit('-', 1)[1]}"


def _county(day: dt.date, chance: random.Random) -> Iterator[Shift]:
    own = [code for code in COUNTER if code not in _SPARE or chance.random() < 0.5]
    staying = set(chance.sample([code for code in own if code[0] in "ABCD"], _AT_LUNCH)) | {"F02", "E02"}
    for code in own:
        if code in staying:
            yield _shift(day, HALL, code, COUNTER[code], 9.0, 17.0, chance)
        else:
            yield _shift(day, HALL, code, COUNTER[code], 9.0, 12.0, chance)
            yield _shift(day, HALL, code, COUNTER[code], 13.0, 17.0, chance)


def _duty(day: dt.date, working: bool) -> Iterator[Shift]:
    """From midnight to midnight around the regular hours; deep in the night two windows."""
    for code, username in DUTY.items():
        morning = _AFTER_MIDNIGHT if code in _NIGHT else 6.5
        if working:
            yield Shift(HALL, code, username, at(day, morning), at(day, 8.9))
            if code in _NIGHT:
                yield Shift(HALL, code, username, at(day, 11.95), at(day, 13.05))
            yield Shift(HALL, code, username, at(day, 17.15), at(day, 23.95))
        else:
            yield Shift(HALL, code, username, at(day, morning), at(day, 23.95))


def _town(day: dt.date, key: str, chance: random.Random) -> Iterator[Shift]:
    window, username = "02", _town_clerk(key)
    yield _shift(day, key, window, username, 8.5, 12.0, chance)
    yield _shift(day, key, window, username, 14.5, 17.0, chance)


def _shift(
    day: dt.date, centre: str, code: str, username: str, opens: float, closes: float, chance: random.Random
) -> Shift:
    begin = at(day, opens - chance.uniform(0.005, 0.045))
    end = at(day, closes + chance.uniform(0.005, 0.04))
    pauses = []
    if chance.random() < 0.3:
        start = begin + (end - begin) * chance.uniform(0.25, 0.75)
        minutes = dt.timedelta(minutes=chance.uniform(4, 14))
        ends = (start + minutes).replace(microsecond=0)
        pauses.append(Pause(start.replace(microsecond=0), ends, chance.choice(_PAUSES)))
    return Shift(centre, code, username, begin, end, tuple(pauses))
