"""The moves of a ticket: (state, verb) -> state. Pure; the only place where they are defined.

waiting 等候 · called 已叫号 · serving 办理中 · held 暂存 (gone from the window for a while) · missed 过号;
ends: finished 办完 · left 离开. A ticket is bound to a window only from the call on.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class TicketState(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    HELD = "held"
    MISSED = "missed"
    FINISHED = "finished"
    LEFT = "left"


class Verb(StrEnum):
    CALL = "call"
    RECALL = "recall"
    START = "start"
    MISS = "miss"
    RETURN = "return"
    HOLD = "hold"
    RESUME = "resume"
    FINISH = "finish"
    TRANSFER = "transfer"
    LEAVE = "leave"


STATE_LABELS: Final = {
    TicketState.WAITING: "等候中",
    TicketState.CALLED: "请到窗口",
    TicketState.SERVING: "办理中",
    TicketState.HELD: "暂时离开窗口",
    TicketState.MISSED: "已过号",
    TicketState.FINISHED: "已办完",
    TicketState.LEFT: "已离开",
}
VERB_LABELS: Final = {
    Verb.CALL: "叫号",
    Verb.RECALL: "再叫一次",
    Verb.START: "开始办理",
    Verb.MISS: "过号",
    Verb.RETURN: "重新排队",
    Verb.HOLD: "暂存",
    Verb.RESUME: "继续办理",
    Verb.FINISH: "办完",
    Verb.TRANSFER: "转到别的窗口",
    Verb.LEAVE: "不等了",
}
LIVE: Final = frozenset(
    {TicketState.WAITING, TicketState.CALLED, TicketState.SERVING, TicketState.HELD, TicketState.MISSED}
)
AT_WINDOW: Final = frozenset({TicketState.CALLED, TicketState.SERVING})
"""A window has at most one of these; a held ticket leaves the window free for the next."""

_S, _V = TicketState, Verb
MOVES: Final[dict[tuple[TicketState, Verb], TicketState]] = {
    (_S.WAITING, _V.CALL): _S.CALLED,
    (_S.MISSED, _V.CALL): _S.CALLED,
    (_S.CALLED, _V.RECALL): _S.CALLED,
    (_S.CALLED, _V.START): _S.SERVING,
    (_S.CALLED, _V.MISS): _S.MISSED,
    (_S.MISSED, _V.RETURN): _S.WAITING,
    (_S.SERVING, _V.HOLD): _S.HELD,
    (_S.HELD, _V.RESUME): _S.SERVING,
    (_S.SERVING, _V.FINISH): _S.FINISHED,
    (_S.CALLED, _V.TRANSFER): _S.WAITING,
    (_S.SERVING, _V.TRANSFER): _S.WAITING,
    (_S.WAITING, _V.LEAVE): _S.LEFT,
    (_S.CALLED, _V.LEAVE): _S.LEFT,
    (_S.MISSED, _V.LEAVE): _S.LEFT,
    (_S.HELD, _V.LEAVE): _S.LEFT,
}


def sources(verb: Verb) -> tuple[TicketState, ...]:
    """The states from which the verb may be done."""
    return tuple(state for state, done in MOVES if done is verb)
