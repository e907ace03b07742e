"""现在可以办: what this person may do with this case, in the order a desk needs it, and why not the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone

from onewindow.cases.actions import Option, options
from onewindow.cases.lifecycle import Action
from onewindow.cases.models import Case
from onewindow.faces.desk.phrases import ACTION_ICONS
from onewindow.people.authority import Actor

_FIRST: Final = (
    Action.ACCEPT,
    Action.RECEIVE,
    Action.SUPPLY,
    Action.SIGN,
    Action.DECIDE,
    Action.PASS_STEP,
    Action.ISSUE,
    Action.MAKE_READY,
    Action.HAND_OUT,
    Action.CONFIRM_DELIVERY,
    Action.ANSWER_ASSIST,
    Action.CLOSE_PROCEDURE,
    Action.SUPPLY_DEFERRED,
    Action.DISPATCH,
    Action.URGE,
)
"""The first of these that is open is the main button."""

AT_ONCE: Final = frozenset({Action.SIGN, Action.MAKE_READY, Action.ACCEPT, Action.DELIVER_ELECTRONICALLY})
"""Done with one press: they carry nothing that must be written."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One action. `why_not` is empty when it can be done now."""

    action: str
    label: str
    icon: str
    who: str
    why_not: str
    final: bool
    main: bool = False

    @property
    def danger(self) -> bool:
        return self.final and self.action != Action.DECIDE


@dataclass(frozen=True, slots=True)
class Offers:
    """The open actions, main one first and those that end a case last; the closed ones with their reasons."""

    open: list[Offer]
    closed: list[Offer]


def offers(case: Case, by: Actor, now: datetime | None = None) -> Offers:
    at = now or timezone.now()
    found = [_offer(option) for option in options(case, by, at)]
    ready = [one for one in found if not one.why_not]
    main = next((name for name in _FIRST if any(one.action == name for one in ready)), None)
    ready.sort(key=lambda one: (one.action != main, one.danger))
    marked = [_offer_main(one) if one.action == main else one for one in ready]
    return Offers(marked, [one for one in found if one.why_not])


def _offer(option: Option) -> Offer:
    icon = ACTION_ICONS.get(option.action, "point")
    return Offer(option.action, option.label, icon, option.who, option.why_not, option.final)


def _offer_main(one: Offer) -> Offer:
    return Offer(one.action, one.label, one.icon, one.who, one.why_not, one.final, True)


def at_once(action: str) -> bool:
    """Whether a single press on the case page does it."""
    return action in AT_ONCE
