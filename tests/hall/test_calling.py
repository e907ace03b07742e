"""At the window: who is called, what each verb leaves behind, and what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.clocks.models import Deadline
from onewindow.hall import calling, memory, onward, sessions, signals, tickets
from onewindow.hall.lifecycle import MOVES, TicketState, Verb
from onewindow.hall.models import PostingItem, Queue, Ticket, TicketPeriod, WindowItem, WindowSession
from onewindow.people.models import AccessRecord
from onewindow.places.models import Window
from onewindow.problems import InvalidInput, NotFound, NotNow, Refused
from tests.cast import COMPANY, FERTILITY, FOOD, Cast
from tests.hall.stage import Stage, build


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return build(cast)


def take(stage: Stage, at: str = "9:05", *items: str, **more: Any) -> Ticket:
    return tickets.take(stage.cast.centre, {"items": items, **more}, source="kiosk", now=stage.at(at))


def opened(stage: Stage, code: str = "A01", who: str = "clerk1", at: str = "9:00") -> WindowSession:
    return sessions.open_window(stage.windows[code], by=stage.cast.actor(who), now=stage.at(at))


def next_at(stage: Stage, at: str, code: str = "A01", who: str = "clerk1", **more: Any) -> Ticket | None:
    return calling.call_next(stage.windows[code], by=stage.cast.actor(who), now=stage.at(at), **more)


def do(stage: Stage, verb: str, at: str, code: str = "A01", who: str = "clerk1", **more: Any) -> Any:
    room = next(one for one in (calling, onward, sessions) if hasattr(one, verb))
    return getattr(room, verb)(stage.windows[code], by=stage.cast.actor(who), now=stage.at(at), **more)


def test_a_visit_leaves_one_period_after_the_other(stage: Stage) -> None:
    ticket = take(stage, "9:05", COMPANY)
    assert (ticket.number, ticket.window_id, ticket.state) == ("A001", None, "waiting")
    opened(stage)
    called = next_at(stage, "9:12")
    assert called is not None
    assert (called.pk, called.window_id, called.state) == (ticket.pk, stage.windows["A01"].pk, "called")
    do(stage, "recall", "9:13")
    do(stage, "start", "9:14")
    do(stage, "hold", "9:20", reason="去复印")
    calling.resume(stage.windows["A01"], ticket, by=stage.cast.actor("clerk1"), now=stage.at("9:30"))
    done = do(stage, "finish", "9:33")
    assert (done.state, done.ended_at) == ("finished", stage.at("9:33"))
    rows = TicketPeriod.objects.filter(ticket=ticket).order_by("pk")
    assert [(p.state, p.verb, f"{p.started_at + dt.timedelta(hours=8):%H:%M}") for p in rows] == [
        ("waiting", "take", "09:05"),
        ("called", "call", "09:12"),
        ("called", "recall", "09:13"),
        ("serving", "start", "09:14"),
        ("held", "hold", "09:20"),
        ("serving", "resume", "09:30"),
        ("finished", "finish", "09:33"),
    ]
    ends = [p.ended_at for p in rows]
    assert ends == [*(p.started_at for p in rows[1:]), stage.at("9:33")]
    assert ticket.lines.get().done_at == stage.at("9:33")
    assert rows[3].item_id == stage.cast.items[COMPANY].pk


def test_the_wait_is_a_deadline_that_the_call_settles(stage: Stage) -> None:
    early, late = take(stage, "9:05"), take(stage, "9:06")
    limit = Deadline.objects.get(subject_kind="ticket", subject_id=early.pk)
    assert limit.due_at == stage.at("9:35")
    assert limit.centre_id == stage.centre
    opened(stage)
    next_at(stage, "9:30")
    do(stage, "start", "9:31")
    do(stage, "finish", "9:40")
    next_at(stage, "9:41")
    outcomes = dict(Deadline.objects.filter(subject_kind="ticket").values_list("subject_id", "outcome"))
    assert outcomes == {early.pk: "met", late.pk: "late"}


def test_who_leaves_voids_the_limit(stage: Stage) -> None:
    ticket = take(stage)
    tickets.leave(ticket, by=None, now=stage.at("9:20"))
    assert Deadline.objects.get(subject_id=ticket.pk, subject_kind="ticket").outcome == "void"
    with pytest.raises(NotNow, match="已离开"):
        tickets.leave(ticket, by=None, now=stage.at("9:21"))


def test_first_come_first_called_and_nobody_left_is_none(stage: Stage) -> None:
    numbers = [take(stage, f"9:0{n}").number for n in range(1, 4)]
    opened(stage)
    called = []
    for n in range(3):
        ticket = next_at(stage, f"9:1{n}")
        assert ticket is not None
        called.append(ticket.number)
        do(stage, "start", f"9:1{n}")
        do(stage, "finish", f"9:1{n}")
    assert called == numbers
    assert next_at(stage, "9:20") is None


def test_a_call_is_one_statement_beside_what_is_remembered(stage: Stage) -> None:
    take(stage, "9:01")
    take(stage, "9:02")
    opened(stage)
    opened(stage, "A02", "clerk2")
    actor = stage.cast.actor("clerk2")
    next_at(stage, "9:10")
    with CaptureQueriesContext(
        connection,
    ) as seen:
        calling.call_next(stage.windows["A02"], by=actor, now=stage.at("9:10"))
    statements = [q["sql"] for q in seen if "SAVEPOINT" not in q["sql"]]
    assert len([sql for sql in statements if "hall_postingitem" not in sql]) == 1


def test_a_repeated_request_gives_the_first_ticket(stage: Stage) -> None:
    first, second = take(stage, "9:01"), take(stage, "9:02")
    opened(stage)
    called = next_at(stage, "9:10", request="k1")
    again = next_at(stage, "9:11", request="k1")
    assert called is not None
    assert again is not None
    assert called.pk == again.pk == first.pk
    second.refresh_from_db()
    assert second.state == "waiting"


def test_one_window_one_person_at_a_time(stage: Stage) -> None:
    take(stage, "9:01")
    take(stage, "9:02")
    opened(stage)
    next_at(stage, "9:10")
    with pytest.raises(NotNow, match="A001 还在 A01 窗口"):
        next_at(stage, "9:11")


def test_opening_is_of_one_person_and_of_one_window(stage: Stage) -> None:
    session = opened(stage)
    assert opened(stage).pk == session.pk
    with pytest.raises(NotNow, match="陈窗"):
        opened(stage, "A01", "clerk2")
    with pytest.raises(NotNow, match="A01 窗口还开着"):
        opened(stage, "A02", "clerk1")


def test_a_window_of_another_centre_is_refused_and_recorded(stage: Stage) -> None:
    from onewindow.hall.models import Hall

    Hall.objects.create(centre=stage.cast.township)
    other = Window.objects.create(centre=stage.cast.township, code="01", name="综合", kind="general")
    with pytest.raises(Refused, match="不是您所在中心"):
        sessions.open_window(other, by=stage.cast.actor("clerk1"), now=stage.at("9:00"))
    assert AccessRecord.objects.filter(kind="refused", action="hall.open", subject=f"window:{other.pk}").exists()


def test_an_applicant_and_a_manager_call_nobody(stage: Stage) -> None:
    for who in ("citizen1", "manager1"):
        with pytest.raises(Refused):
            opened(stage, "A01", who)


def test_a_window_switched_off_cannot_be_opened(stage: Stage) -> None:
    Window.objects.filter(code="A03").update(is_active=False)
    memory.forget()
    with pytest.raises(NotFound, match="停用"):
        opened(stage, "A03")


def test_verbs_without_an_open_window_say_so(stage: Stage) -> None:
    take(stage)
    for verb, more in (("recall", {}), ("start", {}), ("miss", {}), ("finish", {}), ("hold", {"reason": "复印"})):
        with pytest.raises(NotNow, match="还没有打开 A01 窗口"):
            do(stage, verb, "9:10", **more)
    with pytest.raises(NotNow, match="还没有打开"):
        next_at(stage, "9:10")
    opened(stage)
    with pytest.raises(NotNow, match="没有人，请先叫号"):
        do(stage, "start", "9:10")
    next_at(stage, "9:11")
    with pytest.raises(NotNow, match="不能「办完」"):
        do(stage, "finish", "9:12")


def test_every_move_that_is_not_in_the_table_is_refused(stage: Stage) -> None:
    """Walks every cell: what the statement lets through is what the table says, no more and no less."""
    at_window = {Verb.RECALL, Verb.START, Verb.MISS, Verb.HOLD, Verb.FINISH, Verb.TRANSFER}
    opened(stage)
    window = stage.windows["A01"]
    clerk = stage.cast.accounts["clerk1"]
    for state in (TicketState.CALLED, TicketState.SERVING):
        for verb in at_window:
            ticket = take(stage, "9:05")
            Ticket.objects.filter(pk=ticket.pk).update(state=state, window=window, account=clerk)
            more = {"hold": {"reason": "复印"}, "transfer": {"reason": "转", "queue": stage.lines["C"].pk}}
            allowed = (state, verb) in MOVES
            try:
                do(stage, verb.value, "9:10", **more.get(verb.value, {}))
                moved = True
            except NotNow:
                moved = False
            ticket.refresh_from_db()
            assert moved is allowed, (state, verb)
            if allowed and verb is not Verb.MISS:
                assert ticket.state == MOVES[(state, verb)]
            Ticket.objects.filter(pk=ticket.pk).update(state="finished", window=None)


def test_a_paused_window_calls_nobody_and_says_why(stage: Stage) -> None:
    take(stage)
    opened(stage)
    do(stage, "pause_window", "9:05", reason="打印机缺纸")
    with pytest.raises(NotNow, match="打印机缺纸"):
        next_at(stage, "9:06")
    with pytest.raises(NotNow, match="已经暂停"):
        do(stage, "pause_window", "9:06", reason="又停")
    do(stage, "resume_window", "9:10")
    assert next_at(stage, "9:11") is not None
    with pytest.raises(NotNow, match="没有暂停"):
        do(stage, "resume_window", "9:12")


def test_closing_waits_for_who_is_there_and_who_is_on_hold(stage: Stage) -> None:
    take(stage)
    opened(stage)
    next_at(stage, "9:10")
    do(stage, "start", "9:11")
    do(stage, "hold", "9:12", reason="填表")
    with pytest.raises(NotNow, match="A001 还没有办完"):
        do(stage, "close_window", "9:13")
    ticket = Ticket.objects.get()
    calling.resume(stage.windows["A01"], ticket, by=stage.cast.actor("clerk1"), now=stage.at("9:14"))
    do(stage, "finish", "9:15")
    assert do(stage, "close_window", "9:16").closed_at == stage.at("9:16")
    with pytest.raises(NotNow, match="还没有打开"):
        next_at(stage, "9:17")


def test_missed_comes_back_behind_a_few_and_missed_often_ends(stage: Stage) -> None:
    first = take(stage, "9:01")
    others = [take(stage, f"9:0{n}") for n in range(2, 8)]
    opened(stage)
    next_at(stage, "9:10")
    missed = do(stage, "miss", "9:11")
    assert (missed.state, missed.window_id, missed.misses) == ("missed", None, 1)
    onward.give_back(first, now=stage.at("9:12"))
    order = []
    for n in range(4):
        ticket = next_at(stage, f"9:{20 + n}")
        assert ticket is not None
        order.append(ticket.number)
        if ticket.pk != first.pk:
            do(stage, "start", f"9:{20 + n}")
            do(stage, "finish", f"9:{20 + n}")
    assert order == [*(one.number for one in others[:3]), first.number]
    ended = do(stage, "miss", "9:30")
    assert (ended.state, ended.end_reason) == ("left", "missed")
    with pytest.raises(NotNow, match="已离开"):
        onward.give_back(first, now=stage.at("9:31"))


def test_a_missed_ticket_can_be_too_old_to_return_and_be_called_by_number(stage: Stage) -> None:
    ticket = take(stage)
    opened(stage)
    next_at(stage, "9:10")
    do(stage, "miss", "9:11")
    with pytest.raises(NotNow, match="超过 60 分钟"):
        onward.give_back(ticket, now=stage.at("10:12"))
    called = calling.call(stage.windows["A01"], ticket, by=stage.cast.actor("clerk1"), now=stage.at("10:13"))
    assert called.state == "called"


def test_a_transfer_keeps_the_place_and_names_the_reason(stage: Stage) -> None:
    before = take(stage, "9:01", COMPANY)
    opened(stage)
    next_at(stage, "9:10")
    consult = tickets.take(stage.cast.centre, {"kind": "consulting"}, source="kiosk", now=stage.at("9:05"))
    moved = do(stage, "transfer", "9:12", queue=stage.lines["C"].pk, reason="只想问一问")
    assert (moved.queue_id, moved.place_at, moved.state) == (stage.lines["C"].pk, before.place_at, "waiting")
    opened(stage, "C01", "clerk2")
    assert next_at(stage, "9:13", "C01", "clerk2").pk == before.pk  # type: ignore[union-attr]
    assert consult.number == "C001"
    assert TicketPeriod.objects.get(ticket=before, verb="transfer").reason == "只想问一问"
    with pytest.raises(InvalidInput, match="为什么转"):
        do(stage, "transfer", "9:14", "C01", "clerk2", queue=stage.lines["A"].pk, reason=" ")
    with pytest.raises(NotFound):
        do(stage, "transfer", "9:14", "C01", "clerk2", queue=10**9, reason="转")


def test_several_items_at_several_windows_are_one_visit(stage: Stage) -> None:
    """A window for the market bureau, one for health: the visitor goes from one line to the next at the same place."""
    cast = stage.cast
    Window.objects.filter(code__in=["A01", "A02", "A03"]).update(is_active=False)
    for code, department in (("B01", cast.market), ("S01", cast.health)):
        stage.windows[code] = Window.objects.create(
            centre=cast.centre, code=code, name=code, kind="general", mode="field"
        )
        stage.windows[code].departments.set([department])
        stage.lines[code[0]] = Queue.objects.create(centre=cast.centre, letter=code[0], name=code, kind="general")
        stage.lines[code[0]].departments.set([department])
    ticket = take(stage, "9:01", COMPANY, FERTILITY)
    assert ticket.number == "B001"
    assert ticket.items == [cast.items[COMPANY].pk]
    opened(stage, "B01", "clerk1")
    opened(stage, "S01", "clerk2")
    assert next_at(stage, "9:05", "S01", "clerk2") is None
    next_at(stage, "9:05", "B01")
    do(stage, "start", "9:06", "B01")
    waiting = do(stage, "finish", "9:10", "B01")
    assert (waiting.state, waiting.queue_id, waiting.place_at) == ("waiting", stage.lines["S"].pk, ticket.place_at)
    assert waiting.number == "B001"
    called = next_at(stage, "9:11", "S01", "clerk2")
    assert called is not None
    do(stage, "start", "9:12", "S01", "clerk2")
    assert do(stage, "finish", "9:20", "S01", "clerk2").state == "finished"
    assert ticket.lines.filter(done_at=None).count() == 0


def test_a_field_window_takes_only_what_is_its_own(stage: Stage) -> None:
    window = Window.objects.create(centre=stage.cast.centre, code="B01", name="市监", kind="general", mode="field")
    window.departments.set([stage.cast.market])
    stage.windows["B01"] = window
    take(stage, "9:01")  # nobody knows what for
    take(stage, "9:02", FERTILITY)
    company = take(stage, "9:03", COMPANY)
    opened(stage, "B01", "clerk1")
    called = next_at(stage, "9:05", "B01")
    assert called is not None
    assert called.pk == company.pk
    do(stage, "start", "9:05", "B01")
    do(stage, "finish", "9:05", "B01")
    assert next_at(stage, "9:06", "B01") is None
    WindowItem.objects.create(window=window, item=stage.cast.items[FERTILITY], takes=True)
    memory.forget()
    assert next_at(stage, "9:07", "B01").number == "A002"  # type: ignore[union-attr]


def test_what_a_person_cannot_take_is_not_called_by_them(stage: Stage) -> None:
    take(stage, "9:01", FOOD)
    WindowItem.objects.create(window=stage.windows["A02"], item=stage.cast.items[FOOD], takes=False)
    PostingItem.objects.create(posting=stage.cast.posting("clerk1"), item=stage.cast.items[FOOD])
    memory.forget()
    opened(stage)
    opened(stage, "A02", "clerk2")
    assert next_at(stage, "9:02") is None
    assert next_at(stage, "9:02", "A02", "clerk2") is None
    do(stage, "close_window", "9:03")
    do(stage, "close_window", "9:03", "A02", "clerk2")
    opened(stage, "A01", "clerk2", "9:04")
    assert next_at(stage, "9:05", "A01", "clerk2").number == "A001"  # type: ignore[union-attr]


def test_a_green_window_calls_only_with_a_priority(stage: Stage) -> None:
    stage.windows["G01"] = Window.objects.create(centre=stage.cast.centre, code="G01", name="绿色通道", kind="green")
    take(stage, "9:01")
    old = take(stage, "9:02", priority="elderly")
    opened(stage, "G01", "clerk1")
    assert next_at(stage, "9:05", "G01").pk == old.pk  # type: ignore[union-attr]
    do(stage, "start", "9:05", "G01")
    do(stage, "finish", "9:06", "G01")
    assert next_at(stage, "9:07", "G01") is None


def test_the_finish_is_told_to_whoever_listens(stage: Stage, django_capture_on_commit_callbacks: Any) -> None:
    heard: list[tuple[str, Verb]] = []

    def listen(ticket: Ticket, verb: Verb, **_: Any) -> None:
        heard.append((ticket.number, verb))

    signals.moved.connect(listen)
    try:
        take(stage)
        opened(stage)
        with django_capture_on_commit_callbacks(execute=True):
            next_at(stage, "9:10")
            do(stage, "start", "9:11")
            do(stage, "finish", "9:12")
    finally:
        signals.moved.disconnect(listen)
    assert heard == [("A001", Verb.CALL), ("A001", Verb.START), ("A001", Verb.FINISH)]


def test_a_transfer_for_the_wrong_item_takes_it_off_the_ticket(stage: Stage) -> None:
    """Taken for a licence, really about a birth: after the right window nobody is sent back to the wrong one."""
    cast = stage.cast
    for code, department in (("B01", cast.market), ("S01", cast.health)):
        stage.windows[code] = Window.objects.create(
            centre=cast.centre, code=code, name=code, kind="general", mode="field"
        )
        stage.windows[code].departments.set([department])
        stage.lines[code[0]] = Queue.objects.create(centre=cast.centre, letter=code[0], name=code, kind="general")
        stage.lines[code[0]].departments.set([department])
    take(stage, "9:01", COMPANY)
    opened(stage, "B01", "clerk1")
    opened(stage, "S01", "clerk2")
    next_at(stage, "9:05", "B01")
    do(stage, "transfer", "9:06", "B01", queue=stage.lines["S"].pk, reason="要办的是生育登记")
    assert next_at(stage, "9:07", "S01", "clerk2") is not None
    do(stage, "start", "9:08", "S01", "clerk2")
    assert do(stage, "finish", "9:10", "S01", "clerk2").state == "finished"
