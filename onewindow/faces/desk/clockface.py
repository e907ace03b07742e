"""A time limit as the desk shows it: words, tone and the thin bar with used, paused and left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from onewindow.cases.actions.engine import rules_for
from onewindow.cases.lifecycle import State
from onewindow.cases.limits import Rules, TimeLimit, next_due, time_limits
from onewindow.cases.models import Case
from onewindow.cases.projection import Facts
from onewindow.clocks import clock
from onewindow.clocks.clock import Extension, Suspension, Unit, local_date

_SUSPENDED = frozenset({"statutory", "promised", "step"})
_EXTENDED = frozenset({"statutory", "promised"})
_DAYS_OF = {Unit.WORKDAY: 1.4, Unit.DAY: 1.0, Unit.MONTH: 30.0, Unit.YEAR: 365.0, Unit.SPOT: 1.0}
_HEAD = ("promised", "statutory")
_BEFORE = ("prereview", "notice", "local_notice", "acceptance", "correction")


@dataclass(frozen=True, slots=True)
class ClockFace:
    """`left` counts working days; `used` and `paused` are shares of the whole stretch, 0 to 1."""

    kind: str
    key: str
    label: str
    rule: str
    limit_words: str
    start: date
    due: date | None
    left: int | None
    provisional: bool
    paused_ground: str
    settled: str
    late: bool
    used: float
    paused: float

    @property
    def anchor(self) -> str:
        return f"{self.kind}-{self.key}" if self.key else self.kind

    @property
    def tone(self) -> str:
        """What the bar says, in step with the words: by days left, not by share."""
        if self.settled:
            return "late" if self.late else "done"
        if self.paused_ground:
            return "ontime"
        return "late" if self.late else "soon" if self.left is not None and self.left <= 2 else "ontime"


def of_case(case: Case, now: datetime | None = None) -> list[ClockFace]:
    """Every limit the case has or had. `case` comes with `centre__profile`; no query of its own."""
    today = local_date(now or timezone.now())
    rules = rules_for(case)
    return [face(limit, case.told, rules, today) for limit in time_limits(case.told, rules)]


def row_face(case: Case, today: date, rules: Rules | None = None) -> ClockFace | None:
    """The one limit that puts the case where it stands in the list; while all are paused the promised one."""
    rules = rules or rules_for(case)
    limits = time_limits(case.told, rules)
    due = next_due(limits, State(case.state))
    open_limits = [limit for limit in limits if limit.open]
    chosen = next((limit for limit in open_limits if due is not None and limit.due == due), None)
    if chosen is None:
        chosen = next((limit for limit in open_limits if limit.kind in (*_HEAD, "correction")), None)
    return face(chosen, case.told, rules, today) if chosen else None


def head_faces(faces: Sequence[ClockFace]) -> list[ClockFace]:
    """Promised and statutory; before acceptance what runs there, after a decision also delivery."""
    found = [one for kind in _HEAD for one in faces if one.kind == kind]
    if not found:
        found = [one for one in faces if one.kind in _BEFORE and not one.settled][:2]
    running = [one for one in faces if one.kind in {"delivery"} and not one.settled]
    return [*running, *found][:3]


def face(limit: TimeLimit, facts: Facts, rules: Rules, today: date) -> ClockFace:
    pauses = facts.suspensions() if limit.kind in _SUSPENDED else []
    more = facts.extensions() if limit.kind in _EXTENDED and limit.limit.unit is not Unit.SPOT else []
    settled_on = local_date(limit.settled_at) if limit.settled_at else None
    until = settled_on or today
    used, paused = _shares(limit, pauses, more, until, rules)
    left = None if limit.due is None else clock.remaining(limit.due, until, rules.calendar)
    late = limit.outcome == "late" or (limit.open and left is not None and left < 0)
    return ClockFace(
        limit.kind,
        limit.key,
        limit.label,
        limit.rule,
        words(limit.limit.n, limit.limit.unit),
        limit.start,
        limit.due,
        left,
        limit.provisional,
        limit.paused_ground if limit.open else "",
        _settled_words(limit, settled_on),
        late,
        used,
        paused,
    )


def words(n: int, unit: Unit) -> str:
    names = {Unit.WORKDAY: "个工作日", Unit.DAY: "日", Unit.MONTH: "个月", Unit.YEAR: "年"}
    return "当场" if unit is Unit.SPOT else f"{n} {names[unit]}"


def _settled_words(limit: TimeLimit, on: date | None) -> str:
    if on is None:
        return ""
    said = {"late": "超期", "void": "已作废"}.get(limit.outcome, "按时")
    return f"{on.month}月{on.day}日{said}" if limit.outcome != "void" else said


def _shares(
    limit: TimeLimit, pauses: Sequence[Suspension], more: Sequence[Extension], until: date, rules: Rules
) -> tuple[float, float]:
    until = max(until, limit.start)
    share = clock.used_share(
        limit.limit, limit.start, until, suspensions=pauses, extensions=more, calendar=rules.calendar
    )
    paused = _paused_days(pauses, limit.start, until)
    whole = sum(one.n * _DAYS_OF[one.unit] for one in (limit.limit, *(e.limit for e in more))) or 1.0
    return min(share, 1.0) * whole / (whole + paused), paused / (whole + paused)


def _paused_days(pauses: Iterable[Suspension], start: date, until: date) -> int:
    """Calendar days from start to `until` on which the clock stood; overlapping pauses count once."""
    days: set[date] = set()
    for pause in pauses:
        if pause.counts:
            continue
        first, last = max(pause.start, start), min(pause.end or until + timedelta(days=1), until + timedelta(days=1))
        days.update(first + timedelta(days=n) for n in range(max((last - first).days, 0)))
    return len(days)
