"""The desk is for staff; a case is there for those who may see it, and for nobody else."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import HYGIENE, Cast
from tests.desk.conftest import SignIn

PAGES = [
    "/desk/",
    "/desk/search/",
    "/desk/intake/",
    "/desk/intake/fertility-registration/",
    "/desk/exit/",
    "/desk/account/",
]


@pytest.mark.parametrize("page", PAGES)
def test_a_visitor_is_sent_to_sign_in(cast: Cast, page: str) -> None:
    response = Client().get(page)
    assert response.status_code == 302
    assert response["Location"].startswith("/login/?next=/desk/")


@pytest.mark.parametrize("page", PAGES)
def test_for_an_applicant_there_is_no_desk(sign_in: SignIn, page: str) -> None:
    assert sign_in("citizen1").get(page).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_never_kept_by_a_browser(sign_in: SignIn, page: str) -> None:
    assert "no-store" in sign_in("clerk1").get(page)["Cache-Control"]


@pytest.mark.parametrize("rest", ["", "clock/", "events/", "do/accept/"])
def test_a_case_of_another_department_is_not_found(cast: Cast, sign_in: SignIn, rest: str) -> None:
    case = cast.receive(HYGIENE)
    url = f"/desk/cases/{case.number}/{rest}"
    assert sign_in("examiner1").get(url).status_code == 404
    assert sign_in("examiner3").get(url).status_code == 200


def test_no_action_reaches_a_case_of_another_department(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("accepted", HYGIENE)
    assert sign_in("examiner1").post(f"/desk/cases/{case.number}/do/sign/").status_code == 404
    case.refresh_from_db()
    assert case.state == "accepted"


def test_the_papers_of_another_department_are_not_found(cast: Cast, sign_in: SignIn) -> None:
    from onewindow.papers.models import Paper

    case = cast.receive(HYGIENE)
    paper = Paper.objects.filter(subject_id=case.pk).get()
    for end in (".pdf", "/"):
        url = f"/desk/cases/{case.number}/papers/{paper.pk}{end}"
        assert sign_in("examiner1").get(url).status_code == 404
        assert sign_in("clerk1").get(url).status_code == 200


def test_a_paper_is_shown_only_under_its_own_case(cast: Cast, sign_in: SignIn) -> None:
    from onewindow.papers.models import Paper

    one, other = cast.receive(), cast.receive(HYGIENE)
    paper = Paper.objects.filter(subject_id=one.pk).get()
    assert sign_in("clerk1").get(f"/desk/cases/{other.number}/papers/{paper.pk}.pdf").status_code == 404


def test_the_query_number_opens_the_case_too(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive()
    assert sign_in("clerk1").get(f"/desk/cases/{case.query_number}/").status_code == 200


def test_somebody_without_a_post_is_told_so(cast: Cast, sign_in: SignIn) -> None:
    cast.posting("clerk1").delete()
    assert "您现在没有在岗的任职" in sign_in("clerk1").get("/desk/").content.decode()


def test_a_post_without_cases_is_told_so(sign_in: SignIn) -> None:
    assert "您的岗位不办理办件" in sign_in("guide1").get("/desk/").content.decode()
