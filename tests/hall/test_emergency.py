"""Calling for help: who may, who answers, how it ends, and that nothing odd gets in."""

from __future__ import annotations

import pytest

from onewindow.exchange.models import OutboxMessage
from onewindow.hall import memory
from onewindow.hall.emergency import answer, close, may_help, open_calls, raise_call
from onewindow.hall.models import EmergencyCall
from onewindow.people.models import AccessRecord
from onewindow.places.models import Window
from onewindow.problems import InvalidInput, NotFound, NotNow, Refused
from tests.cast import Cast
from tests.hall.stage import Stage, build


@pytest.fixture
def stage(cast: Cast) -> Stage:
    memory.forget()
    return build(cast)


@pytest.fixture
def call(stage: Stage, cast: Cast) -> EmergencyCall:
    return raise_call(
        cast.centre, "medical", by=cast.actor("clerk1"), window=stage.windows["A01"], now=stage.at("10:00")
    )


def test_a_call_is_answered_and_closed_with_what_was_done(call: EmergencyCall, stage: Stage, cast: Cast) -> None:
    answer(call, by=cast.actor("guide1"), now=stage.at("10:01"))
    answer(call, by=cast.actor("manager1"), now=stage.at("10:02"))
    done = close(call, "  已送医院，家属到场 ", by=cast.actor("manager1"), now=stage.at("10:20"))
    assert (done.answered_by, done.answered_at) == (cast.guide1, stage.at("10:01"))
    assert (done.closed_at, done.outcome) == (stage.at("10:20"), "已送医院，家属到场")
    turns = OutboxMessage.objects.filter(topic="oversight.hall_emergency").order_by("pk")
    assert [one.payload["turn"] for one in turns] == ["called", "closed"]
    assert not open_calls(cast.centre).exists()


def test_whoever_closes_an_unanswered_call_answered_it(call: EmergencyCall, stage: Stage, cast: Cast) -> None:
    done = close(call, "误按", by=cast.actor("guide1"), now=stage.at("10:01"))
    assert (done.answered_by, done.answered_at) == (cast.guide1, stage.at("10:01"))


def test_pressed_twice_nobody_is_called_twice(call: EmergencyCall, stage: Stage, cast: Cast) -> None:
    again = raise_call(cast.centre, "medical", by=cast.actor("clerk1"), window=stage.windows["A01"])
    other = raise_call(cast.centre, "security", by=cast.actor("clerk1"), window=stage.windows["A01"])
    assert again == call
    assert other != call
    assert OutboxMessage.objects.filter(payload__turn="called").count() == 2


def test_help_may_be_called_without_a_window(stage: Stage, cast: Cast) -> None:
    assert raise_call(cast.centre.pk, "dispute", by=cast.actor("guide1")).window is None


@pytest.mark.parametrize("kind", ["", "fire", "安全", "x" * 500])
def test_an_unknown_kind_is_refused_in_words(stage: Stage, cast: Cast, kind: str) -> None:
    with pytest.raises(InvalidInput, match="请选择出了什么事"):
        raise_call(cast.centre, kind, by=cast.actor("clerk1"))


def test_a_window_of_another_centre_is_not_found(stage: Stage, cast: Cast) -> None:
    away = Window.objects.create(centre=cast.township, code="T01", name="便民窗口", kind="general")
    with pytest.raises(NotFound):
        raise_call(cast.centre, "medical", by=cast.actor("clerk1"), window=away)


@pytest.mark.parametrize("who", ["township1", "citizen1", "supervisor1", "editor1"])
def test_who_does_not_work_at_the_centre_calls_and_answers_nobody(call: EmergencyCall, cast: Cast, who: str) -> None:
    actor = cast.actor(who)
    with pytest.raises(Refused):
        raise_call(cast.centre, "medical", by=actor)
    with pytest.raises(Refused):
        answer(call, by=actor)
    with pytest.raises(Refused):
        close(call, "好了", by=actor)
    assert AccessRecord.objects.filter(kind="refused", account=cast.accounts[who]).count() == 3
    assert not may_help(actor, call)


@pytest.mark.parametrize("outcome", ["", "   ", "字" * 201, "零宽\u200b", "坏\x00字"])
def test_an_outcome_is_a_sentence(call: EmergencyCall, cast: Cast, outcome: str) -> None:
    with pytest.raises(InvalidInput):
        close(call, outcome, by=cast.actor("manager1"))
    call.refresh_from_db()
    assert call.closed_at is None


def test_what_is_closed_stays_closed(call: EmergencyCall, cast: Cast) -> None:
    close(call, "已处理", by=cast.actor("manager1"))
    with pytest.raises(NotNow):
        answer(call, by=cast.actor("manager1"))
    with pytest.raises(NotNow):
        close(call, "又一次", by=cast.actor("manager1"))
