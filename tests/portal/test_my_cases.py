"""我的办件: everything of one's own, with papers and the clock day by day."""

from __future__ import annotations

import pytest

from onewindow.cases.lifecycle import State
from onewindow.clocks.store import current_calendar
from tests.cast import Cast
from tests.portal.visiting import begin, text_of, visitor

pytestmark = pytest.mark.django_db


def test_an_empty_list_says_what_to_do(cast: Cast) -> None:
    assert "您还没有办过件" in text_of(visitor(cast).get("/my/"))


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_page_and_a_row(cast: Cast, state: State) -> None:
    case, client = cast.walk_to(state), visitor(cast)
    assert case.query_number in text_of(client.get("/my/"))
    assert client.get(f"/my/{case.number}/").status_code == 200
    assert client.get(f"/my/{case.query_number}/").status_code == 200
    assert client.get(f"/my/{case.number}/clock/").status_code == 200


def test_what_waits_for_the_applicant_is_marked(cast: Cast) -> None:
    cast.walk_to("correcting")
    assert "等您来办" in text_of(visitor(cast).get("/my/"))


def test_papers_are_downloaded_and_lead_to_their_verification(cast: Cast) -> None:
    case, client = cast.walk_to("delivered"), visitor(cast)
    page = text_of(client.get(f"/my/{case.number}/"))
    for paper in case.told.papers:
        assert f"/verify/{paper['code']}" in page
    answer = client.get(f"/my/{case.number}/papers/{case.told.papers[-1]['code']}.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert "no-store" in answer["Cache-Control"]


def test_the_clock_is_explained_day_by_day(cast: Cast) -> None:
    case = cast.walk_to("accepted")
    page = text_of(visitor(cast).get(f"/my/{case.number}/clock/"))
    assert "受理当日不计" in page
    assert "计入第1天" in page
    assert "到期" in page


def test_personal_pages_are_never_kept(cast: Cast) -> None:
    case, client = cast.walk_to("accepted"), visitor(cast)
    draft = begin(client)
    for where in ("/my/", f"/my/{case.number}/", f"/apply/draft/{draft.pk}/contact/"):
        assert "no-store" in client.get(where)["Cache-Control"]


def test_the_list_does_not_query_per_row(cast: Cast, django_assert_num_queries: object) -> None:
    client = visitor(cast)
    for state in ("accepted", "submitted", "correcting", "ready", "examining"):
        cast.walk_to(state)
    begin(client)
    client.get("/my/")
    current_calendar()
    with django_assert_num_queries(7):  # type: ignore[operator]
        client.get("/my/")


def test_the_case_page_needs_a_bounded_number_of_queries(cast: Cast, django_assert_num_queries: object) -> None:
    client, case = visitor(cast), cast.walk_to("delivered")
    client.get(f"/my/{case.number}/")
    current_calendar()
    with django_assert_num_queries(7):  # type: ignore[operator]
        client.get(f"/my/{case.number}/")


def test_long_lists_are_paged(cast: Cast) -> None:
    client = visitor(cast)
    cases = [cast.receive() for _ in range(22)]
    first = text_of(client.get("/my/"))
    assert cases[0].query_number not in first
    assert cases[-1].query_number in first
    assert cases[0].query_number in text_of(client.get(f"/my/?before={cases[2].pk}"))
    assert client.get("/my/?before=x").status_code == 200
    assert client.get(f"/my/?before={'9' * 40}").status_code == 200
