"""反映办不成的事: saying it, and following it by the code that only the complainant has."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.faces.design.forms import PlainForm
from onewindow.faces.filing import file_answer
from onewindow.faces.portal import throttle
from onewindow.faces.portal.access import account_of, problems_as_pages
from onewindow.faces.portal.complaining import ACTIONS, ComplaintForm, Telling, known_window, move_form
from onewindow.faces.portal.forms import LineField
from onewindow.faces.portal.site import home_centre, page
from onewindow.faces.portal.throttle import Limit
from onewindow.hall.models import Ticket
from onewindow.loops import engine
from onewindow.loops.engine import CITIZEN
from onewindow.people.authority import Actor, record_refusal
from onewindow.people.models import Account
from onewindow.problems import NotFound, Problem, TooMany
from onewindow.voice.complaints import evidence
from onewindow.voice.complaints.registering import follow_code, register
from onewindow.voice.loops import COMPLAINT
from onewindow.voice.models import Complaint

SAID: Final = Limit("complaint-address", 30, 60)
"""From one address: a whole hall may stand behind one."""
SHOWN: Final = Limit("evidence-address", 40, 60)
_ONCE: Final = re.compile(r"[0-9a-f]{32}")
_CODE: Final = re.compile(r"[2-9A-HJ-NP-Z]{12}")
_TICKET: Final = re.compile(r"[A-Za-z0-9_-]{16,32}")
_DONE: Final = {
    "confirm": "记下了，谢谢您。",
    "reopen": "已经重新办理。",
    "supplement": "收到了，办理的人马上能看到。",
}
View = Callable[..., HttpResponseBase]


# ---- saying it -----------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@problems_as_pages
def new(request: HttpRequest) -> HttpResponse:
    """GET may say what it is about: `?item=`, `?case=`, `?ticket=`, `?window=` (and `?centre=`)."""
    centre = home_centre()
    if centre is None:
        raise NotFound("还没有开放的大厅")
    account = account_of(request)
    known = account if account is not None and account.kind == "applicant" else None
    if request.method != "POST":
        ticket = _ticket(request.GET.get("ticket", ""))
        first = {
            name: _plain(request.GET.get(name, "")) for name in ("item", "case", "centre") if request.GET.get(name)
        }
        if window := known_window(centre, _plain(request.GET.get("window", ""))):
            first["window"] = window
        return _asked(request, ComplaintForm(centre, known, initial=first), ticket, about=bool(first) or bool(ticket))
    _paced(request)
    return _taken(
        request, ComplaintForm(centre, known, request.POST, request.FILES), _ticket(request.POST.get("ticket", ""))
    )


def _plain(text: str) -> str:
    return text.replace("\0", "")[:60]


def _ticket(code: str) -> Ticket | None:
    """The visitor's own ticket, by its secret code."""
    if not _TICKET.fullmatch(code):
        return None
    found: Ticket | None = Ticket.objects.filter(code=code).only("code", "number", "day").first()
    return found


def _paced(request: HttpRequest) -> None:
    """Raises TooMany before anything is stored for an address that sends files without end."""
    if request.FILES and not throttle.allowed(SHOWN, throttle.address_of(request)):
        raise TooMany("从这里上传得太频繁了，请过一会儿再试，或者到大厅的办不成事反映窗口")


def _taken(request: HttpRequest, form: ComplaintForm, ticket: Ticket | None) -> HttpResponse:
    if not form.is_valid():
        return _asked(request, form, ticket, 422)
    if not throttle.allowed(SAID, throttle.address_of(request)):
        raise TooMany("从这里提交得太频繁了，请过一会儿再试，或者拨打 12345")
    once = request.POST.get("once", "")
    raw = {**form.raw(), **({"ticket": ticket.code} if ticket else {})}
    try:
        # in nobody's name: who is signed in is not written down unless they say it
        row = register(raw, "online", CITIZEN, request=f"portal:{once}" if _ONCE.fullmatch(once) else None)
    except Problem as problem:
        form.take(problem)
        return _asked(request, form, ticket, problem.status)
    messages.success(request, "收到了，谢谢您告诉我们。")
    return HttpResponseRedirect(f"/voice/complaint/{row.code}/?new=1")


def _asked(
    request: HttpRequest, form: ComplaintForm, ticket: Ticket | None, status: int = 200, about: bool = False
) -> HttpResponse:
    once = request.POST.get("once", "")
    named = ("item", "department", "centre", "case", "window")
    context = {
        "form": form,
        "ticket": ticket,
        "about": about or any(form.errors.get(name) or form.data.get(name) for name in named if name != "centre"),
        "once": once if _ONCE.fullmatch(once) else uuid.uuid4().hex,
    }
    return page(request, "complaint/new.html", context, section="voice", status=status)


# ---- finding it again ----------------------------------------------------------------------------------------------


class FollowForm(PlainForm):
    code = LineField(
        label="查询码",
        max_length=40,
        help_text="12 位字母和数字，在回执上，也在您提交以后看到的那一页上。",
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@problems_as_pages
def find(request: HttpRequest) -> HttpResponse:
    """By the code from the slip, however it is typed. What does not exist is counted."""
    form = FollowForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        status = 200 if request.method != "POST" else 422
        return page(request, "complaint/find.html", {"form": form}, section="voice", status=status)
    code = follow_code(str(form.cleaned_data["code"]))
    if _CODE.fullmatch(code) and Complaint.objects.filter(code=code).exists():
        return HttpResponseRedirect(f"/voice/complaint/{code}/")
    if not throttle.allowed(throttle.CODE_ADDRESS, throttle.address_of(request)):
        raise TooMany("查的次数太多了，请过一会儿再试，或者拨打 12345")
    form.add_error("code", "没有这个查询码，请对照回执再看一遍。")
    return page(request, "complaint/find.html", {"form": form}, section="voice", status=422)


# ---- following it --------------------------------------------------------------------------------------------------


def by_code(view: View) -> View:
    """The complaint that the link names, never for a staff account: nobody of the house confirms in somebody's name."""

    @never_cache
    @problems_as_pages
    @wraps(view)
    def found(request: HttpRequest, code: str, **more: Any) -> Any:
        account = account_of(request)
        if account is not None and account.kind == "staff":
            return _staff(request, account)
        row = _found(code)
        if row is None:
            if not throttle.allowed(throttle.CODE_ADDRESS, throttle.address_of(request)):
                raise TooMany("查的次数太多了，请过一会儿再试，或者拨打 12345")
            raise Http404
        answer = view(request, row, **more)
        answer["Referrer-Policy"] = "same-origin"  # with no-referrer the form would come from nowhere
        return answer

    return found


def _found(code: str) -> Complaint | None:
    joined = ("centre__profile", "department", "against", "item", "window", "raised_to")
    if not _CODE.fullmatch(code):
        return None
    found: Complaint | None = Complaint.objects.select_related(*joined).filter(code=code).first()
    return found


def _staff(request: HttpRequest, account: Account) -> HttpResponse:
    record_refusal(Actor.of(account), "complaint.follow", "", "工作人员不能打开群众的诉求链接")
    return page(request, "complaint/staff.html", section="voice", status=403)


@require_http_methods(["GET", "HEAD", "POST"])
@by_code
def show(request: HttpRequest, row: Complaint) -> HttpResponse:
    """GET: how far it is. POST: 解决了没有, or once more."""
    if request.method != "POST":
        return _told(request, Telling(row))
    action = request.POST.get("action", "")
    if action not in ACTIONS:
        raise Http404
    _paced(request)
    form = move_form(action, row, request.POST, request.FILES)
    if not form.is_valid():
        return _told(request, Telling(row, (action, form)), 422)
    try:
        engine.perform(COMPLAINT, row, action, by=CITIZEN, data=form.raw(), expected_version=_version(request.POST))
    except Problem as problem:
        form.add_error(None, problem.title)
        return _told(request, Telling(_found(row.code) or row, (action, form)), problem.status)
    messages.success(request, _DONE[action])
    return HttpResponseRedirect(f"/voice/complaint/{row.code}/")


@require_safe
@by_code
def file(request: HttpRequest, row: Complaint, pk: uuid.UUID) -> HttpResponseBase:
    """What the complainant gave, and what whoever answered lets them see."""
    return file_answer(evidence.found(CITIZEN, row, pk), download=True)


def _version(sent: QueryDict) -> int | None:
    text = sent.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _told(request: HttpRequest, told: Telling, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"told": told, "new": request.GET.get("new") == "1", "centre": told.row.centre}
    return page(request, "complaint/show.html", context, section="voice", status=status)
