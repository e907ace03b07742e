"""schemathesis over the whole API: whatever is sent, the answer is one the document promises, and never a 5xx."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from onewindow.cases.models import Case
from onewindow.hall import appointments, calling, sessions, tickets
from onewindow.hall.models import DayHours
from onewindow.papers.models import Paper
from onewindow.places.models import Window
from onewindow.wsgi import application
from tests.cast import CITIZEN_ID, FOOD, Cast
from tests.hall.stage import build
from tests.voice.saying import said, walked
from tests.voice.showing import kept

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ACTORS = ("clerk1", "examiner1", "chief1", "exit1", "citizen1", "manager1")
STATES = ("received", "correcting", "accepted", "examining", "decided", "ready")

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
schema.config.update(base_url="http://localhost/api/v1")
pytestmark = pytest.mark.django_db


@pytest.fixture
def one_connection() -> Iterator[None]:
    """As Django's own test client does: the end of a request does not close the test's connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def stage(cast: Cast, one_connection: None) -> dict[str, Any]:
    """Real cases in several states, so that what is sent reaches further than a 404."""
    cases: list[Case] = [cast.walk_to(state) for state in STATES]
    hall = _hall(cast)
    return {
        **hall,
        "numbers": [case.number for case in cases],
        "query_numbers": [case.query_number for case in cases],
        "papers": [paper.code for paper in Paper.objects.filter(subject_id=cases[-1].pk)],
        **_complaint(cast),
        "tokens": [cast.token(who) for who in ACTORS],
        "chance": random.Random(2026),
    }


def _complaint(cast: Cast) -> dict[str, Any]:
    """Complaints in several states, one with a file."""
    shown = kept(cast)
    rows = [said(cast, timezone.now(), files=[str(shown.pk)]), walked(cast, "assigned"), walked(cast, "answered")]
    return {"complaints": [row.number for row in rows], "evidence": [str(shown.pk)]}


def _hall(cast: Cast) -> dict[str, Any]:
    """A hall that is open at this hour: somebody called, somebody missed, somebody in line, a booking."""
    build(cast)
    today = timezone.localdate()
    DayHours.objects.create(centre=cast.centre, day=today, periods=[[0, 1440, "regular"]], reason="测试")
    window, clerk = Window.objects.get(code="A01"), cast.actor("clerk1")
    taken = [tickets.take(cast.centre, {"override": "测试"}, source="guide", by=clerk) for _ in range(3)]
    sessions.open_window(window, by=clerk)
    calling.call_next(window, by=clerk)
    calling.miss(window, by=clerk)
    calling.call_next(window, by=clerk)
    return {"tickets": [ticket.number for ticket in taken], "bookings": [_booked(cast)]}


def _booked(cast: Cast) -> str:
    days = appointments.days(cast.centre, None)
    free = next(one.day for one in days if one.free and one.day > timezone.localdate())
    slot = next(slot for slot in appointments.offer(cast.centre, None, "general", free) if slot.free)
    raw = {"at": slot.starts, "name": "李桃花", "phone": "19900000001"}
    return str(appointments.book(cast.centre, raw, by=cast.actor("clerk1"), channel="phone").code)


@schema.parametrize()
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_nothing_that_is_sent_breaks_the_api(stage: dict[str, Any], case: Any) -> None:
    _aim(case, stage)
    token = stage["chance"].choice(stage["tokens"])
    response = case.call(headers={"Authorization": f"Bearer {token}"})
    case.validate_response(response, checks=CHECKS)


def _aim(case: Any, stage: dict[str, Any]) -> None:
    """Most calls go to something that exists."""
    chance, parameters = stage["chance"], case.path_parameters or {}
    if chance.random() < 0.15:
        return
    real = {
        "number": stage["numbers"],
        "query_number": stage["query_numbers"],
        "paper_id": stage["papers"],
        "code": [FOOD, *stage["papers"]],
        "centre": ["taojiang"],
        "window": ["A01", "A02"],
    }
    if "/tickets/" in case.path:
        real["number"] = stage["tickets"]
    if "/complaints/" in case.path:
        real |= {"number": stage["complaints"], "file_id": stage["evidence"]}
    if "/appointments/" in case.path:
        real["code"] = stage["bookings"]
    for name in parameters:
        if name in real:
            parameters[name] = chance.choice(real[name])
    if "query_number" in parameters and isinstance(case.query, dict):
        case.query["id_tail"] = CITIZEN_ID[-4:]
