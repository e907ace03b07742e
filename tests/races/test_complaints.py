"""Complaints under many hands at once: one accepts, one issue opens, one press is one complaint."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from onewindow.loops import engine
from onewindow.loops.engine import CITIZEN
from onewindow.loops.models import LoopStep
from onewindow.problems import NotNow, Problem
from onewindow.voice.complaints.registering import register
from onewindow.voice.loops import COMPLAINT
from onewindow.voice.models import Complaint, SystemicIssue
from tests.cast import Cast
from tests.races.conftest import all_at_once
from tests.voice.saying import SAID, walked

pytestmark = pytest.mark.django_db(transaction=True)


def tried(row: Complaint, action: str, by: Any, **data: Any) -> str:
    try:
        return engine.perform(COMPLAINT, row, action, by=by, data=data).state
    except Problem as problem:
        return type(problem).__name__


def test_ten_accept_at_once_and_one_does(cast: Cast) -> None:
    row = register(SAID, "online", now=timezone.now())
    actors = [cast.actor(who) for who in ("clerk1", "clerk2", "manager1", "supervisor1", "helper1") * 2]
    answers = all_at_once([partial(tried, row, "accept", by) for by in actors])
    assert Counter(answers) == {"accepted": 1, NotNow.__name__: 9}
    assert LoopStep.objects.filter(subject_kind="complaint", action="accept").count() == 1


def test_the_complainant_and_the_manager_say_different_things_at_once(cast: Cast) -> None:
    row = walked(cast, "answered")
    manager = cast.actor("manager1")
    answers = all_at_once(
        [
            partial(tried, row, "confirm", CITIZEN, satisfied=False),
            partial(tried, row, "revisit", manager, satisfied=True),
        ]
    )
    assert sorted(answers)[0] == NotNow.__name__, "whoever came second is told"
    assert LoopStep.objects.filter(subject_kind="complaint", action__in=["confirm", "revisit"]).count() == 1


def test_twelve_like_complaints_at_once_are_one_issue(cast: Cast) -> None:
    all_at_once([partial(register, SAID, "online") for _ in range(12)])
    assert SystemicIssue.objects.count() == 1
    assert Complaint.objects.filter(issue__isnull=False).count() == 12


def test_the_same_press_ten_times_at_once_is_one_complaint(cast: Cast) -> None:
    rows = all_at_once([partial(register, SAID, "online", request="once") for _ in range(10)])
    assert len({row.pk for row in rows}) == 1
    assert Complaint.objects.count() == 1
    assert len({row.number for row in rows}) == 1
