"""Who may see which case: 404 for the rest, the same as for a case that does not exist."""

from __future__ import annotations

import pytest
from django.db.models import Q

from onewindow.cases.lifecycle import State
from onewindow.cases.models import Case
from onewindow.faces.api.finding import find
from onewindow.problems import NotFound
from tests.api.conftest import Api, problem
from tests.cast import FERTILITY, FIRM, FOOD, HYGIENE, NAMES, Cast


@pytest.mark.parametrize("path", ["", "/events", "/clock", "/papers", "/actions", "/papers/ABCD.pdf", "/files/x"])
def test_what_one_may_not_see_is_not_there(api: Api, cast: Cast, path: str) -> None:
    case = cast.walk_to("accepted", FOOD)
    for who in ("examiner3", "citizen2", "company1", "guide1", "admin", "township1", "editor1"):
        hidden = problem(api(who).get(f"/cases/{case.number}{path}"), 404, "not-found")
        absent = problem(api(who).get(f"/cases/{case.number[:-1]}9{path}"), 404, "not-found")
        assert {**hidden, "request_id": ""} == {**absent, "request_id": ""}


def test_posts_on_a_hidden_case_are_not_there_either(api: Api, cast: Cast) -> None:
    case = cast.walk_to("accepted", FOOD)
    for path, body in (
        ("/actions/sign", {}),
        ("/actions/decide/preview", {"outcome": "grant", "opinion": "x"}),
        ("/unmask", {"field": "phone", "reason": "x"}),
    ):
        problem(api("examiner3").post(f"/cases/{case.number}{path}", body), 404, "not-found")


def test_sight_of_one_case_agrees_with_sight_of_many(cast: Cast) -> None:
    """`Actor.sees` (one case at hand) and `Case.objects.reachable_by` (a query) are the same rule."""
    cases = [cast.walk_to("examining", FOOD), cast.walk_to("examining", HYGIENE), cast.receive(FOOD, applicant=FIRM)]
    cases.append(cast.receive(FERTILITY, by="township1"))
    cast.act(cases[0], "assist", "examiner1", department=cast.health.code, question="请核实")
    everything = Q(pk__in=[case.pk for case in cases])
    for name in NAMES:
        actor = cast.actor(name)
        by_query = set(Case.objects.reachable_by(actor).filter(everything).values_list("number", flat=True))
        assert by_query == {case.number for case in cases if _sees(actor, case)}, name


def _sees(actor: object, case: Case) -> bool:
    try:
        return find(actor, case.number).pk == case.pk  # type: ignore[arg-type]
    except NotFound:
        return False


def test_a_department_that_was_asked_sees_the_case_until_it_answers(api: Api, cast: Cast) -> None:
    case = cast.walk_to("examining", FOOD)
    problem(api("examiner3").get(f"/cases/{case.number}"), 404, "not-found")
    api("examiner1").act(case.number, "assist", department=cast.health.code, question="请核实健康证")
    assert api("examiner3").get(f"/cases/{case.number}").status_code == 200
    address = f"/cases/{case.number}/actions/answer_assist"
    assert api("examiner3").post(address, {"answer": "属实"}).status_code == 200
    problem(api("examiner3").get(f"/cases/{case.number}"), 404, "not-found")


def test_lists_hold_only_what_one_may_see(api: Api, cast: Cast) -> None:
    mine, theirs = cast.walk_to("accepted", FOOD), cast.walk_to("accepted", HYGIENE, applicant=FIRM)

    def seen(who: str) -> set[str]:
        return {row["number"] for row in api(who).get("/cases").json()["cases"]}

    assert seen("clerk1") == seen("manager1") == {mine.number, theirs.number}
    assert seen("examiner1") == seen("citizen1") == {mine.number}
    assert seen("examiner3") == seen("company1") == {theirs.number}
    assert seen("guide1") == seen("citizen2") == set()


def test_an_applicant_reads_what_happened_not_what_the_staff_wrote(api: Api, cast: Cast) -> None:
    case = cast.walk_to(State.DECIDED, FOOD)
    inside = api("chief1").get(f"/cases/{case.number}/events").content.decode()
    outside = api("citizen1").get(f"/cases/{case.number}/events").content.decode()
    assert "符合条件" in inside
    assert "符合条件" not in outside
