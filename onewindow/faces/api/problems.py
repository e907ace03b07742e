"""Every error as problem+json (RFC 9457): a stable type, a Chinese title, the fields to mend, the request's number."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from onewindow.clocks.clock import ClockError
from onewindow.people.crypto import UnreadableSecret
from onewindow.problems import FieldError, InvalidInput, NotFound, Problem, TooMany
from onewindow.tracing import request_id

log = logging.getLogger("onewindow.api")

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER = "60"  # seconds, where nothing more exact is known


class Malformed(Problem):
    """The request itself cannot be read."""

    type = "malformed"


class UnsupportedMedia(Problem):
    type = "unsupported-media-type"
    status = 415


class PaperAltered(Problem):
    """A stored paper no longer matches its digest: it is withheld, and the operator's `ow verify` names it."""

    type = "paper-altered"
    status = 409


class Locked(TooMany):
    """Too many wrong tries at one thing: it opens again after an hour, whoever asks."""

    retry_after = 3600


def problem(kind: str, title: str, status: int, *, detail: str = "", errors: Iterable[FieldError] = ()) -> HttpResponse:
    body: dict[str, Any] = {"type": f"/problems/{kind}", "title": title, "status": status}
    if detail:
        body["detail"] = detail
    body["errors"] = [{"field": error.field, "message": error.message} for error in errors]
    body["request_id"] = request_id.get()
    response = HttpResponse(_dumps(body), content_type=MEDIA_TYPE, status=status)
    response["Cache-Control"] = "no-store"
    if status == 429:
        response["Retry-After"] = _RETRY_AFTER
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="onewindow"'
    return response


def _dumps(body: dict[str, Any]) -> bytes:
    """A title may quote what was typed; what UTF-8 cannot say (a lone surrogate) becomes a question mark."""
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        return orjson.dumps(_sayable(body))


def _sayable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _sayable(part) for key, part in value.items()}
    return [_sayable(part) for part in value] if isinstance(value, list) else value


def of(found: Problem) -> HttpResponse:
    response = problem(found.type, found.title, found.status, detail=found.detail, errors=found.errors)
    if isinstance(found, Locked):
        response["Retry-After"] = str(found.retry_after)
    return response


def missing(request: HttpRequest, **_: Any) -> HttpResponse:
    """Any address below /api that is none of ours."""
    return of(NotFound("没有这个地址", detail="接口说明在 /api/v1/openapi.json"))


missing = csrf_exempt(missing)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """handler400: what was refused before any view saw it (a strange host name, a broken form)."""
    if request.path.startswith("/api/"):
        return of(Malformed("请求不能处理"))
    return defaults.bad_request(request, exception)


def _handler(turn: Callable[[Any], HttpResponse]) -> Callable[[HttpRequest, Any], HttpResponse]:
    return lambda request, error: turn(error)


def install(api: NinjaAPI) -> None:
    """Teaches the API to say every expected failure; what is not expected goes on to the server's own handler."""
    for kind, turn in _TURNS.items():
        api.add_exception_handler(kind, _handler(turn))
    api.add_exception_handler(Exception, _unexpected)


def _unexpected(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    if isinstance(error, UnreadableSecret):
        log.error("stored personal data does not open", extra={"path": request.path})
    assert isinstance(error, Exception)
    raise error


def _invalid(error: ValidationError) -> HttpResponse:
    """Only path and header parameters come this way: what does not fit them does not exist."""
    return of(NotFound("没有这个内容，或者您不能查看"))


def _unsayable(error: Exception) -> HttpResponse:
    log.warning("value refused by the database", extra={"kind": type(error).__name__})
    return of(InvalidInput("里面有系统不能保存的内容，请检查后重新输入"))


_TURNS: dict[type[Exception], Callable[[Any], HttpResponse]] = {
    Problem: of,
    AuthenticationError: lambda error: problem("unauthorized", "请先登录：没有令牌，或者令牌已经失效", 401),
    Http404: lambda error: of(NotFound("没有这个内容，或者您不能查看")),
    HttpError: lambda error: problem("malformed", "请求不能处理", error.status_code),
    ValidationError: _invalid,
    RequestDataTooBig: lambda error: problem("too-large", "请求太大，请拆成几次发送", 413),
    MultiPartParserError: lambda error: of(Malformed("上传的内容不完整，请重新上传")),
    UnreadablePostError: lambda error: of(Malformed("请求没有发送完整，请重新发送")),
    SuspiciousOperation: lambda error: of(Malformed("请求不能处理")),
    ClockError: lambda error: of(InvalidInput("日期超出了可以计算的范围", detail=str(error))),
    DataError: _unsayable,
    OverflowError: _unsayable,
    TooMany: of,
}


def in_form(view: Any) -> Any:
    """Wraps a view of ninja: what it answers on its own (405 as plain text) is put into the form of a problem, and
    HEAD is answered like GET, without the body."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        head = request.method == "HEAD"
        if head:
            request.method = "GET"
        response: HttpResponseBase = view(request, *args, **kwargs)
        if response.status_code == 405:
            allowed = response.headers.get("Allow", "").replace("GET", "GET, HEAD")
            response = problem("method-not-allowed", f"这个地址只支持 {allowed}", 405)
            response["Allow"] = allowed
        return _without_body(request, response) if head else response

    return wrapped


def _without_body(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The answer to HEAD: the length that GET would have, and nothing more."""
    request.method = "HEAD"
    if isinstance(response, HttpResponse):
        response["Content-Length"] = str(len(response.content))
        response.content = b""
    elif isinstance(response, StreamingHttpResponse):
        response.streaming_content = []
    return response
