"""The clocks of a case: what is left, what is used, and the days one by one when somebody asks."""

from __future__ import annotations

from datetime import date
from typing import Any

from onewindow.cases.actions.engine import rules_for
from onewindow.cases.limits import Rules, TimeLimit, time_limits
from onewindow.cases.models import Case
from onewindow.cases.projection import Facts
from onewindow.clocks.clock import DayLine, Extension, Suspension, Unit, explain, local_date, remaining, used_share
from onewindow.faces.api import caseview
from onewindow.problems import FieldError, InvalidInput

_OPENINGS = {"statutory": "受理", "promised": "受理", "notice": "收件", "local_notice": "收件", "delivery": "决定"}
_SUSPENDED = frozenset({"statutory", "promised", "step"})
_EXTENDED = frozenset({"statutory", "promised"})
_LONGEST = 800
"""Days explained at most: two years of working days."""


def clocks(case: Case, wanted: str, today: date) -> list[dict[str, Any]]:
    """Every limit of the case; `wanted` (`statutory`, `step/0`, `all`) is explained by days. Raises InvalidInput."""
    facts, rules = case.told, rules_for(case)
    limits = time_limits(facts, rules)
    names = {_name(limit) for limit in limits}
    if wanted and wanted != "all" and wanted not in names:
        raise InvalidInput("这个办件没有这个期限", [FieldError("explain", f"可以写：{'、'.join(sorted(names))}、all")])
    return [_clock(limit, facts, rules, today, wanted in ("all", _name(limit))) for limit in limits]


def _name(limit: TimeLimit) -> str:
    return f"{limit.kind}/{limit.key}" if limit.key else limit.kind


def _clock(limit: TimeLimit, facts: Facts, rules: Rules, today: date, explained: bool) -> dict[str, Any]:
    until = local_date(limit.settled_at) if limit.settled_at else today
    pauses, more = _stretches(limit, facts)
    share = used_share(limit.limit, limit.start, until, suspensions=pauses, extensions=more, calendar=rules.calendar)
    return {
        **caseview.deadline(limit),
        "remaining": remaining(limit.due, until, rules.calendar) if limit.due else None,
        "used_share": round(share, 4),
        "days": _days(limit, facts, rules, until) if explained else None,
    }


def _stretches(limit: TimeLimit, facts: Facts) -> tuple[list[Suspension], list[Extension]]:
    """What stops and what lengthens this limit (cases/limits.py says which do)."""
    pauses = facts.suspensions() if limit.kind in _SUSPENDED else []
    extended = limit.kind in _EXTENDED and limit.limit.unit is not Unit.SPOT
    return pauses, facts.extensions() if extended else []


def _days(limit: TimeLimit, facts: Facts, rules: Rules, until: date) -> list[dict[str, Any]]:
    pauses, more = _stretches(limit, facts)
    lines = explain(
        limit.limit,
        limit.start,
        suspensions=pauses,
        extensions=more,
        calendar=rules.calendar,
        until=until if limit.due is None else None,
        opening=_OPENINGS.get(limit.kind, "开始"),
    )
    return [_line(line) for line in lines[:_LONGEST]]


def _line(line: DayLine) -> dict[str, Any]:
    return {
        "date": line.date,
        "counted": line.counted,
        "number": line.number,
        "kind": line.kind,
        "note": line.note,
    }
