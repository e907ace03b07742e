"""A hall to stand in: the stage of the hall at a moment, and a machine in front of which somebody stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import time_machine
from django.test import Client

from onewindow.hall import memory, phone
from tests.hall.stage import Stage

KIOSK = "/kiosk/taojiang/"
PHONE = "/ticket/new/taojiang/"
_KEY = re.compile(r'name="key" value="([\w-]{22})"')
_TAG = re.compile(r"<[^>]+>")


@contextmanager
def at(stage: Stage, clock: str) -> Iterator[None]:
    """The clock of the hall stands still."""
    memory.forget()
    with time_machine.travel(stage.at(clock), tick=False):
        yield


def text(response: Any) -> str:
    """What a person reads on the page, in one line."""
    body = response.content.decode()
    return " ".join(unescape(_TAG.sub(" ", body.split("<main", 1)[-1])).split())


def key_of(response: Any) -> str:
    found = _KEY.search(response.content.decode())
    assert found, text(response)
    return found.group(1)


def confirm(client: Client, query: str = "kind=general", base: str = KIOSK) -> Any:
    return client.get(f"{base}confirm/?{query}")


def take(client: Client, base: str = KIOSK, **sent: Any) -> Any:
    """From the last page to the ticket, as the form sends it."""
    items = sent.get("item", [])
    query = "&".join([f"kind={sent.get('kind', 'general')}", *(f"item={key}" for key in items)])
    page = confirm(client, query, base)
    return client.post(f"{base}take/", {"key": key_of(page), "kind": "general", **sent}, follow=True)


def in_hall(stage: Stage, clock: str) -> Client:
    """A phone that has just scanned the code of the hall."""
    client = Client()
    response = client.get(f"{PHONE}?t={phone.token('taojiang', stage.at(clock))}")
    assert response.status_code == 200, text(response)
    return client
