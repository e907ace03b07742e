"""What the addresses of every loop's matters share: lists, moves, limits and steps, as the API says them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from django.http import HttpRequest
from pydantic import Field

from onewindow.clocks.models import Deadline
from onewindow.faces.api import paging
from onewindow.faces.api.answers import local
from onewindow.faces.api.reading import expected_version
from onewindow.faces.api.repeats import once_together
from onewindow.faces.api.security import caller
from onewindow.inputs import Input
from onewindow.loops import engine
from onewindow.loops.definition import Loop, Move
from onewindow.loops.models import LoopRow, LoopStep
from onewindow.problems import FieldError, InvalidInput


class MatterQuery(Input):
    """How a list of matters is narrowed; `limit` is a page."""

    state: Annotated[str, Field(max_length=120)] = Field(default="", title="状态，几个用逗号分开；不写是全部")
    waiting: bool = Field(default=False, title="只看等我办的")
    cursor: Annotated[str, Field(max_length=80)] = Field(default="", title="上一页的 next")
    limit: int = Field(default=50, ge=1, le=100, title="一页几件")


def listed(name: str, loop: Loop, found: Any, waiting: Any, asked: MatterQuery, show: Callable[[Any], Any]) -> Any:
    """One page, the newest first. `waiting` gives the matters that wait for the caller. One query."""
    if asked.waiting:
        found = found.filter(pk__in=waiting().values("pk"))
    if asked.state:
        found = found.filter(state__in=_states(loop, asked.state))
    if asked.cursor:
        (pk,) = paging.decode(asked.cursor, 1)
        found = found.filter(pk__lt=pk)
    rows = list(found.order_by("-id")[: asked.limit + 1])
    return paging.page(name, rows, asked.limit, key=lambda row: (row.pk,), show=show)


def _states(loop: Loop, text: str) -> list[str]:
    states = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [state for state in states if state not in loop.states]
    if unknown:
        raise InvalidInput("没有这个状态", [FieldError("state", f"没有「{state[:30]}」") for state in unknown[:5]])
    return states


def perform(request: HttpRequest, loop: Loop, row: LoopRow, move: Move, data: Mapping[str, Any]) -> None:
    """One move, at most once per Idempotency-Key."""
    by, expected = caller(request), expected_version(request)

    def act() -> None:
        engine.perform(loop, row, move.action, by=by, data=data, expected_version=expected)

    once_together(request, data, act, lambda: None, verb=move.action, subject=row.number, room=loop.key)


def limits_of(loop: Loop, row: LoopRow) -> list[dict[str, Any]]:
    """The limits that run, soonest first. One query."""
    open_ones = Deadline.objects.of(loop.key, row.pk).open().order_by("due_at", "id")
    return [{"kind": d.kind, "label": d.label, "due_at": local(d.due_at), "duty": d.rule} for d in open_ones]


def steps_of(loop: Loop, row: LoopRow, who: Callable[[LoopStep], str]) -> list[dict[str, Any]]:
    """What has happened, oldest first; `who` names the one who did it. One query."""
    return [
        {
            "action": one.action,
            "label": one.label,
            "state": one.state,
            "at": local(one.at),
            "who": who(one),
            "role": one.role_label,
            "words": {name: text for name, text in engine.words_of(one).items() if text},
            "data": {name: value for name, value in one.data.items() if not isinstance(value, (dict, list))},
        }
        for one in engine.steps(loop, row)
    ]
