"""Change requests made the short way, for tests."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

from onewindow.catalogue.changes import actions as changes
from onewindow.catalogue.changes.loop import CHANGE
from onewindow.catalogue.models import ChangeRequest, Item
from onewindow.clocks.clock import SHANGHAI
from onewindow.loops import engine
from tests.cast import FOOD, Cast

NOW = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)  # a Monday
TOLD = {
    "item": FOOD,
    "kind": "law",
    "basis_name": "食品经营许可和备案管理办法（修订）",
    "basis_number": "市场监管总局令第 99 号",
    "basis_on": "2026-11-20",
}
MOVES: dict[str, dict[str, Any]] = {
    "draft": {"spec": {"note": "先记下来"}},
    "propose": {"spec": {"note": "自 2026 年 12 月起按新办法办理"}},
    "approve": {"words": "核对无误"},
    "publish": {"effective_from": "2026-12-01"},
    "send_back": {"reason": "材料第三项写清楚"},
    "reject": {"reason": "没有依据"},
    "withdraw": {"reason": "文件已经撤销"},
    "void": {"reason": "上级推迟施行"},
}
WAY = {
    "opened": [],
    "proposed": ["propose"],
    "returned": ["propose", "send_back"],
    "approved": ["propose", "approve"],
    "published": ["propose", "approve", "publish"],
    "voided": ["propose", "approve", "publish", "void"],
    "rejected": ["propose", "reject"],
    "withdrawn": ["withdraw"],
}
THEIRS = {"draft", "propose", "withdraw"}


def told(cast: Cast, who: str = "editor1", now: datetime = NOW, **more: Any) -> ChangeRequest:
    return changes.tell({**TOLD, **more}, cast.actor(who), now=now)


def act(
    cast: Cast, row: ChangeRequest, action: str, who: str = "", /, *, now: datetime = NOW, **data: Any
) -> ChangeRequest:
    by = cast.actor(who or ("editor1" if action in THEIRS else "publisher1"))
    done: ChangeRequest = engine.perform(CHANGE, row, action, by=by, data={**MOVES[action], **data}, now=now)
    return done


def at(cast: Cast, state: str, now: datetime = NOW, spec: dict[str, Any] | None = None, **more: Any) -> ChangeRequest:
    """A request that came to this state by legal moves."""
    row = told(cast, now=now, **more)
    for action in WAY[state]:
        row = act(cast, row, action, now=now, **({"spec": spec} if spec and action == "propose" else {}))
    return row


def body(item: Item) -> dict[str, Any]:
    """A copy of the elements in force, to change."""
    item.refresh_from_db()
    assert item.current is not None
    return copy.deepcopy(item.current.spec.model_dump(mode="json"))
