"""A case told like a parcel: what happened, what happens now, who has it, by when, what the applicant must do.

Everything here reads the case's facts, its events and the calendar; it names posts and bodies, never members of staff.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from onewindow.cases.actions.engine import rules_for
from onewindow.cases.lifecycle import AFTER_DECISION, ENDS, STATE_LABELS, Action, State
from onewindow.cases.limits import Rules, TimeLimit, time_limits
from onewindow.cases.models import Case, CaseEvent
from onewindow.catalogue.guide import Guide, limit_words
from onewindow.clocks import clock
from onewindow.faces.design.words import cn_date, cn_short_date
from onewindow.faces.portal.happenings import Happening, happening
from onewindow.papers.data import PAPER_TITLES, PaperKind

CLOCKS = {
    "promised": "承诺办结",
    "statutory": "法律规定最晚",
    "prereview": "最晚看完材料",
    "notice": "最晚告诉您缺什么",
    "acceptance": "最晚答复您",
    "delivery": "最晚交给您",
}


@dataclass(frozen=True, slots=True)
class ClockFace:
    """One limit for the page. `left`: working days; `used` and `paused`: shares of the whole for the bar."""

    kind: str
    label: str
    words: str
    left: int | None
    due: date | None
    ground: str
    provisional: bool
    used: float
    settled: str


@dataclass(frozen=True, slots=True)
class Todo:
    """What the applicant must do: a sentence, its rows (name, how), and where to do it online."""

    title: str
    rows: list[tuple[str, str]] = field(default_factory=list)
    path: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class PaperLine:
    title: str
    number: str
    code: str


@dataclass(frozen=True)
class Story:
    """The whole page about a case, for the applicant (`own`) or for somebody with the query number."""

    case: Case
    say: str
    tone: str
    who: str
    more: str
    todo: Todo | None
    clocks: list[ClockFace]
    timeline: list[Happening]
    papers: list[PaperLine]


def events_of(case: Case) -> list[CaseEvent]:
    """One query; nothing about who acted but the post."""
    return list(case.events.order_by("seq"))


def story(case: Case, events: Iterable[CaseEvent], *, own: bool) -> Story:
    rules = rules_for(case)
    today = timezone.localdate()
    limits = time_limits(case.told, rules)
    told = list(events)
    say, tone, more = _now(case)
    faces = [_face(one, case, rules, today) for one in _shown(limits, State(case.state))]
    steps = [made for event in told if (made := happening(case, event, own=own)) is not None]
    return Story(
        case=case,
        say=say,
        tone=tone,
        who=_who(case),
        more=_returned(told) if own and case.state == State.DRAFT else more + _late(faces),
        todo=_todo(case),
        clocks=faces,
        timeline=[*_future(case), *reversed(steps)],
        papers=[
            PaperLine(paper_title(case, paper["kind"]), paper["number"], paper["code"]) for paper in case.told.papers
        ],
    )


def paper_title(case: Case, kind: str) -> str:
    """What people call the paper; a certificate by its own name (食品经营许可证)."""
    if kind == PaperKind.CERTIFICATE and case.told.certificate:
        return str(case.told.certificate["name"])
    return PAPER_TITLES[PaperKind(kind)]


def _returned(events: Iterable[CaseEvent]) -> str:
    """Why the clerk sent it back: the thing the applicant most needs to read."""
    reasons = [event.data.get("reason", "") for event in events if event.action == Action.RETURN_FOR_COMPLETION]
    return f"窗口的意见：{reasons[-1]}" if reasons else ""


def _late(faces: Iterable[ClockFace]) -> str:
    if any(one.left is not None and one.left < 0 and not one.settled for one in faces):
        return "已经超过了说好的时间，给您添麻烦了。您可以拨打 12345 催办。"
    return ""


# ---- what happens now -------------------------------------------------------------------------------------------

_NOW: dict[State, tuple[str, str, str]] = {
    State.DRAFT: ("需要您补充后重新提交", "act", ""),
    State.SUBMITTED: ("已收到您的申请，正在看材料", "", "材料齐了就受理；缺什么，我们一次说清。"),
    State.RECEIVED: ("材料已收下，正在核对能不能受理", "", "缺什么，我们一次说清。"),
    State.CORRECTING: ("还差材料，请您补齐", "act", "补齐以后接着办，不用重新申请。"),
    State.ACCEPTED: ("已受理，正在交给部门办理", "", "您现在不用做什么。"),
    State.EXAMINING: ("部门正在审查", "", "您现在不用做什么。"),
    State.ISSUING: ("已批准，正在制作证照", "", "做好了会通知您。"),
    State.DELIVERED: ("已办好，结果已交给您", "done", ""),
    State.ARCHIVED: ("已办好，结果已交给您", "done", ""),
    State.NOT_REQUIRED: ("这件事不需要办许可", "done", "告知书里写明了理由。"),
    State.ACCEPTANCE_REFUSED: ("没有受理：这件事不归这里管", "act", "决定书里写明了应当去哪个机关。"),
    State.WITHDRAWN: ("已撤回", "done", "以后需要时可以重新申请。"),
    State.DEEMED_WITHDRAWN: ("过了补交的时间，这次申请已经结束", "act", "材料备齐以后可以重新申请。"),
    State.TERMINATED: ("办理已终止", "done", ""),
    State.FORWARDED: ("已转到上级机关继续办理", "", ""),
    State.REVOKED: ("原来的决定已被撤销", "act", "不服可以申请行政复议或者提起行政诉讼。"),
}


def _now(case: Case) -> tuple[str, str, str]:
    """(sentence, tone, more)."""
    state, told = State(case.state), case.told
    granted = told.outcome.startswith("grant")
    if state is State.EXAMINING and told.open_procedures:
        one = told.open_procedures[-1]
        rule = "这段时间算在办理时限内。" if one["counts"] else "这段时间办理时限暂停，不占用您的时间。"
        return f"正在{one['name']}", "", rule
    if state is State.DECIDED:
        return ("已批准", "done", "正在准备结果。") if granted else _denied()
    if state is State.READY:
        return _ready(case, granted)
    if state in {State.DELIVERED, State.ARCHIVED} and not granted:
        return _denied()
    return _NOW[state]


def _denied() -> tuple[str, str, str]:
    return ("没有批准", "act", "理由写在决定书里。不服可以在 60 日内申请行政复议，或者在 6 个月内提起行政诉讼。")


def _ready(case: Case, granted: bool) -> tuple[str, str, str]:
    result = "证照已经做好" if granted else "决定书已经做好"
    courier = case.told.courier
    if courier:
        return f"{result}，已经寄出", "", f"{courier['company']} {courier['number']}"
    return f"{result}，可以来领了", "act", ""


def _who(case: Case) -> str:
    """Who has it now, as a sentence; empty when nobody needs to do anything."""
    state = State(case.state)
    if state in ENDS or state in {State.DELIVERED, State.ARCHIVED}:
        return ""
    if state in {State.DRAFT, State.CORRECTING}:
        return "现在等您来办。"
    if state in {State.SUBMITTED, State.RECEIVED}:
        return f"现在由{case.centre.name}综合窗口办。"
    if state in {State.ACCEPTED, State.EXAMINING}:
        return f"现在由{case.department.name}办。"
    if state is State.READY:
        return "" if case.told.courier else f"放在{case.centre.name}的出件窗口。"
    return f"现在由{case.centre.name}出件窗口准备。"


def _todo(case: Case) -> Todo | None:
    told, state = case.told, State(case.state)
    if state is State.DRAFT:
        return Todo("请补充以后重新提交", [], "complete/", "去补充")
    if state is State.CORRECTING and told.notices:
        notice = told.notices[-1]
        rows = [(row["name"], f"{row['problem']}。{row['remedy']}".replace("。。", "。")) for row in notice["missing"]]
        until = cn_date(notice["until"])
        return Todo(f"请在{until}前补齐 {len(rows)} 份材料", rows, "complete/", "现在补交")
    if told.deferred and state not in ENDS:
        spec = case.version_spec
        rows = [(spec.material_by_key[key].name, f"{cn_date(until)}前交") for key, until in told.deferred.items()]
        return Todo("还有后补的材料没有交", rows, "complete/", "现在补交")
    if state is State.READY and not told.courier:
        where = "、".join(part for part in (case.centre.name, case.centre.address) if part)
        hours = f"办公时间：{case.centre.hours}" if case.centre.hours else ""
        rows = [("带什么", "申请人的证件；请人代领的，带双方证件和委托书"), ("去哪里", where)]
        return Todo("请来领取结果", [*rows, *([("什么时候", hours.removeprefix("办公时间："))] if hours else [])])
    return None


def _future(case: Case) -> list[Happening]:
    """What is still to come, farthest first, so that the page shows the whole way."""
    state = State(case.state)
    if state in ENDS or state in {State.DELIVERED, State.ARCHIVED}:
        return []
    refused = state in AFTER_DECISION and not case.told.outcome.startswith("grant")
    result = "不予决定书" if refused else Guide(case.version_spec).result_words
    ahead = [Happening("交给您", f"{result}。", tone="future")]
    if state not in AFTER_DECISION:
        ahead.append(Happening("作出决定", "决定以后会发短信告诉您。", tone="future"))
    if state in {State.DRAFT, State.SUBMITTED, State.RECEIVED, State.CORRECTING}:
        ahead.append(Happening("受理", tone="future"))
    return ahead


# ---- by when ----------------------------------------------------------------------------------------------------


def _shown(limits: Iterable[TimeLimit], state: State) -> list[TimeLimit]:
    """Before acceptance the centre's next answer; then the two clocks; after a decision the delivery."""
    early = {"prereview", "notice", "acceptance"}
    if state in {State.DECIDED, State.ISSUING, State.READY}:
        kinds = {"delivery", "promised"}
    elif state in {State.SUBMITTED, State.RECEIVED}:
        kinds = early
    else:
        kinds = {"promised", "statutory"}
    found = [one for one in limits if one.kind in kinds and (one.open or one.kind not in early)]
    found = [one for one in found if one.outcome != "void"]
    return sorted(found, key=lambda one: list(CLOCKS).index(one.kind))


def main_clock(case: Case) -> ClockFace | None:
    """The one date that a list shows: by when the centre answers, decides or hands over. No query with the profile."""
    rules = rules_for(case)
    shown = [one for one in _shown(time_limits(case.told, rules), State(case.state)) if one.open]
    return _face(shown[0], case, rules, timezone.localdate()) if shown else None


def _face(limit: TimeLimit, case: Case, rules: Rules, today: date) -> ClockFace:
    left = clock.remaining(limit.due, today, rules.calendar) if limit.due else None
    counts = limit.kind in {"promised", "statutory"}
    suspensions = case.told.suspensions() if counts else []
    extensions = case.told.extensions() if counts and limit.limit.unit != "spot" else []
    used = clock.used_share(
        limit.limit, limit.start, today, suspensions=suspensions, extensions=extensions, calendar=rules.calendar
    )
    settled = _settled(limit)
    words = Guide(rules.spec).time_words if limit.kind == "promised" else ""
    return ClockFace(
        limit.kind, CLOCKS[limit.kind], words, left, limit.due, limit.paused_ground, limit.provisional, min(used, 1.0),
        settled,
    )  # fmt: skip


def _settled(limit: TimeLimit) -> str:
    if limit.settled_at is None:
        return ""
    done = cn_short_date(clock.local_date(limit.settled_at))
    return f"{done}办结，{'超过了时限' if limit.outcome == 'late' else '没有超时'}"


def explained(case: Case) -> list[dict[str, Any]]:
    """Statutory and promised limit day by day, for the page that shows why a date is what it is."""
    rules = rules_for(case)
    today = timezone.localdate()
    found = []
    both = [one for one in time_limits(case.told, rules) if one.kind in {"promised", "statutory"}]
    for limit in sorted(both, key=lambda one: one.kind):
        lines = clock.explain(
            limit.limit,
            limit.start,
            suspensions=case.told.suspensions(),
            extensions=case.told.extensions() if limit.limit.unit != "spot" else [],
            calendar=rules.calendar,
            until=today,
            opening="收件" if limit.start != _accepted(case) else "受理",
        )
        found.append({"label": CLOCKS[limit.kind], "limit": limit, "face": _face(limit, case, rules, today),
                      "lines": lines, "words": _limit_words(limit)})  # fmt: skip
    return found


def _accepted(case: Case) -> date | None:
    return date.fromisoformat(case.told.accepted_on) if case.told.accepted_on else None


def _limit_words(limit: TimeLimit) -> str:
    return limit_words(limit.limit.n, limit.limit.unit.value)


def state_tone(case: Case) -> str:
    """The tone of the case's badge in a list."""
    state = State(case.state)
    if state in {State.DRAFT, State.CORRECTING}:
        return "soon"
    if state in ENDS:
        return "done"
    if state in {State.READY, State.DELIVERED, State.ARCHIVED}:
        return "ontime"
    return "paused" if case.paused else "primary"


def state_words(case: Case) -> str:
    state = State(case.state)
    return "等您补充" if state is State.DRAFT else STATE_LABELS[state]
