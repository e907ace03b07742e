"""What a person at a window does: one address a verb, so that each says what it carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse
from pydantic import Field, StringConstraints

from onewindow.faces.api import docs, hallview
from onewindow.faces.api.answers import answer
from onewindow.faces.api.hall import Nothing, router
from onewindow.faces.api.hallfinding import hall_of, queue_of, ticket_of, window_of
from onewindow.faces.api.reading import json_body
from onewindow.faces.api.repeats import once, once_together
from onewindow.faces.api.security import caller
from onewindow.faces.api.shapes_hall import WindowShape
from onewindow.hall import calling, onward, sessions
from onewindow.hall.models import Ticket
from onewindow.hall.queues import HallMap, WindowInfo
from onewindow.inputs import Input, Line, OptionalLine, at_most
from onewindow.people.authority import Actor
from onewindow.places.models import Window

Number = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)]


class WindowReasonInput(Input):
    reason: Annotated[Line, at_most(60)] = Field(title="原因")


class WindowNoteInput(Input):
    reason: Annotated[OptionalLine, at_most(60)] = Field(default="", title="原因")


class WindowCallInput(Input):
    ticket: Number = Field(default="", title="叫哪个号（例如过号后回来的）；不写是下一位")


class WindowStartInput(Input):
    item: OptionalLine = Field(default="", title="先办哪一项：事项编码或 key")


class WindowResumeInput(Input):
    ticket: Number = Field(default="", title="继续办哪个暂存的号；不写是窗口恢复叫号")


class WindowTransferInput(Input):
    queue: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2)] = Field(
        title="转到哪条队伍（字母）；位置保留"
    )
    reason: Annotated[Line, at_most(60)] = Field(title="为什么转")


@dataclass(frozen=True, slots=True)
class Step:
    """A request at a window. `name` identifies it across callers, None without an Idempotency-Key."""

    layout: HallMap
    info: WindowInfo
    by: Actor
    data: Any
    name: str | None = None

    @property
    def place(self) -> Window:
        """The window as the calling verbs take it, without reading it again."""
        return Window(pk=self.info.pk, centre_id=self.layout.centre, code=self.info.code, name=self.info.name)

    def ticket(self) -> Ticket:
        return ticket_of(self.by, self.layout, self.data.ticket)


# ---- opening, pausing, closing -----------------------------------------------------------------------------------


def _open(step: Step) -> None:
    sessions.open_window(step.place, by=step.by)


def _close(step: Step) -> None:
    sessions.close_window(step.place, by=step.by, reason=step.data.reason)


def _pause(step: Step) -> None:
    sessions.pause_window(step.place, by=step.by, reason=step.data.reason)


# ---- calling and serving -----------------------------------------------------------------------------------------


def _call(step: Step) -> Ticket | None:
    if step.data.ticket:
        return calling.call(step.place, step.ticket(), by=step.by, request=step.name)
    return calling.call_next(step.place, by=step.by, request=step.name)


def _recall(step: Step) -> Ticket | None:
    return calling.recall(step.place, by=step.by, request=step.name)


def _miss(step: Step) -> Ticket | None:
    return calling.miss(step.place, by=step.by, request=step.name)


def _start(step: Step) -> Ticket | None:
    return calling.start(step.place, by=step.by, item=step.data.item or None, request=step.name)


def _hold(step: Step) -> Ticket | None:
    return calling.hold(step.place, by=step.by, reason=step.data.reason, request=step.name)


def _resume(step: Step) -> Ticket | None:
    return calling.resume(step.place, step.ticket(), by=step.by, request=step.name)


def _finish(step: Step) -> Ticket | None:
    return onward.finish(step.place, by=step.by, reason=step.data.reason, request=step.name)


def _transfer(step: Step) -> Ticket | None:
    queue = queue_of(step.layout, step.data.queue)
    return onward.transfer(step.place, by=step.by, queue=queue.pk, reason=step.data.reason, request=step.name)


# ---- the addresses -----------------------------------------------------------------------------------------------


def _show(step: Step, at_hand: Ticket | None) -> HttpResponse:
    return answer(hallview.window(step.info, at_hand, step.layout))


def _of_window(request: HttpRequest, step: Step, verb: str, act: Callable[[Step], object]) -> HttpResponse:
    """Open, close, pause, go on: they keep no name, so the key commits together with them."""
    once_together(request, _given(step), lambda: act(step), lambda: None, verb=verb, subject=f"window:{step.info.pk}")
    return _show(step, calling.current(step.place))


def _of_ticket(request: HttpRequest, step: Step, act: Callable[[Step], Ticket | None]) -> HttpResponse:
    return _show(step, once(request, _given(step), lambda name: act(replace(step, name=name))))


def _given(step: Step) -> dict[str, Any]:
    given: dict[str, Any] = step.data.model_dump(mode="json")
    return given


def _step(request: HttpRequest, centre: str, window: str, kind: type[Input]) -> Step:
    data, layout = kind.parse(json_body(request, may_be_empty=True)), hall_of(centre)
    return Step(layout, window_of(layout, window), caller(request), data)


_ADDRESS: Final = "/hall/{centre}/windows/{window}/"


def _add(verb: str, summary: str, kind: type[Input], example: dict[str, str], act: Any, *, of_window: bool) -> None:
    def view(request: HttpRequest, centre: str, window: str) -> HttpResponse:
        step = _step(request, centre, window, kind)
        return _of_window(request, step, verb, act) if of_window else _of_ticket(request, step, act)

    view.__name__ = f"window_{verb}"
    extra = docs.writes(kind, example=example)
    router.post(_ADDRESS + verb, response={200: WindowShape}, openapi_extra=extra, summary=summary)(view)


_add("open", "开窗", Nothing, {}, _open, of_window=True)
_add("close", "关窗", WindowNoteInput, {"reason": "下班"}, _close, of_window=True)
_add("pause", "暂停叫号", WindowReasonInput, {"reason": "打印机缺纸"}, _pause, of_window=True)
_add("call", "叫下一位，或者叫一个号", WindowCallInput, {}, _call, of_window=False)
_add("recall", "再叫一次", Nothing, {}, _recall, of_window=False)
_add("miss", "过号", Nothing, {}, _miss, of_window=False)
_add("start", "开始办理", WindowStartInput, {"item": "food-operation-licence"}, _start, of_window=False)
_add("hold", "暂存：办事人离开一会儿", WindowReasonInput, {"reason": "去复印"}, _hold, of_window=False)
_add("finish", "办完", WindowNoteInput, {}, _finish, of_window=False)
_add("transfer", "转到别的队伍", WindowTransferInput, {"queue": "C", "reason": "先咨询"}, _transfer, of_window=False)


@router.post(
    _ADDRESS + "resume",
    response={200: WindowShape},
    openapi_extra=docs.writes(WindowResumeInput, example={"ticket": "A023"}),
    summary="窗口恢复叫号，或者继续办一个暂存的号",
)
def window_resume(request: HttpRequest, centre: str, window: str) -> HttpResponse:
    step = _step(request, centre, window, WindowResumeInput)
    if step.data.ticket:
        return _of_ticket(request, step, _resume)
    return _of_window(request, step, "resume", lambda at: sessions.resume_window(at.place, by=at.by))


INPUTS: Final[tuple[type[Input], ...]] = (
    WindowCallInput, WindowNoteInput, WindowReasonInput, WindowResumeInput, WindowStartInput, WindowTransferInput,
)  # fmt: skip
