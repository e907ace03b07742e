"""Bearer tokens: who has none, or one that was taken back, gets nothing; a session is no token."""

from __future__ import annotations

import pytest
from django.utils import timezone

from onewindow.people.models import ApiToken
from tests.api.conftest import Api, Caller, problem
from tests.cast import Cast

SIGNED = ("/me", "/cases", "/deadlines", "/cases/1/events", "/holdings?id_number=1&item=x")


@pytest.mark.parametrize("path", SIGNED)
def test_without_a_token_there_is_nothing(api: Api, path: str) -> None:
    response = api().get(path)
    problem(response, 401, "unauthorized")
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("token", ["", "ow_wrong", "x" * 5000, "令牌", "a b"])
def test_a_wrong_token_is_no_token(api: Api, token: str) -> None:
    client = Caller(None).client
    response = client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    problem(response, 401, "unauthorized")


def test_a_revoked_token_is_no_token(api: Api, cast: Cast) -> None:
    caller = api("clerk1")
    assert caller.get("/me").status_code == 200
    ApiToken.objects.update(revoked_at=timezone.now())
    problem(caller.get("/me"), 401, "unauthorized")


def test_somebody_who_left_has_no_token(api: Api, cast: Cast) -> None:
    caller = api("clerk1")
    cast.accounts["clerk1"].is_active = False
    cast.accounts["clerk1"].save()
    problem(caller.get("/me"), 401, "unauthorized")


def test_a_session_is_no_token(api: Api, cast: Cast) -> None:
    caller = Caller(None)
    caller.client.force_login(cast.accounts["clerk1"])
    problem(caller.get("/me"), 401, "unauthorized")


def test_only_the_digest_of_a_token_is_kept(api: Api, cast: Cast) -> None:
    token = cast.token("clerk1")
    assert token not in str(list(ApiToken.objects.values()))


def test_the_actor_of_a_token_is_the_actor_of_the_account(api: Api, cast: Cast) -> None:
    """The one statement of the API and `Actor.of` load the same person."""
    from onewindow.faces.api.security import _actor
    from onewindow.people.authority import Actor

    for name, account in cast.accounts.items():
        found, known = _actor(ApiToken.digest_of(cast.token(name))), Actor.of(account)
        assert found is not None
        assert found.account == known.account
        assert found.postings == known.postings
        assert found.roles == known.roles
        for ours, theirs in zip(found.postings, known.postings, strict=True):
            assert (ours.centre, ours.department, ours.window) == (theirs.centre, theirs.department, theirs.window)
            assert ours.centre.profile.rules == theirs.centre.profile.rules


def test_me_says_postings_and_letters(api: Api) -> None:
    me = api("chief1").get("/me").json()
    assert me["postings"][0]["role"] == "chief"
    assert len(me["postings"][0]["letters"]) == 1
    assert api("citizen1").get("/me").json() == {
        "username": "citizen1",
        "name": "王**",
        "kind": "applicant",
        "postings": [],
    }
