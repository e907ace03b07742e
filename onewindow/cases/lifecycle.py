"""The life of a case as one table: which action is possible in which state, where it leads, and who may do it.

Pure. This is the only place where moves are defined; docs/lifecycle.md is drawn from it and a test walks every cell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from onewindow.people.roles import Role


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RECEIVED = "received"
    CORRECTING = "correcting"
    ACCEPTED = "accepted"
    EXAMINING = "examining"
    DECIDED = "decided"
    ISSUING = "issuing"
    READY = "ready"
    DELIVERED = "delivered"
    ARCHIVED = "archived"
    NOT_REQUIRED = "not_required"
    ACCEPTANCE_REFUSED = "acceptance_refused"
    WITHDRAWN = "withdrawn"
    DEEMED_WITHDRAWN = "deemed_withdrawn"
    TERMINATED = "terminated"
    FORWARDED = "forwarded"
    REVOKED = "revoked"


STATE_LABELS: dict[State, str] = {
    State.DRAFT: "草稿",
    State.SUBMITTED: "待预审",
    State.RECEIVED: "收件",
    State.CORRECTING: "待补正",
    State.ACCEPTED: "已受理",
    State.EXAMINING: "审查中",
    State.DECIDED: "已办结",
    State.ISSUING: "制证中",
    State.READY: "待出件",
    State.DELIVERED: "已送达",
    State.ARCHIVED: "已归档",
    State.NOT_REQUIRED: "不受理",
    State.ACCEPTANCE_REFUSED: "不予受理",
    State.WITHDRAWN: "撤回",
    State.DEEMED_WITHDRAWN: "视为撤回",
    State.TERMINATED: "终止",
    State.FORWARDED: "转报",
    State.REVOKED: "撤销",
}

BEFORE_ACCEPTANCE = frozenset({State.DRAFT, State.SUBMITTED, State.RECEIVED, State.CORRECTING})
IN_PROGRESS = frozenset({State.ACCEPTED, State.EXAMINING})
AFTER_DECISION = frozenset({State.DECIDED, State.ISSUING, State.READY, State.DELIVERED, State.ARCHIVED})
ENDS = frozenset(
    {
        State.NOT_REQUIRED,
        State.ACCEPTANCE_REFUSED,
        State.WITHDRAWN,
        State.DEEMED_WITHDRAWN,
        State.TERMINATED,
        State.FORWARDED,
        State.REVOKED,
    }
)


class Action(StrEnum):
    SUBMIT = "submit"
    RETURN_FOR_COMPLETION = "return_for_completion"
    RECEIVE = "receive"
    CORRECT_ON_SPOT = "correct_on_spot"
    GIVE_NOTICE = "give_notice"
    SUPPLY = "supply"
    ACCEPT = "accept"
    ACCEPT_DEFERRED = "accept_deferred"
    DEEM_ACCEPTED = "deem_accepted"
    FIND_NOT_REQUIRED = "find_not_required"
    REFUSE_ACCEPTANCE = "refuse_acceptance"
    DISPATCH = "dispatch"
    RETURN_DISPATCH = "return_dispatch"
    TRANSFER = "transfer"
    ASSIST = "assist"
    ANSWER_ASSIST = "answer_assist"
    SIGN = "sign"
    PASS_STEP = "pass_step"
    SEND_BACK_STEP = "send_back_step"
    OPEN_PROCEDURE = "open_procedure"
    CLOSE_PROCEDURE = "close_procedure"
    EXTEND = "extend"
    DECIDE = "decide"
    ISSUE = "issue"
    MAKE_READY = "make_ready"
    HAND_OUT = "hand_out"
    SEND_BY_COURIER = "send_by_courier"
    CONFIRM_DELIVERY = "confirm_delivery"
    DELIVER_ELECTRONICALLY = "deliver_electronically"
    WITHDRAW = "withdraw"
    DEEM_WITHDRAWN = "deem_withdrawn"
    TERMINATE = "terminate"
    FORWARD = "forward"
    SUPPLY_DEFERRED = "supply_deferred"
    CHECK_COMMITMENT = "check_commitment"
    REASSIGN = "reassign"
    URGE = "urge"
    RECOMPUTE = "recompute"
    ARCHIVE = "archive"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Move:
    """One row: from any of `sources` to `target` (None: the state stays), by `roles`; `lettered` ones need a letter."""

    action: Action
    label: str
    sources: frozenset[State]
    target: State | None
    roles: frozenset[Role]
    lettered: frozenset[Role] = frozenset()
    final: bool = False

    @property
    def by_system_only(self) -> bool:
        return self.roles == {Role.SYSTEM}


class NoSuchMove(Exception):
    """This action does not exist in this state."""

    def __init__(self, state: State, action: Action) -> None:
        super().__init__(f"{action} in {state}")
        self.state, self.action = state, action


def _row(
    action: Action,
    label: str,
    sources: Iterable[State],
    target: State | None,
    roles: Iterable[Role],
    *,
    lettered: Iterable[Role] = (),
    final: bool = False,
) -> Move:
    return Move(action, label, frozenset(sources), target, frozenset(roles), frozenset(lettered), final)


_COUNTER = (Role.CLERK, Role.TOWNSHIP_CLERK)
_CITIZEN = (Role.APPLICANT, Role.HELPER)
_BACK = (Role.EXAMINER, Role.VERIFIER, Role.CHIEF, Role.HEAD)
_SIGNERS = (Role.CHIEF, Role.HEAD)
_S = State

_TABLE: tuple[Move, ...] = (
    _row(Action.SUBMIT, "提交申请", [_S.DRAFT], _S.SUBMITTED, _CITIZEN),
    _row(Action.RETURN_FOR_COMPLETION, "退回完善", [_S.SUBMITTED], _S.DRAFT, _COUNTER),
    _row(Action.RECEIVE, "收件", [_S.DRAFT, _S.SUBMITTED], _S.RECEIVED, _COUNTER),
    _row(Action.CORRECT_ON_SPOT, "当场更正", [_S.RECEIVED], None, _COUNTER),
    _row(Action.GIVE_NOTICE, "一次性告知", [_S.SUBMITTED, _S.RECEIVED], _S.CORRECTING, (*_COUNTER, Role.CHIEF)),
    _row(Action.SUPPLY, "补正", [_S.CORRECTING], _S.RECEIVED, (*_COUNTER, *_CITIZEN)),
    _row(Action.ACCEPT, "受理", [_S.RECEIVED], _S.ACCEPTED, (*_COUNTER, Role.CHIEF)),
    _row(Action.ACCEPT_DEFERRED, "容缺受理", [_S.RECEIVED], _S.ACCEPTED, (*_COUNTER, Role.CHIEF)),
    _row(Action.DEEM_ACCEPTED, "视为受理", [_S.SUBMITTED, _S.RECEIVED], _S.ACCEPTED, [Role.SYSTEM]),
    _row(
        Action.FIND_NOT_REQUIRED,
        "告知不受理",
        [_S.SUBMITTED, _S.RECEIVED],
        _S.NOT_REQUIRED,
        (*_COUNTER, Role.CHIEF),
        final=True,
    ),
    _row(
        Action.REFUSE_ACCEPTANCE,
        "不予受理",
        [_S.SUBMITTED, _S.RECEIVED],
        _S.ACCEPTANCE_REFUSED,
        (*_COUNTER, Role.CHIEF),
        final=True,
    ),
    _row(Action.DISPATCH, "分办", [_S.ACCEPTED], None, _SIGNERS),
    _row(Action.RETURN_DISPATCH, "退回分办", [_S.ACCEPTED], None, _BACK),
    _row(Action.TRANSFER, "转办", IN_PROGRESS, _S.ACCEPTED, [Role.CHIEF, Role.HEAD, Role.MANAGER]),
    _row(Action.ASSIST, "请求协办", IN_PROGRESS, None, [Role.EXAMINER, Role.CHIEF]),
    _row(Action.ANSWER_ASSIST, "答复协办", IN_PROGRESS, None, _BACK),
    _row(Action.SIGN, "签收", [_S.ACCEPTED], _S.EXAMINING, _BACK),
    _row(Action.PASS_STEP, "提交下一环节", [_S.EXAMINING], None, _BACK),
    _row(Action.SEND_BACK_STEP, "退回上一环节", [_S.EXAMINING], None, [Role.VERIFIER, Role.CHIEF, Role.HEAD]),
    _row(Action.OPEN_PROCEDURE, "启动特别程序", [_S.EXAMINING], None, [Role.EXAMINER, Role.CHIEF]),
    _row(Action.CLOSE_PROCEDURE, "结束特别程序", [_S.EXAMINING], None, [Role.EXAMINER, Role.CHIEF]),
    _row(
        Action.EXTEND,
        "延期",
        IN_PROGRESS,
        None,
        [Role.HEAD, Role.CHIEF, Role.GOVERNMENT_HEAD],
        lettered=[Role.CHIEF],
    ),
    _row(
        Action.DECIDE,
        "作出决定",
        IN_PROGRESS,
        _S.DECIDED,
        [Role.CLERK, Role.TOWNSHIP_CLERK, Role.CHIEF, Role.HEAD],
        lettered=[Role.CLERK, Role.TOWNSHIP_CLERK, Role.CHIEF],
        final=True,
    ),
    _row(Action.ISSUE, "制证", [_S.DECIDED], _S.ISSUING, [Role.EXIT_CLERK, Role.EXAMINER, Role.CHIEF]),
    _row(Action.MAKE_READY, "转出件", [_S.DECIDED, _S.ISSUING], _S.READY, [Role.EXIT_CLERK, Role.EXAMINER, Role.CHIEF]),
    _row(Action.HAND_OUT, "窗口送达", [_S.READY], _S.DELIVERED, [Role.EXIT_CLERK, Role.TOWNSHIP_CLERK]),
    _row(Action.SEND_BY_COURIER, "寄出", [_S.READY], None, [Role.EXIT_CLERK]),
    _row(Action.CONFIRM_DELIVERY, "确认签收", [_S.READY], _S.DELIVERED, [Role.EXIT_CLERK]),
    _row(Action.DELIVER_ELECTRONICALLY, "电子送达", [_S.READY], _S.DELIVERED, [Role.EXIT_CLERK]),
    _row(
        Action.WITHDRAW,
        "撤回申请",
        BEFORE_ACCEPTANCE | IN_PROGRESS,
        _S.WITHDRAWN,
        (*_CITIZEN, *_COUNTER),
        final=True,
    ),
    _row(
        Action.DEEM_WITHDRAWN,
        "视为撤回",
        [_S.CORRECTING, _S.ACCEPTED, _S.EXAMINING],
        _S.DEEMED_WITHDRAWN,
        [Role.SYSTEM],
        final=True,
    ),
    _row(Action.TERMINATE, "终止", IN_PROGRESS, _S.TERMINATED, _SIGNERS, lettered=[Role.CHIEF], final=True),
    _row(Action.FORWARD, "转报", IN_PROGRESS, _S.FORWARDED, _SIGNERS, lettered=[Role.CHIEF], final=True),
    _row(
        Action.SUPPLY_DEFERRED,
        "补齐容缺材料",
        IN_PROGRESS | {_S.DECIDED, _S.ISSUING, _S.READY},
        None,
        (*_COUNTER, *_CITIZEN),
    ),
    _row(Action.CHECK_COMMITMENT, "承诺核查", AFTER_DECISION, None, [Role.EXAMINER, Role.CHIEF]),
    _row(Action.REASSIGN, "改派", IN_PROGRESS, None, [*_SIGNERS, Role.MANAGER]),
    _row(
        Action.URGE,
        "催办",
        [_S.SUBMITTED, _S.RECEIVED, *IN_PROGRESS, _S.DECIDED, _S.ISSUING, _S.READY],
        None,
        [Role.SUPERVISOR, Role.MANAGER],
    ),
    _row(Action.RECOMPUTE, "重算期限", State, None, [Role.SYSTEM]),
    _row(Action.ARCHIVE, "归档", [_S.DELIVERED], _S.ARCHIVED, [Role.SYSTEM]),
    _row(
        Action.REVOKE,
        "撤销决定",
        AFTER_DECISION,
        _S.REVOKED,
        [Role.HEAD, Role.CHIEF],
        lettered=[Role.CHIEF],
        final=True,
    ),
)

MOVES: dict[Action, Move] = {move.action: move for move in _TABLE}


def move(state: State, action: Action) -> Move:
    """The row for this cell. Raises NoSuchMove where the table has none."""
    row = MOVES[action]
    if state not in row.sources:
        raise NoSuchMove(state, action)
    return row


def target(state: State, action: Action) -> State:
    """The state after the action. Raises NoSuchMove."""
    return move(state, action).target or state


def moves_from(state: State) -> list[Move]:
    """Every row that starts in this state, in table order."""
    return [row for row in _TABLE if state in row.sources]
