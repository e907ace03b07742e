"""What a case is, told from its events alone. Pure: `replay(events)` gives the same facts as the live case.

`Facts` is the projection kept on the case row; every action appends one event and `apply` folds it in, so there is
no second way for a case to change. Moments are ISO 8601 strings with offset, days ISO dates, as in the stored JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

import orjson

from onewindow.cases.lifecycle import ENDS, Action, State, target
from onewindow.clocks.clock import Extension, Limit, Suspension, Unit, local_date

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the ledger as the projection sees it. `role` is the post in which the actor acted."""

    seq: int
    action: Action
    at: datetime
    account: int | None
    role: str
    channel: str
    data: Json


@dataclass
class Facts:
    """The state of a case. Collections hold plain JSON so that the row and the replay compare byte by byte."""

    state: str = State.DRAFT
    seq: int = 0
    kind: str = ""
    channel: str = ""
    department: int | None = None
    answers: dict[str, str] = field(default_factory=dict)
    materials: dict[str, Json] = field(default_factory=dict)
    submitted_at: str | None = None
    received_at: str | None = None
    received_by: int | None = None
    accepted_at: str | None = None
    accepted_on: str | None = None
    deemed: bool = False
    acceptance_rule: str = ""
    notices: list[Json] = field(default_factory=list)
    reviewed_at: str | None = None
    step: int = 0
    step_opened_at: str | None = None
    opinions: list[Json] = field(default_factory=list)
    signed_at: str | None = None
    assignee: int | None = None
    dispatched_at: str | None = None
    procedures: list[Json] = field(default_factory=list)
    extension: Json | None = None
    assists: list[Json] = field(default_factory=list)
    transfers: list[Json] = field(default_factory=list)
    urges: int = 0
    commitment: Json | None = None
    decided_at: str | None = None
    decided_by: int | None = None
    outcome: str = ""
    reason: str = ""
    certificate: Json | None = None
    ready_at: str | None = None
    courier: Json | None = None
    delivery: Json | None = None
    ended_at: str | None = None
    papers: list[Json] = field(default_factory=list)

    def to_json(self) -> Json:
        """The facts as plain JSON; the parts are shared, not copied: `apply` never changes facts in place."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_json(cls, raw: Json) -> Facts:
        known = {f.name for f in fields(cls)}
        return cls(**{key: value for key, value in raw.items() if key in known})

    def copy(self) -> Facts:
        """A copy that shares nothing: through JSON, which is what the parts are, and an order faster than deepcopy."""
        return Facts(**orjson.loads(orjson.dumps(self.to_json())))

    def suspensions(self) -> list[Suspension]:
        """Every special procedure as the clock sees it; those that count on the clock are only a record."""
        return [
            Suspension(
                start=day(procedure["opened_at"]),
                end=day(procedure["closed_at"]) if procedure["closed_at"] else None,
                ground=procedure["name"],
                counts=procedure["counts"],
            )
            for procedure in self.procedures
        ]

    def extensions(self) -> list[Extension]:
        if self.extension is None:
            return []
        limit = Limit(self.extension["n"], Unit(self.extension["unit"]))
        return [Extension(limit, self.extension["reason"])]

    @property
    def open_procedures(self) -> list[Json]:
        return [procedure for procedure in self.procedures if procedure["closed_at"] is None]

    @property
    def open_assists(self) -> list[Json]:
        return [assist for assist in self.assists if assist["answered_at"] is None]

    @property
    def deferred(self) -> dict[str, str]:
        """Materials accepted as deferred and not yet handed in: key -> last day."""
        return {key: m["until"] for key, m in self.materials.items() if m.get("status") == "deferred"}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def day(text: str) -> date:
    """The local date of a stored moment."""
    return local_date(datetime.fromisoformat(text))


def apply(facts: Facts, event: Event) -> Facts:
    """Folds one event in. Raises lifecycle.NoSuchMove when the event is illegal in the state before it."""
    new_state = target(State(facts.state), event.action)
    changed = facts.copy()
    fold = _FOLDS.get(event.action)
    if fold is not None:
        fold(changed, event, event.at.isoformat())
    if facts.state == State.SUBMITTED and new_state != State.SUBMITTED:
        changed.reviewed_at = event.at.isoformat()
    changed.state = new_state.value
    changed.seq = event.seq
    changed.papers += event.data.get("papers", [])
    if new_state in _CLOSED and changed.ended_at is None:
        changed.ended_at = event.at.isoformat()
    return changed


def replay(events: Iterable[Event]) -> Facts:
    facts = Facts()
    for event in events:
        facts = apply(facts, event)
    return facts


_CLOSED = ENDS | {State.DELIVERED}


def _hand_in(facts: Facts, event: Event, at: str) -> None:
    for key, given in event.data.get("materials", {}).items():
        facts.materials[key] = {**given, "status": "handed", "at": at}


def _apply_for(facts: Facts, event: Event) -> None:
    facts.kind = event.data["kind"]
    facts.channel = event.channel
    facts.department = event.data["department"]
    facts.answers = dict(event.data["answers"])


def _submit(facts: Facts, event: Event, at: str) -> None:
    _apply_for(facts, event)
    _hand_in(facts, event, at)
    facts.submitted_at, facts.reviewed_at = at, None


def _receive(facts: Facts, event: Event, at: str) -> None:
    if facts.seq == 0:  # not one that was sent online and returned for completion
        _apply_for(facts, event)
    _hand_in(facts, event, at)
    # What came in online was in our hands from the moment it was sent (行政许可法 art. 32: 自收到申请材料之日).
    facts.received_at = facts.submitted_at if facts.state == State.SUBMITTED else at
    facts.received_by = event.account


def _give_notice(facts: Facts, event: Event, at: str) -> None:
    facts.notices.append(
        {"at": at, "missing": event.data["missing"], "until": event.data["until"], "supplied_at": None}
    )
    facts.received_at = facts.received_at or facts.submitted_at
    facts.received_by = facts.received_by or event.account


def _supply(facts: Facts, event: Event, at: str) -> None:
    _hand_in(facts, event, at)
    facts.notices[-1]["supplied_at"] = at


def _accept(facts: Facts, event: Event, at: str) -> None:
    facts.received_at = facts.received_at or facts.submitted_at
    facts.accepted_at = at
    facts.accepted_on = event.data["accepted_on"]
    facts.deemed = event.data.get("deemed", False)
    facts.acceptance_rule = event.data.get("rule", "")
    facts.step_opened_at = at
    for key, until in event.data.get("deferred", {}).items():
        facts.materials[key] = {"status": "deferred", "until": until, "at": at}


def _dispatch(facts: Facts, event: Event, at: str) -> None:
    facts.assignee = event.data["to"]
    facts.dispatched_at = at


def _return_dispatch(facts: Facts, event: Event, at: str) -> None:
    facts.assignee = None
    facts.dispatched_at = None


def _transfer(facts: Facts, event: Event, at: str) -> None:
    facts.transfers.append(
        {
            "at": at,
            "from": facts.department,
            "to": event.data["department"],
            "dispatched_at": facts.dispatched_at,
            "signed_at": facts.signed_at,
        }
    )
    facts.department = event.data["department"]
    facts.assignee = facts.dispatched_at = facts.signed_at = None


def _assist(facts: Facts, event: Event, at: str) -> None:
    facts.assists.append(
        {
            "department": event.data["department"],
            "question": event.data["question"],
            "reply_by": event.data["reply_by"],
            "asked_at": at,
            "answered_at": None,
            "answer": "",
        }
    )


def _answer_assist(facts: Facts, event: Event, at: str) -> None:
    found = facts.assists[event.data["index"]]
    found["answered_at"], found["answer"] = at, event.data["answer"]


def _sign(facts: Facts, event: Event, at: str) -> None:
    facts.signed_at = at
    facts.assignee = event.account


def _opinion(facts: Facts, event: Event, at: str, result: str) -> None:
    facts.opinions.append(
        {
            "step": facts.step,
            "name": event.data["step_name"],
            "by": event.account,
            "opinion": event.data["opinion"],
            "result": result,
            "opened_at": facts.step_opened_at,
            "at": at,
        }
    )


def _pass_step(facts: Facts, event: Event, at: str) -> None:
    _opinion(facts, event, at, "pass")
    facts.step += 1
    facts.step_opened_at = at
    facts.assignee = event.data.get("next")


def _send_back_step(facts: Facts, event: Event, at: str) -> None:
    _opinion(facts, event, at, "send_back")
    facts.step -= 1
    facts.step_opened_at = at
    facts.assignee = event.data.get("next")


def _open_procedure(facts: Facts, event: Event, at: str) -> None:
    facts.procedures.append({**event.data["procedure"], "opened_at": at, "closed_at": None, "result": ""})


def _close_procedure(facts: Facts, event: Event, at: str) -> None:
    found = facts.procedures[event.data["index"]]
    found["closed_at"], found["result"] = at, event.data["result"]


def _extend(facts: Facts, event: Event, at: str) -> None:
    facts.extension = {**event.data["extension"], "at": at}


def _decide(facts: Facts, event: Event, at: str) -> None:
    if facts.step_opened_at and event.data.get("step_name"):
        _opinion(facts, event, at, event.data["outcome"])
    facts.decided_at, facts.decided_by = at, event.account
    facts.outcome, facts.reason = event.data["outcome"], event.data["opinion"]
    if event.data["outcome"] == "grant_on_commitment":
        facts.commitment = {**event.data["commitment"], "checked_at": None, "result": ""}


def _supply_deferred(facts: Facts, event: Event, at: str) -> None:
    for key, given in event.data["materials"].items():
        promised = facts.materials[key]
        facts.materials[key] = {
            **given,
            "status": "handed",
            "at": at,
            "until": promised["until"],
            "deferred_at": promised["at"],
        }


def _check_commitment(facts: Facts, event: Event, at: str) -> None:
    assert facts.commitment is not None
    facts.commitment["checked_at"], facts.commitment["result"] = at, event.data["result"]


def _issue(facts: Facts, event: Event, at: str) -> None:
    facts.certificate = event.data["certificate"]


def _make_ready(facts: Facts, event: Event, at: str) -> None:
    facts.ready_at = at


def _send_by_courier(facts: Facts, event: Event, at: str) -> None:
    facts.courier = {"company": event.data["company"], "number": event.data["courier_number"], "sent_at": at}


def _deliver(facts: Facts, event: Event, at: str) -> None:
    facts.delivery = {**event.data["delivery"], "at": at}


def _end(facts: Facts, event: Event, at: str) -> None:
    facts.outcome = facts.outcome or event.action.value
    facts.reason = event.data.get("reason", "")


def _reassign(facts: Facts, event: Event, at: str) -> None:
    facts.assignee = event.data["to"]


def _urge(facts: Facts, event: Event, at: str) -> None:
    facts.urges += 1


def _revoke(facts: Facts, event: Event, at: str) -> None:
    facts.outcome, facts.reason = "revoked", event.data["reason"]


_FOLDS: dict[Action, Callable[[Facts, Event, str], None]] = {
    Action.SUBMIT: _submit,
    Action.RECEIVE: _receive,
    Action.CORRECT_ON_SPOT: _hand_in,
    Action.GIVE_NOTICE: _give_notice,
    Action.SUPPLY: _supply,
    Action.ACCEPT: _accept,
    Action.ACCEPT_DEFERRED: _accept,
    Action.DEEM_ACCEPTED: _accept,
    Action.FIND_NOT_REQUIRED: _end,
    Action.REFUSE_ACCEPTANCE: _end,
    Action.DISPATCH: _dispatch,
    Action.RETURN_DISPATCH: _return_dispatch,
    Action.TRANSFER: _transfer,
    Action.ASSIST: _assist,
    Action.ANSWER_ASSIST: _answer_assist,
    Action.SIGN: _sign,
    Action.PASS_STEP: _pass_step,
    Action.SEND_BACK_STEP: _send_back_step,
    Action.OPEN_PROCEDURE: _open_procedure,
    Action.CLOSE_PROCEDURE: _close_procedure,
    Action.EXTEND: _extend,
    Action.DECIDE: _decide,
    Action.ISSUE: _issue,
    Action.MAKE_READY: _make_ready,
    Action.SEND_BY_COURIER: _send_by_courier,
    Action.HAND_OUT: _deliver,
    Action.CONFIRM_DELIVERY: _deliver,
    Action.DELIVER_ELECTRONICALLY: _deliver,
    Action.WITHDRAW: _end,
    Action.DEEM_WITHDRAWN: _end,
    Action.TERMINATE: _end,
    Action.FORWARD: _end,
    Action.SUPPLY_DEFERRED: _supply_deferred,
    Action.CHECK_COMMITMENT: _check_commitment,
    Action.REASSIGN: _reassign,
    Action.URGE: _urge,
    Action.REVOKE: _revoke,
}
