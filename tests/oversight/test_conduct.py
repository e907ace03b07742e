"""Conduct rules: each shipped one fires on what it is for, once, about whom it should, and on nothing lawful near."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from onewindow.cases.actions import perform
from onewindow.cases.models import Case, CaseEvent
from onewindow.clocks.models import Deadline
from onewindow.exchange.models import OutboxMessage
from onewindow.hall.models import DayHours, WeeklyHours
from onewindow.loops.models import LoopStep
from onewindow.oversight.conduct import watch as conduct
from onewindow.oversight.models import Alert, CentreRules, Rule, RuleSet, Unverified, Watermark
from onewindow.oversight.rules import conduct_rule
from onewindow.oversight.shipping import ship, shipped
from onewindow.people.authority import SYSTEM
from tests.cast import ANSWERS, COMPANY, FERTILITY, FOOD, HYGIENE, RENEWAL, Cast, complete_materials, random_citizen
from tests.oversight.ledgers import accepted, at, forge, signed

NOW = at("09-30 09:00")
MISSING = [{"material": "m02", "problem": "看不清", "remedy": "换一份"}]
Scene = Callable[[Cast], tuple[str, int, str]]
"""Plays something and says what is to be found: key after the code, number of the entry, who it is about."""


@pytest.fixture(autouse=True)
def books(db: None) -> None:
    ship()


def codes() -> list[str]:
    return sorted(Alert.objects.values_list("rule__code", flat=True))


def without(item: str, *keys: str) -> list[dict[str, Any]]:
    return [row for row in complete_materials(item, ANSWERS[item]) if row["material"] not in keys]


# ---- what must be found -------------------------------------------------------------------------------------------


def missing_paper(cast: Cast) -> tuple[str, int, str]:
    case = cast.receive(FOOD, now=at("09-07 09:30"), materials=without(FOOD, "m02"))
    forge(cast, case, "accept", "clerk1", at("09-07 09:45"), accepted_on="2026-09-07", deemed=False)
    return f"{case.pk}:2", 2, "clerk1"


def deferred_what_may_not_be(cast: Cast) -> tuple[str, int, str]:
    case = cast.receive(FOOD, now=at("09-07 09:30"), materials=without(FOOD, "m01"))
    later = {"m01": "2026-09-20"}
    forge(cast, case, "accept_deferred", "clerk1", at("09-07 09:45"), accepted_on="2026-09-07", deferred=later)
    return f"{case.pk}:2", 2, "clerk1"


def asked_again(cast: Cast) -> tuple[str, int, str]:
    case = cast.receive(FOOD, now=at("09-07 09:30"))
    case = cast.act(case, "give_notice", "clerk1", at("09-07 09:45"), missing=MISSING)
    case = cast.act(case, "supply", "clerk1", at("09-09 09:30"), materials=complete_materials(FOOD, case.told.answers))
    more = [{"material": "m01", "problem": "没有签字", "remedy": "补签"}]
    cast.act(case, "give_notice", "chief1", at("09-09 10:00"), missing=more, forced_reason="上次漏看了")
    return f"{case.pk}:4", 4, "chief1"


def skipped(cast: Cast) -> tuple[str, int, str]:
    case = signed(cast, FOOD)
    case = forge(cast, case, "pass_step", "chief1", at("09-08 10:00"), step=1, step_name="复核", opinion="同意")
    return f"{case.pk}:4", 4, "chief1"


def repeated(cast: Cast) -> tuple[str, int, str]:
    case = signed(cast, FOOD)
    cast.act(case, "pass_step", "examiner1", at("09-07 11:00"), opinion="同意")
    forge(cast, case, "pass_step", "examiner1", at("09-08 10:00"), step=0, step_name="审查", opinion="同意")
    return f"{case.pk}:5", 5, "examiner1"


def decided_too_soon(cast: Cast) -> tuple[str, int, str]:
    case = signed(cast, FOOD)
    forge(cast, case, "decide", "head1", at("09-08 10:00"), step=0, outcome="grant", opinion="准予", step_name="审查")
    return f"{case.pk}:4", 4, "head1"


def decided_unsigned(cast: Cast) -> tuple[str, int, str]:
    """Transferred after its step was done; the new department decides without having signed for it."""
    case = signed(cast, RENEWAL)
    case = cast.act(case, "pass_step", "examiner1", at("09-07 15:00"), opinion="同意")
    case = cast.act(case, "transfer", "manager1", at("09-08 09:00"), department=cast.health.code, reason="归卫健")
    forge(cast, case, "decide", "chief3", at("09-08 10:00"), step=1, outcome="grant", opinion="准予", step_name="核准")
    return f"{case.pk}:6", 6, "chief3"


def opened_on_the_last_day(cast: Cast) -> tuple[str, int, str]:
    case = signed(cast, HYGIENE)
    case = cast.act(case, "open_procedure", "examiner3", at("09-14 10:00"), procedure="现场采样检测", reason="需要检测")
    return f"{case.pk}:4", 4, "examiner3"


def decided_own_case(cast: Cast) -> tuple[str, int, str]:
    case = accepted(cast, COMPANY)
    forge(cast, case, "decide", "clerk1", at("09-07 10:00"), step=0, outcome="grant", opinion="准予", step_name="审核")
    return f"{case.pk}:3", 3, "clerk1"


def decided_by_night(cast: Cast) -> tuple[str, int, str]:
    cases = many_decisions(cast, at("09-07 20:00"), 5)
    return f"{cast.chief3.pk}:{cast.centre.pk}:2026-09-07", cases[0].version, "chief3"


def many_decisions(cast: Cast, start: dt.datetime, count: int, **changes: Any) -> list[Case]:
    """So many immediate cases decided by chief3, ten minutes apart."""
    made = []
    for n in range(count):
        case = accepted(cast, FERTILITY, applicant=random_citizen(n), **changes)
        when = start + dt.timedelta(minutes=10 * n)
        made.append(cast.act(case, "decide", "chief3", when, outcome="grant", opinion="准予"))
    return made


def caught_up(cast: Cast) -> tuple[str, int, str]:
    case = accepted(cast, RENEWAL)
    start = at("09-08 10:00")
    for seconds, action, who, data in (
        (0, "sign", "examiner1", {}),
        (20, "pass_step", "examiner1", {"opinion": "同意"}),
        (55, "decide", "chief1", {"outcome": "grant", "opinion": "准予"}),
    ):
        case = cast.act(case, action, who, start + dt.timedelta(seconds=seconds), **data)
    return f"{case.pk}:3", 3, "examiner1"


def held_already(cast: Cast) -> tuple[str, int, str]:
    accepted(cast, FOOD, "08-03")
    case = cast.receive(RENEWAL, now=at("09-07 09:30"))
    cast.act(case, "give_notice", "clerk1", at("09-07 09:45"), missing=[{**MISSING[0], "material": "m03"}])
    return f"{case.pk}:2", 2, "clerk1"


FOUND: list[tuple[str, str, Scene]] = [
    ("C-MISSING", "缺《营业执照》", missing_paper),
    ("C-MISSING", "缺《食品经营许可申请书》", deferred_what_may_not_be),
    ("C-NOTICE2", "第 2 次，新增《食品经营许可申请书》", asked_again),
    ("C-STEP", "跳过了「审查」", skipped),
    ("C-STEP", "重复了「审查」", repeated),
    ("C-STEP", "作决定前跳过了「审查」、「复核」", decided_too_soon),
    ("C-STEP", "没有签收就作了决定", decided_unsigned),
    ("C-PROC", "现场采样检测，离到期就在当天", opened_on_the_last_day),
    ("C-SELF", "陈窗收的件，自己作了决定", decided_own_case),
    ("C-NIGHT", "褚首在9月7日 20:00–20:40 作了 5 个决定", decided_by_night),
    ("C-BULK", "3 个环节前后只有 55 秒", caught_up),
    ("C-HELD", "《营业执照》", held_already),
]


@pytest.mark.parametrize(("code", "words", "scene"), FOUND, ids=[f"{row[0]} {row[2].__name__}" for row in FOUND])
def test_it_is_found_once_with_its_rows_and_about_whom_it_is(cast: Cast, code: str, words: str, scene: Scene) -> None:
    key, seq, who = scene(cast)
    rule = Rule.objects.get(rule_set_id="default", code=code, ended_at=None)
    raised = conduct.sweep(NOW)
    alert = Alert.objects.select_related("person").get()
    assert raised == {"remind": 0, "warn": 0, "yellow": 0, "red": 0, rule.level: 1}
    assert (alert.rule_id, alert.level, alert.key) == (rule.pk, rule.level, f"{code}:{key}")
    assert alert.title == f"{rule.name}：{words}"
    assert (alert.person, alert.centre_id) == (cast.accounts[who], cast.centre.pk)
    assert alert.department_id is not None
    assert any(row["seq"] == seq and row["who"].startswith(cast.accounts[who].name) for row in alert.evidence["rows"])
    for row in alert.evidence["rows"]:
        case = Case.objects.get(number=row["case"])
        if row["seq"] is not None:
            event = CaseEvent.objects.get(case=case, seq=row["seq"])
            assert (event.action, event.at) == (row["action"], dt.datetime.fromisoformat(row["at"]))
    assert sum(conduct.sweep(NOW).values()) == 0
    Watermark.objects.all().delete()
    assert sum(conduct.sweep(NOW).values()) == 0
    assert Alert.objects.count() == 1


def test_every_shipped_rule_is_tested_and_names_a_check_there_is() -> None:
    rules = [conduct_rule(body) for kind, body in shipped()["default"]["rules"] if kind == "conduct"]
    assert {rule.check for rule in rules} == conduct.NAMES
    daily = {"C-RETURN", "C-OUTSIDE", "C-RATING"}  # test_conduct_daily.py
    assert {rule.code for rule in rules} == {code for code, _, _ in FOUND} | daily


# ---- what must not be ----------------------------------------------------------------------------------------------


def deferred_as_the_list_allows(cast: Cast) -> None:
    case = cast.receive(FOOD, now=at("09-07 09:30"), materials=without(FOOD, "m05"))
    later = [{"material": "m05", "until": "2026-09-10"}]
    cast.act(case, "accept_deferred", "clerk1", at("09-07 09:45"), deferred=later, promised=True)


def deemed_by_law(cast: Cast) -> None:
    """Nobody answered in time: accepted as the law says, with a paper missing."""
    case = cast.receive(FOOD, now=at("09-07 09:30"), materials=without(FOOD, "m02"))
    perform(case, "deem_accepted", by=SYSTEM, now=at("09-15 00:01"))


def handed_in_bit_by_bit(cast: Cast) -> None:
    case = cast.receive(FOOD, now=at("09-07 09:30"), materials=without(FOOD, "m01", "m02"))
    one = [row for row in complete_materials(FOOD, case.told.answers) if row["material"] == "m01"]
    case = cast.act(case, "correct_on_spot", "clerk1", at("09-07 09:40"), materials=one, note="补签")
    case = cast.act(case, "give_notice", "clerk1", at("09-07 09:45"), missing=MISSING)
    rest = [row for row in complete_materials(FOOD, case.told.answers) if row["material"] == "m02"]
    case = cast.act(case, "supply", "clerk1", at("09-09 09:30"), materials=rest)
    cast.act(case, "accept", "clerk1", at("09-09 10:00"))


def returned_then_one_notice(cast: Cast) -> None:
    """Sent online, back for completion, sent again, and then the one notice that the law allows."""
    case = cast.submit(FOOD, now=at("09-07 09:00"))
    case = cast.act(case, "return_for_completion", "clerk1", at("09-07 09:30"), reason="地址没有写完整")
    full = {"answers": case.told.answers, "materials": complete_materials(FOOD, case.told.answers)}
    case = cast.act(case, "submit", "citizen1", at("09-07 15:00"), **full)
    cast.act(case, "give_notice", "clerk1", at("09-08 09:00"), missing=MISSING)


def sent_back_and_done_again(cast: Cast) -> None:
    case = signed(cast, FOOD)
    for when, action, who, data in (
        ("09-07 14:00", "pass_step", "examiner1", {}),
        ("09-08 09:00", "send_back_step", "chief1", {}),
        ("09-08 14:00", "pass_step", "examiner1", {}),
        ("09-09 09:00", "pass_step", "verifier1", {}),
        ("09-10 09:00", "decide", "head1", {"outcome": "grant"}),
    ):
        case = cast.act(case, action, who, at(when), opinion="看过了", **data)


def granted_on_commitment(cast: Cast) -> None:
    case = accepted(cast, RENEWAL)
    cast.act(
        case,
        "decide",
        "chief1",
        at("09-08 10:00"),
        outcome="grant_on_commitment",
        opinion="准予",
        committed=True,
    )


def transferred_with_a_step_done(cast: Cast) -> None:
    case = signed(cast, RENEWAL)
    case = cast.act(case, "pass_step", "examiner1", at("09-07 15:00"), opinion="同意")
    case = cast.act(case, "transfer", "manager1", at("09-08 09:00"), department=cast.health.code, reason="归卫健")
    case = cast.act(case, "sign", "chief3", at("09-08 10:00"))
    cast.act(case, "decide", "chief3", at("09-09 10:00"), outcome="grant", opinion="准予")


def opened_in_time(cast: Cast) -> None:
    case = signed(cast, HYGIENE)
    cast.act(case, "open_procedure", "examiner3", at("09-10 10:00"), procedure="现场采样检测", reason="需要检测")


def opened_late_but_the_clock_runs_on(cast: Cast) -> None:
    case = signed(cast, HYGIENE)
    officers = ["冯审", "卫核"]
    cast.act(
        case,
        "open_procedure",
        "examiner3",
        at("09-14 10:00"),
        procedure="现场审查",
        reason="要去看现场",
        officers=officers,
    )


def opened_as_soon_as_it_came(cast: Cast) -> None:
    """Transferred on the last day but one: the new department could not have opened it sooner."""
    case = accepted(cast, HYGIENE)
    case = cast.act(case, "transfer", "manager1", at("09-11 09:00"), department=cast.market.code, reason="归市监")
    case = cast.act(case, "sign", "examiner1", at("09-11 10:00"))
    cast.act(case, "open_procedure", "examiner1", at("09-11 11:00"), procedure="现场采样检测", reason="需要检测")


def decided_on_the_spot(cast: Cast) -> None:
    cast.letter("clerk1", ["decide"], immediate=True, department=cast.market, valid_from=dt.date(2026, 1, 1))
    case = accepted(cast, COMPANY)
    cast.act(case, "decide", "clerk1", at("09-07 10:30"), outcome="grant", opinion="准予")


def decided_all_day_and_a_few_late(cast: Cast) -> None:
    many_decisions(cast, at("09-07 16:00"), 8)  # until 17:10
    many_decisions(cast, at("09-08 19:00"), 4, day="09-08")


def decided_at_the_counter_for_who_took_a_number(cast: Cast) -> None:
    """The line is served to its end, however late; the visitor stands there."""
    cast.letter("clerk1", ["decide"], immediate=True, department=cast.health, valid_from=dt.date(2026, 1, 1))
    for n in range(6):
        case = cast.receive(FERTILITY, now=at("09-07 17:00"), applicant=random_citizen(n), ticket=f"A{n:03}")
        case = cast.act(case, "accept", "clerk1", at("09-07 17:05"))
        cast.act(case, "decide", "clerk1", at(f"09-07 17:{40 + n}"), outcome="grant", opinion="准予")


def done_at_an_honest_pace(cast: Cast) -> None:
    """Signed and passed within a minute, decided by somebody else just after it; a certificate made in seconds."""
    case = accepted(cast, RENEWAL)
    start = at("09-08 10:00")
    for seconds, action, who, data in (
        (0, "sign", "examiner1", {}),
        (30, "pass_step", "examiner1", {"opinion": "同意"}),
        (61, "decide", "chief1", {"outcome": "grant", "opinion": "准予"}),
        (70, "issue", "exit1", {}),
        (75, "make_ready", "exit1", {}),
        (80, "hand_out", "exit1", {"recipient": "王小明", "relation": "本人", "signed": True}),
    ):
        case = cast.act(case, action, who, start + dt.timedelta(seconds=seconds), **data)


def asked_for_what_is_made_anew(cast: Cast) -> None:
    """A form of the same name lies in an earlier case; this application needs its own."""
    accepted(cast, FOOD, "08-03")
    case = cast.receive(FOOD, now=at("09-07 09:30"))
    cast.act(case, "give_notice", "clerk1", at("09-07 09:45"), missing=[{**MISSING[0], "material": "m01"}])


def asked_for_what_has_aged(cast: Cast) -> None:
    accepted(cast, FOOD, "02-02")
    case = cast.receive(RENEWAL, now=at("09-07 09:30"))
    cast.act(case, "give_notice", "clerk1", at("09-07 09:45"), missing=[{**MISSING[0], "material": "m03"}])


def asked_somebody_else(cast: Cast) -> None:
    accepted(cast, FOOD, "08-03")
    case = cast.receive(RENEWAL, now=at("09-07 09:30"), applicant=random_citizen(7))
    cast.act(case, "give_notice", "clerk1", at("09-07 09:45"), missing=[{**MISSING[0], "material": "m03"}])


LAWFUL: list[Callable[[Cast], None]] = [
    deferred_as_the_list_allows,
    deemed_by_law,
    handed_in_bit_by_bit,
    returned_then_one_notice,
    sent_back_and_done_again,
    granted_on_commitment,
    transferred_with_a_step_done,
    opened_in_time,
    opened_late_but_the_clock_runs_on,
    opened_as_soon_as_it_came,
    decided_on_the_spot,
    decided_all_day_and_a_few_late,
    decided_at_the_counter_for_who_took_a_number,
    done_at_an_honest_pace,
    asked_for_what_is_made_anew,
    asked_for_what_has_aged,
    asked_somebody_else,
]


@pytest.mark.parametrize("scene", LAWFUL, ids=lambda scene: scene.__name__)
def test_the_nearest_lawful_thing_raises_nothing(cast: Cast, scene: Callable[[Cast], None]) -> None:
    scene(cast)
    assert CaseEvent.objects.exists()
    conduct.sweep(NOW)
    assert codes() == []
    assert not Unverified.objects.exists()


# ---- hours ---------------------------------------------------------------------------------------------------------


def hall_hours(cast: Cast, opens: int = 9 * 60, closes: int = 17 * 60, said: str = "01-01 00:00") -> None:
    for weekday in range(5):
        WeeklyHours.objects.create(
            centre=cast.centre,
            weekday=weekday,
            opens=opens,
            closes=closes,
            valid_from=dt.date(2026, 1, 1),
            said_at=at(said),
        )


@pytest.mark.parametrize(
    ("start", "hall", "found"),
    [
        ("09-07 17:05", False, []),  # a working day lasts until 17:30
        ("09-07 17:05", True, ["C-NIGHT"]),  # this hall closes at 17:00
        ("09-07 12:05", True, []),  # within its day
        ("09-12 10:00", False, ["C-NIGHT"]),  # a Saturday
        ("09-20 10:00", False, []),  # a Sunday worked to make up for 国庆
        ("09-07 23:40", False, ["C-NIGHT"]),  # one night, though midnight lies within
    ],
)
def test_closing_time_is_the_halls_or_half_past_five(cast: Cast, start: str, hall: bool, found: list[str]) -> None:
    if hall:
        hall_hours(cast)
    many_decisions(cast, at(start), 5)
    conduct.sweep(NOW)
    assert codes() == found


def test_hours_count_as_they_were_promised_then(cast: Cast) -> None:
    """A longer day said before, a shorter one said since: what was open then stays so."""
    hall_hours(cast, closes=17 * 60, said="09-20 00:00")
    day = dt.date(2026, 9, 7)
    periods = [[540, 1260, "extended"]]
    DayHours.objects.create(centre=cast.centre, day=day, periods=periods, reason="延时服务", said_at=at("09-01 09:00"))
    many_decisions(cast, at("09-07 20:00"), 5)
    conduct.sweep(NOW)
    assert codes() == []


def test_a_bulk_that_grows_is_found_when_it_is_one_and_not_again(cast: Cast) -> None:
    many_decisions(cast, at("09-07 20:00"), 4)
    conduct.sweep(NOW)
    assert codes() == []
    for n in range(3):
        case = accepted(cast, FERTILITY, applicant=random_citizen(50 + n))
        cast.act(case, "decide", "chief3", at(f"09-07 20:{42 + n}"), outcome="grant", opinion="准予")
        conduct.sweep(NOW)
    assert codes() == ["C-NIGHT"]


# ---- cards, books, marks -------------------------------------------------------------------------------------------


def test_a_card_starts_with_its_step_its_limit_and_its_message(cast: Cast) -> None:
    missing_paper(cast)
    conduct.sweep(NOW)
    card = Alert.objects.get()
    assert (card.state, card.subject_kind, card.tell) == ("open", "case", ["chief", "supervisor"])
    step = LoopStep.objects.get(subject_kind="alert", subject_id=card.pk)
    assert (step.seq, step.action, step.role) == (1, "open", "system")
    limit = Deadline.objects.get(subject_kind="alert", subject_id=card.pk)
    assert (limit.kind, limit.due_at) == ("explain", card.next_due_at)
    message = OutboxMessage.objects.get(subject=f"alert:{card.number}")
    assert (message.topic, message.payload) == ("oversight.yellow", {"alert": card.number})


def test_a_warning_is_told_and_asks_for_no_answer(cast: Cast) -> None:
    caught_up(cast)
    conduct.sweep(NOW)
    warning = Alert.objects.get()
    assert (warning.state, warning.next_due_at) == ("told", None)
    assert not Deadline.objects.filter(subject_kind="alert").exists()


def test_the_centres_own_book_decides(cast: Cast) -> None:
    """A book in which the rule is switched off raises nothing; one with another bound goes by it."""
    own = RuleSet.objects.create(key="own", name="本地", base_id="default")
    rule = Rule.objects.get(rule_set_id="default", code="C-BULK", ended_at=None)
    body = {**rule.body, "values": {"seconds": 60, "count": 4}}
    kept = Rule.objects.create(rule_set=own, code="C-BULK", name=rule.name, kind="conduct", level="red", body=body)
    CentreRules.objects.create(centre=cast.centre, rule_set=own)
    missing_paper(cast)
    caught_up(cast)
    conduct.sweep(NOW)
    assert codes() == []
    kept.ended_at = NOW
    kept.save()
    body = {**body, "values": {"seconds": 60, "count": 2}}
    Rule.objects.create(rule_set=own, code="C-BULK", version=2, name=rule.name, kind="conduct", level="red", body=body)
    Watermark.objects.all().delete()
    conduct.sweep(NOW)
    assert [(a.rule.code, a.level, a.rule.version) for a in Alert.objects.select_related("rule")] == [
        ("C-BULK", "red", 2)
    ]


def test_only_what_is_new_is_judged(cast: Cast) -> None:
    """A rule that comes into force later does not go back over what was looked at before."""
    Rule.objects.filter(code="C-MISSING").update(kind="off")
    missing_paper(cast)
    conduct.sweep(NOW)
    Rule.objects.filter(code="C-MISSING").update(kind="conduct")
    case = Case.objects.get()
    cast.act(case, "sign", "examiner1", at("09-30 10:00"))
    Watermark.objects.filter(key="conduct.events").update(
        number=CaseEvent.objects.latest("pk").pk + conduct.OVERLAP - 1
    )
    assert sum(conduct.sweep(NOW).values()) == 0


def test_an_entry_that_commits_late_is_found_below_the_mark(cast: Cast) -> None:
    """Its number was taken before the mark moved on; the next look sees that there are more entries than it knew."""
    case = cast.receive(FOOD, now=at("09-07 09:30"), materials=without(FOOD, "m02"))
    taken = _next_number()
    _set_number(taken + 50)
    cast.receive(RENEWAL, now=at("09-07 09:30"))
    conduct.sweep(NOW)
    _set_number(taken + 1)
    forge(cast, case, "accept", "clerk1", at("09-07 09:45"), accepted_on="2026-09-07", deemed=False)
    assert CaseEvent.objects.get(case=case, seq=2).pk < CaseEvent.objects.latest("pk").pk
    conduct.sweep(NOW)
    assert codes() == ["C-MISSING"]
    _set_number(taken + 100)


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_at_once_raise_nothing_twice(cast: Cast) -> None:
    ship()
    missing_paper(cast)
    caught_up(cast)
    failures: list[BaseException] = []

    def look() -> None:
        try:
            conduct.sweep(NOW)
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failures
    assert codes() == ["C-BULK", "C-MISSING"]
    assert LoopStep.objects.filter(subject_kind="alert").count() == 2


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('cases_caseevent', 'id'))")
        return int(cursor.fetchone()[0])


def _set_number(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('cases_caseevent', 'id'), %s)", [number])


def test_a_quiet_minute_costs_a_few_queries_and_a_busy_one_no_more_for_more(cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            conduct.sweep(NOW)
        return len(seen)

    def busy(first: int, count: int) -> None:
        for n in range(first, first + count):
            person = random_citizen(n)
            case = accepted(cast, FERTILITY, applicant=person)
            cast.act(case, "decide", "chief3", at(f"09-07 2{n % 3}:{n % 60:02}"), outcome="grant", opinion="准予")
            cast.receive(FOOD, now=at("09-08 09:00"), applicant=person)
            case = cast.receive(FOOD, now=at("09-08 09:30"), applicant=person)
            asked = [{**MISSING[0], "material": "m02"}]
            cast.act(case, "give_notice", "clerk1", at("09-08 09:45"), missing=asked)

    busy(0, 4)
    queries()
    quiet = queries()
    busy(100, 4)
    few = queries()
    busy(200, 20)
    many = queries()
    assert Alert.objects.filter(rule__code="C-HELD").count() == 28
    assert quiet <= 6
    assert many <= few + 1 <= 27  # the calendar is looked at anew every few seconds


# ---- 无法核验 -------------------------------------------------------------------------------------------------------


def test_what_the_ledger_does_not_tell_is_kept_as_unverifiable(cast: Cast) -> None:
    """A case taken over from another system without the due days of its clocks: not a breach, and not all right."""
    case = signed(cast, HYGIENE)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # as rows copied in from elsewhere
        cursor.execute("UPDATE cases_caseevent SET data = data - 'due' - 'answers'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    cast.act(case, "open_procedure", "examiner3", at("09-14 10:00"), procedure="现场采样检测", reason="需要检测")
    conduct.sweep(NOW)
    conduct.sweep(NOW)
    assert codes() == []
    (one,) = conduct.unverifiable(cast.centre, dt.date(2026, 9, 14))
    assert (one.rule.code, one.subject_id, one.name) == ("C-PROC", case.pk, f"{case.number} 第 4 条")
    assert "到期日" in one.reason
    (other,) = conduct.unverifiable(cast.centre, dt.date(2026, 9, 7))
    assert other.rule.code == "C-MISSING"
    assert not conduct.unverifiable(cast.township, dt.date(2026, 9, 14))
    assert not conduct.unverifiable(cast.centre, dt.date(2026, 9, 15))


@pytest.mark.parametrize(
    "data",
    [
        {"missing": [{}]},
        {"missing": 5},
        {"missing": [{"material": "m02", "name": "执照"}], "asked_though_held": "x"},
    ],
)
def test_a_ledger_that_cannot_be_read_stops_nobody(cast: Cast, data: dict[str, Any]) -> None:
    case = cast.receive(FOOD, now=at("09-07 09:30"))
    case = cast.act(case, "give_notice", "clerk1", at("09-07 09:45"), missing=MISSING)
    cast.act(case, "supply", "clerk1", at("09-08 09:45"), materials=complete_materials(FOOD, case.told.answers))
    forge(cast, case, "give_notice", "clerk1", at("09-09 09:45"), until="2026-09-20", **data)
    missing_paper(cast)
    conduct.sweep(NOW)
    assert "C-MISSING" in codes()
