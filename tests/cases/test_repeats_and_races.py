"""The same request twice, and two people at once: one case, one success, and a clear word for the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from onewindow.cases.actions import Idempotency, perform, receive
from onewindow.cases.models import Case, CaseEvent
from onewindow.cases.verify import verify_case
from onewindow.people.applicants import find_or_create
from onewindow.people.models import AccessRecord, Applicant
from onewindow.problems import InvalidInput, NotNow, Problem, Refused, Stale
from tests.cases.county import MONDAY
from tests.cast import CITIZEN, RENEWAL, Cast, application, random_citizen


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Runs the acts in threads that start together; a Problem comes back as a value."""
    gate = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            results[place] = act()
        except Problem as problem:
            results[place] = problem
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def key(text: str, body: Any = "body") -> Idempotency:
    return Idempotency.of(text, body)


def test_a_repeated_intake_returns_the_first_case(cast: Cast) -> None:
    by = cast.actor("clerk1")
    first = receive(application(), by=by, idempotency=key("a"))
    again = receive(application(), by=by, idempotency=key("a"))
    assert again == first
    assert Case.objects.count() == 1
    other = receive(application(), by=cast.actor("clerk2"), idempotency=key("a"))
    assert other != first


def test_a_repeated_action_returns_the_case_and_happens_once(cast: Cast) -> None:
    case, by = cast.receive(), cast.actor("clerk1")
    for _ in range(3):
        done = perform(case, "accept", by=by, idempotency=key("b"))
        assert (done.state, done.version) == ("accepted", 2)


def test_a_repeat_of_what_is_no_longer_the_callers_turn_is_not_a_refusal(cast: Cast) -> None:
    case, by = cast.walk_to("examining", RENEWAL), cast.actor("examiner1")
    once = perform(case, "pass_step", by=by, data={"opinion": "符合"}, idempotency=key("c"))
    again = perform(case, "pass_step", by=by, data={"opinion": "符合"}, idempotency=key("c"))
    assert again.version == once.version
    assert not AccessRecord.objects.exists()


def test_a_key_does_not_serve_two_different_requests(cast: Cast) -> None:
    by = cast.actor("clerk1")
    receive(application(), by=by, idempotency=key("d", 1))
    with pytest.raises(InvalidInput, match="Idempotency-Key"):
        receive(application(), by=by, idempotency=key("d", 2))
    assert Case.objects.count() == 1


def test_a_refused_request_leaves_its_key_free(cast: Cast) -> None:
    case = cast.receive()
    with pytest.raises(NotNow):
        perform(case, "sign", by=cast.actor("examiner1"), idempotency=key("e"))
    case = cast.act(case, "accept", "clerk1")
    assert perform(case, "sign", by=cast.actor("examiner1"), idempotency=key("e")).state == "examining"


def test_who_looked_before_it_changed_is_told_what_changed(cast: Cast) -> None:
    case = cast.receive()
    cast.act(case, "correct_on_spot", "clerk2", note="改正电话")
    with pytest.raises(Stale, match="李窗刚刚办理了「当场更正」，办件现在是「收件」"):
        perform(case, "accept", by=cast.actor("clerk1"), expected_version=1)
    assert perform(case, "accept", by=cast.actor("clerk1"), expected_version=2).state == "accepted"


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_at_once_one_succeeds_and_the_other_is_told(cast: Cast) -> None:
    case = cast.receive()
    actors = [cast.actor("clerk1"), cast.actor("clerk2")]
    results = at_once(*[lambda by=by: perform(case, "accept", by=by, expected_version=1) for by in actors])
    assert sorted(type(result).__name__ for result in results) == ["Case", "Stale"]
    assert CaseEvent.objects.filter(case=case).count() == 2
    assert verify_case(Case.objects.get(pk=case.pk)) is None


@pytest.mark.django_db(transaction=True)
def test_of_two_examiners_at_once_one_signs(cast: Cast) -> None:
    case = cast.walk_to("accepted")
    actors = [cast.actor("examiner1"), cast.actor("examiner2")]
    results = at_once(*[lambda by=by: perform(case, "sign", by=by) for by in actors])
    assert sorted(type(result).__name__ for result in results) == ["Case", "NotNow"]


@pytest.mark.django_db(transaction=True)
def test_one_key_in_many_hands_at_once_makes_one_case(cast: Cast) -> None:
    by = cast.actor("clerk1")
    results = at_once(*[lambda: receive(application(), by=by, idempotency=key("f")) for _ in range(8)])
    assert {result.number for result in results} == {Case.objects.get().number}


@pytest.mark.django_db(transaction=True)
def test_one_person_applying_at_many_windows_is_one_applicant(cast: Cast) -> None:
    by, person = cast.actor("clerk1"), random_citizen(7)
    results = at_once(*[lambda: receive(application(applicant=person), by=by, now=MONDAY) for _ in range(6)])
    assert len({result.number for result in results}) == 6
    assert len({result.applicant_id for result in results}) == 1
    assert Applicant.objects.with_id_number(person["id_number"]).count() == 1


def test_the_same_person_is_found_again_and_keeps_the_newer_phone(cast: Cast) -> None:
    from onewindow.cases.inputs import ApplicantInput

    first = find_or_create(ApplicantInput.parse(CITIZEN))
    again = find_or_create(ApplicantInput.parse({**CITIZEN, "phone": "19900009999", "address": "桃江县文昌路2号"}))
    assert again.pk == first.pk
    assert Applicant.objects.get(pk=first.pk).phone == "19900009999"
    assert find_or_create(ApplicantInput.parse({**CITIZEN, "phone": ""})).phone == "19900009999"
    assert find_or_create(ApplicantInput.parse({**CITIZEN, "name": "王小敏"})).pk != first.pk


def test_a_refusal_is_recorded_even_though_everything_else_is_undone(cast: Cast) -> None:
    case = cast.receive()
    with pytest.raises(Refused):
        cast.act(case, "accept", "examiner1")
    record = AccessRecord.objects.get()
    assert (record.kind, record.account, record.action, record.subject) == (
        "refused", cast.examiner1, "accept", case.number,
    )  # fmt: skip
    assert "请由综合窗口受理员" in record.reason
