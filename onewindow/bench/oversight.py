"""The sweep with a million open limits, ten thousand newly due; and the same with a tenth stored: the cost must follow
what fell due, not what is stored."""

from __future__ import annotations

import secrets
import time
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from onewindow.bench import board, world
from onewindow.bench.figures import Figure
from onewindow.cases.inputs import ApplicantInput
from onewindow.cases.models import Case, CaseEvent
from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.deadlines import end_of_day
from onewindow.clocks.models import Deadline
from onewindow.clocks.store import current_calendar
from onewindow.oversight import sweep
from onewindow.oversight.conduct import watch as conduct
from onewindow.oversight.models import Alert, Watermark
from onewindow.oversight.shipping import ship
from onewindow.people.applicants import find_or_create
from onewindow.places.models import Centre, Department

NEW = 10_000
_WRITTEN = "clocks_deadline, oversight_alert, loops_loopstep, exchange_outboxmessage"
_SPREAD = 240
"""Working days over which the stored limits end, far enough ahead that none but the newly due ones fire."""


def oversight() -> list[Figure]:
    """The sweep at 100,000 and at 1,000,000 stored limits, in one run, with the ratio of the two."""
    ship()
    small, large = _measure(100_000), _measure(1_000_000)
    quiet = _quiet()
    looked = _conduct()
    return [
        Figure("oversight", "100,000 项存量，10,000 项新到期，三次里最快", round(small, 2), "s", 1, at_most=True),
        Figure("oversight", "1,000,000 项存量，10,000 项新到期，三次里最快", round(large, 2), "s", 1, at_most=True),
        Figure("oversight", "存量十倍，用时之比", round(large / small, 2), "倍", 2, at_most=True),
        Figure("oversight", "没有新到期的一轮", round(quiet * 1000, 1), "ms"),
        *board.board(),
        Figure("oversight", "行为规则看 10,000 条新记录", round(looked, 2), "s", 2, at_most=True),
    ]


def _measure(stored: int) -> float:
    """Seconds of the sweep just after midnight of the day when the limits of NEW cases are over: the best of three.

    The first two are whole, their foreign keys checked, and then taken back; the last one is committed.
    """
    _empty()
    day = _first_workday()
    _fill(stored - NEW, after=30)
    evening = datetime.combine(day, datetime.max.time(), SHANGHAI) - timedelta(hours=2)
    _fill(NEW, on=end_of_day(day))
    sweep.sweep(evening - timedelta(days=30))  # the rules have been in force: what was due long ago is swept
    sweep.sweep(evening)
    Watermark.objects.filter(key="touched").update(moment=timezone.now() + timedelta(hours=1))
    best = min(_morning(day, kept=kept) for kept in (False, False, True))
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {_WRITTEN}")
    return best


def _morning(day: date, *, kept: bool) -> float:
    before = Alert.objects.count()
    started = time.perf_counter()
    with transaction.atomic():
        raised = sweep.sweep(end_of_day(day) + timedelta(seconds=1))
        if not kept:
            connection.check_constraints()
            transaction.set_rollback(True)
    took = time.perf_counter() - started
    if raised["red"] != NEW or (kept and Alert.objects.count() - before < NEW):
        raise RuntimeError(f"expected {NEW} cards, got {raised}")
    return took


def _quiet() -> float:
    Watermark.objects.filter(key="touched").update(moment=timezone.now() + timedelta(hours=1))
    started = time.perf_counter()
    sweep.sweep(end_of_day(_first_workday()) + timedelta(minutes=1))
    return time.perf_counter() - started


def _first_workday() -> date:
    day = timezone.localdate() + timedelta(days=1)
    calendar = current_calendar()
    while not calendar.is_workday(day):
        day += timedelta(days=1)
    return day


def _empty() -> None:
    Watermark.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE clocks_deadline, oversight_alert, loops_loopstep, exchange_outboxmessage RESTART IDENTITY CASCADE"
        )


_FILL = """
INSERT INTO clocks_deadline (subject_kind, subject_id, kind, key, label, rule, limit_n, limit_unit, start_on, due_at,
    warn_at, provisional, paused_ground, outcome, centre_id, department_id)
SELECT 'case', n, 'promised', '', '承诺时限', '', 20, 'workday', current_date,
    %(due)s::timestamptz + make_interval(days => %(after)s::int + (n %% %(spread)s::int)::int),
    NULL, false, '', '', %(centre)s, %(department)s
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n"""


def _fill(rows: int, *, after: int = 0, on: datetime | None = None) -> None:
    """Open promised limits of `rows` cases: all on one day, or spread over the days from `after` on."""
    first = Deadline.objects.count() + 1
    centre, department = Centre.objects.order_by("pk").first(), Department.objects.order_by("pk").first()
    assert centre is not None
    assert department is not None
    values: dict[str, Any] = {
        "due": on or end_of_day(timezone.localdate()),
        "after": after,
        "spread": 1 if on else _SPREAD,
        "centre": centre.pk,
        "department": department.pk,
        "first": first,
        "last": first + rows - 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FILL, values)
        cursor.execute("VACUUM ANALYZE clocks_deadline")


# ---- conduct -------------------------------------------------------------------------------------------------------

_STEPS = 5
"""Entries of a case in `_lived`."""


def _conduct() -> float:
    """Seconds of a look at the ledger's 10,000 newest entries, every tenth case of them with a step left out."""
    top = CaseEvent.objects.aggregate(top=Max("pk"))["top"] or 0
    _lived(NEW // _STEPS)
    Watermark.objects.update_or_create(key="conduct.events", defaults={"number": top})
    Watermark.objects.update_or_create(key="conduct.tail", defaults={"number": 0})
    started = time.perf_counter()
    raised = conduct.sweep()
    took = time.perf_counter() - started
    if raised["yellow"] < NEW // _STEPS // 10:
        raise RuntimeError(f"expected cards for every tenth case, got {raised}")
    return took


def _lived(count: int) -> None:
    """So many cases of one item with their entries, written straight into the tables."""
    item = next(one for one in world.items() if one.current is not None and len(one.current.spec.nodes) > 1)
    applicant = find_or_create(ApplicantInput.model_validate(world.applicant(1)))
    centre, start = Centre.objects.order_by("pk").first(), timezone.now() - timedelta(days=30)
    assert centre is not None
    mark = secrets.token_hex(4)
    cases = Case.objects.bulk_create(
        Case(
            number=f"BENCH-{mark}-{n:06}",
            query_number=f"{mark}{n:06}",
            item=item,
            item_version=item.current,
            centre=centre,
            department_id=item.department_id,
            applicant=applicant,
            state="decided",
            kind="承诺件",
            channel="window",
            created_at=start,
        )
        for n in range(count)
    )
    CaseEvent.objects.bulk_create(
        (entry for n, case in enumerate(cases) for entry in _entries(case, start, skips=n % 10 == 0)), batch_size=2_000
    )


def _entries(case: Case, start: datetime, *, skips: bool) -> list[CaseEvent]:
    """Received, accepted, signed for, a step, a question to others: an hour apart; `skips` leaves out a step."""
    spec = case.item_version.spec
    answers = {scenario.key: scenario.options[0].value for scenario in spec.scenarios}
    given = {material.key: {"form": material.form} for material in spec.materials}
    told: list[tuple[str, dict[str, Any]]] = [
        ("receive", {"answers": answers, "materials": given}),
        ("accept", {"accepted_on": start.date().isoformat(), "due": {"promised": start.date().isoformat()}}),
        ("sign", {}),
        ("pass_step", {"step": 1 if skips else 0, "step_name": "审查", "opinion": "同意"}),
        ("assist", {"question": "请核对"}),
    ]
    return [
        CaseEvent(
            case=case,
            seq=n,
            action=action,
            at=start + timedelta(hours=n),
            role="examiner",
            channel="desk",
            data=data,
        )
        for n, (action, data) in enumerate(told, start=1)
    ]
