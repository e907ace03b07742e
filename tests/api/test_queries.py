"""What each endpoint costs: the exact number of statements, the same for one row and for many."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.catalogue.models import Theme
from tests.api.conftest import Api
from tests.cast import CITIZEN_ID, COMPANY, FOOD, RENEWAL, Cast, application, random_citizen

CALLER = 1
"""Account, postings and places of the token."""

CASE = 1
"""A case with applicant, centre, profile and assignee."""

BRACKET = 2
"""Beginning and end of the transaction (savepoints, inside a test)."""


def cost(call: Callable[[], Any], *, status: int = 200) -> int:
    call()  # what a process keeps in memory is there
    with CaptureQueriesContext(connection) as queries:
        response = call()
    assert response.status_code == status, response.content
    return len(queries)


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/items", 1),
        ("/items?q=开饭店", 1),
        (f"/items/{FOOD}", 1),
        (f"/items/{FOOD}/versions", 1),
        (f"/items/{FOOD}/guide.pdf", 1),
        ("/openapi.json", 0),
    ],
)
def test_the_public_catalogue(api: Api, path: str, queries: int) -> None:
    client = api().client
    assert cost(lambda: client.get(f"/api/v1{path}")) == queries


def test_themes(api: Api, cast: Cast) -> None:
    for n in range(3):
        theme = Theme.objects.create(key=f"t{n}", name="一件事", audience="both", lead_department=cast.market, body={})
        theme.items.set(cast.items.values())
    assert cost(lambda: api().get("/themes")) == 2


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("", CALLER + CASE),
        ("/clock?explain=all", CALLER + CASE),
        ("/events", CALLER + CASE + 1),
        ("/papers", CALLER + CASE + 1),
        ("/actions?all=true", CALLER + CASE),
    ],
)
def test_one_case(api: Api, cast: Cast, path: str, queries: int) -> None:
    case, clerk = cast.walk_to("decided"), api("clerk1")
    assert cost(lambda: clerk.client.get(f"/api/v1/cases/{case.number}{path}")) == queries


def test_options_of_who_needs_a_letter_read_it_once(api: Api, cast: Cast) -> None:
    case, chief = cast.walk_to("examining"), api("chief1")
    assert cost(lambda: chief.get(f"/cases/{case.number}/actions")) == CALLER + CASE + 1


@pytest.mark.parametrize("query", ["", "?mine=true", "?sort=due", f"?q={CITIZEN_ID}", "?state=received"])
@pytest.mark.parametrize("rows", [1, 12])
def test_a_list_costs_the_same_for_one_row_and_for_many(api: Api, cast: Cast, query: str, rows: int) -> None:
    for n in range(rows):
        cast.receive(applicant=random_citizen(n))
    client = api("clerk1").client
    assert cost(lambda: client.get(f"/api/v1/cases{query}")) == CALLER + 1


@pytest.mark.parametrize("rows", [1, 6])
def test_deadlines(api: Api, cast: Cast, rows: int) -> None:
    for n in range(rows):
        cast.walk_to("accepted", applicant=random_citizen(n))
    examiner = api("examiner1")
    assert cost(lambda: examiner.get("/deadlines", due_before="2099-01-01")) == CALLER + 2


def test_me_and_holdings(api: Api, cast: Cast) -> None:
    cast.receive(FOOD)
    assert cost(lambda: api("clerk1").get("/me")) == CALLER + 1
    holdings = {"id_number": CITIZEN_ID, "item": RENEWAL}
    assert cost(lambda: api("clerk1").get("/holdings", **holdings)) == CALLER + 3


def test_papers(api: Api, cast: Cast) -> None:
    case, client = cast.receive(), api("clerk1").client
    paper = api("clerk1").get(f"/cases/{case.number}/papers").json()["papers"][0]
    assert cost(lambda: client.get(paper["pdf"])) == CALLER + CASE + 1
    assert cost(lambda: client.get(paper["text"])) == CALLER + CASE + 1


def test_public_pages(api: Api, cast: Cast) -> None:
    case = cast.walk_to("accepted")
    code = case.facts["papers"][0]["code"]
    assert cost(lambda: api().get(f"/public/papers/{code}")) == 2
    tail = {"id_tail": CITIZEN_ID[-4:]}
    assert cost(lambda: api().get(f"/public/cases/{case.query_number}", **tail)) <= 8


def test_receiving(api: Api, cast: Cast) -> None:
    """Item, applicant, number and id, and one statement that writes everything."""
    clerk = api("clerk1")
    assert cost(lambda: clerk.post("/cases", application(FOOD)), status=201) == CALLER + BRACKET + 4
    assert cost(lambda: clerk.post("/cases", application(COMPANY)), status=201) == CALLER + BRACKET + 4


def test_submitting_online(api: Api, cast: Cast) -> None:
    """As receiving, and the hall of the item's county."""
    citizen = api("citizen1")
    assert cost(lambda: citizen.post("/cases", application(FOOD)), status=201) == CALLER + BRACKET + 5


def test_acting(api: Api, cast: Cast) -> None:
    """The case as the caller may see it, the case locked, and one statement; a numbered paper takes its number."""
    case = cast.walk_to("accepted")
    with CaptureQueriesContext(connection) as queries:
        api("examiner1").act(case.number, "sign", match=2)
    token = 1  # issued by the cast on first use
    assert len(queries) - token == CALLER + CASE + BRACKET + 2
    received = cast.receive()
    cast.token("clerk1")
    with CaptureQueriesContext(connection) as queries:
        api("clerk1").act(received.number, "accept")
    assert len(queries) == CALLER + CASE + BRACKET + 3


def test_unmasking_and_uploading(api: Api, cast: Cast) -> None:
    case, clerk = cast.receive(), api("clerk1")
    body = {"field": "phone", "reason": "核对"}
    assert cost(lambda: clerk.post(f"/cases/{case.number}/unmask", body)) == CALLER + CASE + 1

    def upload() -> Any:
        file = BytesIO(b"%PDF-1.7\n")
        file.name = "a.pdf"
        return clerk.upload(file)

    assert cost(upload, status=201) == CALLER + 2
