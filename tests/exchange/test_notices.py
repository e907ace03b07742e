"""What goes out to an applicant: one sentence and the number it goes to, looked up when it is sent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.notices import _SENTENCES, notice
from onewindow.people.models import Applicant
from tests.cast import Cast

pytestmark = pytest.mark.django_db
ACTIONS = Path(__file__).parent.parent.parent / "onewindow" / "cases" / "actions"


def test_every_message_the_actions_send_has_a_sentence() -> None:
    told = {name for file in ACTIONS.glob("*.py") for name in re.findall(r'tell\(work, "(\w+)"', file.read_text())}
    assert told == set(_SENTENCES)


def test_the_sentence_names_the_query_number_and_no_person(cast: Cast) -> None:
    case = cast.receive()
    told = notice(_message(case.applicant, "applicant.accepted", case.query_number))
    assert told["phone"] == str(case.applicant.phone)
    assert case.query_number in told["text"]
    assert "已经受理" in told["text"]
    assert str(case.applicant.name) not in told["text"]


def test_no_phone_no_notice(cast: Cast) -> None:
    case = cast.receive()
    Applicant.objects.filter(pk=case.applicant_id).update(phone=None)
    assert notice(_message(case.applicant, "applicant.accepted", case.query_number)) == {}


def test_other_messages_carry_no_person(cast: Cast) -> None:
    case = cast.receive()
    assert notice(_message(case.applicant, "case.event", case.query_number)) == {}


def _message(applicant: Applicant, topic: str, number: str) -> OutboxMessage:
    return OutboxMessage(topic=topic, subject="x", payload={"applicant": applicant.pk, "query_number": number})
