"""`/desk/ratings/`: bad ratings for managers, supervisors and leads; for whoever is rated, what was found, without who.

Also the codes of a centre to print.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onewindow.faces.desk.access import staff
from onewindow.faces.desk.loops import matter, story
from onewindow.faces.desk.loops.face import MatterFace
from onewindow.faces.desk.loops.listing import Filter, address, chosen, listing
from onewindow.faces.desk.page import page
from onewindow.loops.definition import Move
from onewindow.loops.models import LoopStep
from onewindow.papers.qr import qr_svg
from onewindow.people.authority import Actor
from onewindow.people.masking import mask_name, mask_phone
from onewindow.people.roles import Role
from onewindow.people.unmask import reveal
from onewindow.problems import Problem
from onewindow.voice.loops import RATING
from onewindow.voice.models import CHANNELS, LEVELS, PHASES, BadRating
from onewindow.voice.ratings import bad as badratings
from onewindow.voice.ratings import labels, plates

HOME: Final = "/desk/ratings/"
_LEVELS: Final = dict(LEVELS)
_PHASES: Final = dict(PHASES)
_CHANNELS: Final = dict(CHANNELS)
_FINDINGS: Final = {"true": "属实", "mistaken": "误评", "malicious": "恶意差评"}
_EMPTY: Final = "群众一给差评，就会出现在这里。"
_EMPTY_RATED: Final = "说到您的差评，查清以后会把认定的结果放在「说到我的」里。"
_SHOWN_TO_RATED: Final = frozenset({"find", "mend"})


def _rows(actor: Actor) -> QuerySet[Any]:
    near = (
        "centre__profile",
        "department",
        "person",
        "rating__item",
        "rating__window",
        "rating__ticket",
        "rating__case",
    )
    found: QuerySet[Any] = badratings.readable_by(actor).select_related(*near, "rating__flag")
    return found


def _may_read(actor: Actor, row: BadRating, step: LoopStep) -> bool:
    if not badratings.is_rated(row, actor):
        return True
    return step.action in _SHOWN_TO_RATED or step.actor_id == (actor.account.pk if actor.account else 0)


def _why_not(row: BadRating, move: Move, actor: Actor) -> str:
    return badratings.why_not(row, move, actor)


def _head(row: BadRating, actor: Actor, steps: Sequence[LoopStep]) -> Mapping[str, Any]:
    """No query. Whoever is rated gets the finding and the labels: nothing by which one could tell who rated."""
    rating = row.rating
    said = labels.words_of(rating.labels)
    common = {"list_title": "差评", "said": said, "level": _LEVELS[rating.level]}
    if badratings.is_rated(row, actor):
        theirs = [one for one in steps if _may_read(actor, row, one) and one.action != "open"]
        return {
            **common,
            "rated": True,
            "title": f"认定：{_FINDINGS[row.finding]}" if row.finding else "正在复核",
            "limits": [],
            "story": story.story(FACE, row, theirs, actor),
        }
    return {
        **common,
        "rated": False,
        "title": f"{_LEVELS[rating.level]}：{what(row)}",
        "text": rating.text,
        "flag": getattr(rating, "flag", None),
        "name": mask_name(rating.name) if rating.name else "",
        "phone": mask_phone(rating.phone) if rating.phone else "",
        "facts": _facts(row),
    }


def _facts(row: BadRating) -> list[dict[str, Any]]:
    rating = row.rating
    found: list[dict[str, Any]] = [
        {"label": "说的是", "value": plates.WORDS[rating.target]},
        {"label": "被评价的人", "value": row.person.name if row.person else "没有具体的人"},
        {"label": "哪一段", "value": _PHASES[rating.phase]},
        {"label": "怎么评的", "value": _CHANNELS[rating.channel]},
    ]
    if rating.item:
        found.append({"label": "事项", "value": rating.item.name})
    if rating.window:
        found.append({"label": "窗口", "value": f"{rating.window.code} {rating.window.name}"})
    if rating.ticket:
        found.append({"label": "排队号", "value": rating.ticket.reference})
    if rating.case:
        found.append({"label": "办件", "value": rating.case.number, "url": f"/desk/cases/{rating.case.number}/"})
    return found


def what(row: BadRating) -> str:
    """The labels, or what was rated where none was chosen."""
    said = labels.words_of(row.rating.labels)
    return "、".join(said[:3]) if said else f"没有说原因（{plates.WORDS[row.rating.target]}）"


FACE: Final = MatterFace(
    loop=RATING,
    home=HOME,
    nav="ratings",
    rows=_rows,
    template="desk/ratings/rating.html",
    head=_head,
    what={
        "contact": "联系评价人，问清当时的情况。匿名的，写明准备怎样核实。",
        "find": "写清楚查到了什么。被评价的人能看到这一段，不要写评价人是谁。",
        "mend": "能马上改的改好再勾选；不能马上改的，写改好的日期。",
        "tell": "写给评价人看的答复：查到了什么、改了什么。留了电话的会收到短信。"
        "对外公开的那一两句会登在「群众满意度」上，不想公开就空着。",
        "revisit": "打电话问评价人认不认可。不认可的，会重新认定。匿名的联系不上，按原结果办结。",
        "appeal": "写明哪里不对，由监察或者中心重新认定。每一方只能申诉一次。",
    },
    icons={
        "open": "mood-sad",
        "contact": "phone",
        "find": "search",
        "mend": "tool",
        "tell": "message-2",
        "revisit": "phone",
        "confirm": "thumb-up",
        "appeal": "scale",
    },
    tones={"new": "late", "contacted": "accent", "mending": "soon", "mended": "accent", "found": "accent"},
    may_read=_may_read,
    why_not=_why_not,
)


# ---- the list ------------------------------------------------------------------------------------------------------


@require_safe
@staff
def ratings(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The soonest due first. Two queries besides the frame: counts and rows."""
    asked = chosen(request, "show", "state")
    found = _narrowed(_rows(actor), asked, actor)
    listed = listing(request, FACE, found, what=lambda row: _line(row, actor), about=lambda row: _about(row, actor))
    context = {
        **listed,
        "title": "差评",
        "lead": "1 个工作日内核实，15 个工作日内整改反馈。核实的人不能是被评价的人。",
        "tabs": _tabs(actor, asked),
        "filters": [Filter("state", "状态", list(RATING.states.items()), asked["state"])],
        "kept": {"show": asked["show"]},
        "filtered": bool(asked["state"]),
        "order_words": "先到期的排在前面",
        "empty_title": "没有要办的差评",
        "empty_words": _EMPTY if actor.roles & badratings.READERS else _EMPTY_RATED,
        "may_print": _manages(actor),
    }
    return page(request, actor, "desk/ratings/list.html", context, current="ratings")


def _narrowed(found: QuerySet[Any], asked: Mapping[str, str], actor: Actor) -> QuerySet[Any]:
    me = actor.account.pk if actor.account else None
    if asked["state"] in RATING.states:
        found = found.filter(state=asked["state"])
    if asked["show"] == "closed":
        return found.filter(closed_at__isnull=False)
    if asked["show"] == "mine":
        return found.filter(person_id=me, person_id__isnull=False)
    return found.filter(closed_at__isnull=True)


def _tabs(actor: Actor, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """One query."""
    me = actor.account.pk if actor.account else None
    counted = badratings.readable_by(actor).aggregate(
        open=Count("pk", filter=Q(closed_at__isnull=True)),
        mine=Count("pk", filter=Q(person_id=me, person_id__isnull=False)),
        closed=Count("pk", filter=Q(closed_at__isnull=False)),
    )
    labels_ = (("", "在办", "open"), ("mine", "说到我的", "mine"), ("closed", "已办结", "closed"))
    return [
        {
            "label": label,
            "count": counted[name],
            "url": address(HOME, {"show": key}),
            "current": asked["show"] == key,
        }
        for key, label, name in labels_
    ]


def _line(row: BadRating, actor: Actor) -> str:
    if badratings.is_rated(row, actor):
        return f"{_LEVELS[row.rating.level]}，认定{_FINDINGS.get(row.finding, '')}"
    return f"{_LEVELS[row.rating.level]}：{what(row)}"


def _about(row: BadRating, actor: Actor) -> str:
    if badratings.is_rated(row, actor):
        return what(row)
    rating = row.rating
    parts = [rating.item.name if rating.item else "", rating.window.code if rating.window else ""]
    return " · ".join(part for part in (*parts, row.person.name if row.person else "") if part)


# ---- one -----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def rating(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    return matter.answer(request, actor, FACE, number)


@require_POST
@staff
def contact(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """Shows the number in full on this one answer, recorded with its reason; never to whoever is rated."""
    row = matter.find(FACE, actor, number)
    if badratings.is_rated(row, actor) or not actor.roles & badratings.READERS:
        raise Http404
    reason = request.POST.get("reason", "")
    try:
        shown = reveal(cast("Any", row.rating), "phone", by=actor, subject=row.number, reason=reason)
    except Problem as problem:
        return matter.show(request, actor, FACE, row, {"unmask_problem": problem.title, "unmask_reason": reason})
    return matter.show(request, actor, FACE, row, {"revealed": shown or "没有留电话"})


# ---- codes to print ------------------------------------------------------------------------------------------------


@require_safe
@staff
def codes(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The codes of the centre: platform, windows, people, departments. Managers only."""
    posting = next((post for post in actor.postings if Role(post.role) is Role.MANAGER), None)
    if posting is None:
        raise Http404
    centre = posting.centre
    groups = [
        {"label": label, "plates": [{"name": one.name, "qr": mark_safe(qr_svg(one.url))} for one in found]}
        for label, found in zip(("平台", "窗口", "工作人员", "部门"), plates.of_centre(centre).values(), strict=True)
    ]
    context = {"centre": centre, "groups": groups, "screens": f"/manage/hall/{centre.key}/terminals/"}
    return page(request, actor, "desk/ratings/codes.html", context, current="ratings")


def _manages(actor: Actor) -> bool:
    return Role.MANAGER in actor.roles
