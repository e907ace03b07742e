"""What the demonstration's citizens said and its supervision saw: believable, at every stage, loaded once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.db.models import Count
from pytest_django.plugin import DjangoDbBlocker

from onewindow.cases.models import Case
from onewindow.catalogue.models import ChangeRequest
from onewindow.clocks.clock import SHANGHAI
from onewindow.demo.base import load_base
from onewindow.demo.cases import load_cases
from onewindow.demo.hall import load_hall
from onewindow.demo.voice import load_voice
from onewindow.demo.voice_ratings import BAD
from onewindow.exchange.models import OutboxMessage
from onewindow.loops.models import LoopStep
from onewindow.oversight.models import Alert, CentreRules, Notice, Unverified
from onewindow.people.models import Applicant
from onewindow.people.roles import Role
from onewindow.voice.consultations.search import search
from onewindow.voice.models import (
    BadRating,
    Complaint,
    Consultation,
    Evidence,
    Invitation,
    KnowledgeEntry,
    Rating,
    SystemicIssue,
)

pytestmark = pytest.mark.django_db
REAL = {"kind": "natural", "name": "真人", "id_type": "id_card", "id_number": "x", "id_index": "x", "name_index": "x"}
NOW = dt.datetime(2026, 11, 20, 15, 30, tzinfo=SHANGHAI)


@pytest.fixture(scope="module", autouse=True)
def _said(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        load_base()
        load_hall(now=NOW)
        load_cases(160, now=NOW)
        assert load_voice(now=NOW) > 0
        yield
        transaction.set_rollback(True)


def test_loading_again_makes_no_more() -> None:
    assert load_voice(now=NOW) == 0


def test_without_demonstration_cases_nothing_is_loaded() -> None:
    with transaction.atomic():
        Case.objects.update(applicant=Applicant.objects.create(**REAL))
        KnowledgeEntry.objects.all().delete()
        assert load_voice(now=NOW) == 0
        assert not KnowledgeEntry.objects.exists()
        transaction.set_rollback(True)


def test_seven_of_ten_rate_and_nearly_all_are_content() -> None:
    told = dict(Rating.objects.values_list("level").annotate(Count("pk")))
    every = sum(told.values())
    assert every > 500
    assert told[5] / every > 0.9
    assert sum(told.get(level, 0) for level in (1, 2)) == len(BAD)
    assert len(BAD) / every < 0.02


def test_every_rating_used_one_invitation_and_goes_to_the_platform() -> None:
    used = Invitation.objects.filter(used_at__isnull=False)
    tickets = set(Rating.objects.filter(ticket__isnull=False).values_list("ticket_id", flat=True))
    assert tickets == set(used.filter(ticket__isnull=False).values_list("ticket_id", flat=True))
    pushed = OutboxMessage.objects.filter(topic="voice.rated").values_list("subject", flat=True)
    assert set(pushed) == {f"rating:{number}" for number in Rating.objects.values_list("number", flat=True)}


def test_nothing_is_said_in_the_future() -> None:
    assert not Rating.objects.filter(at__gt=NOW).exists()
    assert not LoopStep.objects.filter(at__gt=NOW).exists()


def test_bad_ratings_stand_at_different_stages() -> None:
    states = set(BadRating.objects.values_list("state", flat=True))
    assert {"new", "contacted", "mending"} <= states
    assert len(states) >= 4


def test_complaints_stand_at_every_stage_and_three_have_become_an_issue() -> None:
    states = set(Complaint.objects.values_list("state", flat=True))
    wanted = {"registered", "accepted", "assigned", "answered", "rectifying", "rectified", "closed", "declined"}
    assert wanted <= states
    issue = SystemicIssue.objects.get()
    assert (issue.complaints.count(), issue.state) == (3, "planned")


def test_questions_wait_and_are_answered_and_their_answers_are_found() -> None:
    assert {"asked", "answered", "closed"} <= set(Consultation.objects.values_list("state", flat=True))
    assert KnowledgeEntry.objects.published().count() >= 40
    assert KnowledgeEntry.objects.filter(is_published=False).count() >= 3
    assert not KnowledgeEntry.objects.published().filter(written_by=None).exists()
    assert "身份证丢了" in search("身份证不见了怎么办")[0].entry.question
    assert KnowledgeEntry.objects.stale().count() == 1


def test_cards_stand_at_different_stages_by_the_right_people() -> None:
    assert CentreRules.objects.filter(centre__key="taojiang").exists()
    states = set(Alert.objects.filter(level__in=["yellow", "red"]).values_list("state", flat=True))
    assert len(states) >= 4
    judged = LoopStep.objects.filter(subject_kind="alert", action__in=["confirm", "dismiss"])
    assert judged.exists()
    assert set(judged.values_list("role", flat=True)) == {Role.SUPERVISOR.value}


def test_cards_of_each_kind_are_over_and_no_red_one_without_its_accountability_record() -> None:
    over = set(Alert.objects.filter(closed_at__isnull=False).values_list("level", "state"))
    assert ("remind", "settled") in over
    assert not Alert.objects.filter(level="red", state="closed", accounted=False).exists()
    assert Alert.objects.filter(disputed=True, closed_at=None).exists()


def test_people_were_told_and_what_cannot_be_verified_is_kept() -> None:
    told = set(Notice.objects.values_list("account__username", flat=True))
    assert {"supervisor1", "manager1"} <= told
    assert not Alert.objects.filter(announced=False).exists()
    assert Unverified.objects.filter(until=None, department__isnull=False).exists()


def test_changes_of_the_catalogue_stand_at_three_stages_and_the_late_one_has_its_card() -> None:
    states = sorted(ChangeRequest.objects.values_list("state", flat=True))
    assert states == ["opened", "proposed", "published"]
    late = ChangeRequest.objects.get(state="proposed")
    cards = Alert.objects.filter(subject_kind="change", subject_number=late.number, level="yellow")
    assert {card.rule.code for card in cards} == {"CHANGE-Y"}
    made = ChangeRequest.objects.get(state="published").made
    assert made is not None
    assert made.effective_from > NOW.date()


def test_about_the_bureau_that_runs_the_hall_the_level_above_judges() -> None:
    rows = Complaint.objects.filter(raised_to__name="益阳市")
    assert sorted(row.state for row in rows) == ["assigned", "registered"]
    assert not Complaint.objects.filter(no_judge=True).exists()
    walked = rows.get(state="assigned")
    steps = LoopStep.objects.filter(subject_kind="complaint", subject_id=walked.pk, action="assign")
    assert [step.actor.username for step in steps if step.actor] == ["supervisor2"]


def test_complaints_show_photographs_and_answers_prove_what_they_say() -> None:
    files = Evidence.objects.filter(complaint__isnull=False)
    assert {one.from_house for one in files} == {True, False}
    assert all(one.size > 2000 for one in files)
    assert not Evidence.objects.filter(complaint=None).exists()
