"""The statements that sum the figures of centres into those of the divisions they lie in, level by level.

As in figure_sql.py each builds the whole truth of its days and then writes only what differs.
"""

from __future__ import annotations

from typing import Final

_LEVELS: Final = "(VALUES (2, 4), (4, 6), (6, 9), (9, 12), (12, 12)) AS level(own, below)"
"""Digits of a division's code, and of those one level below."""
_OF: Final = f"""
of AS MATERIALIZED (
    SELECT c.id AS centre_id, left(c.division_id, own) AS under,
        CASE WHEN own < 6 OR length(c.division_id) > own THEN left(c.division_id, below) END AS place
    FROM places_centre c CROSS JOIN {_LEVELS} WHERE length(c.division_id) >= own)"""  # noqa: S608 - our own text
"""Centre by centre each division it lies in, and where in it; a province and a city also tell their own centres apart,
a county tells them one by one."""
_WRITE: Final = """
gone AS (
    DELETE FROM {table} f WHERE {where} AND NOT EXISTS (SELECT FROM counted k WHERE {same}) RETURNING 1),
told AS (
    INSERT INTO {table} AS f ({columns}) SELECT {columns} FROM counted
    ON CONFLICT ON CONSTRAINT {once} DO UPDATE SET value = excluded.value
    WHERE f.value <> excluded.value RETURNING 1)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM told)"""
_ASKED: Final = "f.day >= %(first)s::date AND f.day <= %(last)s::date AND f.measure = ANY({})"

SUM_FIGURES: Final = f"""
WITH {_OF},
counted AS MATERIALIZED (
    SELECT o.under, coalesce(o.place, '') AS place, NULL::bigint AS item_id, f.day, f.measure,
        sum(f.value)::bigint AS value
    FROM oversight_figure f JOIN of o USING (centre_id)
    WHERE {_ASKED.format("%(measures)s::text[]")}
        AND f.department_id IS NULL AND f.person_id IS NULL AND f.item_id IS NULL
    GROUP BY GROUPING SETS ((o.under, f.day, f.measure), (o.under, o.place, f.day, f.measure))
    HAVING GROUPING(o.place) = 1 OR o.place IS NOT NULL
    UNION ALL
    SELECT under, '', f.item_id, f.day, f.measure, sum(f.value)::bigint
    FROM oversight_figure f JOIN of o USING (centre_id)
    WHERE {_ASKED.format("%(by_item)s::text[]")} AND f.item_id IS NOT NULL
    GROUP BY under, f.item_id, f.day, f.measure),
{
    _WRITE.format(
        table="oversight_placefigure",
        columns="under, place, item_id, day, measure, value",
        where=_ASKED.format("%(measures)s::text[]"),
        same="k.under = f.under AND k.place = f.place AND coalesce(k.item_id, 0) = coalesce(f.item_id, 0) "
        "AND k.day = f.day AND k.measure = f.measure",
        once="oversight_one_place_figure",
    )
}"""  # noqa: S608 - our own text

SUM_DUE: Final = f"""
WITH {_OF},
counted AS MATERIALIZED (
    SELECT o.under, coalesce(o.place, '') AS place, f.day, sum(f.value)::bigint AS value
    FROM oversight_duefigure f JOIN of o USING (centre_id)
    WHERE f.department_id IS NULL AND f.person_id IS NULL
    GROUP BY GROUPING SETS ((o.under, f.day), (o.under, o.place, f.day))
    HAVING GROUPING(o.place) = 1 OR o.place IS NOT NULL),
{
    _WRITE.format(
        table="oversight_placedue",
        columns="under, place, day, value",
        where="true",
        same="k.under = f.under AND k.place = f.place AND k.day = f.day",
        once="oversight_one_place_due",
    )
}"""  # noqa: S608 - our own text

WHERE_CENTRES_LIE: Final = (
    "SELECT coalesce(hashtextextended(string_agg(id || ':' || division_id, ',' ORDER BY id), 0), 0) FROM places_centre"
)
"""A number that is another one as soon as a centre comes, goes or moves."""
