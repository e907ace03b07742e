"""Health, metrics, request numbers, protective headers, log lines, and the answer when the database is away."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from django.core.signing import Signer
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone

from onewindow.server.health import WORKER_STARTED
from onewindow.server.logging import JsonFormatter
from onewindow.server.middleware import DatabaseAway, ProtectiveHeaders, RequestLine, server_error
from onewindow.server.models import Heartbeat
from onewindow.tracing import request_id

pytestmark = pytest.mark.django_db


def _beat(name: str, ago: timedelta) -> None:
    Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now() - ago})


def _worker(ago: timedelta) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [timezone.now() - ago])


def test_all_is_well_when_worker_and_sweep_are_fresh(client: Client) -> None:
    _worker(timedelta(seconds=5))
    _beat("deadlines.sweep", timedelta(minutes=2))
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["sweep"]["last_finished"]


def test_a_silent_worker_is_broken(client: Client) -> None:
    _worker(timedelta(minutes=2))
    _beat("deadlines.sweep", timedelta(minutes=2))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert not answer.json()["worker"]["ok"]
    assert client.get("/healthz/web").status_code == 200


def test_a_sweep_that_stands_still_is_broken_unless_the_worker_has_just_begun(client: Client) -> None:
    _worker(timedelta(0))
    _beat("deadlines.sweep", timedelta(hours=9))
    assert client.get("/healthz").status_code == 503
    _beat(WORKER_STARTED, timedelta(seconds=20))
    assert client.get("/healthz").status_code == 200


def test_a_database_that_is_away_is_broken(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError

    monkeypatch.setattr("onewindow.server.health._database", away)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["database"] == {"ok": False}


def test_metrics_count_by_route_and_show_the_backlog(client: Client) -> None:
    client.get("/healthz/web?name=somebody")
    text = client.get("/metrics").content.decode()
    assert 'ow_http_requests_total{method="GET",route="healthz-web",status="200"}' in text
    assert 'ow_jobs{state="todo"}' in text
    assert 'ow_outbox_messages{state="waiting"}' in text
    assert "ow_database_up 1.0" in text
    assert "somebody" not in text


def test_metrics_are_for_this_machine_or_a_token(client: Client) -> None:
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 404
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="192.0.2.7").status_code == 404
    with override_settings(METRICS_TOKEN="prometheus-token"):
        assert client.get("/metrics", REMOTE_ADDR="192.0.2.7", HTTP_AUTHORIZATION="Bearer wrong").status_code == 404
        answer = client.get("/metrics", REMOTE_ADDR="192.0.2.7", HTTP_AUTHORIZATION="Bearer prometheus-token")
        assert answer.status_code == 200


def test_a_harmless_request_number_is_kept_and_a_strange_one_replaced(client: Client) -> None:
    assert client.get("/healthz/web", HTTP_X_REQUEST_ID="abc-12345678")["X-Request-ID"] == "abc-12345678"
    for strange in ("short", "x" * 65, "abc 12345678", '"><script>12'):
        given = client.get("/healthz/web", HTTP_X_REQUEST_ID=strange)["X-Request-ID"]
        assert given != strange
        assert len(given) == 32


def test_every_answer_carries_the_protective_headers(client: Client) -> None:
    for path in ("/healthz/web", "/no-such-page"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Frame-Options"] == "DENY"
        assert "camera=()" in headers["Permissions-Policy"]
        assert "no-store" in headers["Cache-Control"]


def test_a_pdf_may_be_shown_inside_our_own_pages(rf: RequestFactory) -> None:
    headers = ProtectiveHeaders(lambda _: HttpResponse(b"%PDF", content_type="application/pdf"))(rf.get("/x")).headers
    assert headers["Content-Security-Policy"] == "frame-ancestors 'self'"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"


def test_the_log_line_has_no_query_string(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="onewindow.access"):
        client.get("/healthz/web?id_tail=4321", HTTP_X_REQUEST_ID="line-00000001")
    (record,) = [record for record in caplog.records if record.name == "onewindow.access"]
    token = request_id.set("line-00000001")
    text = JsonFormatter().format(record)
    request_id.reset(token)
    line = json.loads(text)
    assert "4321" not in text
    assert {"path": "/healthz/web", "status": 200, "method": "GET", "request": "line-00000001"}.items() <= line.items()
    assert line["ms"] >= 0


def test_the_log_keeps_the_place_of_an_error_but_not_its_words() -> None:
    try:
        Signer().unsign("430922199001011234")
    except Exception:
        record = logging.getLogger("x").makeRecord("x", 40, __file__, 1, "fell", (), _exc_info())
    text = JsonFormatter().format(record)
    assert "430922199001011234" not in text
    assert "BadSignature" in text
    assert "test_pages_for_machines.py" in text


def _exc_info() -> object:
    import sys

    return sys.exc_info()


def test_the_arguments_of_a_job_stay_out_of_the_log() -> None:
    record = logging.makeLogRecord(
        {
            "name": "procrastinate.worker",
            "msg": "Job send[7](phone='13800138000') failed",
            "action": "job_error",
            "job": {"id": 7, "task_name": "send", "task_kwargs": {"phone": "13800138000"}},
        }
    )
    line = json.loads(JsonFormatter().format(record))
    assert (line["event"], line["job"], line["task"]) == ("job_error", 7, "send")
    assert "13800138000" not in json.dumps(line)


def _away(request: HttpRequest) -> HttpResponse:
    raise OperationalError("the connection is closed")


def test_a_page_without_database_is_a_friendly_503(rf: RequestFactory) -> None:
    request = rf.get("/track/")
    answer = DatabaseAway(_away).process_exception(request, OperationalError("gone"))
    assert answer is not None
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "暂时" in answer.content.decode()


def test_the_api_without_database_is_a_problem(rf: RequestFactory) -> None:
    try:
        _away(rf.get("/"))
    except OperationalError:
        answer = server_error(rf.post("/api/v1/cases"))
    problem = json.loads(answer.content)
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert (problem["status"], answer["Retry-After"]) == (503, "5")


def test_other_errors_are_not_mistaken_for_the_database(rf: RequestFactory) -> None:
    assert DatabaseAway(_away).process_exception(rf.get("/"), ValueError("x")) is None


@override_settings(PROXY_HOPS=1)
def test_behind_one_proxy_the_caller_is_what_the_proxy_saw(rf: RequestFactory) -> None:
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    RequestLine(view)(rf.get("/", HTTP_X_FORWARDED_FOR="10.0.0.1, 203.0.113.9"))
    assert seen == ["203.0.113.9"]


def test_without_a_proxy_nobody_chooses_his_own_address(rf: RequestFactory) -> None:
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    RequestLine(view)(rf.get("/", HTTP_X_FORWARDED_FOR="203.0.113.9"))
    assert seen == ["127.0.0.1"]
