"""`/desk/hall/do/VERB/`: one press at the window. What cannot be done now is said; nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from onewindow.faces.desk.access import staff
from onewindow.faces.desk.doing import good_key
from onewindow.faces.desk.hall.bar import call_bar, hall_postings
from onewindow.faces.desk.hall.panel import shown
from onewindow.hall import calling, emergency, onward, sessions, tickets
from onewindow.hall.lifecycle import TicketState
from onewindow.hall.models import EmergencyCall, Ticket
from onewindow.people.authority import Actor
from onewindow.places.models import Window
from onewindow.problems import FieldError, InvalidInput, NotFound, NotNow, Problem

HOME: Final = "/desk/hall/"


@dataclass(frozen=True)
class Press:
    """One press: who, with what, under which key. `word(name)` is a field cut to `most` characters."""

    request: HttpRequest
    actor: Actor
    key: str

    def word(self, name: str, most: int = 100) -> str:
        return self.request.POST.get(name, "").replace("\0", "").strip()[:most]

    @property
    def once(self) -> str:
        """The request number under which a repeat is known again."""
        account = self.actor.account
        return f"desk-{account.pk if account else 0}-{self.key}"

    def window(self) -> Window:
        """The window this person has open. Raises NotNow."""
        account = self.actor.account
        session = sessions.open_session(account.pk) if account else None
        if session is None:
            raise NotNow("您还没有打开窗口，请先打开")
        return session.window

    def visitor(self, window: Window) -> Ticket:
        """The visitor at the window, when it is the one the button was shown for. Raises NotNow."""
        current = calling.current(window)
        meant = self.word("ticket", 40)
        if current is None:
            raise NotNow("窗口现在没有访客，可能已经办完或者转走了")
        if meant and current.code != meant:
            raise NotNow(f"窗口现在是 {current.number}，刚才那一下是对上一位按的，没有执行")
        return current

    def other(self, window: Window) -> Ticket:
        """A visitor of this hall by the code in the row. Raises NotFound."""
        code = self.word("ticket", 40)
        found = Ticket.objects.visible_to(self.actor).filter(centre_id=window.centre_id, code=code).first()
        if found is None:
            raise NotFound("没有找到这个号，可能已经办完了")
        return found


# ---- the window ----------------------------------------------------------------------------------------------------


def _open(press: Press) -> str:
    window = _chosen(press)
    sessions.open_window(window, by=press.actor)
    return f"{window.code} {window.name}已经打开，可以叫号了。"


def _chosen(press: Press) -> Window:
    text = press.word("window", 12)
    if not text:
        raise InvalidInput("请选择要打开的窗口", [FieldError("window", "请选择窗口")])
    number = int(text) if text.isascii() and text.isdigit() else 0
    found = Window.objects.select_related("centre").filter(pk=number, is_active=True).first()
    if found is None:
        raise NotFound("没有这个窗口，或者窗口已经停用")
    return found  # type: ignore[no-any-return]


def _close(press: Press) -> str:
    window = press.window()
    sessions.close_window(window, by=press.actor, reason=press.word("reason"))
    return f"{window.code} 已经关闭。"


def _pause(press: Press) -> str:
    window, reason = press.window(), press.word("reason", 60)
    if not reason:
        raise InvalidInput("请写明为什么暂停", [FieldError("reason", "请写明为什么暂停")])
    sessions.pause_window(window, by=press.actor, reason=reason)
    return f"{window.code} 已暂停叫号：{reason}。"


def _go_on(press: Press) -> str:
    window = press.window()
    sessions.resume_window(window, by=press.actor)
    return f"{window.code} 继续叫号。"


# ---- the visitor at the window -------------------------------------------------------------------------------------


def _next(press: Press) -> str:
    """下一位: whoever is being served is done, and the next one is called. A called one is kept."""
    window = press.window()
    current = calling.current(window)
    done = ""
    if current is not None:
        if press.word("ticket", 40) != current.code:
            return f"窗口现在是 {current.number}，没有再叫别人。"
        if current.state == TicketState.CALLED:
            raise NotNow(f"{current.number} 还在叫号：到了请按「开始办理」，没有来请按「过号」")
        done = f"{onward.finish(window, by=press.actor, request=f'{press.once}-f').number} 已办完。"
    called = calling.call_next(window, by=press.actor, request=press.once)
    return f"{done}请 {called.number} 到 {window.code}。" if called else f"{done}现在没有人等候。"


def _recall(press: Press) -> str:
    window = press.window()
    press.visitor(window)
    return f"再叫了一次 {calling.recall(window, by=press.actor, request=press.once).number}。"


def _miss(press: Press) -> str:
    window = press.window()
    press.visitor(window)
    return f"{calling.miss(window, by=press.actor, request=press.once).number} 已过号，回来了可以再叫。"


def _start(press: Press) -> str:
    window = press.window()
    press.visitor(window)
    return f"开始给 {calling.start(window, by=press.actor, request=press.once).number} 办理。"


def _hold(press: Press) -> str:
    window = press.window()
    press.visitor(window)
    reason = press.word("reason") or "访客暂时离开"
    return f"{calling.hold(window, by=press.actor, reason=reason, request=press.once).number} 已暂存，回来后接着办。"


def _finish(press: Press) -> str:
    window = press.window()
    press.visitor(window)
    done = onward.finish(window, by=press.actor, request=press.once)
    if done.state == TicketState.WAITING:
        return f"{done.number} 在这里的事办完了，还有别的事，已排到「{done.queue.name}」。"
    return f"{done.number} 已办完。"


def _transfer(press: Press) -> str:
    window = press.window()
    press.visitor(window)
    text, reason = press.word("queue", 12), press.word("reason")
    if not (text.isascii() and text.isdigit()):
        raise InvalidInput("请选择转到哪条队伍", [FieldError("queue", "请选择队伍")])
    if not reason:
        raise InvalidInput("请写明为什么转号，接手的同事会看到", [FieldError("reason", "请写明理由")])
    moved = onward.transfer(window, queue=int(text), reason=reason, by=press.actor, request=press.once)
    return f"{moved.number} 已转到「{moved.queue.name}」，保留原来的先后。"


# ---- visitors who are not at the window ----------------------------------------------------------------------------


def _resume(press: Press) -> str:
    window = press.window()
    back = calling.resume(window, press.other(window), by=press.actor, request=press.once)
    return f"继续给 {back.number} 办理。"


def _call(press: Press) -> str:
    window = press.window()
    called = calling.call(window, press.other(window), by=press.actor, request=press.once)
    return f"请 {called.number} 到 {window.code}。"


def _return(press: Press) -> str:
    window = press.window()
    back = onward.give_back(press.other(window), by=press.actor)
    return f"{back.number} 重新排队了。"


def _leave(press: Press) -> str:
    window = press.window()
    gone = tickets.leave(press.other(window), by=press.actor)
    return f"{gone.number} 不等了，已经取消。"


def _emergency(press: Press) -> str:
    """Works also without an open window: help is for everybody who works here."""
    bar = call_bar(press.actor)
    posts = hall_postings(press.actor)
    if bar is None and not posts:
        raise Http404
    centre = bar.centre if bar else posts[0].centre_id
    made = emergency.raise_call(centre, press.word("kind", 10), by=press.actor, window=bar.window if bar else None)
    return f"紧急呼叫（{made.get_kind_display()}）已经发出，管理人员和保安马上能看到。"


def _help_call(press: Press) -> EmergencyCall:
    """An open call for help of this hall. Raises NotFound."""
    text = press.word("call", 18)
    centres = {post.centre_id for post in hall_postings(press.actor)}
    number = int(text) if text.isascii() and text.isdigit() else 0
    found = EmergencyCall.objects.select_related("centre").filter(pk=number, centre_id__in=centres).first()
    if found is None:
        raise NotFound("没有找到这次求助")
    return found


def _answer(press: Press) -> str:
    emergency.answer(_help_call(press), by=press.actor)
    return "已经告诉大家您正在处理。"


def _settle(press: Press) -> str:
    emergency.close(_help_call(press), press.word("outcome", 200), by=press.actor)
    return "这次求助已经处理完。"


VERBS: Final[dict[str, Callable[[Press], str]]] = {
    "open": _open,
    "close": _close,
    "pause": _pause,
    "go-on": _go_on,
    "next": _next,
    "recall": _recall,
    "miss": _miss,
    "start": _start,
    "hold": _hold,
    "finish": _finish,
    "transfer": _transfer,
    "resume": _resume,
    "call": _call,
    "return": _return,
    "leave": _leave,
    "emergency": _emergency,
    "answer": _answer,
    "settle": _settle,
}


@require_POST
@staff
def hall_do(request: HttpRequest, actor: Actor, verb: str) -> HttpResponse:
    """Does it and goes back to the page it was pressed on; a refusal shows the panel as it stands, and why."""
    act = VERBS.get(verb)
    if act is None or not hall_postings(actor):
        raise Http404
    press = Press(request, actor, good_key(request.POST.get("key", "")))
    try:
        said = act(press)
    except Problem as problem:
        return shown(request, actor, problem=problem, status=problem.status, typed=press.word("reason"))
    messages.success(request, said)
    return HttpResponseRedirect(back_to(request))


@require_POST
@staff
def begin_intake(request: HttpRequest, actor: Actor) -> HttpResponse:
    """开始收件: the service begins if the visitor was only called, and the intake opens with the visitor identified."""
    press = Press(request, actor, good_key(request.POST.get("key", "")))
    try:
        window = press.window()
        ticket = press.visitor(window)
        if ticket.state == TicketState.CALLED:
            ticket = calling.start(window, by=actor, request=press.once)
    except Problem as problem:
        return shown(request, actor, problem=problem, status=problem.status)
    line = ticket.lines.select_related("item").filter(item__key=press.word("item", 80)).first()
    where = f"/desk/intake/{line.item.key}/" if line else "/desk/intake/"
    return HttpResponseRedirect(f"{where}?{urlencode({'ticket': ticket.code})}")


def back_to(request: HttpRequest) -> str:
    """The page of the desk the press came from; the panel for anything else."""
    asked = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if safe and asked.startswith("/desk/") and len(asked) < 500 else HOME


__all__ = ["VERBS", "back_to", "begin_intake", "hall_do"]
