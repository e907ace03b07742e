"""The web process is killed in the middle of a full hall: no ticket that was given is lost, nobody is called twice."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from typing import IO

import pytest

from onewindow.hall.models import Ticket, TicketPeriod
from onewindow.people.models import Account, Posting
from onewindow.places.models import Window
from tests.cast import Cast
from tests.hall.stage import build
from tests.races.clients import read, until
from tests.races.hall_clients import HallLoad

KILLS = 15
WINDOWS = 6


@pytest.fixture
def clerks(cast: Cast) -> dict[str, str]:
    """Six windows with their people: code -> token."""
    stage, like = build(cast), cast.posting("clerk1")
    found = {}
    for n in range(WINDOWS):
        code = f"W{n}"
        Window.objects.create(centre=stage.cast.centre, code=code, name=f"窗口{n}", kind="general")
        account = Account.objects.create(username=f"window{n}", name=f"窗口{n}")
        Posting.objects.create(account=account, role="clerk", centre=like.centre, valid_from=like.valid_from)
        cast.accounts[account.username] = account
        found[code] = cast.token(account.username)
    return found


@pytest.mark.django_db(transaction=True)
def test_killed_in_a_full_hall_no_ticket_is_lost_and_nobody_called_twice(
    cast: Cast, clerks: dict[str, str], web: IO[str]
) -> None:
    chance = random.Random(2026)
    load = HallLoad(read(web, "port"))
    load.start(cast.token("guide1"), clerks)
    try:
        for _ in range(KILLS):
            child, given, called = read(web, "child"), len(load.given), sum(load.called.values())
            until(lambda: len(load.given) > given and sum(load.called.values()) > called, 30)  # noqa: B023
            time.sleep(chance.random() * 0.03)  # the moment of the kill, somewhere inside the requests under way
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
    finally:
        load.finish()
    assert load.broken >= KILLS / 2, "the kills hit requests"
    assert load.refused == []
    stored = {ticket.reference for ticket in Ticket.objects.all()}
    assert set(load.given.values()) == stored, "every ticket that was answered exists, and none that was not"
    assert len(load.given) == len(stored), "a repeat with the same key got the same ticket"
    assert load.called == dict.fromkeys(stored, 1), "everybody was called once"
    assert TicketPeriod.objects.filter(verb="call").count() == len(stored)
    assert set(Ticket.objects.values_list("state", flat=True)) == {"finished"}
    assert not TicketPeriod.objects.filter(ended_at=None).exists()
