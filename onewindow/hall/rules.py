"""What a hall may set for itself, with the values it starts from. Pure.

Kept as JSON on `Hall.rules`; `rules_of` reads it, `check` refuses what cannot be. Times are minutes unless said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Final


class Priority(StrEnum):
    """Why somebody may be called before others; every use keeps its reason."""

    NONE = ""
    GREEN = "green"
    ELDERLY = "elderly"
    DISABLED = "disabled"
    WITH_CHILD = "with_child"
    SOLDIER = "soldier"
    APPOINTMENT = "appointment"


PRIORITY_LABELS: Final[Mapping[Priority, str]] = {
    Priority.NONE: "普通",
    Priority.GREEN: "绿色通道",
    Priority.ELDERLY: "60 岁以上老年人",
    Priority.DISABLED: "残疾人",
    Priority.WITH_CHILD: "孕妇或带婴幼儿",
    Priority.SOLDIER: "军人、消防救援人员、优抚对象",
    Priority.APPOINTMENT: "预约到时",
}
SELF_DECLARED: Final = (Priority.ELDERLY, Priority.DISABLED, Priority.WITH_CHILD, Priority.SOLDIER)
"""What a visitor may say of themselves at the kiosk; the window looks at the proof. Green is given by staff."""


def _advances() -> dict[str, int]:
    return {"green": 30, "elderly": 15, "disabled": 15, "with_child": 15, "soldier": 15, "appointment": 60}


@dataclass(frozen=True, slots=True)
class HallRules:
    """`advance[p]`: by how many minutes a priority moves somebody ahead of those who came just before.

    `fairness`: who has waited this multiple of the average wait is called before anybody with a priority.
    """

    advance: dict[str, int] = field(default_factory=_advances)
    fairness: float = 2.0
    fairness_floor: int = 10
    """Average waits below this count as this, so that a quiet morning does not switch priorities off."""
    slot_minutes: int = 15
    horizon_days: int = 14
    """How many days ahead one may book."""
    walk_in_share: float = 0.5
    """Share of window time never given to appointments (nobody has to book: Hunan 35, Xixia 19)."""
    release_minutes: int = 15
    """Not there this long after the appointed time: the place is given back."""
    early_minutes: int = 60
    """How long before the appointed time one may check in."""
    reminder_hours: int = 18
    missed_back: int = 3
    """A missed visitor who returns stands behind this many."""
    missed_most: int = 2
    """Missed this often, the ticket ends."""
    missed_minutes: int = 60
    """A missed ticket can be taken back in line this long."""
    wait_limit: int = 30
    """Expected waits above this raise an alarm."""
    stop_margin: int = 10
    """The kiosk stops a queue when this many minutes before closing could no longer be kept."""
    manned_minutes: int = 120
    """So close to the end of the day only windows that are open count; before that, all that could open."""
    keep_overnight: bool = False
    """Whether who is still waiting at closing keeps the place for the next day."""
    service_minutes: float = 10.0
    """What one service is thought to take before anything was measured."""
    self_declared: bool = True
    phone_tickets: bool = True
    forget_days: int = 90
    """Names and phones of visitors are erased after so many days; what the case keeps is the case's."""
    enrolled_only: bool = False
    """Whether only enrolled terminals may give tickets without a person of staff."""


DEFAULTS: Final = HallRules()
_BOUNDS: Final[Mapping[str, tuple[float, float]]] = {
    "fairness": (1, 10),
    "fairness_floor": (1, 120),
    "slot_minutes": (5, 60),
    "horizon_days": (1, 90),
    "walk_in_share": (0.2, 1),
    "release_minutes": (5, 120),
    "early_minutes": (0, 240),
    "reminder_hours": (1, 72),
    "missed_back": (0, 20),
    "missed_most": (1, 10),
    "missed_minutes": (5, 480),
    "wait_limit": (5, 240),
    "stop_margin": (0, 120),
    "manned_minutes": (0, 720),
    "service_minutes": (1, 240),
    "forget_days": (1, 3650),
}


def rules_of(stored: Mapping[str, Any]) -> HallRules:
    """The rules of a hall from what it stored; names this version does not know are ignored."""
    known = {f.name for f in fields(HallRules)}
    given = {name: value for name, value in stored.items() if name in known}
    advance = {**_advances(), **given.pop("advance", {})}
    return HallRules(advance=advance, **given)


def as_json(rules: HallRules) -> dict[str, Any]:
    return asdict(rules)


def problems_with(rules: HallRules) -> dict[str, str]:
    """Field -> what is wrong with its value, in Chinese; empty when all may be."""
    found = {
        name: f"应当在 {low:g} 和 {high:g} 之间"
        for name, (low, high) in _BOUNDS.items()
        if not low <= getattr(rules, name) <= high
    }
    found |= {
        f"advance.{key}": "应当在 0 和 240 分钟之间"
        for key, minutes in rules.advance.items()
        if key not in _advances() or not 0 <= minutes <= 240
    }
    if 60 % rules.slot_minutes and "slot_minutes" not in found:
        found["slot_minutes"] = "应当能整除 60：5、10、15、20、30 或 60"
    return found
