"""Every failure is a problem in JSON with a Chinese title: also what no endpoint of ours has seen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from onewindow.cases.models import Case, StoredFile
from onewindow.cases.uploads import store
from tests.api.conftest import Api, problem
from tests.cast import FOOD, Cast, application


@pytest.mark.parametrize("path", ["/api/", "/api/v1/nothing", "/api/v2/items", "/api/v1/cases/", "/api/v1/items/a/b/c"])
def test_an_address_that_is_none_of_ours(path: str, db: None) -> None:
    for method in ("get", "post", "delete"):
        problem(getattr(Client(), method)(path), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path"),
    [("delete", "/cases"), ("put", "/cases/1"), ("patch", "/items"), ("post", "/openapi.json"), ("post", "/me")],
)
def test_a_method_that_is_not_offered(api: Api, method: str, path: str) -> None:
    response = getattr(api("clerk1").client, method)(f"/api/v1{path}")
    problem(response, 405, "method-not-allowed")
    assert "GET" in response["Allow"]


def test_head_is_answered_like_get_without_the_body(api: Api, cast: Cast) -> None:
    case = cast.receive(FOOD)
    for path in ("/items", f"/cases/{case.number}", "/openapi.json", "/cases/none", "/me"):
        full, head = (getattr(api("clerk1").client, method)(f"/api/v1{path}") for method in ("get", "head"))
        assert (head.status_code, head["Content-Type"]) == (full.status_code, full["Content-Type"])
        assert head["Content-Length"] == str(len(full.content))
        assert head.content == b""
        assert head.headers.get("ETag") == full.headers.get("ETag")
    response = api("clerk1").client.head("/api/v1/files")
    assert (response.status_code, response["Allow"]) == (405, "POST")


def test_head_of_a_file_says_its_length(api: Api, cast: Cast) -> None:
    case = cast.receive(FOOD)
    stored = store(SimpleUploadedFile("a.pdf", b"%PDF-1.7\n" + b"x" * 5000), by=cast.actor("clerk1"))
    StoredFile.objects.filter(pk=stored.pk).update(case=case)
    head = api("clerk1").client.head(f"/api/v1/cases/{case.number}/files/{stored.pk}")
    assert (head.status_code, head["Content-Length"]) == (200, "5009")
    assert b"".join(head) == b""


def send(api: Api, body: bytes, media: str = "application/json", path: str = "/cases") -> Any:
    return api("clerk1").client.generic("POST", f"/api/v1{path}", body, content_type=media)


@pytest.mark.parametrize(
    "body",
    [
        b" ",
        b"{",
        b"nul",
        b'{"item": NaN}',
        b'{"item": "\xff\xfe"}',
        b'{"item": "\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
    ],
)
def test_what_is_no_json(api: Api, body: bytes) -> None:
    problem(send(api, body), 400, "malformed")
    assert not Case.objects.exists()


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"text"'])
def test_json_that_is_no_object(api: Api, body: bytes) -> None:
    problem(send(api, body), 422, "invalid-input")


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "x"])
def test_another_media_type(api: Api, media: str) -> None:
    problem(send(api, json.dumps(application(FOOD)).encode(), media), 415, "unsupported-media-type")


def test_a_charset_after_the_media_type_is_fine(api: Api) -> None:
    body = json.dumps(application(FOOD), ensure_ascii=False).encode()
    assert send(api, body, "application/json; charset=utf-8").status_code == 201


def test_too_much_at_once(api: Api) -> None:
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100):
        problem(send(api, json.dumps(application(FOOD)).encode()), 413, "too-large")


def test_a_strange_host_is_a_problem_too(db: None) -> None:
    response = Client(headers={"Host": "evil.example"}).get("/api/v1/items")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


def test_the_caller_may_number_the_request(api: Api) -> None:
    response = api().client.get("/api/v1/nothing", headers={"X-Request-ID": "from-the-caller-1"})
    assert problem(response, 404, "not-found")["request_id"] == "from-the-caller-1"


@pytest.mark.parametrize(
    "number", ["%00", "a%00b", "9" * 5000, "..%2F..", "㐂", "%ED%A0%80", "%FF", "1%0A2", "' OR 1=1"]
)
def test_a_number_that_cannot_be(api: Api, number: str) -> None:
    for path in ("", "/events", "/clock", "/papers", "/actions", "/papers/x.pdf"):
        problem(api("clerk1").get(f"/cases/{number}{path}"), 404, "not-found")


def test_head_and_trailing_newline(api: Api, cast: Cast) -> None:
    case = cast.receive()
    problem(api("clerk1").get(f"/cases/{case.number}%0a"), 404, "not-found")
