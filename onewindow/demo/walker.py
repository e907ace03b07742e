"""Somebody who lives one application through: where they are in time, and the moves that any part of it may need."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from onewindow.cases import actions
from onewindow.cases.models import Case
from onewindow.cases.steps import node_roles
from onewindow.catalogue.spec import ItemSpec, Material
from onewindow.demo.crowd import Crew
from onewindow.demo.office import Office
from onewindow.demo.plan import Plan
from onewindow.people.authority import Actor
from onewindow.people.roles import Role


class Present(Exception):
    """The next thing would happen after the present moment."""


class Walker:
    """Walks one plan. Every move goes through the actions, with the moment at which it is said to happen."""

    def __init__(self, plan: Plan, crew: Crew, office: Office, now: dt.datetime) -> None:
        assert plan.item.current is not None
        self.plan, self.crew, self.office, self.now = plan, crew, office, now
        self.chance = random.Random(f"journey {plan.number} {plan.at.date()}")
        self.spec: ItemSpec = plan.item.current.spec
        self.answers = {s.key: self.chance.choice(s.options).value for s in self.spec.scenarios}
        self.at = plan.at
        self.town = self._town()
        self.clerk = self._clerk()
        self.case: Case | None = None
        self.lacking: list[Material] = []
        self.decider = ""
        self.acted: list[str] = []

    def _town(self) -> str:
        at_town = self.plan.channel == "village" or self.spec.steps[0].role == "乡镇（街道）受理员"
        at_town = at_town and self.plan.channel not in {"online", "mobile"}
        if self.plan.fate == "at_town":
            return self.crew.town_of("township1")
        return self.chance.choice(self.crew.towns()) if at_town else ""

    def _clerk(self) -> str:
        if self.town:
            return self.crew.town_clerk(self.town)
        return self.chance.choice(
            self.crew.spot_clerks(self.plan.item.key) or self.crew.hall(Role.CLERK)
            if self._odds(0.5)
            else self.crew.hall(Role.CLERK)
        )

    def _do(self, action: str, by: str | Actor, **data: Any) -> Case:
        if self.at > self.now:
            raise Present
        assert self.case is not None
        actor = self.crew.actor(by) if isinstance(by, str) else by
        self.case = actions.perform(self.case, action, by=actor, data=data, now=self.at)
        return self.case

    def _wait(self, low: float, high: float) -> None:
        """Lets some working hours pass."""
        self.at = self.office.later(self.at, low + (high - low) * self.chance.random())

    def _soon(self, low: float, high: float) -> None:
        """Minutes of the same visit: nobody is sent home because the clock strikes five."""
        self.at += dt.timedelta(minutes=low + (high - low) * self.chance.random())

    def _sleep(self, days: int) -> None:
        self.at += dt.timedelta(days=days)

    def _odds(self, share: float) -> bool:
        return self.chance.random() < share

    def _handed(self, material: Material) -> dict[str, Any]:
        return {
            "material": material.key,
            "form": material.form if self.plan.channel not in {"online", "mobile"} else "electronic",
            "copies": material.copies,
            "original_seen": material.form != "electronic" and self.plan.channel not in {"online", "mobile"},
        }

    def _withdraw(self) -> None:
        self._wait(0.5, 6)
        who = self.plan.visitor.username if self.plan.channel in {"online", "mobile"} else self.clerk
        self._do("withdraw", who, reason="申请人另有安排，要求撤回。")

    def _supply_deferred(self) -> None:
        if self.lacking:
            self._wait(7, 40)
            self._do("supply_deferred", self.clerk, materials=[self._handed(material) for material in self.lacking])
            self.lacking = []

    def _colleague(self, step: int) -> str:
        """Somebody of the department in the right post who has not done an earlier step."""
        for role in node_roles(self.spec, step):
            free = [name for name in self.crew.back(role, self.plan.item.department_id) if name not in self.acted]
            if free:
                return self.chance.choice(free)
        raise LookupError(f"nobody left for step {step} of {self.plan.item.key}")
