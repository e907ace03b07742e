from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.hall.stage import Stage, build


@pytest.fixture
def stage(cast: Cast) -> Stage:
    """The hall of the cast, open; clerk1 sits at A01 since nine."""
    made = build(cast)
    made.open("A01", "clerk1", "9:00")
    return made
