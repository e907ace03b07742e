"""Every page of the kiosk and of a ticket asks the database a fixed number of times, however long the lines are."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import FOOD
from tests.hall.stage import Stage
from tests.kiosk.hall import KIOSK, PHONE, at, in_hall, key_of

pytestmark = pytest.mark.django_db


def count(client: Client, where: str) -> int:
    client.get(where)  # what is remembered for seconds is read
    with CaptureQueriesContext(connection) as seen:
        response = client.get(where)
    assert response.status_code == 200, where
    return len(seen)


@pytest.mark.parametrize("crowd", [1, 12])
def test_pages_of_the_kiosk(stage: Stage, crowd: int) -> None:
    for minute in range(crowd):
        stage.visit(f"9:{minute + 10}", items=[FOOD])
    with at(stage, "9:30"):
        found = {
            page: count(Client(), KIOSK + page)
            for page in ("", "items/", "items/?q=kfd", "items/?q=开饭店", f"confirm/?item={FOOD}", "appointment/")
        }
    assert found == COUNTS


COUNTS = {"": 1, "items/": 0, "items/?q=kfd": 0, "items/?q=开饭店": 1, f"confirm/?item={FOOD}": 4, "appointment/": 0}


def test_a_closed_line_costs_a_little_more(stage: Stage) -> None:
    with at(stage, "18:00"):
        assert count(Client(), f"{KIOSK}confirm/?item={FOOD}") <= 10
        assert count(Client(), KIOSK) <= 6


@pytest.mark.parametrize("crowd", [1, 12])
def test_pages_on_the_phone(stage: Stage, crowd: int) -> None:
    tickets = [stage.visit(f"9:{minute + 10}", items=[FOOD]) for minute in range(crowd)]
    with at(stage, "9:30"):
        assert count(Client(), f"/ticket/{tickets[-1].code}/") == 4
        assert count(in_hall(stage, "9:30"), PHONE) == 2
        assert count(in_hall(stage, "9:30"), f"{PHONE}confirm/?item={FOOD}") == 5


def test_taking_costs_a_fixed_number(stage: Stage) -> None:
    client = Client()
    with at(stage, "9:30"):
        for _ in range(2):
            key = key_of(client.get(f"{KIOSK}confirm/?item={FOOD}"))
            with CaptureQueriesContext(connection) as seen:
                client.post(f"{KIOSK}take/", {"key": key, "kind": "general", "item": FOOD})
    assert len(seen) <= 9
