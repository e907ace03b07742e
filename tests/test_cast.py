"""The cast itself: every state can be reached by legal moves."""

from __future__ import annotations

import pytest

from onewindow.cases.lifecycle import State
from tests.cast import HYGIENE, ITEMS, Cast


@pytest.mark.parametrize("state", list(State))
def test_a_case_can_be_walked_to_every_state(cast: Cast, state: State) -> None:
    assert cast.walk_to(state).state == state


@pytest.mark.parametrize("item", ITEMS)
def test_every_item_can_be_walked_to_delivery(cast: Cast, item: str) -> None:
    assert cast.walk_to(State.DELIVERED, item).state == State.DELIVERED


def test_the_health_department_decides_its_own(cast: Cast) -> None:
    assert cast.walk_to("decided", HYGIENE).department == cast.health
