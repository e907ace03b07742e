"""The board with a province behind it: 300 centres, sixty days, twelve measures; and the counting of what falls due
among a million open limits."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any, Final

from django.db import connection
from django.test import Client
from django.utils import timezone

from onewindow.bench import web
from onewindow.bench.figures import Figure, latencies
from onewindow.clocks.models import Deadline
from onewindow.faces.board import views
from onewindow.oversight import figures, places
from onewindow.oversight.models import DueFigure, PlaceDue, PlaceFigure
from onewindow.oversight.models import Figure as Rolled
from onewindow.people.models import Account, Posting
from onewindow.people.roles import Role
from onewindow.places.models import Centre, Department, Division, RegulationProfile

CENTRES: Final = 300
DAYS: Final = 60
MEASURES: Final = (
    *("received", "accepted", "decided", "on_time", "late", "open", "overdue", "open_yellow", "open_red"),
    *("bad_ratings", "ratings", "open_complaints"),
)
_DEPARTMENTS: Final = 20
_PROVINCE: Final = "99"
_PAGES: Final = {
    "省": f"/board/division/{_PROVINCE}/",
    "市": f"/board/division/{_PROVINCE}01/",
    "县": f"/board/division/{_PROVINCE}0101/",
    "中心": "/board/centre/bench-0/",
    "省，大屏": f"/board/division/{_PROVINCE}/screen/",
}

_FILL: Final = """
INSERT INTO oversight_figure (day, centre_id, department_id, person_id, item_id, measure, value)
SELECT %(today)s::date - d, c.id, NULL, NULL, NULL, m, (c.id * 7 + d * 13 + length(m)) %% 90 + 1
FROM places_centre c CROSS JOIN generate_series(0, %(days)s::int - 1) AS d CROSS JOIN unnest(%(measures)s::text[]) AS m
WHERE c.division_id LIKE %(place)s"""
_FILL_DEPARTMENTS: Final = """
INSERT INTO oversight_figure (day, centre_id, department_id, person_id, item_id, measure, value)
SELECT %(today)s::date - d, c.id, b.id, NULL, NULL, m, (c.id + b.id + d) %% 9 + 1
FROM places_centre c CROSS JOIN unnest(%(departments)s::bigint[]) AS b(id)
CROSS JOIN generate_series(0, 7) AS d CROSS JOIN unnest(%(measures)s::text[]) AS m
WHERE c.division_id LIKE %(place)s AND (m <> 'late' OR (c.id + b.id + d) %% 5 = 0)"""
_FILL_ITEMS: Final = """
INSERT INTO oversight_figure (day, centre_id, department_id, person_id, item_id, measure, value)
SELECT %(today)s::date - d, c.id, i.department_id, NULL, i.id, m, (c.id + i.id + d) %% 9 + 1
FROM places_centre c CROSS JOIN catalogue_item i CROSS JOIN generate_series(0, 7) AS d
CROSS JOIN unnest(ARRAY['late', 'overdue']) AS m
WHERE c.division_id LIKE %(place)s AND (c.id + i.id + d) %% 5 = 0"""
_FILL_DUE: Final = """
INSERT INTO oversight_duefigure (day, centre_id, department_id, person_id, value)
SELECT day, c.id, b.id, NULL, (c.id + coalesce(b.id, 0)) %% 40 + 1
FROM places_centre c CROSS JOIN unnest(%(departments)s::bigint[] || NULL::bigint) AS b(id)
CROSS JOIN unnest(%(columns)s::date[]) AS day WHERE c.division_id LIKE %(place)s"""


def board(n: int = 60) -> list[Figure]:
    """Pages in the process, from the request to the finished HTML, by somebody who supervises the province: each made
    anew, as right after a count, and then as they are answered until the next one."""
    found = _counting()
    client = _client(_province())
    rows = _fill()
    for name, path in _PAGES.items():
        found += latencies(f"oversight board {name}", _times(client, path, n, anew=True), p95=50)
    again = [second for path in _PAGES.values() for second in _times(client, path, n, anew=False)]
    found += latencies("oversight board 两次汇总之间", again, p95=50)
    return [Figure("oversight board", "汇总行", rows, "行"), *found]


def _times(client: Client, path: str, n: int, *, anew: bool) -> list[float]:
    times = []
    for index in range(n + 5):
        if anew:
            views.forget()
        started = time.perf_counter()
        answer = client.get(path)
        if answer.status_code != 200:
            raise web.BenchFailed(f"{path} answered {answer.status_code}")
        if index >= 5:
            times.append(time.perf_counter() - started)
    return times


def _counting() -> list[Figure]:
    """What falls due, counted from all open limits there are: each run whole, so twice the same."""
    figures.refresh()
    stored, took = Deadline.objects.open().count(), []
    for _ in range(3):
        started = time.perf_counter()
        figures.stand()
        took.append(time.perf_counter() - started)
    return [Figure("oversight figures", f"到期汇总，{stored:,} 项在办时限", round(min(took), 2), "s")]


def _province() -> Centre:
    """A province of 15 cities with 20 counties each, a centre in each county, and one of the province itself."""
    Division.objects.create(code=_PROVINCE, name="测量省", level="province")
    cities = [f"{_PROVINCE}{n:02}" for n in range(1, 16)]
    Division.objects.bulk_create(Division(code=c, name=f"市{c}", level="city", parent_id=_PROVINCE) for c in cities)
    counties = [f"{city}{n:02}" for city in cities for n in range(1, 21)][:CENTRES]
    Division.objects.bulk_create(Division(code=c, name=f"县{c}", level="county", parent_id=c[:4]) for c in counties)
    profile = RegulationProfile.objects.order_by("pk").first()
    common = {"kind": "service_centre", "profile": profile}
    Centre.objects.bulk_create(
        Centre(key=f"bench-{n}", name=f"{code}政务服务中心", division_id=code, **common)
        for n, code in enumerate(counties)
    )
    made: Centre = Centre.objects.create(key="bench-top", name="省政务大厅", division_id=_PROVINCE, **common)
    return made


def _client(centre: Centre) -> Client:
    account = Account.objects.create(username="bench-supervisor", name="测量")
    Posting.objects.create(
        account=account, role=Role.SUPERVISOR.value, centre=centre, valid_from=timezone.localdate().replace(day=1)
    )
    client = Client(headers={"host": web.HOST})
    client.force_login(account)
    return client


def _fill() -> int:
    departments = list(Department.objects.order_by("pk").values_list("pk", flat=True)[:_DEPARTMENTS])
    columns = [figures.OVERDUE, *figures.days_ahead(timezone.localdate())]
    common: dict[str, Any] = {
        "place": f"{_PROVINCE}%",
        "departments": departments,
        "today": timezone.localdate(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FILL, {**common, "days": DAYS, "measures": list(MEASURES)})
        few = ["received", "decided", "open", "overdue", "open_red", "bad_ratings", "late"]
        cursor.execute(_FILL_DEPARTMENTS, {**common, "measures": few})
        cursor.execute(_FILL_ITEMS, common)
        cursor.execute(_FILL_DUE, {**common, "columns": columns})
    today = timezone.localdate()
    places.add_up(today - timedelta(days=DAYS), today, MEASURES)
    places.add_up_due()
    rolled = (Rolled, DueFigure, PlaceFigure, PlaceDue)
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE places_centre, {', '.join(one._meta.db_table for one in rolled)}")
    return sum(one.objects.count() for one in rolled)
