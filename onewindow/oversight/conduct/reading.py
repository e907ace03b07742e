"""Reading the ledger for the conduct checks: what is new, by number, and the cases it belongs to, in a few queries.

However many entries are new, the number of questions is the same: which cases, the cases, their entries, the rules
they are pinned to, and what the centre held where somebody asked for a paper.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson
from django.db import connection

from onewindow.cases.lifecycle import Action
from onewindow.cases.models import Case
from onewindow.cases.projection import moment
from onewindow.catalogue.models import ItemVersion
from onewindow.catalogue.spec import ItemSpec
from onewindow.clocks.clock import local_date
from onewindow.oversight.conduct.checks import READ, TRIGGERS
from onewindow.oversight.conduct.story import Entry, Held, Story

_RECENT: Final = 30
"""How many earlier cases of an applicant are looked through for a paper."""
_KEEPS: Final = timedelta(days=180)
"""For so long a paper that was handed in is taken to hold still; an old proof may rightly be asked for anew."""
_MOST_SPECS: Final = 2_000
_specs: dict[int, ItemSpec] = {}

_NEW: Final = """
SELECT case_id, array_agg(seq) FROM cases_caseevent
WHERE id > %s AND id <= %s AND action = ANY(%s) GROUP BY case_id"""
_ENTRIES: Final = """
SELECT e.case_id, e.seq, e.action, e.at, e.actor_id, coalesce(a.name, ''), e.role, p.department_id,
    coalesce(l.immediate, false), e.data - 'papers'
FROM cases_caseevent e
LEFT JOIN people_account a ON a.id = e.actor_id
LEFT JOIN people_posting p ON p.id = e.posting_id
LEFT JOIN people_authorisationletter l ON l.id = e.letter_id
WHERE e.case_id = ANY(%s) AND e.action = ANY(%s)
ORDER BY e.case_id, e.seq"""
_EARLIER: Final = """
SELECT mine.id, k.number, k.item_version_id, k.facts -> 'materials',
    CASE WHEN k.state <> 'revoked' THEN k.facts -> 'certificate' END
FROM cases_case mine
CROSS JOIN LATERAL (
    SELECT * FROM cases_case k
    WHERE k.applicant_id = mine.applicant_id AND k.id < mine.id AND k.received_at IS NOT NULL
    ORDER BY k.id DESC LIMIT %s) k
WHERE mine.id = ANY(%s) ORDER BY mine.id, k.id DESC"""


def stories(low: int, high: int) -> list[Story]:
    """The cases with new entries among the numbers (low, high] that any check looks at. At most five queries."""
    fresh = _fresh(low, high)
    if not fresh:
        return []
    keys = sorted(fresh)
    columns = ("pk", "number", "centre_id", "department_id", "ticket", "item_version_id")
    cases = list(Case.objects.filter(pk__in=keys).order_by("pk").values_list(*columns))
    rules, told = specs(version for *_, version in cases), entries(keys)
    found = [
        Story(pk, number, centre, department, ticket, rules[version], tuple(told[pk]), fresh[pk])
        for pk, number, centre, department, ticket, version in cases
    ]
    return _with_holdings(found)


def _fresh(low: int, high: int) -> dict[int, frozenset[int]]:
    with connection.cursor() as cursor:
        cursor.execute(_NEW, [low, high, sorted(TRIGGERS)])
        return {case: frozenset(seqs) for case, seqs in cursor.fetchall()}


def entries(cases: Sequence[int]) -> Mapping[int, list[Entry]]:
    """Case -> the entries that checks read, oldest first."""
    told: dict[int, list[Entry]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [list(cases), sorted(READ)])
        for case, *rest, data in cursor.fetchall():
            told[case].append(Entry(*(*rest, orjson.loads(data))))
    return told


def specs(versions: Iterable[int]) -> Mapping[int, ItemSpec]:
    """The rules of these item versions, kept in memory: a published version never changes. At most one query."""
    wanted = set(versions)
    unknown = wanted - _specs.keys()
    if unknown:
        if len(_specs) > _MOST_SPECS:
            _specs.clear()
            unknown = wanted
        _specs.update({version.pk: version.spec for version in ItemVersion.objects.filter(pk__in=sorted(unknown))})
    return _specs


# ---- what the centre held ------------------------------------------------------------------------------------------


def _with_holdings(found: list[Story]) -> list[Story]:
    """The stories; those in which a paper was newly asked for that the centre may hold, with what it held."""
    asked = {
        one.case: one for one in found if any(e.data.get("asked_though_held") for e in one.new(Action.GIVE_NOTICE))
    }
    if not asked:
        return found
    held: dict[int, dict[str, Held]] = defaultdict(dict)
    rows = _earlier(sorted(asked))
    theirs = specs(version for _, _, version, _, _ in rows)
    for case, number, version, materials, certificate in rows:
        for key, paper in _papers(asked[case].spec, theirs[version], number, materials, certificate):
            held[case].setdefault(key, paper)
    return [replace(one, held=held[one.case]) if one.case in held else one for one in found]


def _earlier(cases: list[int]) -> list[tuple[int, str, int, dict[str, Any], dict[str, Any] | None]]:
    with connection.cursor() as cursor:
        cursor.execute(_EARLIER, [_RECENT, cases])
        return [
            (case, number, version, orjson.loads(materials or "{}"), orjson.loads(certificate or "null"))
            for case, number, version, materials, certificate in cursor.fetchall()
        ]


def _papers(
    spec: ItemSpec, theirs: ItemSpec, number: str, materials: dict[str, Any], certificate: dict[str, Any] | None
) -> Iterable[tuple[str, Held]]:
    """What an earlier case has that this rule lists, issued by an office, handed in or issued here: the same paper by
    kind and by person, as for those who are asked (`Material.stands_for`)."""
    given = [(theirs.material_by_key[key], row) for key, row in materials.items() if key in theirs.material_by_key]
    for material in spec.materials:
        if not (material.licence_type or material.issuer):
            continue
        handed = next((r for m, r in given if m.stands_for(material) and r.get("status") == "handed"), None)
        if handed:
            at = moment(handed["at"])
            yield material.key, Held(material.name, number, at, local_date(at) + _KEEPS)
        elif certificate and material.issued_as(certificate["name"]):
            until = date.fromisoformat(certificate["valid_until"]) if certificate["valid_until"] else date.max
            yield material.key, Held(certificate["name"], number, moment(certificate["at"]), until)


# ---- decisions of a person -----------------------------------------------------------------------------------------

_DECISIONS: Final = """
SELECT c.id, c.number, c.centre_id, c.department_id, c.ticket, e.seq, e.action, e.at, e.actor_id,
    coalesce(a.name, ''), e.role, p.department_id, false
FROM cases_caseevent e
JOIN cases_case c ON c.id = e.case_id
LEFT JOIN people_account a ON a.id = e.actor_id
LEFT JOIN people_posting p ON p.id = e.posting_id
WHERE e.action = 'decide' AND e.actor_id = ANY(%s) AND e.at >= %s AND e.at <= %s
ORDER BY e.at, e.id"""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision with its case; `number` and `ticket` are the case's."""

    case: int
    number: str
    centre: int
    department: int
    ticket: str
    entry: Entry


def decisions(accounts: Iterable[int], since: datetime, until: datetime) -> list[Decision]:
    """Every decision of these people in a stretch of time, in time. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_DECISIONS, [sorted(accounts), since, until])
        return [Decision(*(*row[:5], Entry(*(*row[5:], {})))) for row in cursor.fetchall()]


__all__ = ["Decision", "decisions", "entries", "specs", "stories"]
