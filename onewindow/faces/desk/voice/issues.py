"""`/desk/issues/`: like complaints brought together: what is planned, whether it was done, whether it helped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onewindow.faces.desk.access import staff
from onewindow.faces.desk.loops import matter
from onewindow.faces.desk.loops.face import MatterFace
from onewindow.faces.desk.loops.listing import address, chosen, listing
from onewindow.faces.desk.page import page
from onewindow.faces.desk.voice import complaints
from onewindow.loops import engine
from onewindow.loops.models import LoopStep
from onewindow.people.authority import Actor
from onewindow.problems import Problem
from onewindow.voice.complaints import issues as room
from onewindow.voice.complaints.judging import JUDGES
from onewindow.voice.complaints.registering import visible
from onewindow.voice.loops import COMPLAINT, ISSUE
from onewindow.voice.models import Complaint, SystemicIssue

HOME: Final = "/desk/issues/"
LISTS: Final[dict[str, tuple[str, str, Q]]] = {
    "open": ("待研判", "inbox", Q(state="open")),
    "planned": ("落实中", "tool", Q(state="planned")),
    "carried_out": ("待核查", "eye", Q(state="carried_out")),
    "closed": ("已解决", "circle-check", Q(state="closed")),
}
_SHOWN: Final = 50


def _rows(actor: Actor) -> QuerySet[Any]:
    counted = room.visible(actor).annotate(number_of_complaints=Count("complaints"))
    return counted.select_related("centre__profile", "department", "item")


def _head(row: SystemicIssue, actor: Actor, steps: Sequence[LoopStep]) -> Mapping[str, Any]:
    """Five queries: the complaints, which of them this person may open, the effect's moments, like ones."""
    linked = list(row.complaints.select_related("item", "against").order_by("-opened_at", "-id")[:_SHOWN])
    seen = set(visible(actor).filter(pk__in=[one.pk for one in linked]).values_list("pk", flat=True))
    return {
        "title": row.title,
        "list_title": "系统性问题",
        "issue": row,
        "cause": dict(Complaint.CAUSES).get(row.cause, row.cause),
        "linked": [
            {
                "row": one,
                "title": complaints.excerpt(one) if one.pk in seen else complaints.title(one),
                "open": one.pk in seen,
                "state": COMPLAINT.states[one.state],
                "tone": complaints.FACE.tone(one.state),
            }
            for one in linked
        ],
        "effect": room.effect_of(row, steps, timezone.now()),
        "like": _like(row, actor),
    }


def _like(row: SystemicIssue, actor: Actor) -> list[dict[str, Any]]:
    """What says the same and could be taken in; for those who may, while the issue is open. Two queries."""
    if row.closed_at is not None or not actor.roles & JUDGES:
        return []
    return [
        {"row": one, "words": complaints.excerpt(one), "state": COMPLAINT.states[one.state]}
        for one in room.like_ones(row, actor)
    ]


def _lines(step: LoopStep) -> list[str]:
    data = step.data
    if "before" in data:
        return [f"核查时的数字：落实以前 {data['days']} 天 {data['before']} 件，以后 {data['after']} 件"]
    if found := data.get("complaints"):
        return [f"{len(found)} 件相似的诉求自动归到一起"]
    return []


FACE: Final = MatterFace(
    loop=ISSUE,
    home=HOME,
    nav="issues",
    rows=_rows,
    template="desk/complaints/issue.html",
    head=_head,
    what={
        "plan": "同样的问题为什么反复出现，从制度、流程、人手上怎么改，哪一天落实。",
        "carry_out": "方案已经落实，写明做了什么。20 个工作日内由中心核查效果。",
        "check": "看落实以后还有没有同样的诉求。没有效果的，退回重新研判。",
    },
    icons={
        "open": "sitemap",
        "plan": "clipboard-list",
        "carry_out": "tool",
        "check": "eye",
        "take_in": "plus",
        "let_go": "arrow-left",
    },
    hidden=frozenset({"take_in", "let_go"}),
    tones={"open": "late", "planned": "primary", "carried_out": "soon"},
    lines=_lines,
)


@require_safe
@staff
def issues(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Soonest due first. Two queries besides the frame."""
    asked = chosen(request, "list")
    if asked["list"] not in LISTS:
        asked["list"] = "open"
    found = _rows(actor).filter(LISTS[asked["list"]][2])
    order = "old" if asked["list"] == "closed" else "due"
    context = {
        **listing(request, FACE, found, what=lambda row: row.title, about=_about, order=order),
        "title": "系统性问题",
        "lead": "同一个部门、同一件事、同样的原因，多次有人反映，就要从根上改。",
        "tabs": _tabs(actor, asked["list"]),
        "order_words": "快到期的排在前面",
        "empty_title": f"没有{LISTS[asked['list']][0]}的",
        "empty_words": "相似的诉求达到规定的件数，会自动出现在这里。",
        "what_head": "什么问题",
    }
    return page(request, actor, "desk/loops/list.html", context, current="issues")


def _about(row: Any) -> str:
    return f"{row.number_of_complaints} 件诉求"


def _tabs(actor: Actor, current: str) -> list[dict[str, Any]]:
    wanted: dict[str, Any] = {key: Count("pk", filter=condition) for key, (_, _, condition) in LISTS.items()}
    counted = room.visible(actor).aggregate(**wanted)
    return [
        {
            "label": label,
            "icon": icon,
            "count": counted[key],
            "url": address(HOME, {"list": key}),
            "current": key == current,
        }
        for key, (label, icon, _) in LISTS.items()
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def issue(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    return matter.answer(request, actor, FACE, number)


@require_POST
@staff
def take_in(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """A like complaint into this issue: the complaint's own move, from the issue's page."""
    row = matter.find(FACE, actor, number)
    chosen_one = matter.find(complaints.FACE, actor, request.POST.get("complaint", "")[:24])
    try:
        engine.perform(COMPLAINT, chosen_one, "join", by=actor, data={"issue": row.number})
    except Problem as problem:
        words = problem.errors[0].message if problem.errors else problem.title
        messages.error(request, f"{chosen_one.number} 没有归进来：{words}")
    else:
        messages.success(request, f"{chosen_one.number} 已经归进来。")
    return HttpResponseRedirect(FACE.url(row))


__all__ = ["FACE", "issue", "issues", "take_in"]
