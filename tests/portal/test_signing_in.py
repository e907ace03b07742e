"""One page to sign in: counted, recorded, and silent about which half was wrong."""

from __future__ import annotations

import pytest
from django.test import Client

from onewindow.faces.portal.models import Attempt
from onewindow.faces.portal.throttle import SIGN_IN_ACCOUNT
from onewindow.people.models import AccessRecord
from tests.cast import PASSWORD, Cast
from tests.portal.visiting import text_of, visitor

pytestmark = pytest.mark.django_db


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: str) -> object:
    return client.post("/login/", {"username": username, "password": password, **more})


def test_an_applicant_comes_to_their_cases_and_staff_to_the_desk(cast: Cast) -> None:
    assert sign_in(Client(), "citizen1").url == "/my/"  # type: ignore[attr-defined]
    assert sign_in(Client(), "clerk1").url == "/desk/"  # type: ignore[attr-defined]
    assert AccessRecord.objects.filter(kind="signed_in").count() == 2


def test_somebody_signed_in_is_sent_on(cast: Cast) -> None:
    assert visitor(cast).get("/login/")["Location"] == "/my/"


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/apply/food-operation-licence/?industry=retail", "/apply/food-operation-licence/?industry=retail"),
        ("https://evil.example/", "/my/"),
        ("//evil.example/", "/my/"),
        ("javascript:alert(1)", "/my/"),
        ("/\\evil.example", "/my/"),
    ],
)
def test_next_never_leads_elsewhere(cast: Cast, wanted: str, goes: str) -> None:
    assert sign_in(Client(), "citizen1", next=wanted).url == goes  # type: ignore[attr-defined]


def test_a_wrong_name_and_a_wrong_password_read_the_same(cast: Cast) -> None:
    wrong_password = text_of(sign_in(Client(), "citizen1", "nope"))
    wrong_name = text_of(sign_in(Client(), "nobody", "nope"))
    assert "账号或密码不对" in wrong_password
    assert _without_token(wrong_password.replace("citizen1", "")) == _without_token(wrong_name.replace("nobody", ""))
    assert "nope" not in wrong_password
    assert AccessRecord.objects.filter(kind="sign_in_failed").count() == 2


def _without_token(page: str) -> str:
    start = page.find('name="csrfmiddlewaretoken"')
    return page[:start] + page[page.find(">", start) :]


def test_what_was_typed_as_a_name_is_kept_nowhere_when_it_is_none(cast: Cast) -> None:
    sign_in(Client(), "my-secret-password", "x")
    row = AccessRecord.objects.get()
    assert "my-secret" not in f"{row.subject}{row.reason}{row.action}"
    assert not Attempt.objects.filter(key__contains="my-secret").exists()


def test_after_too_many_tries_even_the_right_password_waits(cast: Cast) -> None:
    for _ in range(SIGN_IN_ACCOUNT.most):
        sign_in(Client(), "citizen1", "wrong")
    answer = sign_in(Client(), "citizen1")
    assert answer.status_code == 429  # type: ignore[attr-defined]
    assert "过 15 分钟再试" in text_of(answer)
    assert sign_in(Client(), "citizen2").status_code == 302  # type: ignore[attr-defined]


def test_getting_it_right_forgives_the_failures(cast: Cast) -> None:
    for _ in range(SIGN_IN_ACCOUNT.most - 1):
        sign_in(Client(), "citizen1", "wrong")
    assert sign_in(Client(), "citizen1").status_code == 302  # type: ignore[attr-defined]
    assert not Attempt.objects.exists()


def test_an_account_that_is_closed_cannot_sign_in(cast: Cast) -> None:
    cast.citizen1.is_active = False
    cast.citizen1.save()
    assert "账号或密码不对" in text_of(sign_in(Client(), "citizen1"))


@pytest.mark.parametrize("name", ["", " ", "a" * 500, "\u202eadmin", "x\x00y", "\u200b"])
def test_strange_names_get_an_answer(cast: Cast, name: str) -> None:
    assert sign_in(Client(), name, "x").status_code == 422  # type: ignore[attr-defined]


def test_signing_out_needs_a_post(cast: Cast) -> None:
    client = visitor(cast)
    assert client.get("/logout/").status_code == 405
    assert client.get("/my/").status_code == 200
    client.post("/logout/")
    assert client.get("/my/").status_code == 302


def test_forms_are_protected_against_other_sites(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client, "citizen1").status_code == 403  # type: ignore[attr-defined]
