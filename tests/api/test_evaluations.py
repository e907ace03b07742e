"""Ratings through a program: the one-time token is the right, staff have none, bad input changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from onewindow.hall import calling, onward, sessions, tickets
from onewindow.people.models import AccessRecord
from onewindow.voice.models import Invitation, Rating
from onewindow.voice.ratings import invitations
from tests.api.conftest import Api
from tests.cast import Cast
from tests.hall.stage import Stage, build


@pytest.fixture
def token(cast: Cast, django_capture_on_commit_callbacks: Any) -> str:
    """Of a visit just finished, as the text message carries it."""
    stage: Stage = build(cast)
    window, clerk = stage.windows["A01"], cast.actor("clerk1")
    who = {"name": "王小明", "phone": "19900001234"}
    with django_capture_on_commit_callbacks(execute=True):
        tickets.take(cast.centre, {"visitor": who}, source="kiosk", now=stage.at("9:05"))
        sessions.open_window(window, by=clerk, now=stage.at("9:00"))
        calling.call_next(window, by=clerk, now=stage.at("9:06"))
        calling.start(window, by=clerk, now=stage.at("9:07"))
        onward.finish(window, by=clerk, now=stage.at("9:10"))
    invitation = Invitation.objects.exclude(channel="tablet").order_by("pk").first()
    assert invitation is not None
    return invitations.token_of(invitation)


def post(api: Api, body: dict[str, Any], who: str = "") -> Any:
    caller = api(who) if who else api()
    return caller.post("/evaluations", body)


def test_a_visit_is_rated_once(api: Api, token: str) -> None:
    answer = post(api, {"token": token, "level": 1, "labels": ["118"], "text": "等了一个小时"})
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert (body["level"], body["bad"]) == (1, True)
    assert body["follow"].startswith("/voice/rating/")
    again = post(api, {"token": token, "level": 5})
    assert again.status_code == 409
    assert Rating.objects.count() == 1


def test_staff_are_refused_and_recorded(api: Api, token: str) -> None:
    assert post(api, {"token": token, "level": 5}, "clerk1").status_code == 403
    assert AccessRecord.objects.filter(kind="refused", action__startswith="rating").exists()
    assert not Rating.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"level": 5},
        {"token": "x", "plate": "y", "level": 5},
        {"token": "x", "level": 6},
        {"token": "x", "level": "5 or 1=1"},
        {"token": "x", "level": 1, "labels": ["501"]},
        {"token": "x", "level": 1, "labels": "110"},
        {"token": "x", "level": 1, "text": "\u202e"},
        {"token": "x", "level": 1, "is_default": True},
    ],
)
def test_bad_input_is_a_problem(api: Api, cast: Cast, body: dict[str, Any]) -> None:
    answer = post(api, body)
    assert answer.status_code in {404, 422}
    assert answer["Content-Type"].startswith("application/problem+json")
    assert not Rating.objects.exists()
