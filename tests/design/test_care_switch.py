"""关怀版 is one switch on every public page, remembered, and it works without JavaScript."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from onewindow.faces.design.care import COOKIE, is_care, switch_care

requests = RequestFactory()


def switch(**fields: str) -> HttpResponse:
    return switch_care(requests.post("/care/", fields))


def test_switching_on_is_remembered_for_a_year_and_returns() -> None:
    response = switch(on="1", next="/items/?q=开饭店")
    assert response.status_code == 302
    assert response["Location"].startswith("/items/?q=")
    assert response.cookies[COOKIE].value == "1"
    assert response.cookies[COOKIE]["max-age"] == 365 * 24 * 3600


def test_switching_off_forgets() -> None:
    assert switch(on="0", next="/").cookies[COOKIE]["max-age"] == 0


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil", ""])
def test_it_never_sends_people_to_another_site(target: str) -> None:
    assert switch(on="1", next=target)["Location"] == "/"


def test_it_rejects_get() -> None:
    assert switch_care(requests.get("/care/")).status_code == 405


def test_a_strange_cookie_is_the_standard_version() -> None:
    request = requests.get("/")
    request.COOKIES[COOKIE] = "yes"
    assert not is_care(request)
