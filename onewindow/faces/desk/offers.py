"""现在可以办: what this person may do with this case, in the order a desk needs it, and why not the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone

from onewindow.cases.actions import Option, options
from onewindow.cases.actions.engine import Work, work_on
from onewindow.cases.actions.examination import closed_procedures, not_twice, on_my_desk
from onewindow.cases.lifecycle import Action, State, move
from onewindow.cases.models import Case
from onewindow.cases.steps import may_decide_at
from onewindow.faces.desk.phrases import ACTION_ICONS
from onewindow.people.authority import Actor
from onewindow.people.roles import Role
from onewindow.problems import Problem

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

_COUNTERS: Final = frozenset({Role.CLERK, Role.TOWNSHIP_CLERK})
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
    found = [_offer(option, _deeper(case, option, by, at)) for option in options(case, by, at)]
    ready = [one for one in found if not one.why_not]
    main = next((name for name in _FIRST if any(one.action == name for one in ready)), None)
    ready.sort(key=lambda one: (one.action != main, one.danger))
    marked = [_offer_main(one) if one.action == main else one for one in ready]
    return Offers(marked, [one for one in found if one.why_not])


def _offer(option: Option, why: str) -> Offer:
    icon = ACTION_ICONS.get(option.action, "point")
    return Offer(option.action, option.label, icon, option.who, option.why_not or why, option.final)


def _offer_main(one: Offer) -> Offer:
    return Offer(one.action, one.label, one.icon, one.who, one.why_not, one.final, True)


def _deeper(case: Case, option: Option, by: Actor, now: datetime) -> str:
    """Reasons that the verb itself would give: whose desk, whose step. Empty when there is none."""
    check = _CHECKS.get(Action(option.action))
    if option.why_not or check is None:
        return ""
    try:
        check(work_on(case, move(State(case.state), Action(option.action)), by, now))
    except Problem as problem:
        return problem.title
    return ""


def _step(work: Work) -> None:
    on_my_desk(work)
    not_twice(work)
    closed_procedures(work)


def _decision(work: Work) -> None:
    spec, facts = work.rules.spec, work.facts
    received = work.permit.role in _COUNTERS or work.account == facts.received_by
    letter = work.permit.letter
    if received and not (spec.immediate and letter is not None and letter.immediate):
        raise Problem("谁收件谁不能作决定；只有授权当场办结的即办件例外")
    closed_procedures(work)
    if spec.commitment and spec.commitment_rule is not None:
        return
    if facts.state == State.ACCEPTED and not (spec.immediate and may_decide_at(spec, 0)):
        raise Problem("还没有签收和审查，不能作决定")
    if not may_decide_at(spec, facts.step):
        raise Problem(f"还在「{spec.nodes[facts.step].name}」环节，公布的环节没有办完，不能作决定")
    if work.permit.role not in _COUNTERS and facts.state == State.EXAMINING:
        on_my_desk(work)
        not_twice(work)


def _mine_to_return(work: Work) -> None:
    if work.facts.assignee != work.account:
        raise Problem("这个办件没有分给您")


_CHECKS: Final[dict[Action, Callable[[Work], None]]] = {
    Action.SIGN: on_my_desk,
    Action.PASS_STEP: _step,
    Action.SEND_BACK_STEP: on_my_desk,
    Action.DECIDE: _decision,
    Action.RETURN_DISPATCH: _mine_to_return,
}


def at_once(action: str) -> bool:
    """Whether a single press on the case page does it."""
    return action in AT_ONCE
