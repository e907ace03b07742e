"""逐日说明: every limit of a case day by day; and the ledger with its digests."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from onewindow.cases.actions.engine import rules_for
from onewindow.cases.limits import Rules, TimeLimit, time_limits
from onewindow.cases.models import Case
from onewindow.clocks.clock import ClockError, DayLine, Unit, explain, local_date
from onewindow.faces.desk import story
from onewindow.faces.desk.access import find_case, staff
from onewindow.faces.desk.casepage import events_of, head
from onewindow.faces.desk.clockface import face
from onewindow.faces.desk.page import page
from onewindow.faces.desk.trail import Trail
from onewindow.people.authority import Actor

_OPENINGS = {"statutory": "受理", "promised": "受理", "notice": "收件", "local_notice": "收件", "delivery": "决定"}
_SUSPENDED = frozenset({"statutory", "promised", "step"})
_EXTENDED = frozenset({"statutory", "promised"})
_ORDER = {"promised": 0, "statutory": 1}
_LONGEST = 400
"""Days explained one by one; what is longer (years of retention) is cut and says so."""
_WEEK = "一二三四五六日"


@require_safe
@staff
def clock_page(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    case = find_case(actor, number)
    limits = time_limits(case.told, rules_for(case))
    ordered = sorted(limits, key=lambda one: (_ORDER.get(one.kind, 2), not one.open))
    trail = Trail.of(request)
    context = {**head(case, trail, actor), "explained": [_explained(case, one) for one in ordered]}
    return page(request, actor, "desk/clock.html", context, current=trail.list)


def _explained(case: Case, limit: TimeLimit) -> dict[str, Any]:
    rules = rules_for(case)
    today = local_date(timezone.now())
    lines, note = _lines(case, limit, rules)
    return {
        "face": face(limit, case.told, rules, today),
        "months": list(_months(lines[:_LONGEST], today)),
        "counted": sum(line.counted for line in lines),
        "cut": max(len(lines) - _LONGEST, 0),
        "note": note,
    }


def _lines(case: Case, limit: TimeLimit, rules: Rules) -> tuple[list[DayLine], str]:
    facts = case.told
    extended = limit.kind in _EXTENDED and limit.limit.unit is not Unit.SPOT
    until = local_date(limit.settled_at) if limit.settled_at else local_date(timezone.now())
    try:
        lines = explain(
            limit.limit,
            limit.start,
            suspensions=facts.suspensions() if limit.kind in _SUSPENDED else [],
            extensions=facts.extensions() if extended else [],
            calendar=rules.calendar,
            until=until if limit.due is None else None,
            opening=_OPENINGS.get(limit.kind, "开始"),
        )
    except ClockError as error:
        return [], str(error)
    return lines, ""


def _months(lines: list[DayLine], today: Any) -> Iterable[dict[str, Any]]:
    for (year, month), days in groupby(lines, key=lambda line: (line.date.year, line.date.month)):
        found = [_day(line, today) for line in days]
        yield {"title": f"{year}年{month}月", "days": found, "blank": range(found[0]["line"].date.weekday())}


def _day(line: DayLine, today: Any) -> dict[str, Any]:
    weekday = _WEEK[line.date.weekday()]
    return {"line": line, "weekday": weekday, "today": line.date == today, "future": line.date > today}


@require_safe
@staff
def events_page(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    case = find_case(actor, number)
    events = events_of(case)
    names = story.names_for(case, events)
    told = story.timeline(case, events, names)
    trail = Trail.of(request)
    context = {**head(case, trail, actor), "events": list(zip(events, reversed(told), strict=True))}
    return page(request, actor, "desk/events.html", context, current=trail.list)
