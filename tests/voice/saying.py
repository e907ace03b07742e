"""Complaints for the tests: taken down, walked through their stages, on a Monday at ten."""

from __future__ import annotations

import datetime as dt
from typing import Any

from onewindow.clocks.clock import SHANGHAI
from onewindow.loops import engine
from onewindow.loops.engine import CITIZEN
from onewindow.voice.complaints.registering import register
from onewindow.voice.loops import COMPLAINT
from onewindow.voice.models import Complaint
from tests.cast import FOOD, Cast

MONDAY = dt.datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)
SAID = {"cause": "overdue", "text": "食品经营许可说好五天办好，半个月了还没有结果", "item": FOOD}


def said(cast: Cast, now: dt.datetime = MONDAY, **more: Any) -> Complaint:
    """A complaint made online."""
    return register({**SAID, **more}, "online", CITIZEN, now=now)


def move(cast: Cast, row: Complaint, action: str, who: str = "", now: dt.datetime = MONDAY, **data: Any) -> Complaint:
    """A move by somebody of the cast, or by the complainant."""
    by = cast.actor(who) if who else CITIZEN
    done: Complaint = engine.perform(COMPLAINT, row, action, by=by, data=data, now=now)
    return done


def walked(cast: Cast, to: str, row: Complaint | None = None, now: dt.datetime = MONDAY) -> Complaint:
    """A complaint against the market department, in this state, by legal moves of the right people."""
    found = row or said(cast, now)
    steps: list[tuple[str, str, str, dict[str, Any]]] = [
        ("accepted", "accept", "clerk1", {}),
        ("assigned", "assign", "manager1", {"department": cast.market.pk}),
        ("answered", "answer", "chief1", {"answer": "材料昨天补齐，今天就发证。"}),
    ]
    for state, action, who, data in steps:
        if found.state == to:
            return found
        found = move(cast, found, action, who, now, **data)
        assert found.state == state
    if to in {"rectifying"}:
        return move(cast, found, "confirm", now=now, satisfied=False, words="还是没有证")
    if to in {"rectified", "closed"}:
        found = move(cast, found, "confirm", now=now, satisfied=True)
    if to == "closed":
        found = move(cast, found, "close", "manager1", now, words="当天发证，不需要整改")
    return found
