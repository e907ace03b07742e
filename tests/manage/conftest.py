"""Doors for the tests of the management face: a signed-in browser, and a county that is somebody else's."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from onewindow.people.changes import Steward
from onewindow.people.models import Account, Posting
from onewindow.places.models import Centre, Department, Division, Window
from tests.cast import Cast

Browse = Callable[[str], Client]


@pytest.fixture
def browse(cast: Cast) -> Browse:
    """`browse("manager1")`: a client signed in as that person."""

    def door(who: str) -> Client:
        client = Client()
        client.force_login(cast.accounts[who])
        return client

    return door


@pytest.fixture
def steward(cast: Cast) -> Callable[[str], Steward]:
    return lambda who: Steward(cast.actor(who))


@dataclass
class Elsewhere:
    """A neighbouring county that manager1 has nothing to say in."""

    centre: Centre
    window: Window
    department: Department
    account: Account
    posting: Posting


@pytest.fixture
def elsewhere(cast: Cast) -> Elsewhere:
    division = Division.objects.create(code="430921", name="南县", level="county", parent_id="4309")
    centre = Centre.objects.create(
        key="nanxian", name="南县政务服务中心", kind="service_centre", division=division, profile=cast.centre.profile
    )
    department = Department.objects.create(
        code="11999900990009108N",
        name="南县林业局",
        short_name="林业",
        kind="administrative",
        division=division,
    )
    account = Account.objects.create(username="nan1", name="外县人", password=cast.clerk1.password)
    posting = Posting.objects.create(
        account=account, role="chief", centre=centre, department=department, valid_from="2020-01-01"
    )
    window = Window.objects.create(centre=centre, code="N01", name="综合窗口", kind="general")
    return Elsewhere(centre, window, department, account, posting)


def seen_in(response: HttpResponse) -> str:
    """What the form says that it was shown."""
    found = re.search(r'name="seen" value="(\w+)"', response.content.decode())
    return found[1] if found else ""


def check(client: Client, url: str, data: dict[str, Any]) -> HttpResponse:
    """The second step: shows what would differ."""
    return client.post(url, {**data, "step": "check", "seen": seen_in(client.get(url))})


def save(client: Client, url: str, data: dict[str, Any]) -> HttpResponse:
    """All three steps, as a person does them."""
    seen = seen_in(client.get(url))
    shown = client.post(url, {**data, "step": "check", "seen": seen})
    assert shown.status_code == 200, errors_in(shown)
    assert "还没有保存" in shown.content.decode()
    return client.post(url, {**data, "step": "save", "seen": seen})


def errors_in(response: HttpResponse) -> str:
    """The summary of errors of a page."""
    found = re.search(r'class="ow-errors".*?</ul>', response.content.decode(), re.S)
    return re.sub(r"<[^>]+>|\s+", " ", found[0]) if found else ""
