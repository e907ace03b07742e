"""How the tests call the API: `api("clerk1")` is that person's program, `api()` somebody without a token."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onewindow.catalogue.models import version_by_id
from onewindow.clocks.store import current_calendar
from onewindow.hall import memory
from tests.cast import Cast
from tests.hall import stage

Api = Callable[..., "Caller"]
_keys = itertools.count()


class Caller:
    """One person's program. `post` sends JSON with a fresh Idempotency-Key unless `key` says otherwise."""

    def __init__(self, token: str | None) -> None:
        self.client = Client(
            headers={"Authorization": f"Bearer {token}"} if token else {}, raise_request_exception=True
        )

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query)

    def post(self, path: str, body: Any = None, *, key: str | None = "", match: Any = None) -> Any:
        headers = {}
        if key is not None:
            headers["Idempotency-Key"] = key or f"test-{next(_keys)}"
        if match is not None:
            headers["If-Match"] = f'"{match}"'
        return self.client.post(f"/api/v1{path}", body or {}, content_type="application/json", headers=headers)

    def act(self, case: str, action: str, match: Any = None, **data: Any) -> Any:
        """Does an action that must succeed; returns the case."""
        response = self.post(f"/cases/{case}/actions/{action}", data, match=match)
        assert response.status_code == 200, response.content.decode()
        return response.json()

    def upload(self, file: Any, **headers: str) -> Any:
        return self.client.post("/api/v1/files", {"file": file}, headers=headers)


@pytest.fixture
def api(cast: Cast) -> Api:
    """Calls cost only their own queries: what a process keeps in memory is there already."""
    current_calendar()
    for item in cast.items.values():
        assert item.current_id is not None
        _ = version_by_id(item.current_id).spec
    return lambda who=None: Caller(cast.token(who) if who else None)


class Clock:
    """What time it is, for the whole house: Monday ten o'clock until a test says otherwise."""

    def __init__(self) -> None:
        self.now = dt.datetime.combine(stage.MONDAY, dt.time(10), tzinfo=timezone.get_default_timezone())

    def __call__(self) -> dt.datetime:
        return self.now

    def set(self, clock: str, day: dt.date = stage.MONDAY) -> None:
        self.now = dt.datetime.combine(day, dt.time.fromisoformat(clock), tzinfo=timezone.get_default_timezone())
        memory.forget()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def hall(cast: Cast, clock: Clock) -> stage.Stage:
    """The hall of the cast's centre, open on this Monday: lines A (A01–A03) and C (C01)."""
    return stage.build(cast)


def problem(response: Any, status: int, kind: str) -> dict[str, Any]:
    """The body of a problem, after checking that it is one."""
    assert response.status_code == status, response.content.decode()
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["type"] == f"/problems/{kind}"
    assert body["status"] == status
    assert body["request_id"] == response["X-Request-ID"]
    assert any("\u4e00" <= c <= "\u9fff" for c in body["title"])
    return body
