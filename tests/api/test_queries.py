"""What each endpoint costs: the exact number of statements, the same for one row and for many."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.catalogue.models import Theme
from onewindow.hall.models import Appointment
from tests.api.conftest import Api
from tests.cast import CITIZEN_ID, COMPANY, FOOD, RENEWAL, Cast, application, random_citizen
from tests.hall.stage import Stage

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


# ---- the hall ----------------------------------------------------------------------------------------------------

HALL = "/hall/taojiang"
KEY = 1
"""The Idempotency-Key is taken."""

PLACE = 2
"""Who stands before a ticket, and which windows are manned."""

LINES = 1
"""What they came for."""

WINDOW = 1
"""Who sits there, and whether they pause."""


def _line(api: Api, people: int) -> None:
    for _ in range(people):
        assert api("guide1").post(f"{HALL}/tickets", {"items": [FOOD]}).status_code == 201


@pytest.mark.parametrize("people", [1, 8])
def test_who_looks_at_the_hall(api: Api, hall: Stage, people: int) -> None:
    _line(api, people)
    clerk = api("clerk1")
    assert cost(lambda: clerk.get(f"{HALL}/waits")) == CALLER + 2
    assert cost(lambda: api().get(f"{HALL}/waits")) == 1 + 2
    assert cost(lambda: clerk.get(f"{HALL}/screen")) == CALLER + 4


@pytest.mark.parametrize("people", [1, 8])
def test_a_ticket(api: Api, hall: Stage, people: int) -> None:
    """Was it taken already and how full is the hall (one statement), the number, the ticket."""
    _line(api, people)
    guide = api("guide1")
    taking = cost(lambda: guide.post(f"{HALL}/tickets", {"items": [FOOD]}), status=201)
    assert taking == CALLER + KEY + 1 + BRACKET + 2 + LINES + PLACE
    assert cost(lambda: guide.get(f"{HALL}/tickets/A001")) == CALLER + 1 + LINES + PLACE


@pytest.mark.parametrize("people", [2, 8])
def test_at_the_window(api: Api, hall: Stage, people: int) -> None:
    _line(api, people)
    clerk = api("clerk1")

    def step(verb: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            response = clerk.post(f"{HALL}/windows/A01/{verb}")
        assert response.status_code == 200, response.content
        return len(queries)

    step("open"), step("call"), step("miss")  # what a process keeps in memory is there
    assert step("call") == CALLER + KEY + 1 + BRACKET + 1 + LINES + WINDOW
    assert step("recall") == CALLER + KEY + 1 + BRACKET + 1 + LINES + WINDOW
    assert step("start") == CALLER + KEY + 2 + 1 + BRACKET + 1 + LINES + WINDOW


@pytest.mark.parametrize("rows", [1, 6])
def test_bookings(api: Api, hall: Stage, rows: int) -> None:
    guide = api("guide1")
    for n in range(rows):
        at = f"2026-11-{24 + n // 3}T{(10, 11, 14)[n % 3]}:00:00+08:00"
        made = guide.post(f"{HALL}/appointments", {"item": FOOD, "at": at, "name": "李", "phone": f"1990000{n:04}"})
        assert made.status_code == 201, made.content
    code = Appointment.objects.earliest("pk").code
    assert cost(lambda: guide.get(f"{HALL}/appointments/{code}")) == CALLER + 1
    assert cost(lambda: guide.get(f"{HALL}/appointments/offers", item=FOOD)) == CALLER + 2
    assert cost(lambda: guide.get(f"{HALL}/appointments/offers", item=FOOD, day="2026-11-24")) == CALLER + 2
