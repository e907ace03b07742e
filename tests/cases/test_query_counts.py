"""How many statements each intake and each action may cost, exactly. A number that grows needs a reason."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.cases.actions import options, perform, receive, submit
from onewindow.cases.lifecycle import MOVES, Action, State
from onewindow.cases.models import Case
from onewindow.clocks import store
from onewindow.people.authority import SYSTEM, Actor
from tests.cases.county import MONDAY, Raw, at
from tests.cases.test_acceptance_rules import MISSING, brought
from tests.cast import FOOD, HYGIENE, RENEWAL, Cast, application


@pytest.fixture(autouse=True)
def _the_calendar_is_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process reads the calendar every five seconds, not with every action."""
    monkeypatch.setattr(store, "RECHECK_SECONDS", 1e9)


def statements(act: Callable[[], Any]) -> list[str]:
    """What one call sends to the database, savepoints aside: in production they are the BEGIN and the COMMIT."""
    store.current_calendar()
    with CaptureQueriesContext(connection) as caught:
        act()
    return [query["sql"] for query in caught.captured_queries if "SAVEPOINT" not in query["sql"]]


def counted(act: Callable[[], Any]) -> int:
    found = statements(act)
    for number, sql in enumerate(found, start=1):
        print(number, sql[:160])
    return len(found)


def test_an_intake_at_the_window(cast: Cast) -> None:
    by = cast.actor("clerk1")
    receive(application(), by=by)  # the item version is read once per process
    assert counted(lambda: receive(application(), by=by)) == RECEIVE


def test_an_application_online(cast: Cast) -> None:
    by, body = cast.actor("citizen1"), application(channel="online")
    submit(body, by=by)
    assert counted(lambda: submit(body, by=by)) == SUBMIT


def test_reading_who_somebody_is(cast: Cast) -> None:
    assert counted(lambda: Actor.of(cast.clerk1)) == 1
    assert counted(lambda: Actor.of(cast.citizen1)) == 0


def test_what_may_be_done_now_costs_nothing_beyond_the_letters(cast: Cast) -> None:
    case = Case.objects.select_related("centre__profile", "applicant").get(pk=cast.walk_to(State.EXAMINING).pk)
    for who, queries in (("examiner1", 0), ("clerk1", 1), ("chief1", 1), ("citizen1", 0)):
        assert counted(partial(options, case, cast.actor(who))) == queries, who


RECEIVE, SUBMIT = 4, 5
INSPECT = {"procedure": "经营场所现场核查", "reason": "散装食品", "officers": ["甲", "乙"]}
LAW = ["《行政许可法》第六十九条"]
CITIZENS = {"answers": {"industry": "retail", "agent": "no"}}


def at_state(state: State, item: str = FOOD) -> Callable[[Cast], Case]:
    return lambda cast: cast.walk_to(state, item, now=MONDAY)


def after(before: Callable[[Cast], Case], action: str, who: str, **data: Any) -> Callable[[Cast], Case]:
    return lambda cast: cast.act(before(cast), action, who, MONDAY, **data)


def lacking(cast: Cast) -> Case:
    return cast.receive(now=MONDAY, materials=brought(FOOD, "m01", "m02", "m03", "m04"))


DEFERRED = {"deferred": [{"material": "m05", "until": "2026-03-20"}], "promised": True}
deferred = after(lacking, "accept_deferred", "clerk1", **DEFERRED)
received, accepted, examining = (at_state(s) for s in (State.RECEIVED, State.ACCEPTED, State.EXAMINING))
decided, ready = at_state(State.DECIDED), at_state(State.READY)

COSTS: list[tuple[Action, Callable[[Cast], Case], str, Raw, int]] = [
    (Action.SUBMIT, at_state(State.DRAFT), "citizen1", CITIZENS, 2),
    (Action.RETURN_FOR_COMPLETION, at_state(State.SUBMITTED), "clerk1", {"reason": "请补全"}, 2),
    (Action.RECEIVE, at_state(State.SUBMITTED), "clerk1", {}, 2),
    (Action.CORRECT_ON_SPOT, received, "clerk1", {"note": "改电话"}, 2),
    (Action.GIVE_NOTICE, received, "clerk1", {"missing": MISSING}, 4),
    (Action.SUPPLY, at_state(State.CORRECTING), "citizen1", {"materials": brought(FOOD, "m01")}, 2),
    (Action.ACCEPT, received, "clerk1", {}, 3),
    (Action.ACCEPT_DEFERRED, lacking, "clerk1", DEFERRED, 3),
    (Action.FIND_NOT_REQUIRED, received, "clerk1", {"reason": "不需要"}, 3),
    (Action.REFUSE_ACCEPTANCE, received, "clerk1", {"reason": "不归我管", "authority": "公安局"}, 3),
    (Action.DISPATCH, accepted, "chief1", {"to": "examiner2"}, 3),
    (Action.RETURN_DISPATCH, after(accepted, "dispatch", "chief1", to="examiner1"), "examiner1", {"reason": "休假"}, 2),
    (Action.TRANSFER, examining, "chief1", {"department": "11999900990001108R", "reason": "划转"}, 3),
    (Action.ASSIST, examining, "examiner1", {"department": "11999900990001108R", "question": "核实"}, 3),
    (
        Action.ANSWER_ASSIST,
        after(examining, "assist", "examiner1", department="11999900990001108R", question="核实"),
        "examiner3",
        {"answer": "属实"},
        2,
    ),
    (Action.SIGN, accepted, "examiner1", {}, 2),
    (Action.PASS_STEP, examining, "examiner1", {"opinion": "符合"}, 2),
    (
        Action.SEND_BACK_STEP,
        after(examining, "pass_step", "examiner1", opinion="符合"),
        "verifier1",
        {"opinion": "退回"},
        2,
    ),
    (Action.OPEN_PROCEDURE, examining, "examiner1", INSPECT, 3),
    (
        Action.CLOSE_PROCEDURE,
        after(examining, "open_procedure", "examiner1", **INSPECT),
        "examiner1",
        {"procedure": "经营场所现场核查", "result": "符合"},
        2,
    ),
    (Action.EXTEND, at_state(State.EXAMINING, HYGIENE), "head3", {"reason": "案情复杂"}, 3),
    (
        Action.DECIDE,
        after(at_state(State.EXAMINING, RENEWAL), "pass_step", "examiner1", opinion="符合"),
        "chief1",
        {"outcome": "grant", "opinion": "准予"},
        4,
    ),
    (
        Action.DECIDE,
        after(at_state(State.EXAMINING, RENEWAL), "pass_step", "examiner1", opinion="不符合"),
        "head1",
        {"outcome": "deny", "opinion": "不符合", "legal_basis": LAW},
        3,
    ),
    (Action.ISSUE, decided, "exit1", {}, 3),
    (Action.MAKE_READY, at_state(State.ISSUING), "exit1", {}, 2),
    (Action.HAND_OUT, ready, "exit1", {"recipient": "王小明", "signed": True}, 2),
    (Action.SEND_BY_COURIER, ready, "exit1", {"company": "邮政", "courier_number": "EM12345678"}, 2),
    (
        Action.CONFIRM_DELIVERY,
        after(ready, "send_by_courier", "exit1", company="邮政", courier_number="EM12345678"),
        "exit1",
        {"recipient": "王小明"},
        2,
    ),
    (Action.DELIVER_ELECTRONICALLY, ready, "exit1", {}, 2),
    (Action.WITHDRAW, received, "citizen1", {"reason": "不办了"}, 2),
    (Action.TERMINATE, examining, "head1", {"reason": "申请人死亡"}, 2),
    (Action.FORWARD, examining, "head1", {"reason": "报上级", "authority": "市局"}, 2),
    (Action.SUPPLY_DEFERRED, deferred, "clerk1", {"materials": brought(FOOD, "m05")}, 2),
    (
        Action.CHECK_COMMITMENT,
        after(
            at_state(State.ACCEPTED, RENEWAL), "decide", "chief1",
            outcome="grant_on_commitment", opinion="承诺", committed=True,
        ),
        "examiner1",
        {"result": "true", "note": "属实"},
        2,
    ),
    (Action.REASSIGN, examining, "manager1", {"to": "examiner2"}, 3),
    (Action.URGE, examining, "supervisor1", {"reason": "来电询问"}, 2),
    (Action.REVOKE, decided, "head1", {"reason": "欺骗取得", "legal_basis": LAW}, 3),
]  # fmt: skip
BY_THE_SYSTEM = [
    (Action.DEEM_ACCEPTED, received, 3),
    (Action.DEEM_WITHDRAWN, at_state(State.CORRECTING), 2),
    (Action.ARCHIVE, at_state(State.DELIVERED), 2),
    (Action.RECOMPUTE, examining, 2),
]


@pytest.mark.parametrize(("action", "prepare", "who", "data", "expected"), COSTS, ids=[row[0] for row in COSTS])
def test_an_action(
    cast: Cast, action: Action, prepare: Callable[[Cast], Case], who: str, data: Raw, expected: int
) -> None:
    case, by = prepare(cast), cast.actor(who)
    assert counted(lambda: perform(case, action, by=by, data=data, now=at("03-03"))) == expected


@pytest.mark.parametrize(("action", "prepare", "expected"), BY_THE_SYSTEM, ids=[row[0] for row in BY_THE_SYSTEM])
def test_what_the_system_does(cast: Cast, action: Action, prepare: Callable[[Cast], Case], expected: int) -> None:
    case, data = prepare(cast), {"reason": "日历变化"} if action is Action.RECOMPUTE else {}
    assert counted(lambda: perform(case, action, by=SYSTEM, data=data, now=at("05-20"))) == expected


def test_every_action_has_its_cost() -> None:
    assert {row[0] for row in COSTS} | {row[0] for row in BY_THE_SYSTEM} == set(MOVES)
