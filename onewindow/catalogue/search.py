"""Searching the catalogue in the words people use: one query over the inverted index, ranked.

The score of an item is the sum over the matched terms of how rare the term is, how strongly the item carries it and
how strongly the query means it; whole keywords count most, words of the conditions least.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, models

from onewindow.catalogue.models import Item, ItemVersion, version_by_id
from onewindow.catalogue.topics import Audience, Topic, topics
from onewindow.catalogue.words import normal, query_terms, singles
from onewindow.places.models import Department

_TAIL: Final = 0.12
"""Hits below this share of the best score are noise."""

_MODELS: Final[tuple[tuple[str, type[models.Model]], ...]] = (("i", Item), ("d", Department))


@dataclass(frozen=True, slots=True)
class Hit:
    """An item with its department already loaded, and its score. `version` costs no query once it was read."""

    item: Item
    score: float

    @property
    def version(self) -> ItemVersion | None:
        return version_by_id(self.item.current_id) if self.item.current_id else None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Where to look when nothing was found."""

    topics: tuple[Topic, ...]
    departments: tuple[Department, ...]


def search(
    q: str,
    *,
    audience: Audience | None = None,
    department: int | str | None = None,
    limit: int = 20,
    paused: bool = False,
) -> list[Hit]:
    """Items that fit, best first. `department` is a primary key or a credit code; `paused` adds items not in use.

    One database query, none when the text has nothing to search for. Any text is safe.
    """
    terms = query_terms(q)
    if not terms or limit < 1 or _impossible(department):
        return []
    where, parameters = _filters(audience, department, paused)
    sql = _SQL.format(columns=_columns(), where=where)
    with connection.cursor() as cursor:
        cursor.execute(sql, {"terms": list(terms), "weights": list(terms.values()), "limit": limit, **parameters})
        hits = [_hit(row) for row in cursor.fetchall()]
    return [hit for hit in hits if hit.score >= _TAIL * hits[0].score]


# The number of documents only scales rarity, so the planner's estimate is good enough and costs nothing.
_SQL: Final = """
WITH asked AS (SELECT * FROM unnest(%(terms)s::text[], %(weights)s::float8[]) AS asked (term, weight)),
found AS MATERIALIZED (
    SELECT t.item_id, asked.term, t.weight * asked.weight AS weight
    FROM asked JOIN catalogue_searchterm t ON t.term = asked.term
),
rarity AS (
    SELECT term, ln(1 + greatest((SELECT reltuples FROM pg_class WHERE oid = 'catalogue_item'::regclass), 64)
                        / count(*)) AS idf
    FROM found GROUP BY term
),
scored AS (
    SELECT found.item_id, sum(found.weight * rarity.idf) AS score
    FROM found JOIN rarity USING (term) GROUP BY found.item_id
)
SELECT scored.score * (1 + ln(1 + i.popularity) / 50) AS total, {columns}
FROM scored
JOIN catalogue_item i ON i.id = scored.item_id
JOIN places_department d ON d.id = i.department_id
WHERE {where}
ORDER BY total DESC, i.id
LIMIT %(limit)s
"""


def _filters(audience: str | None, department: int | str | None, paused: bool) -> tuple[str, dict[str, Any]]:
    conditions = ["TRUE" if paused else "i.status = 'in_use' AND i.current_id IS NOT NULL"]
    parameters: dict[str, Any] = {}
    if audience is not None:
        conditions.append("i.audience IN (%(audience)s, 'both')")
        parameters["audience"] = audience
    if department is not None:
        conditions.append("d.id = %(department)s" if isinstance(department, int) else "d.code = %(department)s")
        parameters["department"] = department
    return " AND ".join(conditions), parameters


def _impossible(department: int | str | None) -> bool:
    """What no department can be, and what PostgreSQL would not even compare."""
    return "\0" in department if isinstance(department, str) else abs(department or 0) >= 1 << 63


def _columns() -> str:
    return ", ".join(f"{alias}.{field.column}" for alias, model in _MODELS for field in model._meta.concrete_fields)


def _hit(row: tuple[Any, ...]) -> Hit:
    item_fields, department_fields = Item._meta.concrete_fields, Department._meta.concrete_fields
    values = row[1 : 1 + len(item_fields)]
    item = Item.from_db(connection.alias, [field.attname for field in item_fields], _from_db(item_fields, values))
    item.department = Department.from_db(
        connection.alias, [field.attname for field in department_fields], row[1 + len(item_fields) :]
    )
    return Hit(item, float(row[0]))


def _from_db(fields: Any, values: tuple[Any, ...]) -> list[Any]:
    """JSON columns arrive as text on a plain cursor of Django."""
    return [
        json.loads(value) if isinstance(field, models.JSONField) and isinstance(value, str) else value
        for field, value in zip(fields, values, strict=True)
    ]


def suggest(q: str, *, audience: Audience | None = None) -> Suggestions:
    """Topics and departments nearest to what was typed, for a search that found nothing. One query."""
    told = set(singles(normal(q[:500])))
    near = sorted(topics(audience), key=lambda found: -_overlap(told, found.name + "".join(found.words)))
    departments = list(
        Department.objects.filter(is_active=True, items__status="in_use", items__current__isnull=False).distinct()
    )
    close = [found for found in departments if _overlap(told, found.short_name) > 0]
    return Suggestions(tuple(near[:6]), tuple((close or departments)[:6]))


def _overlap(told: set[str], text: str) -> int:
    return len(told & set(text))
