"""The sweep: every shipped rule at its moment, once, for the right person; nothing missed, nothing twice."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.deadlines import end_of_day
from onewindow.clocks.models import Deadline
from onewindow.clocks.store import current_calendar
from onewindow.exchange.models import OutboxMessage
from onewindow.loops.models import LoopStep
from onewindow.oversight import sweep
from onewindow.oversight.models import Alert, CentreRules, Rule, RuleSet, Watermark
from onewindow.oversight.rules import fires_at, time_rule
from onewindow.oversight.shipping import ship, shipped, write_versions
from tests.cast import FOOD, Cast


@pytest.fixture(autouse=True)
def books(db: None) -> None:
    ship()


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def limit(
    cast: Cast, kind: str, due: dt.datetime, *, n: int = 10, subject: str = "case", of: int = 1, **more: Any
) -> Any:
    return Deadline.objects.create(
        subject_kind=subject,
        subject_id=of,
        kind=kind,
        key=more.pop("key", ""),
        label=f"{kind} 时限",
        limit_n=n,
        limit_unit="workday",
        start_on=dt.date(2026, 9, 1),
        due_at=due,
        centre_id=cast.centre.pk,
        **more,
    )


def only_by_range() -> None:
    """As in a quiet minute: nothing was touched since the last look, so only what fell due is read."""
    Watermark.objects.update_or_create(key="touched", defaults={"moment": at("2099-01-01")})


# ---- exactly when -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("book", sorted(shipped()))
@pytest.mark.parametrize("read", ["by range", "by touch"])
def test_every_shipped_rule_fires_exactly_when_it_should(cast: Cast, book: str, read: str) -> None:
    """Across 国庆 2026: limits due on Monday 12 October, looked at in the first minute of every day."""
    CentreRules.objects.create(centre=cast.centre, rule_set_id=book)
    rules = [time_rule(body) for kind, body in shipped()[book]["rules"] if kind == "time"]
    due = end_of_day(dt.date(2026, 10, 12))
    for subject, kind in sorted({(rule.subject, kind) for rule in rules for kind in rule.kinds}):
        limit(cast, kind, due, subject=subject)
    days = [at("2026-09-24 00:01") + dt.timedelta(days=n) for n in range(24)]
    for now in days:
        if read == "by range" and now != days[0]:
            only_by_range()
        sweep.sweep(now)
    calendar = current_calendar()
    raised = {
        (a.rule.code, a.subject_kind, a.evidence["kind"]): a.opened_at for a in Alert.objects.select_related("rule")
    }
    cards_own = {"explain"}  # the cards raised here start limits of their own
    for rule in rules:
        for kind in set(rule.kinds) - cards_own:
            moment = fires_at(rule.trigger, due, 10, calendar)
            assert raised[(rule.code, rule.subject, kind)] == min(day for day in days if day >= moment), rule.code
    counted = [key for key in raised if key[1] != "alert"]
    assert len(counted) == len(set(counted)) == sum(len(rule.kinds) for rule in rules if rule.subject != "alert")


def test_a_real_case_is_reminded_warned_and_carded(cast: Cast) -> None:
    """Received before 国庆, never decided: each level once, to the person it is with."""
    case = cast.walk_to("examining", FOOD, now=at("2026-09-22 10:00"))
    promised = Deadline.objects.get(subject_kind="case", subject_id=case.pk, kind="promised")
    day = at("2026-09-22 00:01")
    while day < at("2026-10-20"):
        sweep.sweep(day)
        day += dt.timedelta(days=1)
    mine = {a.rule.code: a for a in Alert.objects.filter(deadline=promised.pk).select_related("rule")}
    assert set(mine) == {"PROM-3", "PROM-1", "PROM-Y", "PROM-R"}
    calendar = current_calendar()
    for code, alert in mine.items():
        moment = fires_at(time_rule(alert.rule.body).trigger, promised.due_at, promised.limit_n, calendar)
        assert alert.opened_at - moment < dt.timedelta(days=1), code
        assert (alert.subject_number, alert.department_id) == (case.number, case.department_id)
    assert mine["PROM-R"].level == "red"
    assert mine["PROM-R"].state == "open"
    assert mine["PROM-3"].state == "told"


# ---- once, and all of it ------------------------------------------------------------------------------------------


def test_a_second_look_raises_nothing(cast: Cast) -> None:
    limit(cast, "promised", at("2026-10-12 23:59"))
    assert sweep.sweep(at("2026-10-13 00:01"))["red"] == 1
    assert sweep.sweep(at("2026-10-13 00:01"))["red"] == 0
    Watermark.objects.all().delete()
    assert sweep.sweep(at("2026-10-13 00:02"))["red"] == 0
    assert Alert.objects.filter(level="red").count() == 1


def test_a_day_of_downtime_misses_nothing(cast: Cast) -> None:
    """Due, and settled late, while no sweeper ran: the red card comes all the same; the reminder would help nobody."""
    sweep.sweep(at("2026-10-09 00:01"))
    still = limit(cast, "promised", at("2026-10-12 23:59"))
    late = limit(cast, "promised", at("2026-10-12 23:59"), of=2, settled_at=at("2026-10-13 09:00"), outcome="late")
    met = limit(cast, "promised", at("2026-10-12 23:59"), of=3, settled_at=at("2026-10-12 09:00"), outcome="met")
    raised = sweep.sweep(at("2026-10-13 12:00"))
    assert raised["red"] == 2
    assert raised["remind"] == raised["warn"] == 0
    assert set(Alert.objects.filter(level="red").values_list("deadline", flat=True)) == {still.pk, late.pk}
    assert not Alert.objects.filter(deadline=met.pk).exists()


def test_a_paused_limit_fires_nothing_and_a_resumed_one_is_found_though_its_day_was_swept(cast: Cast) -> None:
    paused = limit(cast, "promised", at("2026-10-12 23:59"))
    Deadline.objects.filter(pk=paused.pk).update(due_at=None)
    assert sum(sweep.sweep(at("2026-10-13 00:01")).values()) == 0
    Deadline.objects.filter(pk=paused.pk).update(due_at=at("2026-10-12 23:59"))
    assert sweep.sweep(at("2026-10-13 00:02"))["red"] == 1


def test_a_reminder_settles_with_its_limit_and_a_card_stays(cast: Cast) -> None:
    one = limit(cast, "promised", at("2026-10-12 23:59"))
    sweep.sweep(at("2026-10-12 00:01"))
    assert set(Alert.objects.values_list("level", "state")) == {
        ("remind", "told"),
        ("warn", "told"),
        ("yellow", "open"),
    }
    Deadline.objects.filter(pk=one.pk).update(settled_at=at("2026-10-12 10:00"), outcome="met")
    assert sweep.sweep(at("2026-10-12 10:01"))["settled"] == 2
    assert set(Alert.objects.values_list("level", "state")) == {
        ("remind", "settled"),
        ("warn", "settled"),
        ("yellow", "open"),
    }
    alert = Alert.objects.get(level="warn")
    steps = LoopStep.objects.filter(subject_kind="alert", subject_id=alert.pk).order_by("seq")
    assert [(step.seq, step.action, step.role) for step in steps] == [(1, "open", "system"), (2, "settle", "system")]
    assert alert.version == 2


def test_an_extended_limit_takes_its_reminders_back_and_fires_again_for_the_new_day(cast: Cast) -> None:
    one = limit(cast, "promised", at("2026-10-12 23:59"))
    sweep.sweep(at("2026-10-12 00:01"))
    Deadline.objects.filter(pk=one.pk).update(due_at=at("2026-10-19 23:59"))
    raised = sweep.sweep(at("2026-10-12 09:00"))
    assert raised["settled"] == 2
    sweep.sweep(at("2026-10-16 00:01"))
    assert Alert.objects.filter(rule__code="PROM-1").count() == 2


def test_an_alarm_keeps_the_version_of_its_rule(cast: Cast) -> None:
    RuleSet.objects.create(key="own", name="本地", base_id="yulin")
    write_versions(RuleSet.objects.get(key="own"), shipped()["yulin"]["rules"])
    CentreRules.objects.create(centre=cast.centre, rule_set_id="own")
    limit(cast, "promised", at("2026-10-12 23:59"))
    sweep.sweep(at("2026-10-12 00:01"))
    old = Rule.objects.get(rule_set_id="own", code="YL-Y", ended_at=None)
    Rule.objects.filter(pk=old.pk).update(ended_at=at("2026-10-12 01:00"))
    body = {**old.body, "trigger": {"share": 0.5}, "level": "warn"}
    write_versions(old.rule_set, [("time", body)])
    limit(cast, "promised", at("2026-10-16 23:59"), of=2)
    sweep.sweep(at("2026-10-12 02:00"))
    assert dict(Alert.objects.filter(rule__code="YL-Y").values_list("subject_id", "rule__version")) == {1: 1, 2: 2}


def test_a_place_below_is_supervised_by_the_book_of_the_place_above(cast: Cast) -> None:
    CentreRules.objects.create(centre=cast.centre, rule_set_id="statutory")
    here, below = limit(cast, "promised", at("2026-10-12 23:59")), limit(cast, "promised", at("2026-10-12 23:59"), of=2)
    Deadline.objects.filter(pk=below.pk).update(centre_id=cast.township.pk)
    assert sweep.sweep(at("2026-10-13 00:01"))["red"] == 0
    assert not Alert.objects.filter(deadline__in=[here.pk, below.pk]).exists()
    CentreRules.objects.create(centre=cast.township, rule_set_id="yulin")
    assert sweep.sweep(at("2026-10-13 00:02"))["red"] == 1
    assert Alert.objects.get(level="red").centre_id == cast.township.pk


def test_a_card_starts_its_own_limit_and_tells_through_the_outbox(cast: Cast) -> None:
    limit(cast, "promised", at("2026-10-12 23:59"))
    sweep.sweep(at("2026-10-13 00:01"))
    card = Alert.objects.get(level="red")
    explain = Deadline.objects.get(subject_kind="alert", subject_id=card.pk)
    assert (explain.kind, explain.due_at) == ("explain", end_of_day(dt.date(2026, 10, 14)))
    assert card.next_due_at == explain.due_at
    message = OutboxMessage.objects.get(subject=f"alert:{card.number}")
    assert (message.topic, message.payload) == ("oversight.red", {"alert": card.number})


def test_a_look_costs_the_same_number_of_queries_however_much_fell_due(cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            sweep.sweep(at("2026-10-13 00:01"))
        return len(seen)

    sweep.sweep(at("2026-10-12 00:01"))
    quiet = queries()
    for n in range(300):
        limit(cast, "promised", at("2026-10-12 23:59"), of=n, key="x")
    assert queries() <= quiet + 1 <= 14  # the calendar is looked at anew every few seconds
    assert Alert.objects.filter(level="red").count() == 300


def test_a_look_reads_no_limit_that_did_not_fall_due(cast: Cast) -> None:
    """Hundreds of limits end within the days that every rule looks at anew in the morning, of lengths and kinds for
    which nothing has fired: not one of them is read, and the four that fired are."""
    sweep.sweep(at("2026-10-12 00:01"))
    for n in range(400):
        limit(cast, "promised", end_of_day(dt.date(2026, 11, 2 + n % 20)), of=n, n=n % 9 + 1)
    limit(cast, "promised", at("2026-10-12 23:59"), of=1000)
    limit(cast, "promised", end_of_day(dt.date(2026, 10, 15)), of=1001, n=10)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE clocks_deadline")
    only_by_range()
    before = _read()
    raised = sweep.sweep(at("2026-10-13 00:01"))
    assert (raised["red"], raised["yellow"]) == (1, 1)
    assert _read() - before < 100


def _read() -> int:
    """Rows of limits that this transaction has fetched, by an index or without."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = %s", [_LIMITS]
        )
        return int(cursor.fetchone()[0])


_LIMITS = Deadline._meta.db_table


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_at_once_raise_nothing_twice(cast: Cast) -> None:
    ship()
    for n in range(200):
        limit(cast, "promised", at("2026-10-12 23:59"), of=n)
    _together([lambda: sweep.sweep(at("2026-10-13 00:01")) for _ in range(4)])
    assert Alert.objects.filter(level="red").count() == 200


@pytest.mark.django_db(transaction=True)
def test_a_change_that_commits_after_the_look_is_found_by_the_next(cast: Cast) -> None:
    """Written before a sweep, committed after it: its touch lies before the sweep, and it is not missed."""
    ship()
    written, swept = threading.Event(), threading.Event()

    def slow() -> None:
        from django.db import transaction

        with transaction.atomic():
            limit(cast, "promised", at("2026-10-12 23:59"))
            written.set()
            assert swept.wait(20)

    def look() -> None:
        assert written.wait(20)
        assert sweep.sweep(at("2026-10-13 00:01"))["red"] == 0
        swept.set()

    _together([slow, look])
    assert sweep.sweep(at("2026-10-13 00:02"))["red"] == 1


def _together(jobs: list[Callable[[], object]]) -> None:
    failures: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failures
