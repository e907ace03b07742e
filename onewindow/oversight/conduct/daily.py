"""What conduct rules find once a day, from figures of a stretch of time rather than from one entry.

What the figures do not allow to say is no finding: it is kept as 无法核验 with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db import connection

from onewindow.cases.models import CaseEvent
from onewindow.clocks.clock import SHANGHAI
from onewindow.oversight.conduct.peers import Above, Handled, far_above
from onewindow.oversight.conduct.story import Finding, Json, Unclear
from onewindow.people.roles import LABELS
from onewindow.voice.ratings.flags import Bounds, Flagged, flags_of

PERIOD: Final = 30
"""Days over which somebody's returns are compared with those of others."""
VISITS: Final = 5
"""So many people who came to the hall for an item, and not one case of it, is more than chance."""
_POSTS: Final = {role.value: label for role, label in LABELS.items()}
_MOST_ROWS: Final = 30
"""Rows of evidence kept with a finding."""

Values = Mapping[str, float]
Daily = Callable[[Values, Collection[int], date], Iterator[Finding | Unclear]]
"""Values of the rule, the centres it is for, today: judges the days before today."""


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


def _rows(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


# ---- returns -------------------------------------------------------------------------------------------------------

_HANDLED: Final = """
SELECT centre_id, role, item_id, actor_id, max(department_id), count(*), count(*) FILTER (WHERE returned) FROM (
    SELECT c.centre_id, e.role, c.item_id, e.actor_id, e.case_id, max(p.department_id) AS department_id,
        bool_or(e.action IN ('give_notice', 'return_for_completion')) AS returned
    FROM cases_caseevent e
    JOIN cases_case c ON c.id = e.case_id
    LEFT JOIN people_posting p ON p.id = e.posting_id
    WHERE e.at >= %(since)s AND e.at < %(until)s AND e.actor_id IS NOT NULL AND e.role <> 'applicant'
        AND e.action IN ('receive', 'give_notice', 'return_for_completion', 'accept', 'accept_deferred',
            'find_not_required', 'refuse_acceptance')
        AND c.centre_id = ANY(%(centres)s)
    GROUP BY 1, 2, 3, 4, 5) AS handled
GROUP BY 1, 2, 3, 4"""


def returns_above_peers(values: Values, centres: Collection[int], today: date) -> Iterator[Finding | Unclear]:
    """Somebody sends applications back far more often than others in the same post do with the same items (HN-27.10).
    Once a month at most. Three queries."""
    span = {"since": _midnight(today - timedelta(days=PERIOD)), "until": _midnight(today)}
    handled = [Handled(*row) for row in _rows(_HANDLED, {**span, "centres": sorted(centres)})]
    judged = list(far_above(handled, values["times"], int(values["least"])))
    names = _names(one.person for one in judged)
    evidence = _returned([one for one in judged if one.above], span)
    for one in judged:
        name = f"{names.get(one.person, '')}（{_POSTS.get(one.role, one.role)}）"
        if one.above:
            yield _above(one, name, evidence.get(one.person, ()), today)
        else:
            reason = f"{PERIOD} 天退回 {one.returned} 件，但办同样事项的同岗同事太少，没有可比的"
            yield Unclear("person", one.person, name, one.centre, today, reason, one.department, one.person)


def _above(one: Above, name: str, rows: Iterable[Json], today: date) -> Finding:
    words = (
        f"{name}{PERIOD} 天办 {one.handled} 件，退回 {one.returned} 件；"
        f"按同事办同样事项的比例应是 {one.expected:.1f} 件左右"
    )
    facts = {"handled": one.handled, "returned": one.returned, "expected": round(one.expected, 1)}
    return Finding(
        key=f"{one.person}:{one.centre}:{today:%Y-%m}",
        subject="person",
        subject_id=one.person,
        subject_number="",
        centre=one.centre,
        department=one.department,
        person=one.person,
        words=words,
        rows=tuple(rows),
        facts={**facts, "peers": one.peers, "days": PERIOD},
    )


def _names(people: Iterable[int]) -> dict[int, str]:
    wanted = sorted(set(people))
    found = _rows("SELECT id, name FROM people_account WHERE id = ANY(%(pks)s)", {"pks": wanted}) if wanted else []
    return dict(found)


def _returned(judged: list[Above], span: Mapping[str, datetime]) -> dict[int, list[Json]]:
    """Person -> their latest returns as rows of evidence."""
    if not judged:
        return {}
    events = (
        CaseEvent.objects.filter(at__gte=span["since"], at__lt=span["until"], actor__in=[one.person for one in judged])
        .filter(action__in=["give_notice", "return_for_completion"])
        .select_related("case", "actor")
        .only("seq", "action", "at", "role", "case__number", "actor__name")
        .order_by("-at")
    )
    found: dict[int, list[Json]] = {one.person: [] for one in judged}
    for event in events:
        if event.actor is not None and len(found[event.actor.pk]) < _MOST_ROWS:
            found[event.actor.pk].append(_event_row(event))
    return found


def _event_row(event: CaseEvent) -> Json:
    what = "一次性告知" if event.action == "give_notice" else "退回完善"
    who = f"{event.actor.name if event.actor else ''}（{event.role_label}）"
    row = {"case": event.case.number, "seq": event.seq, "action": event.action, "at": event.at.isoformat()}
    return {**row, "who": who, "what": what}


# ---- 明进暗不进 -----------------------------------------------------------------------------------------------------

_ITEMS: Final = """
SELECT h.id, i.id, i.code, i.name, i.department_id, coalesce(t.visits, 0)
FROM catalogue_item i
JOIN places_department d ON d.id = i.department_id
JOIN LATERAL (SELECT id FROM places_centre c WHERE c.division_id = d.division_id AND c.kind = 'service_centre'
    AND c.is_open ORDER BY id LIMIT 1) h ON true
LEFT JOIN (
    SELECT centre_id, items[1] AS item, count(*) AS visits FROM hall_ticket
    WHERE day >= %(first)s AND day < %(today)s AND cardinality(items) = 1 AND state = 'finished'
        AND started_at IS NOT NULL
    GROUP BY 1, 2) t ON t.centre_id = h.id AND t.item = i.id
WHERE i.status = 'in_use' AND h.id = ANY(%(centres)s)
    AND (SELECT min(v.published_at) FROM catalogue_itemversion v WHERE v.item_id = i.id) < %(since)s
    AND NOT EXISTS (SELECT FROM (
        SELECT DISTINCT c.item_id FROM cases_caseevent e JOIN cases_case c ON c.id = e.case_id
        WHERE e.at >= %(since)s AND e.at < %(until)s AND e.action IN ('receive', 'submit')) AS alive
    WHERE alive.item_id = i.id)
ORDER BY h.id, i.code"""
"""Items at home in these halls of which no case came in, at any counter or online, and how many came for them."""
_VISITS: Final = """
SELECT items[1], number, started_at FROM hall_ticket
WHERE day >= %(first)s AND day < %(today)s AND centre_id = ANY(%(centres)s) AND cardinality(items) = 1
    AND items[1] = ANY(%(items)s) AND state = 'finished' AND started_at IS NOT NULL ORDER BY started_at DESC"""


@dataclass(frozen=True, slots=True)
class Quiet:
    """An item of which no case came in, and how many people came to the hall for it and nothing else."""

    centre: int
    item: int
    code: str
    name: str
    department: int
    visits: int


def never_in_the_hall(values: Values, centres: Collection[int], today: date) -> Iterator[Finding | Unclear]:
    """People come to the hall for an item, and still no case of it is ever received: it is done elsewhere (HN-13.1).

    Where nobody comes either, only the department's own system could tell, so that is not found but 无法核验. Items
    published within the stretch are left alone. Once a month at most. Two queries.
    """
    days = int(values["days"])
    first = today - timedelta(days=days)
    span = {"first": first, "today": today, "centres": sorted(centres)}
    quiet = [Quiet(*row) for row in _rows(_ITEMS, {**span, "since": _midnight(first), "until": _midnight(today)})]
    loud = [one.item for one in quiet if one.visits >= VISITS]
    visits: dict[int, list[Json]] = {item: [] for item in loud}
    for item, number, at in _rows(_VISITS, {**span, "items": loud}) if loud else ():
        if len(visits[item]) < _MOST_ROWS:
            row = {"case": "", "seq": None, "action": "visit", "at": at.isoformat()}
            visits[item].append({**row, "who": f"{number} 号", "what": "来大厅办这个事项，没有收件"})
    for one in quiet:
        yield judge(one, days, today, visits.get(one.item, []))


def judge(one: Quiet, days: int, today: date, rows: list[Json]) -> Finding | Unclear:
    if one.visits < VISITS:
        came = f"来大厅问的只有 {one.visits} 人" if one.visits else "也没有人来大厅办"
        reason = f"{days} 天里一件也没有收，{came}；没有部门自己系统的数据，分不清是没人办，还是在大厅外面办"
        return Unclear("item", one.item, one.name[:120], one.centre, today, reason, one.department)
    return Finding(
        key=f"{one.centre}:{one.item}:{today:%Y-%m}",
        subject="item",
        subject_id=one.item,
        subject_number=one.code,
        centre=one.centre,
        department=one.department,
        person=None,
        words=f"{one.name[:60]}：{days} 天里 {one.visits} 人来大厅办，一件也没有收",
        rows=tuple(rows),
        facts={"visits": one.visits, "days": days},
    )


# ---- ratings -------------------------------------------------------------------------------------------------------


def ratings_in_a_row(values: Values, centres: Collection[int], today: date) -> Iterator[Finding | Unclear]:
    """Good ratings at one window yesterday, seconds after the service or after each other (XY-13.2). It also marks
    those ratings. At most two queries."""
    bounds = Bounds(timedelta(seconds=values["seconds"]), values["share"], int(values["least"]))
    for one in flags_of(centres, today - timedelta(days=1), bounds):
        yield _flagged(one, values["seconds"])


def _flagged(one: Flagged, seconds: float) -> Finding:
    person = next(iter(one.people)) if len(one.people) == 1 else None
    departments = {rating.department_id for rating in one.quick} - {None}
    words = (
        f"{one.window.code} 窗口 {one.day.month}月{one.day.day}日 {one.good} 条好评，"
        f"{len(one.quick)} 条离办完或离上一条不到 {seconds:g} 秒"
    )
    rows = [
        {"case": rating.case.number if rating.case else "", "seq": None, "action": "rate", "at": rating.at.isoformat()}
        | {"who": rating.get_channel_display(), "what": f"{rating.number} {rating.get_level_display()}"}
        for rating in one.quick[:_MOST_ROWS]
    ]
    return Finding(
        key=f"{one.window.pk}:{one.day}",
        subject="window",
        subject_id=one.window.pk,
        subject_number=one.window.code,
        centre=one.window.centre_id,
        department=departments.pop() if len(departments) == 1 else None,
        person=person,
        words=words,
        rows=tuple(rows),
        facts={"good": one.good, "quick": len(one.quick)},
    )


DAILY: Final[dict[str, Daily]] = {
    "returns_above_peers": returns_above_peers,
    "never_in_the_hall": never_in_the_hall,
    "ratings_in_a_row": ratings_in_a_row,
}
"""The daily checks by the name that rules give them."""
