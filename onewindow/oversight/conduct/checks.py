"""The checks on one case's ledger. Pure: a story in, findings out; each names the entries it rests on.

The engine of the cases refuses most of what is looked for here. It is looked for all the same: in what was taken over
from other systems, in what older versions allowed, and in what was written past the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from onewindow.cases.lifecycle import Action
from onewindow.cases.steps import last_deciding, may_decide_at
from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.clock import local_date
from onewindow.oversight.conduct.story import Entry, Finding, Held, Json, Story, Unclear, of_case, unclear_of_case
from onewindow.people.roles import Role

Values = Mapping[str, float]
Check = Callable[[Story, Values, WorkCalendar], Iterator[Finding | Unclear]]

_HANDING_IN: Final = (Action.SUBMIT, Action.RECEIVE, Action.CORRECT_ON_SPOT, Action.SUPPLY)
_ACCEPTING: Final = (Action.ACCEPT, Action.ACCEPT_DEFERRED)
_STEPPING: Final = (Action.PASS_STEP, Action.SEND_BACK_STEP, Action.DECIDE)
_BY_HAND: Final = (
    *(Action.SIGN, Action.PASS_STEP, Action.SEND_BACK_STEP, Action.OPEN_PROCEDURE, Action.CLOSE_PROCEDURE),
    Action.DECIDE,
)
"""Steps of the examination that somebody must think about, so that several within a minute were caught up on."""
_COUNTERS: Final = frozenset({Role.CLERK.value, Role.TOWNSHIP_CLERK.value})
_GRACE: Final = 1
"""Working days after a case came in during which a procedure cannot be late, however short the limit."""
TRIGGERS: Final = frozenset({*_ACCEPTING, Action.GIVE_NOTICE, *_BY_HAND})
"""A case is looked at when one of these is new."""
READ: Final = TRIGGERS | {*_HANDING_IN, Action.DEEM_ACCEPTED, Action.TRANSFER, Action.EXTEND, Action.RECOMPUTE}
"""The entries that a story holds."""


# ---- acceptance ----------------------------------------------------------------------------------------------------


def accepted_incomplete(story: Story, values: Values, calendar: WorkCalendar) -> Iterator[Finding | Unclear]:
    """Accepted although a paper that the item's list requires was neither there nor lawfully deferred (HN-27.10).

    What the law itself deems accepted because nobody answered in time is no choice of the clerk's.
    """
    for entry in story.new(*_ACCEPTING):
        if entry.data.get("deemed"):
            continue
        answers = _answers(story, entry)
        if answers is None:
            yield unclear_of_case(story, entry, "办件记录里没有申请时的情形和材料，看不出缺不缺")
            continue
        deferred = set(entry.data.get("deferred", {}))
        there = _handed(story, entry)
        lacking = [
            material
            for material in story.spec.materials_for(answers)
            if not material.shared
            and material.key not in there
            and not (material.deferrable and material.key in deferred)
        ]
        if lacking:
            names = _few([f"《{material.name}》" for material in lacking])
            rows = [story.row(one) for one in story.before(entry, *_HANDING_IN)]
            yield of_case(story, entry, f"缺{names}", [*rows, story.row(entry, f"缺{names}")])


def _answers(story: Story, entry: Entry) -> dict[str, str] | None:
    said = [one.data["answers"] for one in story.before(entry, *_HANDING_IN) if "answers" in one.data]
    return said[-1] if said else None


def _handed(story: Story, entry: Entry) -> set[str]:
    return {key for one in story.before(entry, *_HANDING_IN) for key in one.data.get("materials") or ()}


def second_notice(story: Story, values: Values, calendar: WorkCalendar) -> Iterator[Finding | Unclear]:
    """Asked to complete a second time, also where a chief gave a reason: what is missing is said once (XX-17.2)."""
    for entry in story.new(Action.GIVE_NOTICE):
        earlier = story.before(entry, Action.GIVE_NOTICE)
        if not earlier:
            continue
        known = {row["material"] for one in earlier for row in one.data.get("missing", [])}
        added = [f"《{row['name']}》" for row in entry.data.get("missing", []) if row["material"] not in known]
        words = f"第 {len(earlier) + 1} 次" + (f"，新增{_few(added)}" if added else "，要的还是上次的材料")
        yield of_case(story, entry, words, [story.row(one, _asked(one)) for one in [*earlier, entry]])


def asked_though_held(story: Story, values: Values, calendar: WorkCalendar) -> Iterator[Finding | Unclear]:
    """Asked for a paper that this applicant had already given to, or got from, the centre (HN-35.5).

    Only papers that an office issues: a form or a statement is made anew for every application.
    """
    for entry in story.new(Action.GIVE_NOTICE):
        asked = {row["material"]: row["name"] for row in entry.data.get("missing", [])}
        held = {key: one for key in asked if (one := story.held.get(key)) is not None and _holds(one, entry)}
        if held:
            names = _few([f"《{asked[key]}》" for key in held])
            had = [
                {"case": one.case, "seq": None, "action": "held", "at": one.at.isoformat(), "who": "中心"}
                | {"what": f"已有《{one.name}》"}
                for one in held.values()
            ]
            yield of_case(story, entry, names, [*had, story.row(entry, f"要求提交{names}")])


def _holds(paper: Held, entry: Entry) -> bool:
    """Whether the centre had the paper when it was asked for, and it still held."""
    return paper.at < entry.at and local_date(entry.at) <= paper.until


def _asked(entry: Entry) -> str:
    return _few([f"《{row['name']}》{row.get('problem', '')}" for row in entry.data.get("missing", [])])


def _few(names: list[str]) -> str:
    """Up to three of them, and how many there are."""
    return "、".join(names[:3]) + (f"等 {len(names)} 份" if len(names) > 3 else "")


# ---- examination ---------------------------------------------------------------------------------------------------


def steps_out_of_order(story: Story, values: Values, calendar: WorkCalendar) -> Iterator[Finding | Unclear]:
    """A listed step that was left out, or done again without having been sent back (HN-27.10)."""
    at, signed, accepted = 0, False, False
    for entry in story.entries:
        if entry.action in (*_ACCEPTING, Action.DEEM_ACCEPTED):
            accepted = True
        elif entry.action == Action.SIGN:
            signed = True
        elif entry.action == Action.TRANSFER:
            signed = False
        elif entry.action in _STEPPING:
            done = int(entry.data.get("step", at))
            fault = _fault(story, entry, at, done) or _rushed(story, entry, done, signed, accepted)
            if fault and entry.seq in story.fresh:
                rows = [story.row(one, _step_name(one)) for one in story.before(entry, Action.SIGN, *_STEPPING)]
                yield of_case(story, entry, fault, [*rows, story.row(entry, fault)])
            at = done + {Action.PASS_STEP.value: 1, Action.SEND_BACK_STEP.value: -1}.get(entry.action, 0)


def _fault(story: Story, entry: Entry, at: int, done: int) -> str:
    if done > at:
        left_out = [node.name for node in story.spec.nodes[at:done]]
        return f"跳过了{_quoted(left_out)}"
    return f"重复了{_quoted([entry.data.get('step_name') or '上一个环节'])}" if done < at else ""


def _rushed(story: Story, entry: Entry, done: int, signed: bool, accepted: bool) -> str:
    """What was left out before a decision; on commitment nothing but the acceptance has to come first."""
    if entry.action != Action.DECIDE:
        return ""
    if not accepted:
        return "没有受理就作了决定"
    if entry.data.get("outcome") == "grant_on_commitment":
        return ""
    if not may_decide_at(story.spec, done):
        left_out = [node.name for node in story.spec.nodes[done : last_deciding(story.spec)]]
        return f"作决定前跳过了{_quoted(left_out or ['公布的环节'])}"
    return "" if signed or (story.spec.immediate and may_decide_at(story.spec, 0)) else "没有签收就作了决定"


def _step_name(entry: Entry) -> str:
    return str(entry.data.get("step_name", ""))


def _quoted(names: list[str]) -> str:
    return "、".join(f"「{name}」" for name in names)


def procedure_at_the_last(story: Story, values: Values, calendar: WorkCalendar) -> Iterator[Finding | Unclear]:
    """A procedure that stops the clock, opened with `workdays` or fewer left, or after the limit (XX-23.9).

    Not where the case had only just come, so that nobody could have opened it sooner; nor while the clock stands.
    """
    for entry in story.new(Action.OPEN_PROCEDURE):
        procedure = entry.data.get("procedure", {})
        if procedure.get("counts", True):
            continue
        known = _due(story, entry)
        if not known:
            yield unclear_of_case(story, entry, "办件记录里没有当时的到期日")
            continue
        day, due = local_date(entry.at), min(known.values())
        left = calendar.workdays_between(day, due)
        if due == date.max or left > values["workdays"] or _just_come(story, entry, day, calendar):
            continue
        words = f"{procedure.get('name', '')}，离到期{_left(left, day > due)}"
        yield of_case(story, entry, words, [*_came_rows(story, entry), story.row(entry, words)])


def _due(story: Story, entry: Entry) -> dict[str, date]:
    """What the two clocks said before this entry; date.max while they stood. The ledger keeps each move of them."""
    known: dict[str, date] = {}
    for one in story.entries:
        if one.seq >= entry.seq:
            break
        for kind in ("promised", "statutory"):
            if said := one.data.get("due", {}).get(kind):
                known[kind] = date.max if said == "暂停" else date.fromisoformat(said)
    return known


def _came(story: Story, entry: Entry) -> list[Entry]:
    return story.before(entry, *_ACCEPTING, Action.DEEM_ACCEPTED, Action.TRANSFER)[-1:]


def _just_come(story: Story, entry: Entry, day: date, calendar: WorkCalendar) -> bool:
    return any(calendar.workdays_between(local_date(one.at), day) <= _GRACE for one in _came(story, entry))


def _came_rows(story: Story, entry: Entry) -> list[Json]:
    return [story.row(one) for one in [*_came(story, entry), *story.before(entry, Action.SIGN)[-1:]]]


def _left(left: int, past: bool) -> str:
    if past:
        return f"已经过了 {-left} 个工作日" if left else "已经过了"
    return f"只剩 {left} 个工作日" if left else "就在当天"


# ---- decision ------------------------------------------------------------------------------------------------------


def receiver_decided(story: Story, values: Values, calendar: WorkCalendar) -> Iterator[Finding | Unclear]:
    """Decided by whoever received it, or by a counter (受办分离, HN-27.10); immediate items under a letter that says
    so are meant to be."""
    for entry in story.new(Action.DECIDE):
        received = _received(story, entry)
        own = bool(received) and entry.account is not None and received[-1].account == entry.account
        allowed = story.spec.immediate and entry.immediate
        if (own or entry.role in _COUNTERS) and not allowed:
            words = f"{entry.name}收的件，自己作了决定" if own else f"{entry.name}在窗口作了决定，没有当场办结的授权"
            yield of_case(story, entry, words, [*(story.row(one) for one in received), story.row(entry)])


def _received(story: Story, entry: Entry) -> list[Entry]:
    """Who took the papers in: the last to receive them, or the first to answer what was sent online."""
    taken = story.before(entry, Action.RECEIVE)
    return taken[-1:] or [one for one in story.before(entry, Action.GIVE_NOTICE) if one.staff][:1]


def steps_in_a_row(story: Story, values: Values, calendar: WorkCalendar) -> Iterator[Finding | Unclear]:
    """`count` steps of one case's examination within `seconds`: entered afterwards, not done then (HN-27.9)."""
    by_hand = [entry for entry in story.entries if entry.action in _BY_HAND and entry.staff]
    span, count, at = timedelta(seconds=values["seconds"]), int(values["count"]), 0
    while at < len(by_hand):
        first = by_hand[at]
        run = [entry for entry in by_hand[at:] if entry.at - first.at <= span]
        if len(run) < max(count, 2):
            at += 1
            continue
        if any(entry.seq in story.fresh for entry in run):
            seconds = round((run[-1].at - first.at).total_seconds())
            words = f"{len(run)} 个环节前后只有 {seconds} 秒"
            yield of_case(story, first, words, [story.row(entry, _step_name(entry)) for entry in run])
        at += len(run)


CHECKS: Final[dict[str, Check]] = {
    "accepted_incomplete": accepted_incomplete,
    "second_notice": second_notice,
    "asked_though_held": asked_though_held,
    "steps_out_of_order": steps_out_of_order,
    "procedure_at_the_last": procedure_at_the_last,
    "receiver_decided": receiver_decided,
    "steps_in_a_row": steps_in_a_row,
}
"""The checks of one case by the name that rules give them."""
