"""`/desk/cards/`: reminders, warnings and cards. Supervision sees all of its division, everybody else what is about
them or their department; each opens as a matter of its own, with both views side by side to the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.clocks.models import Deadline
from onewindow.clocks.store import current_calendar
from onewindow.faces.desk.access import staff
from onewindow.faces.desk.loops import matter, story
from onewindow.faces.desk.loops.face import MatterFace
from onewindow.faces.desk.loops.limits import due_words
from onewindow.faces.desk.loops.listing import Filter, address, chosen, department_id, listing
from onewindow.faces.desk.page import page
from onewindow.loops.definition import Move
from onewindow.loops.models import LoopStep
from onewindow.oversight import actions, duties, sight, telling
from onewindow.oversight.cards import CARD
from onewindow.oversight.models import CARDS, LEVELS, Alert
from onewindow.oversight.rulebooks import TELL_WORDS
from onewindow.oversight.subjects import THINGS
from onewindow.people.authority import Actor
from onewindow.people.roles import Role
from onewindow.places.models import Department

HOME: Final = "/desk/cards/"
LEVEL_FACES: Final[dict[str, dict[str, str]]] = {
    "remind": {"tone": "primary", "icon": "bell"},
    "warn": {"tone": "accent", "icon": "alert-triangle"},
    "yellow": {"tone": "soon", "icon": "flag"},
    "red": {"tone": "late", "icon": "hand-stop"},
}
FIGURES: Final = {
    "handled": "办了几件",
    "returned": "退回几件",
    "expected": "按同事的比例应是几件",
    "peers": "可比的同事",
    "days": "看了几天",
    "visits": "来办的人次",
    "good": "好评",
    "quick": "几秒就评的",
    "decisions": "决定",
    "minutes": "在几分钟里",
}
"""What a conduct rule counted, in words."""
_ADDRESSES: Final = {"case": "/desk/cases/{}/", "complaint": "/desk/complaints/{}/", "rating": "/desk/ratings/{}/"} | {
    "consultation": "/desk/questions/{}/",
    "issue": "/desk/issues/{}/",
    "alert": "/desk/cards/{}/",
    "change": "/desk/changes/{}/",
}
_MOST_TOLD: Final = 20
_THEIRS: Final = frozenset({"explain", "rectify"})


def _rows(actor: Actor) -> QuerySet[Any]:
    return sight.visible(actor).select_related("centre__profile", "department", "person", "rule")


def _why_not(row: Alert, move: Move, actor: Actor) -> str:
    if move.action == "close":
        return "；".join(actions.missing_to_close(row))
    if move.action == "confirm":
        return actions.too_early(row, timezone.now())
    return actions.why_not(row, move, actor)


def _head(row: Alert, actor: Actor, steps: Sequence[LoopStep]) -> Mapping[str, Any]:
    """Two queries: the limit that fired, and who was told."""
    return {
        "title": row.title,
        "list_title": "监察",
        "level": level_face(row.level),
        "is_card": row.level in CARDS,
        "subject": subject_of(row),
        "facts": _facts(row),
        "duty_lines": [{"code": d, "article": duties.article(d), "words": duties.words(d)} for d in _duty(row)],
        "fired": _fired(row),
        "evidence": evidence_rows(row),
        "figures": [(words, row.evidence[key]) for key, words in FIGURES.items() if key in row.evidence],
        "theirs": [view for step in steps if (view := _view(step)) and step.action in _THEIRS],
        "ours": [view for step in steps if (view := _view(step)) and step.action not in _THEIRS],
        "told": _told(row),
        "missing": actions.missing_to_close(row) if row.state not in CARD.ends else [],
    }


FACE: Final = MatterFace(
    loop=CARD,
    home=HOME,
    nav="cards",
    rows=_rows,
    template="desk/cards/card.html",
    head=_head,
    what={
        "explain": "写清楚发生了什么、为什么。您写的会一直保留，和监察的认定放在一起。",
        "confirm": "监察认定情况属实。认定以后 1 个工作日内要发督办或整改。",
        "dismiss": "撤销这张牌，写明理由。撤销以后不能恢复。",
        "urge": "写明要改什么、哪一天前答复。",
        "rectify": "写明怎样改的、改到什么程度，由监察复查。",
        "recheck": "去看改得怎么样。没有改到位的，退回继续督办。",
        "account": "写明责任人或单位、认定为哪一种、怎样处理。不处理的也要写理由。",
        "close": "这张牌到此办结。",
    },
    icons={
        "open": "flag",
        "explain": "message-2",
        "confirm": "gavel",
        "dismiss": "circle-x",
        "urge": "bell",
        "rectify": "tool",
        "recheck": "eye",
        "account": "scale",
        "close": "circle-check",
        "settle": "check",
    },
    tones={
        "told": "primary",
        "open": "late",
        "explained": "accent",
        "confirmed": "late",
        "urged": "late",
        "rectified": "accent",
        "rechecked": "ontime",
    },
    danger=frozenset({"dismiss"}),
    why_not=_why_not,
)


# ---- the list ------------------------------------------------------------------------------------------------------


@require_safe
@staff
def cards(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The oldest first. Three queries besides the frame: counts, rows, departments to filter by."""
    asked = chosen(request, "level", "state", "department", "whose")
    found = _narrowed(_rows(actor), asked, actor)
    waits = asked["whose"] == "waiting"
    listed = listing(request, FACE, found, what=lambda row: row.title, about=_about, order="old")
    now, calendar = timezone.now(), current_calendar()
    for line in listed["lines"]:
        row = line.row
        row.level_face = level_face(row.level)
        due = row.next_due_at or (row.due_at if row.state == "told" else None)
        row.left, row.left_tone = due_words(due, now, calendar) if due else ("", "done")
        row.left_due = due
    context = {
        **listed,
        "title": "监察",
        "lead": _lead(actor),
        "tabs": _tabs(actor, asked),
        "filters": _filters(actor, asked),
        "kept": {"level": asked["level"], "whose": asked["whose"]},
        "filtered": any(asked.values()),
        "order_words": "早发出的排在前面",
        "empty_title": "没有等您办的" if waits else "没有提醒和监察牌",
        "empty_words": "到期的、超期的会自动出现在这里。",
    }
    return page(request, actor, "desk/cards/list.html", context, current="cards")


def _lead(actor: Actor) -> str:
    if Role.SUPERVISOR in actor.roles:
        return "您监察的区域里的提醒、预警和红黄牌。牌要有人说明、认定、整改、复查，才能办结。"
    return "说到您和您部门的提醒、预警和红黄牌。提醒在办完以后自动消除，牌要说明和整改。"


def _narrowed(found: QuerySet[Any], asked: Mapping[str, str], actor: Actor) -> QuerySet[Any]:
    found = _of_state(found, asked["state"])
    if asked["whose"] == "waiting":
        found = found.filter(pk__in=sight.waiting(actor).values("pk"))
    elif asked["whose"] == "mine" and actor.account is not None:
        found = found.filter(person_id=actor.account.pk)
    if asked["level"] in dict(LEVELS):
        found = found.filter(level=asked["level"])
    if asked["department"]:
        found = found.filter(department_id=department_id(asked["department"]) or 0)
    return found


def _of_state(found: QuerySet[Any], state: str) -> QuerySet[Any]:
    """Unfinished ones unless a state is asked for; `ended` are all that are over."""
    if state == "ended":
        return found.filter(closed_at__isnull=False)
    if state in CARD.states:
        found = found.filter(state=state)
        return found if state in CARD.ends else found.filter(closed_at__isnull=True)
    return found.filter(closed_at__isnull=True)


def _tabs(actor: Actor, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """How many of each level under the other filters. One query."""
    rows = _narrowed(sight.visible(actor), {**asked, "level": ""}, actor)
    wanted: dict[str, Any] = {level: Count("pk", filter=Q(level=level)) for level, _ in LEVELS}
    counted = rows.aggregate(all=Count("pk"), **wanted)
    found = [{"key": "", "label": "全部", "icon": "list", "count": counted["all"], "late": False}]
    for level, label in reversed(LEVELS):
        icon = LEVEL_FACES[level]["icon"]
        found.append({"key": level, "label": label, "icon": icon, "count": counted[level], "late": level == "red"})
    for one in found:
        one["url"] = address(HOME, {**asked, "level": str(one["key"])})
        one["current"] = one["key"] == asked["level"]
    return found


def _filters(actor: Actor, asked: Mapping[str, str]) -> list[Filter]:
    found = [
        Filter("whose", "范围", [("waiting", "等我办的"), ("mine", "说到我的")], asked["whose"]),
        Filter("state", "在办", [*CARD.states.items(), ("ended", "所有已结束的")], asked["state"]),
    ]
    if actor.roles & {Role.SUPERVISOR, Role.MANAGER, Role.GOVERNMENT_HEAD} and actor.posting is not None:
        place = actor.posting.centre.division_id[:6]
        known = Department.objects.filter(is_active=True, division__code__startswith=place).only("id", "short_name")
        found.append(
            Filter("department", "部门", [(str(one.pk), one.short_name) for one in known], asked["department"])
        )
    return found


def _about(row: Alert) -> str:
    parts = [f"{THINGS.get(row.subject_kind, '')} {row.subject_number}".strip()]
    if row.disputed:
        parts.append("责任人不认同")
    return " · ".join(part for part in parts if part)


# ---- one card ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def card(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    answered = matter.answer(request, actor, FACE, number)
    if answered.status_code == HTTPStatus.OK:
        telling.read(actor, number[:24])
    return answered


def level_face(level: str) -> dict[str, str]:
    return {"label": dict(LEVELS).get(level, level), **LEVEL_FACES.get(level, {"tone": "done", "icon": "flag"})}


def subject_of(row: Alert) -> dict[str, str]:
    """What the alarm is about, with its address where the desk has a page for it."""
    number = row.subject_number
    known = _ADDRESSES.get(row.subject_kind, "") if number else ""
    return {"label": THINGS.get(row.subject_kind, ""), "number": number, "url": known.format(number)}


def _duty(row: Alert) -> list[str]:
    return [str(one) for one in row.rule.body.get("duty", [])]


def _facts(row: Alert) -> list[tuple[str, str]]:
    found = [
        ("监察规则", f"{row.rule.code} {row.rule.name}（第 {row.rule.version} 版）"),
        ("说到谁", row.person.name if row.person else "没有具体的人"),
        ("部门", row.department.name if row.department else "没有部门"),
        ("地方", row.centre.name),
        ("规则说告诉谁", "、".join(TELL_WORDS.get(one, one) for one in row.tell)),
    ]
    return [(label, value) for label, value in found if value]


def _told(row: Alert) -> list[dict[str, Any]]:
    """Who was told that it was raised, and when they read it."""
    rows = row.notices.filter(step=0).select_related("account").order_by("id")
    return [{"who": one.account.name, "read": one.read_at} for one in rows[:_MOST_TOLD]]


def _fired(row: Alert) -> dict[str, Any]:
    """The limit that fired, as it was then and as it stands now. One query where there is one."""
    if row.deadline is None:
        return {}
    limit = Deadline.objects.filter(pk=row.deadline).first()
    was = {"label": row.evidence.get("limit", ""), "basis": row.evidence.get("basis", ""), "due": row.due_at}
    if limit is None:
        return was
    left, tone = due_words(limit.due_at, timezone.now()) if limit.settled_at is None else ("", "done")
    anchor = f"limit-{limit.kind}-{limit.key}" if limit.key else f"limit-{limit.kind}"
    clock = f"/desk/cases/{row.subject_number}/clock/#{anchor}" if row.subject_kind == "case" else ""
    return {
        **was,
        "label": limit.label,
        "words": _length(limit),
        "start": limit.start_on,
        "left": left,
        "tone": tone,
        "settled": limit.settled_at,
        "outcome": limit.get_outcome_display(),
        "moved": limit.due_at is not None and limit.due_at != row.due_at,
        "due_now": limit.due_at,
        "url": clock,
    }


def _length(limit: Deadline) -> str:
    units = {"workday": "个工作日", "day": "日", "month": "个月", "year": "年", "hour": "个工作小时", "minute": "分钟"}
    return f"{limit.limit_n} {units.get(limit.limit_unit, '')}".strip() if limit.limit_n else ""


def evidence_rows(row: Alert) -> list[dict[str, Any]]:
    """Rows of the ledger that a conduct rule found: which case, which entry, who did what and when."""
    raw = row.evidence.get("rows", row.evidence.get("events", []))
    return [_evidence(one) for one in raw if isinstance(one, dict)] if isinstance(raw, list) else []


def _evidence(one: Mapping[str, Any]) -> dict[str, Any]:
    number, at = str(one.get("case", "")), one.get("at", "")
    seq = one.get("seq")
    return {
        "case": number,
        "url": f"/desk/cases/{number}/events/{f'#e{seq}' if seq else ''}" if number else "",
        "seq": seq,
        "at": _moment(at),
        "who": one.get("who", ""),
        "what": one.get("what", "") or one.get("action", ""),
    }


def _moment(at: Any) -> datetime | None:
    try:
        return parse_datetime(str(at))
    except ValueError:
        return None


def _view(step: Any) -> dict[str, Any] | None:
    """What one side said at a step, with what it names (who, which day); None where nothing was said."""
    words = "\n".join(line for line in story.body(FACE, step, seen=True, without=("disputed",)) if line)
    if not words or step.action == "open":
        return None
    return {
        "label": step.label,
        "who": story.who(step),
        "at": step.at,
        "words": words,
        "disputed": bool(step.data.get("disputed")),
    }


__all__ = ["FACE", "LEVEL_FACES", "card", "cards", "evidence_rows", "level_face", "subject_of"]
