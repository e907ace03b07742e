"""What the days of a hall were like: waiting and service by line, item, window, hour and day; who left; who had booked.

Everything is added up by the database from the timed periods: one statement for all figures of visits, one for items.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from onewindow.catalogue.models import Item
from onewindow.hall.models import Queue
from onewindow.hall.queues import hall_map
from onewindow.hall.rules import HallRules
from onewindow.places.models import Window
from onewindow.problems import FieldError, InvalidInput

MOST_DAYS: Final = 31
ON_TIME: Final = 10
"""Minutes after the appointed time (or after coming late) within which the call was on time."""
LEFT_SHOWN: Final = 100
ENDS: Final = {"missed": "过号后没有回来", "closed": "下班时还没有叫到", "visitor": "不等了"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. Minutes; waits are of those who were called, services from the start to the end without
    the time held. None where nobody was."""

    label: str = ""
    tickets: int = 0
    called: int = 0
    finished: int = 0
    left: int = 0
    within: int = 0
    wait: float | None = None
    wait_ninety: float | None = None
    wait_most: float | None = None
    service: float | None = None
    service_ninety: float | None = None

    @property
    def within_share(self) -> float | None:
        """The part of those called who waited no longer than the hall's limit."""
        return self.within / self.called if self.called else None


@dataclass(frozen=True, slots=True)
class Gone:
    """A visit that ended before anybody served it to the end."""

    number: str
    queue: str
    taken: datetime
    left: datetime
    reason: str

    @property
    def minutes(self) -> float:
        return (self.left - self.taken).total_seconds() / 60


@dataclass(frozen=True, slots=True)
class Figures:
    """`walk_ins` and `booked` are the two ways to come; `on_time` of `kept` appointments were called in time."""

    first: date
    last: date
    limit: int
    whole: Row
    walk_ins: Row
    booked: Row
    kept: int
    on_time: int
    queues: tuple[Row, ...] = ()
    items: tuple[Row, ...] = ()
    windows: tuple[Row, ...] = ()
    hours: tuple[Row, ...] = ()
    days: tuple[Row, ...] = ()
    gone: tuple[Gone, ...] = ()
    gone_hours: Mapping[int, int] = field(default_factory=dict)

    @property
    def walk_in_share(self) -> float | None:
        return self.walk_ins.tickets / self.whole.tickets if self.whole.tickets else None

    @property
    def on_time_share(self) -> float | None:
        return self.on_time / self.kept if self.kept else None


_SUMS: Final = """count(*), count(waited) FILTER (WHERE called), count(*) FILTER (WHERE state = 'finished'),
    count(*) FILTER (WHERE state = 'left'), count(*) FILTER (WHERE called AND waited <= %(limit)s),
    avg(waited) FILTER (WHERE called), percentile_cont(0.9) WITHIN GROUP (ORDER BY waited) FILTER (WHERE called),
    max(waited) FILTER (WHERE called), avg(served), percentile_cont(0.9) WITHIN GROUP (ORDER BY served)"""
_VISITS: Final = """
spent AS (
    SELECT ticket_id,
        sum(extract(epoch FROM ended_at - started_at)) FILTER (WHERE state = 'waiting') / 60 AS waited,
        sum(extract(epoch FROM ended_at - started_at)) FILTER (WHERE state = 'serving') / 60 AS served,
        bool_or(state = 'called') AS called, min(started_at) FILTER (WHERE state = 'called') AS first_call,
        (array_agg(window_id ORDER BY started_at DESC) FILTER (WHERE state = 'serving'))[1] AS served_at
    FROM hall_ticketperiod
    WHERE centre_id = %(centre)s AND state IN ('waiting', 'called', 'serving')
      AND started_at >= %(since)s AND started_at < %(until)s
    GROUP BY ticket_id),
visit AS (
    SELECT t.id, t.day, t.queue_id, t.state, t.items, t.appointment_id IS NOT NULL AS booked,
        extract(hour FROM t.taken_at AT TIME ZONE %(zone)s)::int AS hour, spent.served_at AS window_id,
        coalesce(spent.called, false) AS called, spent.waited, spent.served,
        greatest(lower(a.period), a.arrived_at) AS due, spent.first_call
    FROM hall_ticket t LEFT JOIN spent ON spent.ticket_id = t.id LEFT JOIN hall_appointment a ON a.id = t.appointment_id
    WHERE t.centre_id = %(centre)s AND t.day BETWEEN %(first)s AND %(last)s)"""
_BY_VISIT: Final = f"""
WITH {_VISITS}
SELECT grouping(queue_id, window_id, hour, day, booked), queue_id, window_id, hour, day, booked, {_SUMS},
    count(*) FILTER (WHERE called AND due IS NOT NULL),
    count(*) FILTER (WHERE called AND first_call <= due + make_interval(mins => %(on_time)s))
FROM visit
GROUP BY GROUPING SETS ((), (queue_id), (window_id), (hour), (day), (booked))"""  # noqa: S608 - our own text
_BY_ITEM: Final = f"""
WITH {_VISITS.replace(", spent.served,", ",")},
served AS (
    SELECT p.ticket_id, coalesce(p.item_id, t.items[1]) AS item,
        sum(extract(epoch FROM p.ended_at - p.started_at)) / 60 AS served
    FROM hall_ticketperiod p JOIN hall_ticket t ON t.id = p.ticket_id
    WHERE p.centre_id = %(centre)s AND p.state = 'serving' AND p.started_at >= %(since)s
      AND p.started_at < %(until)s
    GROUP BY 1, 2)
SELECT wanted.item, {_SUMS}
FROM visit CROSS JOIN LATERAL unnest(visit.items) AS wanted(item)
LEFT JOIN served ON served.ticket_id = visit.id AND served.item = wanted.item
GROUP BY wanted.item ORDER BY 2 DESC, 1 LIMIT 200"""  # noqa: S608 - our own text
_GONE: Final = """
SELECT number, queue_id, taken_at, ended_at, end_reason FROM hall_ticket
WHERE centre_id = %(centre)s AND day BETWEEN %(first)s AND %(last)s AND state = 'left' AND ended_at IS NOT NULL
ORDER BY ended_at DESC, id DESC LIMIT %(shown)s"""
_GONE_HOURS: Final = """
SELECT extract(hour FROM ended_at AT TIME ZONE %(zone)s)::int, count(*) FROM hall_ticket
WHERE centre_id = %(centre)s AND day BETWEEN %(first)s AND %(last)s AND state = 'left' AND ended_at IS NOT NULL
GROUP BY 1 ORDER BY 1"""
_DIMENSIONS: Final = {0b01111: "queues", 0b10111: "windows", 0b11011: "hours", 0b11101: "days", 0b11110: "booked"}
_WIDTH: Final = 10


def day(centre: int, first: date, last: date) -> Figures:
    """The figures of these days, both included. Seven queries at most. Raises InvalidInput, NotFound."""
    if last < first:
        raise InvalidInput("结束日期早于开始日期", [FieldError("until", "请选开始日期当天或者以后的日子")])
    if (last - first).days >= MOST_DAYS:
        raise InvalidInput("一次最多看 31 天", [FieldError("until", "请把开始和结束日期改到 31 天以内")])
    given = _given(centre, first, last, hall_map(centre).rules)
    tables: dict[str, list[tuple[Any, list[Any]]]] = {}
    for mask, *keys_and_sums in _rows(_BY_VISIT, given):
        keys, sums = keys_and_sums[:5], keys_and_sums[5:]
        key = next((value for value in keys if value is not None), None)
        tables.setdefault(_DIMENSIONS.get(mask, "whole"), []).append((key, sums))
    return _figures(centre, first, last, given, tables)


def _figures(
    centre: int, first: date, last: date, given: dict[str, Any], tables: Mapping[str, list[tuple[Any, list[Any]]]]
) -> Figures:
    sums = tables["whole"][0][1]
    ways = {bool(key): _row("", found) for key, found in tables.get("booked", [])}
    queues = {queue.pk: str(queue) for queue in Queue.objects.filter(centre_id=centre)}
    windows = {window.pk: str(window) for window in Window.objects.filter(centre_id=centre)}
    gone, hours = _left(given, queues)
    return Figures(
        first=first,
        last=last,
        limit=given["limit"],
        whole=_row("全部", sums),
        walk_ins=ways.get(False, Row()),
        booked=ways.get(True, Row()),
        kept=sums[_WIDTH],
        on_time=sums[_WIDTH + 1],
        queues=_named(tables.get("queues", []), queues),
        windows=_named(tables.get("windows", []), windows),
        items=_items(given),
        hours=tuple(_row(f"{key}:00–{key + 1}:00", found) for key, found in sorted(tables.get("hours", []))),
        days=tuple(_row(f"{key:%Y-%m-%d}", found) for key, found in sorted(tables.get("days", []))),
        gone=gone,
        gone_hours=hours,
    )


def _named(found: list[tuple[Any, list[Any]]], names: Mapping[int, str]) -> tuple[Row, ...]:
    """By name; visits without one (nobody served them at a window) are left out: they are in the other tables."""
    return tuple(sorted((_row(names[key], sums) for key, sums in found if key in names), key=lambda row: row.label))


def _items(given: dict[str, Any]) -> tuple[Row, ...]:
    found = _rows(_BY_ITEM, given)
    names = dict(Item.objects.filter(pk__in=[row[0] for row in found]).values_list("pk", "name"))
    return tuple(_row(names[row[0]], list(row[1:])) for row in found)


def _left(given: dict[str, Any], queues: Mapping[int, str]) -> tuple[tuple[Gone, ...], dict[int, int]]:
    gone = tuple(
        Gone(number, queues.get(queue, ""), taken, ended, ENDS.get(reason, reason or "不等了"))
        for number, queue, taken, ended, reason in _rows(_GONE, given)
    )
    return gone, dict(_rows(_GONE_HOURS, given))


def _row(label: str, sums: list[Any]) -> Row:
    counted, measured = sums[:5], (None if one is None else float(one) for one in sums[5:_WIDTH])
    return Row(label, *counted, *measured)


def _given(centre: int, first: date, last: date, rules: HallRules) -> dict[str, Any]:
    """A ticket's periods are looked for on its day; where places are kept overnight, in the week after it too."""
    zone, after = timezone.get_default_timezone(), timedelta(days=8 if rules.keep_overnight else 1)
    return {
        "centre": centre,
        "first": first,
        "last": last,
        "since": datetime.combine(first, time(), tzinfo=zone),
        "until": datetime.combine(last + after, time(), tzinfo=zone),
        "zone": str(zone),
        "on_time": ON_TIME,
        "limit": rules.wait_limit,
        "shown": LEFT_SHOWN,
    }


def _rows(statement: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
