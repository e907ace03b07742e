"""Every time limit of a case, computed from its facts, the pinned item version and the calendar. Pure.

Nothing here counts up or is stored by hand: the same facts give the same limits, on a screen, in the deadline rows
and in `ow verify`. Days, not hours: a limit ends with the last moment of its due day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from onewindow.cases.lifecycle import BEFORE_ACCEPTANCE, State
from onewindow.cases.projection import Facts, day, moment
from onewindow.catalogue.spec import ItemSpec
from onewindow.clocks import clock
from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.clock import Extension, Limit, NoticeRule, Suspension, Unit
from onewindow.places.profiles import ProfileRules


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """One limit: `due` is None while its clock is paused; `settled_at` None while it is open."""

    kind: str
    key: str
    label: str
    rule: str
    limit: Limit
    start: date
    due: date | None
    provisional: bool
    paused_ground: str
    settled_at: datetime | None
    outcome: str

    @property
    def open(self) -> bool:
        return self.settled_at is None


@dataclass(frozen=True, slots=True)
class Rules:
    """What the limits of a case depend on besides its facts."""

    spec: ItemSpec
    profile: ProfileRules
    calendar: WorkCalendar


def time_limits(facts: Facts, rules: Rules) -> list[TimeLimit]:
    """All limits the case has or had, open and settled."""
    found: list[TimeLimit] = []
    for part in (_intake, _correction, _examination, _conclusion, _side_matters):
        found += part(facts, rules)
    return found


def _make(
    rules: Rules,
    kind: str,
    label: str,
    limit: Limit,
    start: date,
    settled: str | None,
    *,
    key: str = "",
    rule: str = "",
    suspensions: Sequence[Suspension] = (),
    extensions: Sequence[Extension] = (),
    void: bool = False,
) -> TimeLimit:
    due = clock.due(limit, start, suspensions=suspensions, extensions=extensions, calendar=rules.calendar)
    settled_at = moment(settled) if settled else None
    outcome = ""
    if settled_at is not None:
        late = due.date is not None and clock.local_date(settled_at) > due.date
        outcome = "void" if void else "late" if late else "met"
    return TimeLimit(
        kind, key, label, rule, limit, start, due.date, due.provisional, due.paused_ground, settled_at, outcome
    )


def _intake(facts: Facts, rules: Rules) -> Iterator[TimeLimit]:
    """预审 of what came online, and the one-time notice (行政许可法 art. 32; the item's own rule)."""
    notice = rules.spec.notice_rule
    if facts.submitted_at:
        yield _make(
            rules,
            "prereview",
            "网上预审",
            Limit(notice.online_n, Unit.WORKDAY),
            day(facts.submitted_at),
            facts.reviewed_at,
            rule="网上申请的预审时限（本地目标）",
            void=facts.state == State.WITHDRAWN and facts.reviewed_at == facts.ended_at,
        )
    start = facts.received_at or facts.submitted_at
    if start is None:
        return
    answered, void = _answer(facts)
    yield _make(
        rules,
        "notice",
        "一次性告知",
        notice_limit(facts, rules.spec),
        day(start),
        answered,
        rule=notice.legal_basis or "",
        void=void,
    )
    if rules.profile.notice_workdays is not None:
        local = Limit(rules.profile.notice_workdays, Unit.WORKDAY)
        yield _make(rules, "local_notice", "一次性告知（本地要求）", local, day(start), answered, void=void)


def notice_rule(facts: Facts, spec: ItemSpec) -> NoticeRule:
    """The item's notice rule as it applies to this application, at the counter or online."""
    return spec.notice_rule.rule(online=facts.submitted_at is not None)


def notice_limit(facts: Facts, spec: ItemSpec) -> Limit:
    rule = notice_rule(facts, spec)
    return Limit(rule.n, rule.unit)


def _answer(facts: Facts) -> tuple[str | None, bool]:
    """When the application was answered, and whether its notice limit is void: returned as a draft, or withdrawn."""
    if facts.notices:
        return facts.notices[0]["at"], False
    if facts.accepted_at is not None:
        return facts.accepted_at, False
    if facts.received_at is None:  # sent online and never received: the review answered it
        return facts.reviewed_at, facts.state in {State.DRAFT, State.WITHDRAWN}
    return facts.ended_at, facts.state == State.WITHDRAWN


def _correction(facts: Facts, rules: Rules) -> Iterator[TimeLimit]:
    """After a notice: first the applicant's time to complete, then ours to accept what is now complete (art. 32(5))."""
    for index, notice in enumerate(facts.notices):
        supplied = notice["supplied_at"]
        settled = supplied or facts.ended_at
        start, until = day(notice["at"]), date.fromisoformat(notice["until"])
        yield TimeLimit(
            "correction",
            str(index),
            "申请人补正",
            "一次性告知书写明的补正期限",
            Limit((until - start).days, Unit.DAY),
            start,
            until,
            False,
            "",
            moment(settled) if settled else None,
            _met(settled, until),
        )
        if supplied:
            limit = notice_limit(facts, rules.spec)
            later = facts.notices[index + 1]["at"] if index + 1 < len(facts.notices) else None
            answer = later or facts.accepted_at or facts.ended_at
            yield _make(rules, "acceptance", "补正后受理", limit, day(supplied), answer, key=str(index))


def _met(settled: str | None, until: date) -> str:
    return "" if settled is None else "late" if day(settled) > until else "met"


def _examination(facts: Facts, rules: Rules) -> Iterator[TimeLimit]:
    """The two clocks of the case (statutory and promised), signing, the present step and special procedures."""
    if facts.accepted_on is None:
        return
    settled = facts.decided_at or facts.ended_at
    void = facts.decided_at is None and facts.ended_at is not None
    for kind, label, limit in (
        ("statutory", "法定时限", rules.spec.statutory_limit),
        ("promised", "承诺时限", rules.spec.promised_limit),
    ):
        if limit.limit is not None:
            yield _make(
                rules,
                kind,
                label,
                limit.limit,
                clock_start(facts, rules.spec),
                settled,
                rule=limit.source or "",
                suspensions=facts.suspensions(),
                extensions=facts.extensions() if limit.limit.unit != Unit.SPOT else (),
                void=void,
            )
    yield from _sign(facts, rules, settled)
    yield from _step(facts, rules, settled)
    yield from _procedures(facts, rules, settled)


def main_limit(spec: ItemSpec) -> Limit | None:
    """The limit that an extension extends: the statutory one, or the promise where no law sets any."""
    return spec.statutory_limit.limit or spec.promised_limit.limit


def clock_start(facts: Facts, spec: ItemSpec) -> date:
    """The day both clocks run from: receipt or acceptance as the item says; `after_procedure`: the end of the last one.

    After a notice the papers are complete only at acceptance, so then the clocks never run from receipt.
    """
    assert facts.accepted_on is not None
    accepted, starts = date.fromisoformat(facts.accepted_on), spec.statutory_limit.starts
    if starts == "receipt" and facts.received_at and not facts.notices:
        return day(facts.received_at)
    if starts == "after_procedure" and facts.procedures and not facts.open_procedures:
        return max(day(procedure["closed_at"]) for procedure in facts.procedures)
    return accepted


def _sign(facts: Facts, rules: Rules, settled: str | None) -> Iterator[TimeLimit]:
    """One limit per department that had the case, so that a transfer starts a new one and hides no lateness."""
    assert facts.accepted_at is not None
    limit, opened = Limit(rules.profile.sign_workdays, Unit.WORKDAY), facts.accepted_at
    here = {"at": settled, "dispatched_at": facts.dispatched_at, "signed_at": facts.signed_at}
    for index, stay in enumerate([*facts.transfers, here]):
        signed = stay["signed_at"]
        if signed or not rules.spec.immediate:
            yield _make(
                rules,
                "sign",
                "部门签收",
                limit,
                day(stay["dispatched_at"] or opened),
                signed or stay["at"],
                key=str(index) if index else "",
                rule="分办、转办件限时签收",
                void=signed is None,
            )
        opened = stay["at"]


def _step(facts: Facts, rules: Rules, settled: str | None) -> Iterator[TimeLimit]:
    """One limit per visit of a node, so that what came back counts again and no step's lateness is overwritten."""
    visits = [(opinion["step"], opinion["opened_at"], opinion["at"], False) for opinion in facts.opinions]
    if facts.decided_at is None and facts.step_opened_at:
        visits.append((facts.step, facts.step_opened_at, settled, settled is not None))
    for key, (index, opened, done, void) in enumerate(visits):
        if index >= len(rules.spec.nodes):
            continue
        node = rules.spec.nodes[index]
        yield _make(
            rules,
            "step",
            f"环节：{node.name}",
            Limit(node.limit.n, Unit(node.limit.unit)),
            day(opened),
            done,
            key=str(key),
            rule="事项公布的环节时限",
            suspensions=facts.suspensions(),
            void=void,
        )


def _procedures(facts: Facts, rules: Rules, settled: str | None) -> Iterator[TimeLimit]:
    for index, procedure in enumerate(facts.procedures):
        yield _make(
            rules,
            "procedure",
            f"特别程序：{procedure['name']}",
            Limit(procedure["n"], Unit(procedure["unit"])),
            day(procedure["opened_at"]),
            procedure["closed_at"] or settled,
            key=str(index),
            rule=procedure["legal_basis"] or "",
        )


def _conclusion(facts: Facts, rules: Rules) -> Iterator[TimeLimit]:
    """Delivery has its own clock: ten days from the decision (行政许可法 art. 44)."""
    if facts.decided_at is None:
        return
    limit = Limit(rules.profile.delivery_workdays, Unit.WORKDAY)
    delivered = facts.delivery["at"] if facts.delivery else None
    yield _make(
        rules,
        "delivery",
        "送达",
        limit,
        day(facts.decided_at),
        delivered or facts.ended_at,
        rule="行政许可法第44条：决定之日起十日内颁发、送达",
    )
    if facts.commitment is not None:
        yield _make(
            rules,
            "commitment_check",
            "承诺事后核查",
            Limit(rules.profile.commitment_check_days, Unit.DAY),
            day(facts.decided_at),
            facts.commitment["checked_at"] or (facts.ended_at if facts.state == State.REVOKED else None),
            rule=facts.commitment.get("post_check") or "",
        )


def _side_matters(facts: Facts, rules: Rules) -> Iterator[TimeLimit]:
    closed = facts.ended_at
    for key, handed in facts.materials.items():
        if "until" in handed:
            supplied = handed["at"] if handed["status"] == "handed" else closed
            promised = handed.get("deferred_at") or handed["at"]
            yield _deferred(rules.spec.material_by_key[key].name, key, promised, handed["until"], supplied)
    for index, assist in enumerate(facts.assists):
        yield _make(
            rules,
            "assist",
            "协办答复",
            Limit(rules.profile.assist_workdays, Unit.WORKDAY),
            day(assist["asked_at"]),
            assist["answered_at"] or facts.decided_at or closed,
            key=str(index),
        )


def _deferred(name: str, key: str, at: str, until: str, settled: str | None) -> TimeLimit:
    last_day = date.fromisoformat(until)
    limit = Limit(max((last_day - day(at)).days, 0), Unit.DAY)
    return TimeLimit(
        "deferred",
        key,
        f"容缺材料：{name}",
        "容缺受理承诺书",
        limit,
        day(at),
        last_day,
        False,
        "",
        moment(settled) if settled else None,
        _met(settled, last_day),
    )


def next_due(limits: Sequence[TimeLimit], state: State) -> date | None:
    """The date that orders the work lists: the soonest open limit of the staff. While the clocks of a case are paused
    that is the limit of the procedure that pauses them."""
    relevant = _STAFF_BEFORE if state in BEFORE_ACCEPTANCE else _STAFF_AFTER
    dates = [limit.due for limit in limits if limit.open and limit.due is not None and limit.kind in relevant]
    return min(dates, default=None)


_STAFF_BEFORE = frozenset({"prereview", "notice", "local_notice", "acceptance"})
_STAFF_AFTER = frozenset({"statutory", "promised", "step", "sign", "procedure", "delivery"})

__all__ = ["Rules", "TimeLimit", "clock_start", "main_limit", "next_due", "time_limits"]
