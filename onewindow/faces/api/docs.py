"""What signatures cannot say about an operation: its query, its body, its headers and the problems it answers with."""

from __future__ import annotations

from typing import Any

from onewindow.inputs import Input

REF = "#/components/schemas/{model}"
PROBLEM = {"application/problem+json": {"schema": {"$ref": REF.format(model="ProblemShape")}}}
_WORDS = {
    400: "请求读不懂",
    401: "没有令牌，或者令牌失效",
    403: "这个账号不能办这件事",
    404: "没有，或者您不能查看",
    409: "现在不能这样办，或者规则不允许",
    412: "办件已经有变化",
    413: "请求或者文件太大",
    415: "内容类型不对",
    422: "填写的内容不能用",
    429: "请求太频繁",
    503: "数据库暂时不可用，请按 Retry-After 用同一个 Idempotency-Key 重发",
}
_READS = (401, 404)
_WRITES = (400, 401, 403, 404, 409, 413, 415, 422)
_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "同一个键重发，得到第一次的结果；用在不同的请求上是 422。",
    "schema": {"type": "string", "minLength": 1, "maxLength": 120, "pattern": "^[!-~]+$"},
}
_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "description": "您看到的办件版本（ETag）；办件已经有变化时是 412。",
    "schema": {"type": "string", "maxLength": 12, "pattern": '^"[0-9]{1,9}"$'},
}
_ETAG = {"ETag": {"description": "办件的版本，用在 If-Match", "schema": {"type": "string"}}}


def reads(query: type[Input] | None = None, *, public: bool = False, media: str = "", more: Any = ()) -> dict[str, Any]:
    """`openapi_extra` of a GET. `media` for what is not JSON, `more` for further statuses."""
    statuses = [status for status in _READS if not (public and status == 401)]
    extra = _extra([*statuses, *([422] if query else []), *more])
    if query is not None:
        extra["parameters"] = _query(query)
    if media:
        extra["responses"][200] = {"description": "文件", "content": {media: {"schema": _BYTES}}}
    return extra


_BYTES = {"type": "string", "contentMediaType": "application/octet-stream"}


def writes(
    body: type[Input] | dict[str, Any],
    *,
    matches: bool = False,
    more: Any = (),
    example: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """`openapi_extra` of a POST with a JSON body."""
    schema = body if isinstance(body, dict) else {"$ref": REF.format(model=body.__name__)}
    extra = _extra([*_WRITES, *([412] if matches else []), *more])
    extra["parameters"] = [_KEY, *([_MATCH] if matches else [])]
    content = {"schema": schema} if example is None else {"schema": schema, "example": example}
    extra["requestBody"] = {"required": True, "content": {"application/json": content}}
    return extra


def uploads() -> dict[str, Any]:
    extra = _extra([*_WRITES, 429])
    extra["parameters"] = [_KEY]
    part = {
        "file": {"type": "string", "contentMediaType": "application/octet-stream", "description": "文件，20 MB 以内"}
    }
    schema = {"type": "object", "required": ["file"], "properties": part}
    extra["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    return extra


def versioned(extra: dict[str, Any], status: int = 200) -> dict[str, Any]:
    """Says that the answer carries the version as ETag."""
    extra["responses"].setdefault(status, {})["headers"] = _ETAG
    return extra


def _extra(statuses: list[int]) -> dict[str, Any]:
    said = {status: {"description": _WORDS[status], "content": PROBLEM} for status in sorted({*statuses, 503})}
    return {"responses": said}


def _query(kind: type[Input]) -> list[dict[str, Any]]:
    schema = kind.model_json_schema(ref_template=REF)
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": details.pop("description", details.pop("title", "")),
            "schema": details,
        }
        for name, details in schema["properties"].items()
    ]
