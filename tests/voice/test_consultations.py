"""Questions: answered in one go, or in writing within two working days; passed on, asked again, closed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.imports import SHIPPED, import_calendar
from onewindow.clocks.models import Deadline
from onewindow.exchange import notices
from onewindow.exchange.models import OutboxMessage
from onewindow.loops import engine
from onewindow.loops.engine import CITIZEN
from onewindow.people.models import AccessRecord
from onewindow.problems import InvalidInput, NotNow, Refused
from onewindow.voice.consultations import asking as consultations
from onewindow.voice.consultations.asking import ask, conversation, follow_code
from onewindow.voice.loops import CONSULTATION
from onewindow.voice.models import Consultation
from tests.cast import FERTILITY, FOOD, Cast
from tests.voice.knowing import entry

pytestmark = pytest.mark.django_db
MONDAY = dt.datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)


def at(year: int, month: int, day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


ASKED = {"question": "开早餐店要办什么证？"}


def move(cast: Cast, row: Consultation, action: str, who: str = "", now: dt.datetime = MONDAY, **data: Any) -> Any:
    by = cast.actor(who) if who else CITIZEN
    return engine.perform(CONSULTATION, row, action, by=by, data=data, now=now)


def limits(row: Consultation) -> list[Deadline]:
    return list(Deadline.objects.of("consultation", row.pk).order_by("id"))


# ---- at once ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["counter", "phone"])
def test_a_simple_question_is_asked_and_answered_in_one_go(cast: Cast, channel: Any) -> None:
    row = ask({**ASKED, "answer": "先办执照，再办食品经营许可。"}, channel, cast.actor("clerk1"), now=MONDAY)
    assert (row.state, row.answer, row.channel) == ("answered", "先办执照，再办食品经营许可。", channel)
    assert limits(row) == []
    assert [step.action for step in engine.steps(CONSULTATION, row)] == ["open", "answer"]


def test_the_knowledge_base_may_answer(cast: Cast) -> None:
    known = entry(cast, "开早餐店要办哪些证？", "执照和食品经营许可证。", FOOD)
    row = ask({**ASKED, "entry": str(known.pk)}, "counter", cast.actor("clerk1"), now=MONDAY)
    assert (row.state, row.answer, row.entry) == ("answered", "执照和食品经营许可证。", known)
    known.delete()
    row.refresh_from_db()
    assert [one.text for one in conversation(row)] == [ASKED["question"], "执照和食品经营许可证。"]


def test_one_that_nobody_checked_may_not(cast: Cast) -> None:
    draft = entry(cast, "开早餐店要办哪些证？", is_published=False)
    with pytest.raises(InvalidInput) as wrong:
        ask({**ASKED, "entry": str(draft.pk)}, "counter", cast.actor("clerk1"), now=MONDAY)
    assert wrong.value.errors[0].field == "entry"
    assert not Consultation.objects.exists()


# ---- two working days ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (at(2026, 11, 23, 10), dt.date(2026, 11, 25)),
        (at(2026, 11, 20, 16, 59), dt.date(2026, 11, 24)),  # Friday
        (at(2026, 11, 21, 9), dt.date(2026, 11, 24)),  # Saturday
        (at(2026, 9, 29, 15), dt.date(2026, 10, 8)),  # before 国庆: the 30th, then the 8th
        (at(2026, 9, 30, 23, 50), dt.date(2026, 10, 9)),
        (at(2026, 10, 3, 12), dt.date(2026, 10, 9)),  # within the holidays
        (at(2026, 10, 8, 9), dt.date(2026, 10, 10)),  # Saturday the 10th is worked to make up
        (at(2026, 9, 18, 9), dt.date(2026, 9, 21)),  # Sunday the 20th is worked as well
    ],
)
def test_two_working_days_on_the_real_calendar(cast: Cast, asked: dt.datetime, due: dt.date) -> None:
    import_calendar(SHIPPED)
    row = ask(ASKED, "online", now=asked)
    (limit,) = limits(row)
    assert (limit.due_on, limit.rule, limit.label) == (due, "XX-17.3", "全面告知")
    assert row.next_due_at == limit.due_at
    last = dt.datetime.combine(due, dt.time(23, 59), SHANGHAI)
    move(cast, row, "answer", "clerk1", last, answer="先办执照。")
    assert limits(row)[0].outcome == "met"


def test_an_answer_the_day_after_is_late(cast: Cast) -> None:
    row = ask(ASKED, "online", now=MONDAY)
    answered = move(cast, row, "answer", "clerk1", MONDAY + dt.timedelta(days=3), answer="先办执照。")
    assert limits(row)[0].outcome == "late"
    assert answered.next_due_at is None


def test_passed_on_the_days_go_on_and_belong_to_whoever_has_it_now(cast: Cast) -> None:
    row = ask({**ASKED, "item": FOOD}, "online", now=MONDAY)
    assert row.department == cast.market
    before = limits(row)[0].due_at
    later = MONDAY + dt.timedelta(days=1)
    row = move(cast, row, "forward", "clerk1", later, department=cast.health.pk, words="问的是健康证")
    (limit,) = limits(row)
    assert (row.department, limit.due_at, limit.department_id) == (cast.health, before, cast.health.pk)
    with pytest.raises(Refused):
        move(cast, row, "answer", "examiner1", later, answer="我们不管")
    assert move(cast, row, "answer", "examiner3", later, answer="到体检中心。").state == "answered"


@pytest.mark.parametrize("department", [0, -1, 10**9])
def test_passed_on_to_nowhere_is_named(cast: Cast, department: int) -> None:
    row = ask(ASKED, "online", now=MONDAY)
    with pytest.raises(InvalidInput) as wrong:
        move(cast, row, "forward", "clerk1", department=department)
    assert wrong.value.errors[0].field == "department"


def test_asked_again_two_days_begin_anew_and_nothing_said_is_lost(cast: Cast) -> None:
    row = ask(ASKED, "online", now=MONDAY)
    row = move(cast, row, "answer", "chief1" if row.department else "clerk1", answer="先办执照。")
    row = move(cast, row, "ask_again", words="执照在哪里办？", now=MONDAY + dt.timedelta(days=7))
    assert (row.state, row.asked_again, limits(row)[1].due_on) == ("asked", 1, dt.date(2026, 12, 2))
    row = move(cast, row, "answer", "clerk1", MONDAY + dt.timedelta(days=8), answer="一楼A区。")
    said = conversation(row)
    assert [one.text for one in said] == [ASKED["question"], "先办执照。", "执照在哪里办？", "一楼A区。"]
    assert said[1].house == cast.centre.name
    assert move(cast, row, "close").state == "closed"


def test_nobody_can_ask_on_for_ever_by_the_link(cast: Cast) -> None:
    row = ask({**ASKED, "answer": "好。"}, "counter", cast.actor("clerk1"), now=MONDAY)
    for _ in range(consultations.MOST_ASKED_AGAIN):
        move(cast, row, "ask_again", words="再问")
        move(cast, row, "answer", "clerk1", answer="再答")
    with pytest.raises(NotNow):
        move(cast, row, "ask_again", words="再问")
    assert move(cast, row, "ask_again", "clerk1", words="电话里问的").state == "asked"


# ---- who may ------------------------------------------------------------------------------------------------------


def test_staff_do_not_ask_online_and_citizens_not_at_the_counter(cast: Cast) -> None:
    with pytest.raises(Refused):
        ask(ASKED, "online", cast.actor("clerk1"), now=MONDAY)
    for channel in ("counter", "phone"):
        with pytest.raises(Refused):
            ask(ASKED, channel, CITIZEN, now=MONDAY)
    with pytest.raises(InvalidInput):
        ask({**ASKED, "answer": "我自己答"}, "online", now=MONDAY)


def test_a_clerk_of_another_centre_is_refused_and_that_is_kept(cast: Cast) -> None:
    with pytest.raises(Refused):
        ask({**ASKED, "centre": "taojiang"}, "counter", cast.actor("township1"), now=MONDAY)
    assert AccessRecord.objects.filter(kind="refused", action="consultation.ask").count() == 1


@pytest.mark.parametrize("who", ["editor1", "publisher1", "mayor1", "admin", "examiner3"])
def test_only_the_right_people_answer(cast: Cast, who: str) -> None:
    row = ask({**ASKED, "item": FOOD}, "online", now=MONDAY)
    with pytest.raises(Refused):
        move(cast, row, "answer", who, answer="随便答")
    assert AccessRecord.objects.filter(kind="refused", action="consultation.answer").count() == 1


def test_the_citizen_cannot_answer_or_pass_on(cast: Cast) -> None:
    row = ask(ASKED, "online", now=MONDAY)
    for action, data in (("answer", {"answer": "自问自答"}), ("forward", {"department": cast.market.pk})):
        with pytest.raises(Refused):
            move(cast, row, action, **data)


@pytest.mark.parametrize(("who", "sees"), [("clerk1", True), ("examiner1", True), ("examiner3", False)])
def test_who_sees_a_question_of_the_market_department(cast: Cast, who: str, sees: bool) -> None:
    ask({**ASKED, "item": FOOD}, "online", now=MONDAY)
    assert Consultation.objects.visible_to(cast.actor(who)).exists() is sees


def test_what_an_examiner_is_asked_on_the_phone_is_for_their_department(cast: Cast) -> None:
    row = ask({**ASKED, "answer": "执照和许可证。"}, "phone", cast.actor("examiner1"), now=MONDAY)
    assert (row.department, row.state) == (cast.market, "answered")


# ---- hearing of it ------------------------------------------------------------------------------------------------


def sent() -> list[dict[str, Any]]:
    rows = OutboxMessage.objects.filter(topic__startswith="voice.consultation.").order_by("id")
    return [notices.notice(row) for row in rows]


def test_whoever_left_a_phone_hears_of_it_and_the_outbox_holds_no_number(cast: Cast) -> None:
    row = ask({**ASKED, "phone": "19900001234"}, "online", now=MONDAY)
    move(cast, row, "answer", "clerk1", answer="先办执照。")
    first, second = sent()
    assert first["phone"] == second["phone"] == "19900001234"
    assert f"/voice/ask/{row.code}/" in second["text"]
    assert "有答复了" in second["text"]
    assert not OutboxMessage.objects.filter(payload__icontains="1990000").exists()


def test_without_a_phone_nobody_is_told(cast: Cast) -> None:
    row = ask(ASKED, "online", now=MONDAY)
    move(cast, row, "answer", "clerk1", answer="先办执照。")
    assert sent() == []


# ---- repeats and strange input ------------------------------------------------------------------------------------


def test_the_same_request_twice_is_one_question(cast: Cast) -> None:
    first, again = (ask(ASKED, "online", now=MONDAY, request="k1") for _ in range(2))
    assert first.pk == again.pk
    with pytest.raises(InvalidInput):
        ask({"question": "别的问题"}, "online", now=MONDAY, request="k1")
    assert ask({"question": "别的问题"}, "online", now=MONDAY, request="k2").pk != first.pk


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({}, "question"),
        ({"question": "   "}, "question"),
        ({"question": "长" * 2001}, "question"),
        ({"question": "好\x00的"}, "question"),
        ({"question": "\u202e反的"}, "question"),
        ({"question": ["一"]}, "question"),
        ({**ASKED, "item": "no-such-item"}, "item"),
        ({**ASKED, "item": "a" * 81}, "item"),
        ({**ASKED, "centre": "nowhere"}, "centre"),
        ({**ASKED, "phone": "12345"}, "phone"),
        ({**ASKED, "name": "名" * 61}, "name"),
        ({**ASKED, "more": "x"}, "more"),
    ],
)
def test_hostile_input_is_named_by_field(cast: Cast, raw: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        ask(raw, "online", now=MONDAY)
    assert wrong.value.errors[0].field == field


@pytest.mark.parametrize("typed", ["x", "1' OR 1=1", "９" * 3, "9" * 12, "-1"])
def test_a_strange_entry_is_named(cast: Cast, typed: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        ask({**ASKED, "entry": typed}, "counter", cast.actor("clerk1"), now=MONDAY)
    assert wrong.value.errors[0].field == "entry"


def test_an_empty_answer_is_no_answer(cast: Cast) -> None:
    row = ask(ASKED, "online", now=MONDAY)
    with pytest.raises(InvalidInput):
        move(cast, row, "answer", "clerk1", answer="")


def test_codes_are_read_as_people_type_them(cast: Cast) -> None:
    row = ask({**ASKED, "item": FERTILITY}, "online", now=MONDAY)
    assert len(row.code) == 12
    assert follow_code(f" {row.code[:4].lower()}-{row.code[4:8]} {row.code[8:]}") == row.code
