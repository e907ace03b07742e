"""评价和反映: the first page, rating by a link or by the code on a plate, following what becomes of a bad rating."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.faces.portal import throttle
from onewindow.faces.portal.access import account_of
from onewindow.faces.portal.following import Following, answered
from onewindow.faces.portal.rateform import RateForm, chosen, levels
from onewindow.faces.portal.raters import GIVEN, for_citizens, mark, rater_of
from onewindow.faces.portal.site import home_centre, page
from onewindow.problems import InvalidInput, TooMany
from onewindow.voice.models import PHASES, Invitation, Rating
from onewindow.voice.ratings import bad as badratings
from onewindow.voice.ratings import giving as ratings
from onewindow.voice.ratings import invitations, plates
from onewindow.voice.ratings.plates import Plate

_PHASES: Final = dict(PHASES)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What one can say and where one finds what became of it."""
    centre = home_centre()
    ways = list(_WAYS)
    if centre:
        url = plates.path("platform", centre.pk, centre.pk)
        ways.insert(
            0, {"url": url, "icon": "star", "name": "评价网站和平台", "hint": "好用不好用，一分钟说完，不用登录"}
        )
    return page(request, "voice/index.html", {"centre": centre, "ways": ways}, section="voice")


_WAYS: Final = [
    {
        "url": "/voice/complaint/",
        "icon": "hand-stop",
        "name": "事情办不成，或者要投诉",
        "hint": "该办不办、多要材料、来回跑、态度不好，都可以说，可以匿名",
    },
    {
        "url": "/voice/figures/",
        "icon": "chart-bar",
        "name": "看看大家怎么评",
        "hint": "各个大厅、部门和事项的满意度，差评说了什么、改了什么",
    },
    {"url": "/voice/ask/", "icon": "help-circle", "name": "问一个问题", "hint": "先看别人问过的，没有就问我们"},
]


# ---- rating -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@for_citizens
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a text message or a code. Four queries to show it. It says nothing of any earlier rating."""
    now = timezone.now()
    invitation = invitations.find(token)
    invitations.check(invitation, now)
    if invitation.channel in {"tablet", "kiosk"}:  # those belong to the machines of the hall
        raise Http404
    known = ratings.known_contact(invitation)[1]
    at = "hall" if invitation.ticket_id else "online"

    def give(raw: dict[str, Any]) -> Rating:
        return ratings.rate(token, raw, by=account_of(request), rater=rater_of(request))

    about = {"centre": invitation.centre, "what": what_of(invitation), "path": f"/voice/rate/{token}/"}
    return _form(request, about, give, at=at, known=known)


@require_http_methods(["GET", "HEAD", "POST"])
@for_citizens
def plate(request: HttpRequest, code: str) -> HttpResponse:
    """A rating without a visit: an item, a department, a window, a person, the platform."""
    found = plates.find(code)

    def give(raw: dict[str, Any]) -> Rating:
        channel = "online" if found.kind in {"item", "platform"} else "qr"
        return ratings.rate_plate(found, raw, by=account_of(request), rater=rater_of(request), channel=channel)

    about = {"centre": found.centre, "plate": found, "what": _what_of_plate(found), "path": found.path}
    return _form(request, about, give, at="online" if found.kind in {"item", "platform"} else "hall")


def _form(request: HttpRequest, about: dict[str, Any], give: Any, *, at: str, known: str = "") -> HttpResponse:
    """The five levels, then the words to the one that was chosen, then thanks or the way to follow it."""
    level = chosen(request)
    if level is None:
        status = 422 if request.method == "POST" else 200
        context = {**about, "levels": levels(about["path"]), "nothing": request.method == "POST"}
        return mark(request, page(request, "voice/level.html", context, section="voice", status=status))
    form = RateForm(request.POST if request.method == "POST" else None, level=level, at=at, known=known)
    if request.method == "POST" and form.is_valid():
        if not throttle.allowed(GIVEN, throttle.address_of(request)):
            raise TooMany("这里评价得太多了，请过一会儿再评。这个链接还有效")
        try:
            return _thanks(give(form.raw()))
        except InvalidInput as problem:
            form.take(problem)
    status = 422 if request.method == "POST" else 200
    return mark(request, page(request, "voice/rate.html", {**about, "form": form}, section="voice", status=status))


def _thanks(rating: Rating) -> HttpResponse:
    path = "/voice/thanks/"
    if rating.is_bad:
        path = f"{badratings.path(rating.loop)}?new=1"
    answer = HttpResponseRedirect(path)
    answer.status_code = 303
    return answer


@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    return page(request, "voice/thanks.html", section="voice")


def what_of(invitation: Invitation) -> list[tuple[str, str]]:
    """What is to be rated, for whoever opens the link: when, where, for what; no name. One query for a visit."""
    ticket, case = invitation.ticket, invitation.case
    if ticket is not None:
        names = list(ticket.lines.order_by("position").values_list("item__name", flat=True))
        day = timezone.localtime(ticket.ended_at or invitation.made_at)
        found = [("哪一次", f"{day.month}月{day.day}日，{invitation.centre.name}")]
        if ticket.window is not None:
            found.append(("在哪里", f"{ticket.window.code} 窗口 {ticket.window.name}"))
        return [*found, *([("办的事", "、".join(names))] if names else [])]
    assert case is not None
    return [("哪一件", case.item.name), ("哪一段", _PHASES[invitation.phase])]


def _what_of_plate(found: Plate) -> list[tuple[str, str]]:
    return [(found.label, found.name), ("在哪里", found.centre.name)]


# ---- following a bad one ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@for_citizens
def rating(request: HttpRequest, code: str) -> HttpResponse:
    """How far it is, the answer, and the two things a citizen can do: say whether they are content, or object."""
    row = badratings.by_code(code)
    told: Following
    if request.method == "POST":
        told, done = answered(row, request.POST)
        if done:
            return HttpResponseRedirect(badratings.path(row))
    else:
        told = Following(row)
    context = {"told": told, "centre": row.centre, "new": request.GET.get("new") == "1"}
    return page(request, "voice/rating.html", context, section="voice", status=told.status)
