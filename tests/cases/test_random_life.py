"""A whole case under random hands: legal and illegal moves by anybody, at any time, and what must hold after each."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from onewindow.cases import ledger
from onewindow.cases.actions import perform
from onewindow.cases.actions.engine import deadline_row, rules_for
from onewindow.cases.lifecycle import Action, State, moves_from
from onewindow.cases.limits import time_limits
from onewindow.cases.models import Case, CaseEvent
from onewindow.cases.projection import replay
from onewindow.cases.sweep import sweep
from onewindow.cases.verify import verify_case
from onewindow.clocks.deadlines import end_of_day
from onewindow.clocks.models import Deadline
from onewindow.exchange.models import OutboxMessage
from onewindow.papers.models import Paper
from onewindow.people.authority import SYSTEM, Actor
from onewindow.people.models import AccessRecord
from onewindow.people.roles import Role
from onewindow.problems import Problem, Refused
from tests.cases.county import Raw, at, last_event
from tests.cast import ITEMS, Cast, application

STAGE: dict[str, Cast] = {}
NAMES = (
    "clerk1", "clerk2", "exit1", "examiner1", "examiner2", "verifier1", "chief1", "head1", "examiner3", "verifier3",
    "chief3", "head3", "manager1", "supervisor1", "helper1", "guide1", "editor1", "publisher1", "mayor1", "township1",
    "citizen1", "citizen2", "company1",
)  # fmt: skip
START = [at("03-02"), at("09-28"), at("12-21"), datetime.fromisoformat("2024-02-05T23:59:00+08:00")]


def inputs_for(case: Case, action: Action, now: datetime, chance: random.Random) -> Raw:
    """Something plausible for the action; now and then it is wrong, and then the action must refuse it."""
    spec, facts = case.version_spec, case.told
    keys = [material.key for material in spec.materials]
    some = [{"material": key, "form": "copy"} for key in chance.sample(keys, chance.randint(1, len(keys)))]
    soon = (now + timedelta(days=chance.randint(-1, 31))).date().isoformat()
    asked = facts.notices[-1]["missing"] if facts.notices else []
    staff = chance.choice(NAMES)
    procedures = [procedure.name for procedure in spec.special_procedures] or ["专家评审"]
    department = chance.choice([STAGE["cast"].market.code, STAGE["cast"].health.code])
    table: dict[Action, Raw] = {
        Action.SUBMIT: {"answers": facts.answers, "materials": some},
        Action.RECEIVE: {"materials": some},
        Action.CORRECT_ON_SPOT: {"materials": some, "note": "当场更正"},
        Action.GIVE_NOTICE: {
            "missing": [{"material": chance.choice(keys), "problem": "缺签字", "remedy": "请签字"}],
            "forced_reason": chance.choice(["", "标准变化"]),
        },
        Action.SUPPLY: {"materials": [{"material": row["material"], "form": "copy"} for row in asked] or some},
        Action.ACCEPT_DEFERRED: {
            "deferred": [{"material": m.key, "until": soon} for m in spec.materials if m.deferrable] or some,
            "promised": True,
        },
        Action.SUPPLY_DEFERRED: {"materials": [{"material": key, "form": "copy"} for key in facts.deferred] or some},
        Action.REFUSE_ACCEPTANCE: {"reason": "不归本机关", "authority": "县公安局"},
        Action.FORWARD: {"reason": "应由上级办理", "authority": "市局"},
        Action.DISPATCH: {"to": staff},
        Action.REASSIGN: {"to": staff},
        Action.TRANSFER: {"department": department, "reason": "职责划转"},
        Action.ASSIST: {"department": department, "question": "请核实"},
        Action.ANSWER_ASSIST: {"answer": "属实"},
        Action.PASS_STEP: {"opinion": "符合条件"},
        Action.SEND_BACK_STEP: {"opinion": "请补充核实"},
        Action.OPEN_PROCEDURE: {"procedure": chance.choice(procedures), "reason": "需要", "officers": ["甲", "乙"]},
        Action.CLOSE_PROCEDURE: {"procedure": chance.choice(procedures), "result": "完成"},
        Action.DECIDE: {
            "outcome": chance.choice(["grant", "grant", "deny", "grant_on_commitment"]),
            "opinion": "意见",
            "legal_basis": ["《行政许可法》第三十八条"],
            "committed": chance.random() < 0.8,
        },
        Action.HAND_OUT: {"recipient": "王小明", "signed": True},
        Action.SEND_BY_COURIER: {"company": "邮政", "courier_number": "EM12345678"},
        Action.CONFIRM_DELIVERY: {"recipient": "王小明"},
        Action.CHECK_COMMITMENT: {"result": "true", "note": "属实"},
        Action.REVOKE: {"reason": "欺骗取得", "legal_basis": ["《行政许可法》第六十九条"]},
    }
    empty = {Action.ACCEPT, Action.SIGN, Action.ISSUE, Action.MAKE_READY, Action.DELIVER_ELECTRONICALLY}
    by_system = {Action.DEEM_ACCEPTED, Action.DEEM_WITHDRAWN, Action.ARCHIVE}
    return table.get(action, {} if action in empty | by_system else {"reason": "有理由"})


class LifeOfACase(RuleBasedStateMachine):
    """One case in one county; `before` is what the tables said before the last attempt."""

    def __init__(self) -> None:
        super().__init__()
        self.cast = STAGE["cast"]
        self.case: Case

    @initialize(item=st.sampled_from(ITEMS), start=st.sampled_from(START), online=st.booleans(), lacking=st.booleans())
    def begin(self, item: str, start: datetime, online: bool, lacking: bool) -> None:
        self.now = start
        handed = application(item)["materials"]
        changes: Raw = {"materials": handed[:-1] if lacking else handed}
        self.case = (self.cast.submit if online else self.cast.receive)(item, now=start, **changes)
        self._look()

    @rule(hours=st.integers(0, 30))
    def an_hour_or_a_day_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(days=st.integers(1, 12))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(action=st.sampled_from(list(Action)), who=st.sampled_from(NAMES), seed=st.integers(0, 999))
    def anybody_tries_anything(self, action: Action, who: str, seed: int) -> None:
        self._attempt(action, self._actor(who), random.Random(seed))

    @precondition(lambda self: any(not row.by_system_only for row in moves_from(State(self.case.state))))
    @rule(seed=st.integers(0, 9999))
    def somebody_in_charge_acts(self, seed: int) -> None:
        chance = random.Random(seed)
        row = chance.choice([row for row in moves_from(State(self.case.state)) if not row.by_system_only])
        if row.final and row.action is not Action.DECIDE and chance.random() < 0.8:
            return
        right = [name for name in NAMES if self._roles(name) & row.roles]
        self._attempt(row.action, self._actor(chance.choice(right)), chance)

    @rule(action=st.sampled_from([Action.DEEM_ACCEPTED, Action.DEEM_WITHDRAWN, Action.ARCHIVE, Action.RECOMPUTE]))
    def the_system_tries(self, action: Action) -> None:
        self._attempt(action, SYSTEM, random.Random(0))

    @rule()
    def the_sweep_comes_by(self) -> None:
        sweep(self.now)
        self._look()

    def _actor(self, who: str) -> Actor:
        return Actor.of(self.cast.accounts[who], self.now)

    def _roles(self, who: str) -> frozenset[Role]:
        account = self.cast.accounts[who]
        return frozenset({Role.APPLICANT}) if account.kind == "applicant" else self._actor(who).roles

    def _attempt(self, action: Action, by: Actor, chance: random.Random) -> None:
        before = self._tables()
        refusals = AccessRecord.objects.count()
        try:
            perform(self.case, action, by=by, data=inputs_for(self.case, action, self.now, chance), now=self.now)
        except Problem as problem:
            self._left_alone(before, refusals + isinstance(problem, Refused))
        else:
            self._told_of_every_date(before, action)
        self._look()

    def _left_alone(self, before: dict[str, Any], refusals: int) -> None:
        """What was refused changed nothing, and a refusal of a person is on record."""
        assert self._tables() == before
        assert AccessRecord.objects.count() == refusals

    def _told_of_every_date(self, before: dict[str, Any], action: Action) -> None:
        """No due date moves without the event naming it, and a pause never brings one forward."""
        after, event = self._tables(), last_event(self.case)
        assert after["events"] == before["events"] + 1
        old, new = before["dates"], after["dates"]
        assert old.keys() <= new.keys(), "a deadline vanished"
        named = {
            f"{kind}/{key}" if key else kind: due.astimezone(self.now.tzinfo).date().isoformat() if due else "暂停"
            for (kind, key), due in new.items()
            if (kind, key) not in old or old[kind, key] != due
        }
        assert event.data.get("due", {}) == named
        if action in {Action.OPEN_PROCEDURE, Action.CLOSE_PROCEDURE, Action.EXTEND}:
            for name in old:
                assert new[name] is None or old[name] is None or new[name] >= old[name], f"{name} came nearer"

    def _tables(self) -> dict[str, Any]:
        rows = Deadline.objects.of("case", self.case.pk)
        return {
            "case": Case.objects.filter(pk=self.case.pk).values().get(),
            "events": CaseEvent.objects.filter(case=self.case).count(),
            "dates": {(row.kind, row.key): row.due_at for row in rows},
            "papers": Paper.objects.filter(subject_id=self.case.pk).count(),
            "messages": OutboxMessage.objects.filter(subject=self.case.number).count(),
        }

    def _look(self) -> None:
        self.case = Case.objects.select_related("centre__profile", "applicant").get(pk=self.case.pk)

    @invariant()
    def the_events_alone_tell_the_case(self) -> None:
        events = [ledger.as_event(row) for row in CaseEvent.objects.filter(case=self.case).order_by("seq")]
        assert replay(events).to_json() == self.case.facts
        assert self.case.version == len(events)
        assert [event.at for event in events] == sorted(event.at for event in events)

    @invariant()
    def verification_finds_nothing(self) -> None:
        assert verify_case(self.case) is None

    @invariant()
    def every_limit_is_a_row_and_every_row_a_limit(self) -> None:
        limits = time_limits(self.case.told, rules_for(self.case))
        rows = {(row.kind, row.key): row for row in Deadline.objects.of("case", self.case.pk)}
        assert {(limit.kind, limit.key) for limit in limits} == rows.keys()
        for limit in limits:
            row, wanted = rows[limit.kind, limit.key], deadline_row(self.case, limit, rules_for(self.case))
            assert row.due_at == (end_of_day(limit.due) if limit.due else None)
            assert (row.settled_at, row.outcome, row.department_id) == (
                wanted.settled_at, wanted.outcome, wanted.department_id,
            )  # fmt: skip

    @invariant()
    def what_has_ended_keeps_no_open_date(self) -> None:
        if self.case.state in {"withdrawn", "deemed_withdrawn", "terminated", "forwarded", "revoked", "archived"}:
            left = Deadline.objects.of("case", self.case.pk).open().exclude(kind="commitment_check")
            assert not left.exists(), list(left.values_list("kind", flat=True))


@pytest.mark.parametrize("part", range(2))
def test_nothing_breaks_a_case(cast: Cast, part: int) -> None:
    STAGE["cast"] = cast
    run_state_machine_as_test(
        LifeOfACase,
        settings=settings(
            max_examples=18,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            derandomize=False,
        ),
    )
