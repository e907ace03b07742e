"""More of the county for the tests of the case: any published item, its department's team, the way through a case."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.utils import timezone

from onewindow.cases.actions import receive
from onewindow.cases.lifecycle import State
from onewindow.cases.models import Case, CaseEvent
from onewindow.cases.steps import may_decide_at, node_roles
from onewindow.catalogue.imports import SHIPPED_ITEMS, import_items
from onewindow.catalogue.models import Item
from onewindow.catalogue.spec import ItemSpec
from onewindow.clocks.clock import SHANGHAI
from onewindow.people.models import Account, AuthorisationLetter, Posting
from onewindow.people.roles import Role
from onewindow.places.imports import import_departments
from onewindow.places.models import Department, Division
from tests.cast import CITIZEN, FIRM, LETTER_ACTIONS, Cast

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
"""An ordinary Monday: no holiday for a month, every year published."""

Raw = dict[str, Any]
TEAM = (Role.EXAMINER, Role.EXAMINER, Role.VERIFIER, Role.CHIEF, Role.HEAD)


def at(day: str, hour: int = 10) -> datetime:
    """`at("03-09")`: that day of 2026 at ten in the morning."""
    return datetime.fromisoformat(f"2026-{day}T{hour:02}:00:00+08:00")


def last_event(case: Case) -> CaseEvent:
    return CaseEvent.objects.filter(case=case).latest("seq")


@cache
def _shipped() -> list[Raw]:
    found: list[Raw] = yaml.load(SHIPPED_ITEMS.read_bytes(), Loader=yaml.CSafeLoader)["items"]
    return found


def answers_for(spec: ItemSpec) -> dict[str, str]:
    return {scenario.key: scenario.options[0].value for scenario in spec.scenarios}


def application_for(item: Item, **changes: Any) -> Raw:
    """A complete application for any item, the first option of each question chosen."""
    assert item.current is not None
    spec = item.current.spec
    answers = changes.get("answers", answers_for(spec))
    brought = [m for m in spec.materials_for(answers) if not m.shared]
    body: Raw = {
        "item": item.key,
        "answers": answers,
        "applicant": FIRM if spec.audience == "legal" else CITIZEN,
        "materials": [{"material": m.key, "form": m.form, "copies": m.copies} for m in brought],
        "channel": "window",
    }
    return {**body, **changes}


@dataclass
class County:
    """The cast's world with all departments; `publish` adds items from the shipped catalogue."""

    cast: Cast
    home: Path
    _teams: dict[int, list[str]] = field(default_factory=dict)

    def publish(self, *keys: str, change: Callable[[Raw], None] | None = None) -> list[Item]:
        """Imports the shipped items with these keys (all when none are named), `change` applied to each first."""
        chosen = copy.deepcopy([raw for raw in _shipped() if not keys or raw["key"] in keys])
        for raw in chosen:
            if change is not None:
                change(raw)
        file = self.home / "items.yaml"
        file.write_text(yaml.safe_dump({"schema_version": 1, "items": chosen}, allow_unicode=True), encoding="utf-8")
        report = import_items(file)
        assert not report.rejected, report.rejected
        wanted = [raw["key"] for raw in chosen]
        return list(Item.objects.filter(key__in=wanted).select_related("current", "department").order_by("key"))

    def receive(self, item: Item, *, now: datetime = MONDAY, by: str = "clerk1", **changes: Any) -> Case:
        return receive(application_for(item, **changes), by=self.cast.actor(by), now=now)

    def team(self, department: Department) -> dict[Role, list[str]]:
        """Usernames by role of the people of a department, hired on first need."""
        if department.pk not in self._teams:
            self._teams[department.pk] = self._existing(department) or self._hire(department)
        team: dict[Role, list[str]] = {}
        for name in self._teams[department.pk]:
            team.setdefault(Role(self.cast.posting(name).role), []).append(name)
        return team

    def _existing(self, department: Department) -> list[str]:
        found = Posting.objects.filter(department=department, role__in=[r.value for r in TEAM]).order_by("pk")
        return [posting.account.username for posting in found.select_related("account")]

    def _hire(self, department: Department) -> list[str]:
        names, today = [], timezone.localdate()
        for number, role in enumerate(TEAM):
            account = Account.objects.create(username=f"{role}-{department.pk}-{number}", name=f"{role}{number}")
            posting = Posting.objects.create(
                account=account,
                role=role.value,
                centre=self.cast.centre,
                department=department,
                valid_from=today - dt.timedelta(days=3650),
            )
            if role is Role.CHIEF:
                AuthorisationLetter.objects.create(
                    number=f"授权{posting.pk}",
                    department=department,
                    posting=posting,
                    signed_by="局长",
                    actions=LETTER_ACTIONS,
                    valid_from=today - dt.timedelta(days=3650),
                    valid_until=today + dt.timedelta(days=3650),
                )
            self.cast.accounts[account.username] = account
            names.append(account.username)
        return names

    def next_move(self, case: Case) -> tuple[str, str, Raw]:
        """The action, person and input that bring a case a step nearer to delivery."""
        spec, state = case.version_spec, State(case.state)
        if state is State.SUBMITTED:
            return "receive", "clerk1", {}
        if state is State.RECEIVED:
            return "accept", "clerk1", {}
        if state is State.ACCEPTED and not (spec.immediate and may_decide_at(spec, 0)):
            return "sign", self.on_desk(case), {}
        if state in {State.ACCEPTED, State.EXAMINING}:
            if case.told.open_procedures:
                name = case.told.open_procedures[0]["name"]
                return (
                    "close_procedure",
                    self.team(case.department)[Role.EXAMINER][0],
                    {"procedure": name, "result": "完成"},
                )
            if may_decide_at(spec, case.told.step):
                return "decide", self.on_desk(case), {"outcome": "grant", "opinion": "符合条件"}
            return "pass_step", self.on_desk(case), {"opinion": "符合条件"}
        if state is State.DECIDED:
            return "issue", "exit1", {}
        if state is State.ISSUING:
            return "make_ready", "exit1", {}
        if "counter" in spec.delivery:
            return "hand_out", "exit1", {"recipient": "王小明", "relation": "本人", "signed": True}
        return "deliver_electronically", "exit1", {}

    def on_desk(self, case: Case) -> str:
        """Somebody of the department who may do the present node and has done none of the earlier ones."""
        team, done = self.team(case.department), {opinion["by"] for opinion in case.told.opinions}
        for role in node_roles(case.version_spec, case.told.step):
            for name in team.get(role, []):
                account = self.cast.accounts[name].pk
                if account not in done and case.told.assignee in {None, account}:
                    return name
        raise AssertionError(f"nobody can do step {case.told.step} of {case.number}")

    def step(self, case: Case, now: datetime) -> Case:
        action, who, data = self.next_move(case)
        return self.cast.act(case, action, who, now, **data)

    def walk(self, case: Case, now: datetime, *, until: State = State.DELIVERED) -> Case:
        """Step by step to this state."""
        for _ in range(20):
            if case.state == until:
                return case
            case = self.step(case, now)
        raise AssertionError(f"{case.number} is stuck in {case.state}")


@pytest.fixture
def county(cast: Cast, tmp_path: Path) -> County:
    import_departments(Division.objects.get(pk="430922"))
    return County(cast, tmp_path)
