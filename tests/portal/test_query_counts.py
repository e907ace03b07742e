"""Every page of the portal asks the database a fixed number of times, whatever it shows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from onewindow.clocks.store import current_calendar
from tests.cast import FOOD, Cast
from tests.portal.visiting import send, to_review, visitor

pytestmark = pytest.mark.django_db


def count(client: Client, where: str) -> int:
    client.get(where)  # what is read once a process is read
    current_calendar()
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(where).status_code == 200, where
    return len(seen)


@pytest.mark.parametrize(
    ("where", "queries"),
    [
        ("/", 3),
        ("/about/", 1),
        ("/items/", 4),
        ("/items/?q=开饭店", 4),
        ("/items/?q=qqzzxx", 4),
        ("/items/suggest/?q=开饭店", 2),
        (f"/items/{FOOD}/", 4),
        (f"/items/{FOOD}/guide.pdf", 1),
        ("/login/", 1),
        ("/apply/", 2),
        ("/track/", 1),
        ("/verify/", 1),
    ],
)
def test_public_pages(cast: Cast, where: str, queries: int) -> None:
    assert count(Client(), where) == queries


def test_pages_of_a_draft(cast: Cast) -> None:
    client = visitor(cast)
    draft = to_review(client)
    found = {
        step: count(client, f"/apply/draft/{draft.pk}/{step}/")
        for step in ("situation", "contact", "materials", "review")
    }
    assert found == {"situation": 5, "contact": 5, "materials": 6, "review": 5}
    assert count(client, "/apply/") == 5
    assert count(client, f"/apply/{FOOD}/") == 6


def test_pages_of_a_case(cast: Cast) -> None:
    client = visitor(cast)
    send(client, to_review(client))
    sent = cast.citizen1.applicant.cases.get()  # type: ignore[union-attr]
    case = cast.walk_to("accepted")
    assert count(client, f"/apply/sent/{sent.query_number}/") == 5
    assert count(client, f"/my/{case.number}/") == 7
    assert count(client, f"/my/{case.number}/clock/") == 5
    assert count(client, f"/my/{case.number}/withdraw/") == 5
    assert count(client, f"/my/{case.number}/papers/{case.told.papers[0]['code']}.pdf") == 5
    assert count(client, "/my/") == 7
