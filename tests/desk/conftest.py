"""Help for the tests of the desk: signed-in clients, and the form of a window intake filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from tests.cast import ANSWERS, CITIZEN, FERTILITY, Cast
from tests.desk.hallstage import OpenHall, opened

SignIn = Callable[[str], Client]


@pytest.fixture
def sign_in(cast: Cast) -> SignIn:
    """`sign_in("clerk1")`: a browser of that person."""

    def opened(who: str) -> Client:
        client = Client()
        client.force_login(cast.accounts[who])
        return client

    return opened


def intake_form(cast: Cast, item: str = FERTILITY, do: str = "accept", **changes: Any) -> dict[str, Any]:
    """What the page sends for a complete application; `changes` replaces fields (`-` in a name is written `__`)."""
    form: dict[str, Any] = {"do": do, "key": "0123456789abcdef0123456789abcdef"}
    spec = cast.items[item].current.spec  # type: ignore[union-attr]
    for key, value in ANSWERS[item].items():
        form[f"q-{key}"] = value
    for name, value in CITIZEN.items():
        form[f"applicant-{name}"] = value
    for material in spec.materials_for(ANSWERS[item]):
        if not material.shared:
            form[f"{material.key}-status"] = "ok"
            form[f"{material.key}-form"] = material.form
            form[f"{material.key}-copies"] = str(material.copies)
    return {**form, **{name.replace("__", "-"): value for name, value in changes.items()}}


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def hall(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenHall]:
    """The centre's hall on a Monday at ten; `hall.later(5)` turns the clock."""
    with opened(cast, monkeypatch) as found:
        yield found
