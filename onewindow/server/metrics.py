"""Figures for Prometheus. `/metrics` answers the machine itself, and whoever shows OW_METRICS_TOKEN."""

from __future__ import annotations

import hmac
import ipaddress
import os
from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

disable_created_metrics()  # type: ignore[no-untyped-call]
_REQUESTS = Counter("ow_http_requests_total", "Answered requests", ["method", "route", "status"])
_SECONDS = Histogram(
    "ow_http_request_seconds",
    "Time from the first byte read to the answer",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    _REQUESTS.labels(method, route, str(status)).inc()
    _SECONDS.labels(method, route).observe(seconds)


class Backlog(Collector):
    """Read from the database at each look: jobs by state, the outbox, the connections of this process."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._pool()
        try:
            yield from self._jobs()
            yield from self._outbox()
        except DatabaseError:
            yield GaugeMetricFamily("ow_database_up", "1 when the database answers", value=0)
            return
        yield GaugeMetricFamily("ow_database_up", "1 when the database answers", value=1)

    def _jobs(self) -> Iterator[GaugeMetricFamily]:
        waiting = GaugeMetricFamily("ow_jobs", "Background jobs not yet done, by state", labels=["state"])
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT status::text, count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') GROUP BY 1"
            )
            counted = dict(cursor.fetchall())
        for state in ("todo", "doing"):
            waiting.add_metric([state], counted.get(state, 0))
        yield waiting

    def _outbox(self) -> Iterator[GaugeMetricFamily]:
        rows = apps.get_model("exchange", "OutboxMessage")._default_manager
        gauge = GaugeMetricFamily("ow_outbox_messages", "Outgoing messages not delivered, by state", labels=["state"])
        for state in ("waiting", "dead"):
            gauge.add_metric([state], rows.filter(state=state).count())
        yield gauge

    def _pool(self) -> Iterator[GaugeMetricFamily]:
        gauge = GaugeMetricFamily("ow_database_pool", "Connections of this web process", labels=["figure"])
        pool = getattr(connection, "pool", None)
        stats = pool.get_stats() if pool is not None else {}
        for figure in ("pool_size", "pool_available", "requests_waiting", "requests_errors"):
            gauge.add_metric([figure], stats.get(figure, 0))
        yield gauge


def _registry() -> CollectorRegistry:
    """With several web processes each leaves its counts in files, and any of them answers for all."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def metrics(request: HttpRequest) -> HttpResponse:
    if not _may_read(request):
        return HttpResponse("没有这个页面\n", status=404, content_type="text/plain; charset=utf-8")
    body = generate_latest(_registry()) + generate_latest(_BACKLOG)
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    expected = settings.METRICS_TOKEN
    offered = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if expected and hmac.compare_digest(offered.encode(), expected.encode()):
        return True
    relayed = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
    return not relayed and _is_loopback(request.META.get("OW_PEER", ""))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


_BACKLOG = CollectorRegistry()
_BACKLOG.register(Backlog())
