"""A complaint from the first word to its end: who may take it down, what it is tied to, every stage on record."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.clocks.models import Deadline
from onewindow.exchange.models import OutboxMessage
from onewindow.loops import engine
from onewindow.loops.engine import CITIZEN, steps
from onewindow.people.models import AccessRecord
from onewindow.people.roles import Role
from onewindow.places.models import Window
from onewindow.problems import InvalidInput, NotNow, Refused, RuleBroken
from onewindow.voice.complaints import words as complaint_words
from onewindow.voice.complaints.registering import follow_code, number_looks_right, register
from onewindow.voice.loops import COMPLAINT
from onewindow.voice.models import Complaint
from tests.cast import COMPANY, FOOD, NAMES, Cast
from tests.voice.saying import MONDAY, SAID, move, said, walked

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + dt.timedelta(days=1)


def open_limits(row: Complaint) -> dict[str, str]:
    found = Deadline.objects.of("complaint", row.pk).open()
    return {one.kind: f"{one.due_at.astimezone(MONDAY.tzinfo):%m-%d %H:%M}" for one in found if one.due_at}


def fields(problem: InvalidInput) -> dict[str, str]:
    return {error.field: error.message for error in problem.errors}


# ---- taking it down ------------------------------------------------------------------------------------------------


def test_anybody_may_complain_without_a_name(cast: Cast) -> None:
    row = said(cast)
    assert (row.state, row.anonymous, row.centre, row.item) == ("registered", True, cast.centre, cast.items[FOOD])
    assert row.against == cast.market, "the item's department"
    assert row.department is None, "nobody answers for it before it was passed on"
    assert number_looks_right(row.number)
    assert open_limits(row) == {"accept": "11-24 23:59", "forward": "11-23 15:00"}
    assert row.next_due_at is not None
    assert not OutboxMessage.objects.exists(), "nobody to tell"


def test_name_and_phone_are_sealed_and_the_link_is_sent(cast: Cast) -> None:
    row = said(cast, name="李桃花", phone="13812345678")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone, text FROM voice_complaint WHERE id = %s", [row.pk])
        sealed = b"".join(bytes(part) for part in cursor.fetchone())
    assert "李桃花".encode() not in sealed
    assert b"13812345678" not in sealed
    message = OutboxMessage.objects.get(topic="voice.complaint.registered")
    assert "138" not in str(message.payload)
    told = complaint_words.notice(message)
    assert told["phone"] == "13812345678"
    assert told["text"].endswith(f"/voice/complaint/{row.code}/")


def test_it_is_tied_to_the_case_by_its_query_number(cast: Cast) -> None:
    case = cast.receive(FOOD)
    row = said(cast, item="", case=case.query_number)
    assert (row.case, row.item, row.against) == (case, case.item, case.department)
    with pytest.raises(InvalidInput) as refused:
        said(cast, case=case.number)
    assert "没有找到这个办件" in fields(refused.value)["case"]
    clerk = register({**SAID, "case": case.number}, "window", cast.actor("clerk1"), now=MONDAY)
    assert clerk.case == case


def test_it_is_tied_to_the_window(cast: Cast) -> None:
    window = Window.objects.get(code="A01")
    assert said(cast, item="", window="A01").window == window
    with pytest.raises(InvalidInput) as refused:
        said(cast, window="Z99")
    assert "没有这个窗口" in fields(refused.value)["window"]


def test_a_department_may_be_named(cast: Cast) -> None:
    assert said(cast, department=cast.health.code).against == cast.health


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "  \n "}, "text"),
        ({"text": "办" * 2001}, "text"),
        ({"text": "a\u202eb"}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"cause": "murder"}, "cause"),
        ({"cause": None}, "cause"),
        ({"item": "no-such-item"}, "item"),
        ({"item": "' OR 1=1 --"}, "item"),
        ({"item": "x" * 81}, "item"),
        ({"case": "123456789012"}, "case"),
        ({"ticket": "A001"}, "ticket"),
        ({"ticket": "20269999-A001"}, "ticket"),
        ({"centre": "nowhere"}, "centre"),
        ({"department": "x"}, "department"),
        ({"phone": "123"}, "phone"),
        ({"name": "名" * 61}, "name"),
        ({"state": "closed"}, "state"),
        ({"person": 1}, "person"),
        ({"text": ["a"]}, "text"),
    ],
)
def test_strange_input_gets_a_sentence_beside_its_field(cast: Cast, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        said(cast, **changed)
    message = fields(refused.value)[field]
    assert any("\u4e00" <= character <= "\u9fff" for character in message), message
    assert not Complaint.objects.exists()


@pytest.mark.parametrize("raw", [None, [], "x", 5, {"text": "只有经过"}])
def test_what_is_no_complaint_at_all_is_refused(cast: Cast, raw: Any) -> None:
    with pytest.raises(InvalidInput):
        register(raw, "online", CITIZEN)


def test_the_same_press_twice_is_one_complaint(cast: Cast) -> None:
    first = register(SAID, "online", now=MONDAY, request="once-1")
    assert register(SAID, "online", now=MONDAY, request="once-1") == first
    assert Complaint.objects.count() == 1
    with pytest.raises(InvalidInput):
        register({**SAID, "text": "另一件事"}, "online", now=MONDAY, request="once-1")


def test_a_code_from_a_slip_is_read_kindly(cast: Cast) -> None:
    row = said(cast)
    spelled = f" {row.code[:4].lower()}-{row.code[4:8]} {row.code[8:]}"
    assert follow_code(spelled) == row.code
    digits = row.number[2:]
    wrong = f"TS{(int(digits[0]) + 1) % 10}{digits[1:]}"
    assert not number_looks_right(wrong)
    assert not number_looks_right("TS１２３４５６７８９")


@pytest.mark.parametrize(
    ("who", "may"),
    [
        *((who, True) for who in ("clerk1", "helper1", "guide1", "manager1", "supervisor1")),
        *((who, False) for who in ("examiner1", "chief1", "mayor1", "admin", "citizen1")),
    ],
)
def test_who_takes_complaints_down(cast: Cast, who: str, may: bool) -> None:
    before = AccessRecord.objects.filter(kind="refused").count()
    if may:
        assert register(SAID, "phone", cast.actor(who), now=MONDAY).channel == "phone"
        return
    with pytest.raises(Refused):
        register(SAID, "phone", cast.actor(who), now=MONDAY)
    assert AccessRecord.objects.filter(kind="refused").count() == before + (who != "citizen1")


@pytest.mark.parametrize("who", ["clerk1", "guide1"])
def test_a_complaint_is_taken_down_only_in_ones_own_place(cast: Cast, who: str) -> None:
    with pytest.raises(Refused):
        register({**SAID, "centre": cast.township.key}, "window", cast.actor(who), now=MONDAY)
    assert AccessRecord.objects.get(kind="refused").action == "complaint.register"


def test_staff_do_not_write_online_in_a_citizens_name(cast: Cast) -> None:
    with pytest.raises(Refused, match="由本人提交"):
        register(SAID, "online", cast.actor("clerk1"), now=MONDAY)


# ---- through all stages --------------------------------------------------------------------------------------------


def test_all_stages_with_the_terms_of_each(cast: Cast) -> None:
    row = said(cast, phone="13812345678")
    row = move(cast, row, "accept", "clerk1")
    assert open_limits(row) == {"forward": "11-23 15:00"}
    row = move(cast, row, "assign", "manager1", department=cast.market.pk)
    assert row.department == cast.market
    assert open_limits(row) == {"answer": "11-30 23:59"}
    assert Deadline.objects.get(subject_kind="complaint", kind="answer").department_id == cast.market.pk
    row = move(cast, row, "urge", "supervisor1", words="请尽快", until="2026-11-25")
    assert open_limits(row) == {"answer": "11-30 23:59", "urged": "11-25 23:59"}
    row = move(cast, row, "answer", "examiner1", answer="正在补办")
    assert open_limits(row) == {"revisit": "11-26 23:59"}
    row = move(cast, row, "confirm", satisfied=False, words="还没办好")
    assert (row.state, row.satisfied) == ("rectifying", False)
    assert open_limits(row) == {"rectify": "12-14 23:59"}
    row = move(cast, row, "rectify", "chief1", measure="本周内补发", done=False, until="2026-11-27")
    assert (row.state, open_limits(row)) == ("rectifying", {"rectify": "11-27 23:59"})
    row = move(cast, row, "rectify", "chief1", measure="证已经发了", done=True)
    assert (row.state, row.satisfied) == ("answered", None)
    row = move(cast, row, "revisit", "manager1", satisfied=True)
    assert (row.state, open_limits(row)) == ("rectified", {"close": "11-26 23:59"})
    row = move(cast, row, "close", "manager1")
    assert (row.state, row.satisfied, open_limits(row)) == ("closed", True, {})
    assert row.closed_at == MONDAY
    turns = ["registered", "accepted", "assigned", "answered", "rectifying", "rectified", "closed"]
    sent = OutboxMessage.objects.filter(topic__startswith="voice.complaint.").order_by("pk")
    assert [one.topic.rpartition(".")[2] for one in sent] == turns
    assert all(complaint_words.notice(one)["text"].startswith("【一窗】") for one in sent)


def test_without_rectification_a_reason_is_needed(cast: Cast) -> None:
    row = walked(cast, "rectified")
    with pytest.raises(InvalidInput) as refused:
        move(cast, row, "close", "manager1")
    assert "为什么不需要整改" in fields(refused.value)["words"]
    assert move(cast, row, "close", "manager1", words="当天就发证了").state == "closed"


def test_nothing_closes_without_asking_the_complainant(cast: Cast) -> None:
    row = walked(cast, "answered")
    with pytest.raises(NotNow, match="缺少：回访"):
        move(cast, row, "close", "manager1", words="不用整改")
    row = move(cast, row, "confirm", satisfied=False)
    row = move(cast, row, "rectify", "chief1", measure="改了", done=True)
    with pytest.raises(NotNow, match="以后还没有回访"):
        move(cast, row, "close", "manager1", words="不用再问")


def test_nobody_reached_is_said_with_what_was_tried(cast: Cast) -> None:
    row = walked(cast, "answered")
    with pytest.raises(InvalidInput) as refused:
        move(cast, row, "revisit", "manager1", unreached=True)
    assert "怎么联系的" in fields(refused.value)["words"]
    with pytest.raises(InvalidInput) as refused:
        move(cast, row, "revisit", "manager1", words="打过了")
    assert "认可还是不认可" in fields(refused.value)["satisfied"]
    row = move(cast, row, "revisit", "manager1", unreached=True, words="没有留电话，查询页上已经公布答复")
    assert (row.state, row.satisfied) == ("rectified", None)


def test_unsatisfied_and_still_closed_needs_a_written_reason(cast: Cast) -> None:
    row = walked(cast, "rectifying")
    with pytest.raises(InvalidInput):
        move(cast, row, "close", "manager1")
    assert move(cast, row, "close", "manager1", words="要求减免的费用由法律规定，已经当面解释").state == "closed"


def test_extended_once_only(cast: Cast) -> None:
    row = walked(cast, "assigned")
    row = move(cast, row, "extend", "manager1", TUESDAY, reason="要等检测结果")
    assert open_limits(row) == {"answer": "12-01 23:59"}
    with pytest.raises(RuleBroken, match="已经延期过一次"):
        move(cast, row, "extend", "manager1", TUESDAY, reason="还要等")


@pytest.mark.parametrize(
    ("until", "words"),
    [("2026-11-23", "今天以后"), ("2026-11-28", "休息"), ("2028-01-04", "太远"), ("2020-01-01", "今天以后")],
)
def test_an_urging_names_a_day_that_can_be_kept(cast: Cast, until: str, words: str) -> None:
    row = walked(cast, "assigned")
    with pytest.raises(InvalidInput) as refused:
        move(cast, row, "urge", "manager1", words="快办", until=until)
    assert words in fields(refused.value)["until"]


def test_a_second_urging_does_not_take_back_the_first(cast: Cast) -> None:
    row = walked(cast, "assigned")
    row = move(cast, row, "urge", "manager1", words="快办")
    move(cast, row, "urge", "supervisor1", words="再催", until="2026-12-04")
    due = Deadline.objects.filter(kind="urged", settled_at=None).order_by("due_at")
    assert [one.due_on.isoformat() for one in due if one.due_on] == ["2026-11-25", "2026-12-04"]


def test_passed_on_to_another_department(cast: Cast) -> None:
    row = walked(cast, "assigned")
    with pytest.raises(InvalidInput):
        move(cast, row, "assign", "manager1", department=cast.market.pk)
    with pytest.raises(InvalidInput):
        move(cast, row, "assign", "manager1", department=987654321)
    row = move(cast, row, "assign", "manager1", TUESDAY, department=cast.health.pk)
    assert (row.department, row.against) == (cast.health, cast.market)
    assert open_limits(row) == {"answer": "12-01 23:59"}
    with pytest.raises(Refused):
        move(cast, row, "answer", "chief1", answer="不归我们了")
    assert move(cast, row, "answer", "chief3", answer="已经查明").state == "answered"


def test_late_is_late(cast: Cast) -> None:
    row = said(cast)
    row = move(cast, row, "accept", "clerk1", MONDAY.replace(hour=14))
    move(cast, row, "assign", "manager1", MONDAY.replace(hour=15, minute=1), department=cast.market.pk)
    assert Deadline.objects.get(kind="accept").outcome == "met"
    assert Deadline.objects.get(kind="forward").outcome == "late"


def test_taken_down_on_friday_evening_the_four_hours_begin_on_monday(cast: Cast) -> None:
    row = said(cast, dt.datetime(2026, 9, 30, 18, tzinfo=MONDAY.tzinfo))
    assert open_limits(row) == {"accept": "10-08 23:59", "forward": "10-08 14:00"}, "1 to 7 October is a holiday"


# ---- again ---------------------------------------------------------------------------------------------------------


def test_reopening_keeps_the_history_and_counts(cast: Cast) -> None:
    row = walked(cast, "closed")
    before = [step.action for step in steps(COMPLAINT, row)]
    row = move(cast, row, "reopen", reason="证又被收回去了")
    assert (row.state, row.reopened, row.satisfied, row.closed_at) == ("accepted", 1, None, None)
    assert open_limits(row) == {"forward": "11-23 15:00"}
    assert [step.action for step in steps(COMPLAINT, row)] == [*before, "reopen"]
    row = move(cast, row, "assign", "manager1", department=cast.market.pk)
    row = move(cast, row, "answer", "chief1", answer="还给您了")
    with pytest.raises(NotNow, match="缺少：回访"):
        move(cast, row, "close", "manager1", words="和上次一样")
    row = move(cast, row, "confirm", satisfied=True)
    assert move(cast, row, "close", "manager1", words="证已归还").state == "closed"


def test_what_was_not_taken_up_is_looked_at_again_when_disputed(cast: Cast) -> None:
    row = move(cast, said(cast), "decline", "manager1", reason="这是法院的事")
    assert row.state == "declined"
    row = move(cast, row, "reopen", reason="不是法院的事，是窗口不收材料")
    assert (row.state, set(open_limits(row))) == ("registered", {"accept", "forward"})


def test_the_link_does_not_reopen_for_ever(cast: Cast) -> None:
    row = walked(cast, "closed")
    Complaint.objects.filter(pk=row.pk).update(reopened=3)
    with pytest.raises(NotNow, match="办不成事反映窗口"):
        move(cast, row, "reopen", reason="还是不行")
    assert move(cast, row, "reopen", "manager1", reason="当面谈过，确有问题").reopened == 4


# ---- who may not ---------------------------------------------------------------------------------------------------

STATE_OF = {
    "accept": "registered",
    "decline": "registered",
    "assign": "accepted",
    "urge": "assigned",
    "extend": "assigned",
    "answer": "assigned",
    "revisit": "answered",
    "confirm": "answered",
    "rectify": "rectifying",
    "close": "rectified",
    "reopen": "closed",
}
GIVEN: dict[str, dict[str, Any]] = {
    "decline": {"reason": "不归这里管"},
    "urge": {"words": "快办"},
    "extend": {"reason": "要查"},
    "answer": {"answer": "办好了"},
    "revisit": {"satisfied": True},
    "confirm": {"satisfied": True},
    "rectify": {"measure": "改了", "done": True},
    "close": {"words": "不需要整改"},
    "reopen": {"reason": "又不行了"},
}
ALLOWED = {
    "accept": {"clerk1", "clerk2", "exit1", "helper1", "guide1", "manager1", "supervisor1"},
    "decline": {"manager1", "supervisor1"},
    "assign": {"manager1", "supervisor1"},
    "urge": {"manager1", "supervisor1"},
    "extend": {"manager1", "supervisor1"},
    "answer": {"examiner1", "examiner2", "verifier1", "chief1", "head1"},
    "revisit": {"manager1", "supervisor1"},
    "confirm": {""},
    "rectify": {"examiner1", "examiner2", "verifier1", "chief1", "head1"},
    "close": {"manager1", "supervisor1"},
    "reopen": {"manager1", "supervisor1", ""},
}
"""Who of the cast may make each move of a complaint against the market department that it answers itself."""


@pytest.mark.parametrize("action", sorted(STATE_OF))
def test_every_role_at_every_move(cast: Cast, action: str) -> None:
    row = walked(cast, STATE_OF[action])
    data = {"department": cast.market.pk} if action == "assign" else GIVEN.get(action, {})
    done = set()
    for who in [*NAMES, ""]:
        before = AccessRecord.objects.filter(kind="refused").count()
        saved = connection.savepoint() or ""
        try:
            move(cast, row, action, who, **data)
            done.add(who)
        except Refused:
            record = AccessRecord.objects.filter(kind="refused").latest("pk")
            assert AccessRecord.objects.filter(kind="refused").count() == before + 1, who
            assert (record.action, record.subject) == (f"complaint.{action}", row.number)
            assert Complaint.objects.get(pk=row.pk).version == row.version
        connection.savepoint_rollback(saved)
    assert done == ALLOWED[action]


@pytest.mark.parametrize("action", ["accept", "decline", "urge", "extend", "revisit", "close"])
@pytest.mark.parametrize("who", ["manager1", "supervisor1"])
def test_nobody_of_the_department_complained_of_judges_it(cast: Cast, action: str, who: str) -> None:
    """Also in a post that otherwise could: a manager who is seconded from that very department."""
    row = walked(cast, STATE_OF[action])
    cast.posting(who).__class__.objects.filter(account=cast.accounts[who]).update(department=cast.market)
    with pytest.raises(Refused, match="您所在的部门"):
        move(cast, row, action, who, **GIVEN.get(action, {}))
    assert AccessRecord.objects.filter(kind="refused", action=f"complaint.{action}").exists()


@pytest.mark.parametrize("action", ["accept", "decline", "assign", "urge", "answer", "revisit", "rectify", "close"])
def test_the_person_complained_of_keeps_out(cast: Cast, action: str) -> None:
    who = "chief1" if action in {"answer", "rectify"} else "manager1"
    row = walked(cast, STATE_OF[action])
    Complaint.objects.filter(pk=row.pk).update(person=cast.accounts[who])
    data = {"department": cast.health.pk} if action == "assign" else GIVEN.get(action, {})
    with pytest.raises(Refused, match="说的就是您"):
        move(cast, row, action, who, **data)


def test_where_nobody_was_named_the_department_that_answers_counts_as_concerned(cast: Cast) -> None:
    row = said(cast, item="")
    assert row.against is None
    row = walked(cast, "answered", row)
    cast.posting("manager1").__class__.objects.filter(account=cast.manager1).update(department=cast.market)
    with pytest.raises(Refused):
        move(cast, row, "revisit", "manager1", satisfied=True)


def test_a_citizen_makes_no_move_of_the_house(cast: Cast) -> None:
    row = walked(cast, "answered")
    for action in ("revisit", "close"):
        with pytest.raises(Refused, match="由工作人员办理"):
            engine.perform(COMPLAINT, row, action, by=CITIZEN, data=GIVEN[action])


# ---- the discipline organ ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cause", "copied"), [("fee", True), ("attitude", True), ("refused", True), ("guide", False)])
def test_what_the_discipline_organ_always_hears_of(cast: Cast, cause: str, copied: bool) -> None:
    row = said(cast, cause=cause, name="李桃花", phone="13812345678")
    sent = list(OutboxMessage.objects.filter(topic="voice.discipline"))
    assert bool(sent) is copied
    if copied:
        assert sent[0].payload["complaint"] == row.number
        assert sent[0].payload["against"] == cast.market.code
        assert "桃花" not in str(sent[0].payload)
        move(cast, row, "decline", "manager1", reason="没有这回事")
        assert OutboxMessage.objects.filter(topic="voice.discipline").count() == 2, "also how it ended"


def test_a_profile_may_copy_everything(cast: Cast) -> None:
    profile = cast.centre.profile
    profile.rules = {**profile.rules, "discipline_copied": True}
    profile.save()
    said(cast, cause="guide")
    assert OutboxMessage.objects.filter(topic="voice.discipline").count() == 1


def test_a_profile_may_set_other_terms(cast: Cast) -> None:
    profile = cast.centre.profile
    profile.rules = {**profile.rules, "loop_terms": {"complaint.answer": 2}}
    profile.save()
    assert open_limits(walked(cast, "assigned")) == {"answer": "11-25 23:59"}


# ---- what it costs -------------------------------------------------------------------------------------------------


def test_a_complaint_costs_the_same_however_many_there_are(cast: Cast) -> None:
    def cost(item: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            said(cast, item=item, cause="other", text="各说各的事情")
        return len(seen)

    said(cast)
    first = cost(COMPANY)
    for number in range(8):
        said(cast, cause="other", text=f"第{number}件完全不同的事", item=COMPANY)
    assert cost(COMPANY) <= first + 2, "one more when it joins an issue"


def test_every_role_of_a_move_exists() -> None:
    assert {role for move_ in COMPLAINT.moves for role in move_.roles} <= set(Role)
