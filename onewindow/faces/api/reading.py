"""Reading a request strictly: body, query, Idempotency-Key, If-Match. What does not fit is a Problem."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import orjson
from django.http import HttpRequest

from onewindow.cases.actions import Idempotency
from onewindow.faces.api.problems import Malformed, UnsupportedMedia
from onewindow.inputs import Input
from onewindow.problems import FieldError, InvalidInput, NotFound, Stale

_KEY = re.compile(r"[\x21-\x7e]{1,120}")
_TAG = re.compile(r'(?:W/)?"?(\d{1,9})"?')
_NUMBER = re.compile(r"[0-9A-Za-z-]{1,60}")

Parsed = TypeVar("Parsed", bound=Input)


def json_body(request: HttpRequest, *, may_be_empty: bool = False) -> dict[str, Any]:
    """The body as an object. Raises Malformed, UnsupportedMedia, InvalidInput; RequestDataTooBig above the limit."""
    raw = request.body
    if may_be_empty and not raw.strip():
        return {}
    if (request.content_type or "") not in {"application/json", "application/problem+json"}:
        raise UnsupportedMedia("请用 application/json 发送")
    try:
        value = orjson.loads(raw)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise Malformed("不是有效的 JSON（要用 UTF-8 编码）", detail=_where(error)) from None
    if not isinstance(value, dict):
        raise InvalidInput("请求的内容应当是一组键和值")
    return value


def _where(error: Exception) -> str:
    line, column = getattr(error, "lineno", None), getattr(error, "colno", None)
    return f"第 {line} 行第 {column} 个字附近" if line and column else ""


def query(request: HttpRequest, kind: type[Parsed]) -> Parsed:
    """The query parameters as a value; unknown and repeated ones are refused. Raises InvalidInput."""
    twice = [name for name, values in request.GET.lists() if len(values) > 1]
    if twice:
        raise InvalidInput("参数重复了", [FieldError(name[:40], "只能写一次") for name in twice[:20]])
    return kind.parse(request.GET.dict())


def idempotency(request: HttpRequest, data: Any) -> Idempotency | None:
    """The caller's Idempotency-Key with a digest of address and body. Raises InvalidInput when it cannot be a key."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        message = "用 1 至 120 个可见的英文字符，例如一个 UUID"
        raise InvalidInput("Idempotency-Key 不对", [FieldError("Idempotency-Key", message)])
    return Idempotency.of(key, [request.path, data])


def expected_version(request: HttpRequest) -> int | None:
    """The version of If-Match; None for no header or `*`. Raises Stale for a tag that is none of ours."""
    tag = request.headers.get("If-Match")
    if tag is None or tag.strip() == "*":
        return None
    found = _TAG.fullmatch(tag.strip())
    if found is None:
        raise Stale("If-Match 不是这个办件的版本，请重新读取办件后再办")
    return int(found[1])


def number_of(text: str, missing: str = "没有这个内容，或者您不能查看") -> str:
    """A number as it can exist. Raises NotFound: what cannot exist is not looked for."""
    if not _NUMBER.fullmatch(text):
        raise NotFound(missing)
    return text
