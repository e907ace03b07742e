"""What every request passes through: its number, its line in the log, its figures, the headers that protect the
page, and a plain answer when the database is away."""

from __future__ import annotations

import logging
import re
import sys
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string

from onewindow.server import metrics
from onewindow.server.logging import sqlstate
from onewindow.tracing import request_id

Handler = Callable[[HttpRequest], HttpResponseBase]

log = logging.getLogger("onewindow.access")
_GOOD_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_RETRY_AFTER = 5  # seconds

PAGE_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
# A PDF is shown inside our own pages (previews), nowhere else.
PDF_POLICY = "frame-ancestors 'self'"
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"


class RequestLine:
    """Outermost. Numbers the request (a caller's X-Request-ID is kept when it is harmless), answers with that number,
    writes one line: method, path without the query, status, milliseconds, account number."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        offered = request.headers.get("X-Request-ID", "")
        number = offered if _GOOD_ID.fullmatch(offered) else uuid.uuid4().hex
        token = request_id.set(number)
        _see_through_proxies(request)
        begin = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = number
            self._note(request, response, time.perf_counter() - begin)
            return response
        finally:
            request_id.reset(token)

    def _note(self, request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
        method = request.method if request.method in _METHODS else "OTHER"
        match = request.resolver_match
        route = (match.view_name or match.route or "unnamed") if match else _unmatched(request)
        metrics.observe(method or "OTHER", route, response.status_code, seconds)
        if route == "static" and response.status_code < 400:
            return
        log.info(
            "request",
            extra={
                "method": method,
                "path": request.path,
                "route": route,
                "status": response.status_code,
                "ms": round(seconds * 1000, 1),
                "account": _account(request),
            },
        )


def _unmatched(request: HttpRequest) -> str:
    return "static" if request.path.startswith(settings.STATIC_URL) else "unmatched"


def _account(request: HttpRequest) -> int | None:
    """The number of the account, if somebody asked who it is; never a query of its own."""
    for name in ("auth", "_cached_user"):
        number = getattr(getattr(request, name, None), "pk", None)
        if isinstance(number, int):
            return number
    return None


def _see_through_proxies(request: HttpRequest) -> None:
    """Behind OW_PROXY_HOPS proxies the caller is the address that the outermost of them wrote down; anything further
    left in X-Forwarded-For was written by the caller."""
    request.META["OW_PEER"] = request.META.get("REMOTE_ADDR", "")
    hops = settings.PROXY_HOPS
    chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if hops and chain:
        request.META["REMOTE_ADDR"] = chain[-hops] if len(chain) >= hops else chain[0]


class ProtectiveHeaders:
    """A content policy without inline script or style; a view may set its own and keeps it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        pdf = response.headers.get("Content-Type", "").startswith("application/pdf")
        response.headers.setdefault("Content-Security-Policy", PDF_POLICY if pdf else PAGE_POLICY)
        response.headers.setdefault("X-Frame-Options", "SAMEORIGIN" if pdf else "DENY")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if not request.path.startswith(settings.STATIC_URL) and not response.has_header("Cache-Control"):
            response.headers["Cache-Control"] = "private, no-store"
        return response


def protective_headers() -> dict[str, str]:
    """What Django's answers carry through `ProtectiveHeaders` and `SecurityMiddleware`, for what answers before it."""
    headers = {
        "Content-Security-Policy": PAGE_POLICY,
        "X-Frame-Options": "DENY",
        "Permissions-Policy": PERMISSIONS,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    }
    if settings.SECURE_HSTS_SECONDS:
        headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
    return headers


class DatabaseAway:
    """A database that restarts is not an error of ours: 503, come again in a moment. Innermost, so that it sees the
    exception of the view; what falls in another middleware reaches `server_error`."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return unavailable(request, error) if is_away(error) else None


def is_away(error: BaseException | None) -> bool:
    """The connection was lost or could not be had, or the work lost a race that is won by trying again."""
    return isinstance(error, (OperationalError, InterfaceError))


def unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    log.warning("database unavailable", extra={"path": request.path, "sqlstate": sqlstate(error)})
    response: HttpResponse
    if request.path.startswith("/api/"):
        response = JsonResponse(
            {
                "type": "/problems/database-unavailable",
                "title": "系统暂时繁忙，请稍后重试",
                "status": 503,
                "detail": "这次请求可能没有办成，请用同一个 Idempotency-Key 重发。",
                "errors": [],
                "request_id": request_id.get(),
            },
            status=503,
            content_type="application/problem+json",
            json_dumps_params={"ensure_ascii": False},
        )
    else:
        response = HttpResponse(_page("503.html"), status=503)
    response["Retry-After"] = str(_RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    return response


def _page(template: str) -> str:
    """Rendered without the request: no session, no account, nothing that would ask the database again."""
    try:
        return render_to_string(template, {"request_id": request_id.get()})
    except (TemplateDoesNotExist, OperationalError, ValueError):  # ValueError: static files not collected
        return "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>请稍后再试</title><h1>系统暂时不能办理</h1>"


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: whatever no view has answered."""
    error = sys.exc_info()[1]
    if error is not None and is_away(error):
        return unavailable(request, error)
    log.error("unhandled exception", exc_info=error, extra={"path": request.path})
    if request.path.startswith("/api/"):
        problem = {
            "type": "/problems/server-error",
            "title": "系统出了问题，已经记录",
            "status": 500,
            "errors": [],
            "request_id": request_id.get(),
        }
        return JsonResponse(
            problem, status=500, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False}
        )
    return HttpResponse(_page("500.html"), status=500)
