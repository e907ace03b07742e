"""A manager changes the hall: hours with their history, lines, closures, rules, machines; audited, or refused."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from onewindow.exchange.models import OutboxMessage
from onewindow.hall import changes, opening
from onewindow.hall.models import (
    Appointment,
    DayHours,
    Hall,
    PostingItem,
    Queue,
    WeeklyHours,
    WindowClosure,
    WindowItem,
)
from onewindow.hall.queues import hall_map
from onewindow.people.changes import Steward
from onewindow.people.models import AccessRecord, ChangeRecord
from onewindow.places.changes import seen_digest
from onewindow.problems import InvalidInput, NotFound, NotNow, Problem, Refused, Stale
from tests.cast import FERTILITY, FOOD, Cast
from tests.hall.bookings import SUNDAY_NOON, TUESDAY, book
from tests.hall.stage import MONDAY, Stage, build

TODAY = SUNDAY_NOON.date()
WORKDAYS = [{"weekday": day, "opens": "8:30", "closes": "12:00"} for day in range(5)]


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return build(cast)


@pytest.fixture
def manager(cast: Cast) -> Steward:
    return Steward(cast.actor("manager1"), SUNDAY_NOON)


def words(stage: Stage, day: dt.date) -> str:
    return opening.words(stage.centre, day, TODAY)


# ---- the week -----------------------------------------------------------------------------------------------------


def test_new_hours_hold_from_their_day_on_and_the_old_ones_stay_readable(stage: Stage, manager: Steward) -> None:
    WeeklyHours.objects.update(said_at=SUNDAY_NOON - dt.timedelta(days=30))
    changes.set_weekly(stage.cast.centre, {"valid_from": TUESDAY, "rows": WORKDAYS}, by=manager)
    assert words(stage, MONDAY) == "9:00–12:00，13:00–17:00"
    assert words(stage, TUESDAY) == "8:30–12:00"
    before = opening.opening(stage.centre, TUESDAY, SUNDAY_NOON - dt.timedelta(seconds=1))
    assert [f"{period.starts:%H:%M}" for period in before] == ["09:00", "13:00"]
    record = ChangeRecord.objects.get(verb="set_weekly_hours")
    assert record.before == {"hours": "星期一至星期五 9:00–12:00，13:00–17:00"}
    assert record.after == {"hours": "星期一至星期五 8:30–12:00", "from": "2026-11-24"}


def test_summer_hours_end_and_the_old_ones_hold_again(stage: Stage, manager: Steward) -> None:
    last = TUESDAY + dt.timedelta(days=7)
    changes.set_weekly(stage.cast.centre, {"valid_from": TUESDAY, "valid_until": last, "rows": WORKDAYS}, by=manager)
    days = (MONDAY, TUESDAY, last, last + dt.timedelta(days=1))
    assert [words(stage, day) for day in days] == [
        "9:00–12:00，13:00–17:00", "8:30–12:00", "8:30–12:00", "9:00–12:00，13:00–17:00",
    ]  # fmt: skip


def test_hours_are_changed_again_before_they_began(stage: Stage, manager: Steward) -> None:
    for opens in ("8:00", "10:00"):
        rows = [{"weekday": 1, "opens": opens, "closes": "12:00"}]
        changes.set_weekly(stage.cast.centre, {"valid_from": TUESDAY, "rows": rows}, by=manager)
    assert words(stage, TUESDAY) == "10:00–12:00"
    assert words(stage, TUESDAY + dt.timedelta(days=1)) == "11月25日（星期三）不办公：这一天没有安排办公时间"


def test_the_first_hours_of_a_hall_may_begin_in_the_past(cast: Cast, manager: Steward) -> None:
    Hall.objects.create(centre=cast.township)
    told = {"valid_from": dt.date(2025, 1, 1), "rows": WORKDAYS}
    changes.set_weekly(cast.township, told, by=manager)
    with pytest.raises(InvalidInput, match="过去"):
        changes.set_weekly(cast.township, told, by=manager)


def test_new_hours_tell_whom_they_cut_off(stage: Stage, manager: Steward) -> None:
    kept, cut, far = book(stage, "9:00", 1), book(stage, "14:00", 2), book(stage, "14:00", 3, day=TUESDAY)
    told = {"valid_from": MONDAY, "valid_until": MONDAY, "rows": WORKDAYS}
    changes.set_weekly(stage.cast.centre, told, by=manager)
    assert [Appointment.objects.get(pk=one.pk).state for one in (kept, cut, far)] == ["booked", "displaced", "booked"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rows": []}, "至少要有 1 项"),
        ({"rows": [{"weekday": 7, "opens": "9:00", "closes": "10:00"}]}, "不能大于 6"),
        ({"rows": [{"weekday": -1, "opens": "9:00", "closes": "10:00"}]}, "不能小于 0"),
        ({"rows": [{"weekday": 0, "opens": "nine", "closes": "10:00"}]}, "9:00"),
        ({"rows": [{"weekday": 0, "opens": "9:00", "closes": "24:30"}]}, "没有这个时刻"),
        ({"rows": [{"weekday": 0, "opens": "9:00", "closes": "9:00"}]}, "星期一的结束时间要晚于开始时间"),
        ({"rows": [{"weekday": 0, "opens": "9:00", "closes": "10:00", "kind": "night"}]}, "没有这个选项"),
        ({"rows": WORKDAYS * 20}, "最多 50 项"),
        ({"valid_from": "someday"}, "2026-11-22"),
        ({"valid_from": "2026-11-21"}, "今天或以后"),
        ({"valid_from": "9999-12-31"}, "三年以内"),
        ({"valid_until": "2026-11-01"}, "早于开始"),
        ({"extra": 1}, "没有这一项"),
    ],
    ids=str,
)
def test_hours_that_cannot_be(stage: Stage, manager: Steward, change: dict[str, Any], words: str) -> None:
    told = {"valid_from": "2026-11-24", "rows": WORKDAYS, **change}
    with pytest.raises(InvalidInput) as refused:
        changes.set_weekly(stage.cast.centre, told, by=manager)
    assert words in " ".join(error.message for error in refused.value.errors)
    assert not WeeklyHours.objects.filter(ended_at__isnull=False).exists()
    assert not ChangeRecord.objects.exists()


# ---- a day --------------------------------------------------------------------------------------------------------


def test_closing_a_day_in_one_step(stage: Stage, manager: Steward) -> None:
    book(stage)
    changes.set_day(stage.cast.centre, {"day": MONDAY, "reason": "停电检修"}, by=manager)
    assert words(stage, MONDAY) == "明天不办公：停电检修"
    assert Appointment.objects.get().state == "displaced"
    assert OutboxMessage.objects.filter(topic="hall.displaced").count() == 1
    record = ChangeRecord.objects.get(verb="set_day_hours")
    assert record.after == {"day": "2026-11-23", "hours": "不办公", "reason": "停电检修", "displaced": 1}


def test_a_day_is_said_twice_and_cleared(stage: Stage, manager: Steward) -> None:
    periods = [{"opens": "13:00", "closes": "15:00", "kind": "extended"}, {"opens": "9:00", "closes": "11:00"}]
    changes.set_day(stage.cast.centre, {"day": MONDAY, "reason": "检修"}, by=manager)
    changes.set_day(stage.cast.centre, {"day": MONDAY, "reason": "半天", "periods": periods}, by=manager)
    assert words(stage, MONDAY) == "9:00–11:00；延时 13:00–15:00"
    changes.clear_day(stage.cast.centre, MONDAY, by=manager)
    assert words(stage, MONDAY) == "9:00–12:00，13:00–17:00"
    assert DayHours.objects.filter(ended_at__isnull=False).count() == 2
    with pytest.raises(NotFound):
        changes.clear_day(stage.cast.centre, MONDAY, by=manager)


@pytest.mark.parametrize(
    "change",
    [
        {"day": "2026-11-21"},
        {"day": "2036-11-21"},
        {"day": ""},
        {"reason": ""},
        {"reason": "x" * 101},
        {"reason": "\u202e"},
        {"periods": [{"opens": "10:00", "closes": "9:00"}]},
        {"periods": [{"opens": "9:00", "closes": "11:00"}, {"opens": "10:59", "closes": "12:00"}]},
        {"periods": [{"opens": "9:00", "closes": "9:05"}] * 11},
        {"periods": "9:00-10:00"},
    ],
    ids=str,
)
def test_a_day_that_cannot_be(stage: Stage, manager: Steward, change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        changes.set_day(stage.cast.centre, {"day": "2026-11-24", "reason": "检修", **change}, by=manager)
    assert refused.value.errors
    assert not DayHours.objects.exists()


def test_a_change_that_fails_leaves_nothing_remembered(
    stage: Stage, manager: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The displaced are read inside the transaction: what was seen there must not outlive its rollback."""

    def fail(*_: Any) -> int:
        assert "检修" in opening.words(stage.centre, MONDAY)
        raise RuntimeError("power cut")

    monkeypatch.setattr("onewindow.hall.timetable.displace", fail)
    with pytest.raises(RuntimeError):
        changes.set_day(stage.cast.centre, {"day": MONDAY, "reason": "检修"}, by=manager)
    assert words(stage, MONDAY) == "9:00–12:00，13:00–17:00"


# ---- who may ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["clerk1", "guide1", "head1", "supervisor1", "citizen1"])
def test_only_managers_change_a_hall(stage: Stage, cast: Cast, who: str) -> None:
    by = Steward(cast.actor(who), SUNDAY_NOON)
    verbs: list[Callable[[], Any]] = [
        lambda: changes.set_weekly(cast.centre, {"valid_from": TUESDAY, "rows": WORKDAYS}, by=by),
        lambda: changes.set_day(cast.centre, {"day": MONDAY, "reason": "检修"}, by=by),
        lambda: changes.clear_day(cast.centre, MONDAY, by=by),
        lambda: changes.edit_rules(cast.centre, {"slot_minutes": 30}, by=by),
        lambda: changes.add_queue(cast.centre, {"letter": "B", "name": "出件", "kind": "hand_out"}, by=by),
        lambda: changes.edit_queue(stage.lines["A"], {"name": "综合", "kind": "general"}, by=by),
        lambda: changes.set_window_items(stage.windows["A01"], {"less": [FOOD]}, by=by),
        lambda: changes.set_posting_items(cast.posting("clerk1"), {"items": [FOOD]}, by=by),
        lambda: changes.add_closure(stage.windows["A01"], CLOSURE, by=by),
        lambda: changes.enrol_terminal(cast.centre, {"kind": "kiosk", "name": "1号机"}, by=by),
    ]
    for verb in verbs:
        with pytest.raises(Refused):
            verb()
    assert AccessRecord.objects.filter(kind="refused", account=cast.accounts[who]).count() == len(verbs)
    assert not ChangeRecord.objects.exists()


# ---- rules --------------------------------------------------------------------------------------------------------


def test_rules_change_one_by_one_and_are_seen_at_once(stage: Stage, manager: Steward) -> None:
    assert hall_map(stage.cast.centre).rules.slot_minutes == 15
    changes.edit_rules(stage.cast.centre, {"slot_minutes": 30, "notice": "周五下午学习"}, by=manager)
    changes.edit_rules(stage.cast.centre, {"advance": {"elderly": 20}}, by=manager)
    layout = hall_map(stage.cast.centre)
    assert (layout.rules.slot_minutes, layout.rules.advance["elderly"], layout.rules.advance["green"]) == (30, 20, 30)
    assert layout.notice == "周五下午学习"
    assert ChangeRecord.objects.filter(verb="edit_hall_rules").count() == 2


def test_a_centre_gets_its_hall_by_its_first_rules(cast: Cast, manager: Steward) -> None:
    changes.edit_rules(cast.township, {}, by=manager)
    assert hall_map(cast.township).rules.slot_minutes == 15


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"slot_minutes": 7}, "slot_minutes"),
        ({"slot_minutes": 10**30}, "slot_minutes"),
        ({"walk_in_share": 0.1}, "walk_in_share"),
        ({"walk_in_share": "nan"}, "walk_in_share"),
        ({"fairness": "inf"}, "fairness"),
        ({"advance": {"green": 900}}, "advance.green"),
        ({"advance": {"friends": 5}}, "advance.friends"),
        ({"advance": {str(n): 1 for n in range(20)}}, "advance"),
        ({"notice": "x" * 201}, "notice"),
        ({"horizon_days": None}, "horizon_days"),
        ({"surprise": 1}, "surprise"),
    ],
    ids=str,
)
def test_rules_that_cannot_be(stage: Stage, manager: Steward, raw: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        changes.edit_rules(stage.cast.centre, raw, by=manager)
    assert field in {error.field for error in refused.value.errors}
    assert Hall.objects.get(centre=stage.cast.centre).rules == {}


def test_nobody_overwrites_what_another_just_changed(stage: Stage, manager: Steward) -> None:
    seen = seen_digest(changes.rules_facts(stage.hall))
    changes.edit_rules(stage.cast.centre, {"slot_minutes": 30}, by=manager, seen=seen)
    with pytest.raises(Stale):
        changes.edit_rules(stage.cast.centre, {"slot_minutes": 20}, by=manager, seen=seen)


# ---- lines --------------------------------------------------------------------------------------------------------


def test_a_line_for_a_department(stage: Stage, cast: Cast, manager: Steward) -> None:
    raw = {"letter": "b", "name": "市场监管", "kind": "general", "departments": [cast.market.pk]}
    line = changes.add_queue(cast.centre, raw, by=manager)
    assert (line.letter, [one.pk for one in line.departments.all()]) == ("B", [cast.market.pk])
    assert [queue.letter for queue in hall_map(cast.centre).queues] == ["A", "B", "C"]
    assert ChangeRecord.objects.get(verb="add_queue").subject == f"queue:{line.pk}"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"letter": "A"}, "字母 A 已经有队伍在用"),
        ({"letter": "ABC"}, "格式不对"),
        ({"letter": "甲"}, "格式不对"),
        ({"departments": []}, "已经接这类窗口的所有事项"),
        ({"departments": [10**9]}, "不在这个地方"),
        ({"kind": "dragon"}, "没有这个选项"),
        ({"name": "x" * 31}, "最多 30 个字"),
        ({"name": " "}, "请填写"),
    ],
    ids=str,
)
def test_lines_that_cannot_be(stage: Stage, cast: Cast, manager: Steward, change: dict[str, Any], words: str) -> None:
    raw = {"letter": "B", "name": "市场监管", "kind": "general", "departments": [cast.market.pk], **change}
    with pytest.raises(InvalidInput) as refused:
        changes.add_queue(cast.centre, raw, by=manager)
    assert words in " ".join(error.message for error in refused.value.errors)
    assert Queue.objects.count() == 2


def test_two_lines_never_take_the_same_departments_items(stage: Stage, cast: Cast, manager: Steward) -> None:
    raw = {"letter": "B", "name": "市场监管", "kind": "general", "departments": [cast.market.pk]}
    changes.add_queue(cast.centre, raw, by=manager)
    with pytest.raises(InvalidInput) as refused:
        changes.add_queue(cast.centre, {**raw, "letter": "D"}, by=manager)
    assert "B 市场监管" in refused.value.errors[0].message


def test_a_line_in_use_is_not_switched_off(stage: Stage, manager: Steward) -> None:
    book(stage)
    stage.visit("9:00")
    off = {"name": "综合", "kind": "general", "is_active": False}
    with pytest.raises(NotNow, match="1 位正在排队、1 位已经预约"):
        changes.edit_queue(stage.lines["A"], off, by=manager)
    assert changes.edit_queue(stage.lines["A"], {"name": "综合受理", "kind": "general"}, by=manager).name == "综合受理"
    assert not changes.edit_queue(stage.lines["C"], {**off, "name": "咨询", "kind": "consulting"}, by=manager).is_active


# ---- who takes what -----------------------------------------------------------------------------------------------


def test_exceptions_of_a_window_and_of_a_person(stage: Stage, cast: Cast, manager: Steward) -> None:
    window, posting = stage.windows["A01"], cast.posting("clerk1")
    changes.set_window_items(window, {"less": [FOOD], "more": [cast.items[FERTILITY].code]}, by=manager)
    changes.set_posting_items(posting, {"items": [FOOD, FERTILITY]}, by=manager)
    assert set(WindowItem.objects.values_list("item__key", "takes")) == {(FOOD, False), (FERTILITY, True)}
    assert PostingItem.objects.count() == 2
    changes.set_window_items(window, {}, by=manager)
    changes.set_posting_items(posting, {}, by=manager)
    assert not WindowItem.objects.exists()
    assert not PostingItem.objects.exists()
    assert ChangeRecord.objects.filter(subject=f"window:{window.pk}").count() == 2


@pytest.mark.parametrize(
    "raw", [{"less": ["nothing"]}, {"less": [FOOD], "more": [FOOD]}, {"less": ["x" * 81]}, {"less": "x"}]
)
def test_exceptions_that_cannot_be(stage: Stage, manager: Steward, raw: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        changes.set_window_items(stage.windows["A01"], raw, by=manager)


# ---- closures -----------------------------------------------------------------------------------------------------


CLOSURE = {"starts_at": "2026-11-23T09:00", "ends_at": "2026-11-23T12:00", "reason": "培训"}


def test_a_closure_moves_bookings_to_other_windows_or_tells_their_people(stage: Stage, manager: Steward) -> None:
    made = book(stage)
    closures = [changes.add_closure(stage.windows[code], CLOSURE, by=manager) for code in ("A01", "A02", "A03")]
    made.refresh_from_db()
    assert made.state == "displaced"
    assert ChangeRecord.objects.filter(verb="add_closure").latest("id").after["displaced"] == 1
    changes.remove_closure(closures[0], by=manager)
    with pytest.raises(NotFound):
        changes.remove_closure(closures[0], by=manager)
    assert WindowClosure.objects.count() == 2


@pytest.mark.parametrize(
    "change",
    [
        {"ends_at": "2026-11-23T09:00"},
        {"starts_at": "2026-11-01T09:00", "ends_at": "2026-11-02T09:00"},
        {"ends_at": "2036-11-23T09:00"},
        {"ends_at": "9999-12-31T23:59:59Z"},
        {"starts_at": "soon"},
        {"reason": ""},
    ],
    ids=str,
)
def test_closures_that_cannot_be(stage: Stage, manager: Steward, change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        changes.add_closure(stage.windows["A01"], {**CLOSURE, **change}, by=manager)


# ---- machines -----------------------------------------------------------------------------------------------------


def test_a_terminal_is_known_by_the_digest_of_its_token_only(stage: Stage, manager: Steward) -> None:
    machine, token = changes.enrol_terminal(stage.cast.centre, {"kind": "kiosk", "name": "1号机"}, by=manager)
    assert machine.digest == hashlib.sha256(token.encode()).hexdigest()
    assert token not in str(ChangeRecord.objects.get().after)
    with pytest.raises(InvalidInput):
        changes.enrol_terminal(stage.cast.centre, {"kind": "screen", "name": "1号机"}, by=manager)
    gone = changes.revoke_terminal(machine, by=manager)
    assert gone.revoked_at == SUNDAY_NOON
    assert changes.revoke_terminal(machine, by=manager).revoked_at == SUNDAY_NOON
    assert ChangeRecord.objects.filter(verb="revoke_terminal").count() == 1
    changes.enrol_terminal(stage.cast.centre, {"kind": "screen", "name": "1号机"}, by=manager)


@pytest.mark.parametrize(
    "raw", [{}, {"kind": "toaster", "name": "x"}, {"kind": "kiosk", "name": ""}, {"kind": "kiosk", "name": "x" * 41}]
)
def test_machines_that_cannot_be(stage: Stage, manager: Steward, raw: dict[str, Any]) -> None:
    with pytest.raises(Problem):
        changes.enrol_terminal(stage.cast.centre, raw, by=manager)
