"""`/desk/complaints/`: what people could not get done, by whose turn it is; and one complaint as a matter of its own.

Who complained is shown masked to those who ask them again, and to nobody of the department complained of.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onewindow.faces.desk.access import staff
from onewindow.faces.desk.loops import matter
from onewindow.faces.desk.loops.face import Fields, MatterFace
from onewindow.faces.desk.loops.forms import NO, YES, department_field
from onewindow.faces.desk.loops.listing import Filter, address, chosen, department_id, listing
from onewindow.faces.desk.page import page
from onewindow.faces.evidence import shown
from onewindow.faces.filing import file_answer
from onewindow.loops.definition import Move
from onewindow.loops.models import LoopStep
from onewindow.people.authority import Actor, record_refusal
from onewindow.people.masking import mask_name, mask_phone
from onewindow.people.models import Applicant
from onewindow.people.unmask import reveal
from onewindow.places.models import Department
from onewindow.problems import FieldError, InvalidInput, Problem, Refused
from onewindow.voice.complaints import evidence, issues, judging
from onewindow.voice.complaints import moves as complaint_moves
from onewindow.voice.complaints.judging import JUDGES
from onewindow.voice.complaints.registering import TAKERS, may_contact, visible
from onewindow.voice.complaints.words import is_copied
from onewindow.voice.loops import COMPLAINT
from onewindow.voice.models import Complaint

HOME: Final = "/desk/complaints/"
CAUSES: Final = dict(Complaint.CAUSES)
LISTS: Final[dict[str, tuple[str, str, Q]]] = {
    "accept": ("待受理", "inbox", Q(state="registered")),
    "forward": ("待转办", "arrow-right", Q(state="accepted")),
    "working": ("部门在办", "building", Q(state__in=["assigned", "rectifying"])),
    "revisit": ("待回访", "phone", Q(state="answered")),
    "close": ("待办结", "circle-check", Q(state="rectified")),
    "raised": ("上一级来判", "scale", Q(raised_to__isnull=False, closed_at__isnull=True)),
    "late": ("已超期", "alert-triangle", Q(closed_at__isnull=True)),
    "ended": ("已结束", "archive", Q(closed_at__isnull=False)),
}
"""Name, icon and filter of each list; `late` also asks whether the soonest limit has passed."""
CONTACT: Final = {"name": "姓名", "phone": "电话"}
_EXCERPT: Final = 46


def _rows(actor: Actor) -> QuerySet[Any]:
    joined = ("centre__profile", "department", "against", "item", "case", "ticket", "window", "person", "issue")
    return visible(actor).select_related(*joined, "raised_to")


def _fields(row: Any, move: Move, actor: Actor) -> Fields:
    if move.action == "assign":
        field = department_field(row, "承办部门")
        field.initial = row.against_id
        return {"department": field}
    if move.action == "revisit":
        return {"satisfied": _verdict()}
    if move.action == "join":
        return {"issue": _issues(row, actor)}
    return {}


def _issues(row: Complaint, actor: Actor) -> forms.Field:
    """The open issues this one may belong to, the likest first and said to be like."""
    found = [(one.issue.number, _pick(one)) for one in issues.joinable(row, actor)]
    words = "最像的排在前面。" if found else "现在没有还在办的系统性问题；相似的诉求达到规定的件数，会自动出现。"
    return forms.ChoiceField(label="归到哪个问题", choices=[("", "请选择"), *found], help_text=words)


def _pick(one: issues.Pick) -> str:
    near = "很像 · " if one.like >= 2 else "有点像 · " if one.like >= 1 else ""
    return f"{near}{one.issue.title}（{one.complaints} 件，{one.issue.number}）"


def _verdict() -> forms.Field:
    return forms.TypedChoiceField(
        label="群众认可吗",
        choices=[(YES, "认可，解决了"), (NO, "不认可，还没有解决")],
        coerce=lambda value: value == YES,
        widget=forms.RadioSelect,
        empty_value=None,
        required=False,
    )


def _why_not(row: Any, move: Move, actor: Actor) -> str:
    if move.action == "assign" and (reason := judging.why_not(row, actor)):
        return reason
    return complaint_moves.not_ripe(row) if move.action == "close" else ""


def _fits(row: Any, move: Move) -> bool:
    """Into an issue while in none, out of one while in it."""
    return {"join": row.issue_id is None, "part": row.issue_id is not None}.get(move.action, True)


def _lines(step: LoopStep) -> list[str]:
    data = step.data
    found = ["已抄送纪检监察机关"] if data.get("copied") or data.get("nobody") else []
    if data.get("level"):
        found.append(f"由{data['level']}的管理员或者监察员来判")
    if files := data.get("files"):
        found.append(f"附了 {len(files)} 个文件")
    if step.action == "part":
        found.append(f"原来归在系统性问题 {data['issue']}")
    return found


def _head(row: Complaint, actor: Actor, steps: Sequence[LoopStep]) -> Mapping[str, Any]:
    """Three queries: like complaints, which of them this person may open, and the files."""
    like = issues.alike_of(row, timezone.now()) if row.item_id or row.against_id else []
    seen = set(visible(actor).filter(pk__in=[one.pk for one in like]).values_list("pk", flat=True)) if like else set()
    contact = may_contact(actor, row)
    files = evidence.of(row)
    seen_files = [one for one in files if evidence.may_see(actor, row, one)]
    return {
        "title": title(row),
        "files": [shown(one, f"{HOME}{row.number}/") for one in seen_files],
        "files_kept": len(files) - len(seen_files),
        "judged_by": row.raised_to.name if row.raised_to else "",
        "nobody": judging.NOBODY if row.no_judge else "",
        "list_title": "诉求",
        "complaint": row,
        "cause": CAUSES[row.cause],
        "facts": _facts(row),
        "who": {"name": mask_name(row.name), "phone": mask_phone(row.phone)} if contact else None,
        "contact": CONTACT if contact and not row.anonymous else {},
        "like": [
            {"row": one, "open": one.pk in seen, "state": COMPLAINT.states[one.state], "words": excerpt(one)}
            for one in like[:10]
        ],
        "like_count": len(like),
        "slip": fresh(row, actor, steps),
    }


def _facts(row: Complaint) -> list[dict[str, str]]:
    found = [
        {"label": "类别", "value": row.get_kind_display()},
        {"label": "怎么来的", "value": row.get_channel_display()},
        {"label": "反映的部门", "value": row.against.name if row.against else "没有说到具体部门"},
        {"label": "反映的人", "value": row.person.name if row.person else ""},
        {"label": "事项", "value": row.item.name if row.item else ""},
        {"label": "窗口", "value": f"{row.window.code} {row.window.name}" if row.window else ""},
        {"label": "号单", "value": row.ticket.reference if row.ticket else ""},
        {"label": "重新办理", "value": f"{row.reopened} 次" if row.reopened else ""},
        {"label": "纪检监察机关", "value": "已抄送" if is_copied(row) else ""},
    ]
    if row.case:
        found.append({"label": "办件", "value": row.case.query_number, "url": f"/desk/cases/{row.case.number}/"})
    return [one for one in found if one["value"]]


def title(row: Complaint) -> str:
    what = row.item.name if row.item else row.against.short_name if row.against else row.get_kind_display()
    return f"{CAUSES[row.cause]}：{what}"


def fresh(row: Complaint, actor: Actor, steps: Sequence[LoopStep]) -> bool:
    """Whether this person took it down within the half hour: only then may they print its slip with the follow code."""
    first = steps[0] if steps else None
    mine = first is not None and actor.account is not None and first.actor_id == actor.account.pk
    return mine and (timezone.now() - row.opened_at).total_seconds() < 30 * 60


FACE: Final = MatterFace(
    loop=COMPLAINT,
    home=HOME,
    nav="complaints",
    rows=_rows,
    template="desk/complaints/complaint.html",
    head=_head,
    beside=frozenset({"supplement", "join", "part"}),
    fits=_fits,
    what={
        "accept": "这件事由我们来推动。受理以后要在 4 个工作小时内转给部门。",
        "decline": "这件事不归政务服务管，写明理由和应当找谁。群众会看到。",
        "assign": "转给哪个部门办，5 个工作日内要有答复。已经转过的，改转以后时限重新算。",
        "urge": "部门办得慢、答得不清楚的，写明要求和答复日期。",
        "extend": "只能延一次，再加 5 个工作日。理由群众会看到。",
        "answer": "把办理结果写给群众看：办了什么、还差什么、怎么办。",
        "revisit": "问群众解决了没有。没有解决的，转入整改。",
        "rectify": "写明怎样改的。还没改好的，写哪一天改好。",
        "close": "受理、转办、反馈、回访都有记录才能办结；没有整改的，写明为什么不需要。",
        "reopen": "从转办重新开始，以前的经过都保留。",
        "supplement": "群众后来拿来的照片和文件，替他补进来。",
        "join": "和别的诉求是同一个毛病的，归到一起从根上改。两边都会记下来。",
        "part": "其实不是同一个问题的，移出来，写明理由。",
    },
    icons={
        "open": "message",
        "accept": "inbox",
        "decline": "circle-x",
        "assign": "arrow-right",
        "urge": "bell",
        "extend": "hourglass",
        "answer": "message-2",
        "revisit": "phone",
        "confirm": "user-check",
        "rectify": "tool",
        "close": "circle-check",
        "reopen": "refresh",
        "supplement": "paperclip",
        "join": "sitemap",
        "part": "arrow-left",
        "level": "scale",
    },
    tones={
        "registered": "accent",
        "accepted": "accent",
        "assigned": "primary",
        "answered": "soon",
        "rectifying": "late",
        "rectified": "ontime",
    },
    danger=frozenset({"decline"}),
    fields=_fields,
    why_not=_why_not,
    lines=_lines,
)


# ---- the lists -----------------------------------------------------------------------------------------------------


@require_safe
@staff
def complaints(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Soonest due first. Three queries besides the frame: counts, rows, departments."""
    asked = chosen(request, "list", "cause", "department")
    if asked["list"] not in LISTS:
        asked["list"] = _first_list(actor)
    everything = _narrowed(_rows(actor), asked)
    found = _of_list(everything, asked["list"])
    listed = listing(request, FACE, found, what=title, about=_about, order="old" if asked["list"] == "ended" else "due")
    context = {
        **listed,
        "title": "办不成事 · 诉求",
        "lead": "群众办不成的事和投诉。每一件都要受理、转办、反馈、回访，有问题的还要整改，才能办结。",
        "tabs": _tabs(actor, asked),
        "filters": _filters(actor, asked),
        "kept": {"list": asked["list"]},
        "filtered": bool(asked["cause"] or asked["department"]),
        "order_words": "先登记的排在前面" if asked["list"] == "ended" else "快到期的排在前面",
        "empty_title": f"没有{LISTS[asked['list']][0]}的",
        "empty_words": "新的诉求登记以后会出现在这里。",
        "may_register": bool(actor.roles & TAKERS),
        "what_head": "什么事",
    }
    return page(request, actor, "desk/complaints/list.html", context, current="complaints")


def _first_list(actor: Actor) -> str:
    """Where this person's own work lies; above the county that is what was raised."""
    if actor.posting is not None and actor.roles & JUDGES and len(actor.posting.centre.division_id) < 6:
        return "raised"
    return "accept" if actor.roles & TAKERS else "working"


def _narrowed(found: QuerySet[Any], asked: Mapping[str, str]) -> QuerySet[Any]:
    if asked["cause"]:
        found = found.filter(cause=asked["cause"])
    if asked["department"]:
        number = department_id(asked["department"]) or 0
        found = found.filter(Q(against_id=number) | Q(department_id=number))
    return found


def _of_list(found: QuerySet[Any], key: str) -> QuerySet[Any]:
    return found.filter(_condition(key))


def _condition(key: str) -> Q:
    condition = LISTS[key][2]
    return condition & Q(next_due_at__lt=timezone.now()) if key == "late" else condition


def _tabs(actor: Actor, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """One query for all counts."""
    wanted: dict[str, Any] = {key: Count("pk", filter=_condition(key)) for key in LISTS}
    counted = _narrowed(visible(actor), asked).aggregate(**wanted)
    return [
        {
            "label": label,
            "icon": icon,
            "count": counted[key],
            "late": key == "late",
            "url": address(HOME, {**asked, "list": key}),
            "current": key == asked["list"],
        }
        for key, (label, icon, _) in LISTS.items()
        if key != "raised" or counted[key] or asked["list"] == key
    ]


def _filters(actor: Actor, asked: Mapping[str, str]) -> list[Filter]:
    found = [Filter("cause", "原因", Complaint.CAUSES, asked["cause"])]
    if actor.roles & TAKERS and actor.posting is not None:
        county = actor.posting.centre.division_id[:6]
        known = Department.objects.filter(is_active=True, division__code__startswith=county).only("id", "short_name")
        found.append(
            Filter("department", "部门", [(str(one.pk), one.short_name) for one in known], asked["department"])
        )
    return found


def _about(row: Complaint) -> str:
    against = f"反映{row.against.short_name}" if row.against and row.item is not None else ""
    raised = f"由{row.raised_to.name}判" if row.raised_to else ""
    return " · ".join(part for part in (raised, against, excerpt(row), "系统性问题" if row.issue_id else "") if part)


def excerpt(row: Complaint) -> str:
    """The first words of what somebody said, on one line."""
    text = " ".join(str(row.text).split())
    return text[:_EXCERPT] + ("…" if len(text) > _EXCERPT else "")


# ---- one complaint -------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def complaint(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    return matter.answer(request, actor, FACE, number)


@require_safe
@staff
def file(request: HttpRequest, actor: Actor, number: str, pk: uuid.UUID) -> HttpResponseBase:
    """A file of the complaint, for those who may open it; who did is recorded."""
    return file_answer(evidence.found(actor, matter.find(FACE, actor, number), pk), download=True)


@require_POST
@staff
def unmask(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """Shows name or phone in full on this one answer, after it has been recorded with its reason."""
    row = matter.find(FACE, actor, number)
    field, reason = request.POST.get("field", "")[:20], request.POST.get("reason", "")[:300]
    try:
        value = _revealed(row, field, reason, actor)
    except Problem as problem:
        more = {"unmask_problem": problem, "unmask_reason": reason}
        response = matter.show(request, actor, FACE, row, more)
        response.status_code = problem.status
        return response
    found = {"field": field, "label": CONTACT[field], "value": value or "没有留"}
    return matter.show(request, actor, FACE, row, {"revealed": found})


def _revealed(row: Complaint, field: str, reason: str, actor: Actor) -> str:
    if not may_contact(actor, row):
        refusal = Refused("反映人的姓名和电话只给回访的人看")
        record_refusal(actor, f"unmask.{field}", row.number, refusal.title)
        raise refusal
    if field not in CONTACT:
        raise InvalidInput("没有这一项信息", [FieldError("field", "请重新选择")])
    return reveal(cast(Applicant, row), field, by=actor, subject=row.number, reason=reason)


__all__ = ["FACE", "HOME", "complaint", "complaints", "excerpt", "file", "fresh", "title", "unmask"]
