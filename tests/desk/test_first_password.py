"""A password that somebody else made is changed before anything else: until then a session reaches only that."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import get_resolver

from onewindow.people.changes import Steward
from onewindow.people.models import Account
from onewindow.people.staffing import create_account, reset_password
from tests.cast import Cast
from tests.desk.conftest import SignIn, text

OWN = "竹海清风 2026 窗口"
CHANGE = "/desk/account/password/"
"""The page."""


@pytest.fixture
def newcomer(cast: Cast) -> tuple[Account, str]:
    return create_account({"username": "newcomer", "name": "新来"}, by=Steward(cast.actor("admin")))


def signed_in(username: str, password: str) -> Client:
    client = Client()
    assert client.post("/login/", {"username": username, "password": password}).status_code == 302
    return client


def change(client: Client, present: str, fresh: str = OWN):  # type: ignore[no-untyped-def]
    return client.post(CHANGE, {"present": present, "fresh": fresh, "again": fresh})


def test_the_first_sign_in_leads_to_the_change_and_then_to_work(newcomer: tuple[Account, str]) -> None:
    client = signed_in("newcomer", newcomer[1])
    assert client.get("/desk/", follow=True).redirect_chain == [(CHANGE, 302)]
    page = text(client.get(CHANGE))
    assert "先换成您自己的密码" in page
    assert 'action="/logout/"' in page
    done = change(client, newcomer[1])
    assert (done.status_code, done["Location"]) == (302, "/desk/")
    assert client.get("/desk/").status_code == 200
    assert signed_in("newcomer", OWN).get("/desk/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/desk/",
        "/desk/account/",
        "/desk/intake/",
        "/desk/search/?q=1",
        "/manage/",
        "/manage/staff/",
        "/board/",
        "/board/me/",
    ],
)
def test_no_page_of_the_house_opens_before(newcomer: tuple[Account, str], path: str) -> None:
    client = signed_in("newcomer", newcomer[1])
    for method in (client.get, client.post):
        response = method(path)
        assert response.status_code in {302, 405}
        assert response.headers.get("Location", CHANGE) == CHANGE


def test_every_view_of_the_house_stands_behind_the_guard(newcomer: tuple[Account, str]) -> None:
    """All addresses of the staff faces that need nothing in them, whatever is added later."""
    client, seen = signed_in("newcomer", newcomer[1]), 0
    for face in ("desk/", "manage/", "board/"):
        for pattern in get_resolver(f"onewindow.faces.{face[:-1]}.urls").url_patterns:
            route = str(pattern.pattern)
            if "<" in route or f"/{face}{route}" == CHANGE:
                continue
            response = client.get(f"/{face}{route}")
            assert response.status_code in {302, 404, 405}, route
            assert response.headers.get("Location", CHANGE) in {CHANGE, "/desk/"}, route
            seen += 1
    assert seen > 25


def test_a_token_for_programs_cannot_be_made_before(newcomer: tuple[Account, str]) -> None:
    client = signed_in("newcomer", newcomer[1])
    assert client.post("/desk/account/token/")["Location"] == CHANGE
    assert not newcomer[0].tokens.exists()


def test_a_reset_password_is_one_that_was_given(cast: Cast) -> None:
    password = reset_password(cast.clerk1, by=Steward(cast.actor("admin")))
    client = signed_in(cast.clerk1.username, password)
    assert client.get("/desk/")["Location"] == CHANGE
    change(client, password)
    assert client.get("/desk/").status_code == 200


@pytest.mark.parametrize(("fresh", "word"), [("", "新密码"), ("12345678", "10"), (None, "新密码和现在的一样")])
def test_it_is_changed_to_another_and_a_good_one(newcomer: tuple[Account, str], fresh: str | None, word: str) -> None:
    given = newcomer[1]
    client = signed_in("newcomer", given)
    response = change(client, given, given if fresh is None else fresh)
    assert response.status_code == 422
    assert word in text(response)
    assert client.get("/desk/")["Location"] == CHANGE


def test_one_can_sign_out_instead(newcomer: tuple[Account, str]) -> None:
    client = signed_in("newcomer", newcomer[1])
    assert client.post("/logout/")["Location"] == "/"
    assert client.get(CHANGE)["Location"].startswith("/login/")


def test_who_chose_their_own_finds_the_form_with_their_account(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.clerk1)
    assert client.get(CHANGE)["Location"] == "/desk/account/#password"


def test_the_published_password_of_the_demonstration_stays(cast: Cast, sign_in: SignIn) -> None:
    """It stands in the README, so nobody is asked to invent another; only what a colleague makes is a given one."""
    assert not Account.objects.filter(password_given=True).exists()
    assert sign_in("clerk1").get("/desk/").status_code == 200
