"""A whole case under random hands: legal and illegal moves by anybody, at any time, and what must hold after each."""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from onewindow.cases import ledger
from onewindow.cases.actions import perform
from onewindow.cases.actions.engine import deadline_row, rules_for, work_on
from onewindow.cases.lifecycle import Action, Move, State, moves_from
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
from onewindow.problems import Problem, Refused
from tests.cases.county import County, Raw, at, last_event
from tests.cast import FOOD, HYGIENE, ITEMS, application

EXAMPLES = int(os.environ.get("OW_TEST_EXAMPLES", "20"))
"""Cases per part; set it higher for a longer hunt."""
STAGE: dict[str, County] = {}
DONE: Counter[Action] = Counter()
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
    staff = chance.choice(["examiner1", "examiner2", "examiner3", "verifier1", "clerk1"])
    listed = [procedure.name for procedure in spec.special_procedures] or ["专家评审"]
    running = [procedure["name"] for procedure in facts.open_procedures] or listed
    department = chance.choice([STAGE["county"].cast.market.code, STAGE["county"].cast.health.code])
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
        Action.OPEN_PROCEDURE: {"procedure": chance.choice(listed), "reason": "需要", "officers": ["甲", "乙"]},
        Action.CLOSE_PROCEDURE: {"procedure": chance.choice(running), "result": "完成"},
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
        self.county, self.cast = STAGE["county"], STAGE["county"].cast
        self.chance, self.done = random.Random(0), Counter[Action]()
        self.case: Case

    @initialize(
        item=st.sampled_from([FOOD, HYGIENE, *ITEMS]),
        start=st.sampled_from(START),
        online=st.booleans(),
        lacking=st.booleans(),
        seed=st.integers(0, 2**32),
    )
    def begin(self, item: str, start: datetime, online: bool, lacking: bool, seed: int) -> None:
        self.now, self.chance = start, random.Random(seed)
        handed = application(item)["materials"]
        changes: Raw = {"materials": handed[:-1] if lacking else handed}
        self.case = (self.cast.submit if online else self.cast.receive)(item, now=start, **changes)
        self._look()

    @rule(hours=st.integers(1, 40))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @precondition(lambda self: self.chance.random() < 0.2)
    @rule(days=st.integers(3, 40))
    def much_time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(action=st.sampled_from(list(Action)), who=st.sampled_from(NAMES))
    def anybody_tries_anything(self, action: Action, who: str) -> None:
        self._attempt(action, self._actor(who))

    @precondition(lambda self: any(not row.by_system_only for row in moves_from(State(self.case.state))))
    @rule(times=st.integers(1, 4), final=st.sampled_from([False, False, False, False, False, False, False, True]))
    def somebody_who_may_acts(self, times: int, final: bool) -> None:
        for _ in range(times):
            rows = [row for row in moves_from(State(self.case.state)) if not row.by_system_only and row.final <= final]
            rows.sort(key=lambda row: self.done[row.action] + self.chance.random())  # what was not done yet comes first
            any(self._attempt_by_one_of([name for name in NAMES if self._may(name, row)], row) for row in rows)

    def _attempt_by_one_of(self, may: list[str], row: Move) -> bool:
        return bool(may) and self._attempt(row.action, self._actor(self.chance.choice(may)))

    @precondition(
        lambda self: self.case.state in {"submitted", "received", "accepted", "examining", "decided", "issuing"}
    )
    @rule(times=st.integers(1, 3))
    def the_case_goes_on(self, times: int) -> None:
        """The next moves on the straight way, so that the later states are reached too."""
        for _ in range(times):
            if self.case.state in {"submitted", "received", "accepted", "examining", "decided", "issuing"}:
                try:
                    action, who, data = self.county.next_move(self.case)
                except AssertionError:
                    return  # the only one who could do this node has done an earlier one
                self._attempt(Action(action), self._actor(who), data)

    @rule(action=st.sampled_from([Action.DEEM_ACCEPTED, Action.DEEM_WITHDRAWN, Action.ARCHIVE, Action.RECOMPUTE]))
    def the_system_tries(self, action: Action) -> None:
        self._attempt(action, SYSTEM)

    @rule()
    def the_sweep_comes_by(self) -> None:
        sweep(self.now)
        self._look()

    def _actor(self, who: str) -> Actor:
        return Actor.of(self.cast.accounts[who], self.now)

    def _may(self, who: str, row: Move) -> bool:
        try:
            return bool(work_on(self.case, row, self._actor(who), self.now))
        except Refused:
            return False

    def _attempt(self, action: Action, by: Actor, given: Raw | None = None) -> bool:
        """Tries it and looks at what it did; whether it succeeded."""
        before, refusals = self._tables(), AccessRecord.objects.count()
        data = inputs_for(self.case, action, self.now, self.chance) if given is None else given
        try:
            perform(self.case, action, by=by, data=data, now=self.now)
        except Problem as problem:
            self._left_alone(before, refusals + isinstance(problem, Refused))
            return False
        self._told_of_every_date(before, action)
        self.done[action] += 1
        DONE[action] += 1
        self._look()
        return True

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
        """Reads the case again and asks what must hold after every change."""
        self.case = Case.objects.select_related("centre__profile", "applicant").get(pk=self.case.pk)
        self.the_events_alone_tell_the_case()
        self.verification_finds_nothing()
        self.every_limit_is_a_row_and_every_row_a_limit()
        self.what_has_ended_keeps_no_open_date()

    def the_events_alone_tell_the_case(self) -> None:
        events = [ledger.as_event(row) for row in CaseEvent.objects.filter(case=self.case).order_by("seq")]
        assert replay(events).to_json() == self.case.facts
        assert self.case.version == len(events)
        assert [event.at for event in events] == sorted(event.at for event in events)

    def verification_finds_nothing(self) -> None:
        assert verify_case(self.case) is None

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

    def what_has_ended_keeps_no_open_date(self) -> None:
        if self.case.state in {"withdrawn", "deemed_withdrawn", "terminated", "forwarded", "revoked", "archived"}:
            left = Deadline.objects.of("case", self.case.pk).open().exclude(kind="commitment_check")
            assert not left.exists(), list(left.values_list("kind", flat=True))


@pytest.mark.parametrize("part", range(2))
def test_nothing_breaks_a_case(county: County, part: int) -> None:
    STAGE["county"] = county
    DONE.clear()
    run_state_machine_as_test(
        LifeOfACase,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
    assert len(DONE) > 15, f"the random hands did not get far: {DONE}"
