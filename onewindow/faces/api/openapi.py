"""GET /openapi.json: the truth about the API (OpenAPI 3.1), put together once per process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from pydantic.json_schema import models_json_schema

from onewindow.cases.actions import VERBS
from onewindow.cases.inputs import ReceiveInput
from onewindow.cases.lifecycle import MOVES
from onewindow.faces.api import complaints, evaluations, hall, hallwindows
from onewindow.faces.api.answers import JSON
from onewindow.faces.api.app import api
from onewindow.faces.api.docs import REF
from onewindow.faces.api.shapes import ProblemShape
from onewindow.faces.api.writes import UnmaskInput
from onewindow.faces.problemwords import KINDS
from onewindow.inputs import Input

_ACT = "/cases/{number}/actions/{action}"


@csrf_exempt
@require_safe
def openapi_json(request: HttpRequest) -> HttpResponse:
    body, tag = _document()
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    return HttpResponse(body, content_type=JSON, headers={"ETag": tag, "Cache-Control": "public, max-age=300"})


@cache
def _document() -> tuple[bytes, str]:
    body = orjson.dumps(build(), option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def build() -> dict[str, Any]:
    """The document: what ninja knows, the inputs of every action, and one path per action."""
    found: dict[str, Any] = deepcopy(dict(api.get_openapi_schema(path_prefix="")))
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(_schemas())
    found["paths"] = dict(_paths(found["paths"]))
    found["components"]["securitySchemes"] = {
        "Token": {"type": "http", "scheme": "bearer", "description": "由 ow token 账号 发给，可以随时收回"}
    }
    found["info"]["x-problem-types"] = {f"/problems/{slug}": kind.means for slug, kind in KINDS.items()}
    for path in found["paths"].values():
        for operation in path.values():
            _tidy(operation)
    return found


def _schemas() -> dict[str, Any]:
    own: list[type[Input]] = [ReceiveInput, UnmaskInput, *hall.INPUTS, *hallwindows.INPUTS, *evaluations.INPUTS]
    own += complaints.INPUTS
    kinds: list[type[Any]] = [ProblemShape, *own, *_inputs().values()]
    unique = list(dict.fromkeys(kinds))
    _, defined = models_json_schema([(kind, "validation") for kind in unique], ref_template=REF)
    return dict(defined.get("$defs", {}))


def _inputs() -> dict[str, type[Input]]:
    """Action -> what it must carry, for every action that a person can do."""
    return {action.value: verb.input for action, verb in sorted(VERBS.items()) if not MOVES[action].by_system_only}


def _paths(paths: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for path, methods in paths.items():
        if path == _ACT:
            yield from _one_per_action(methods["post"])
        else:
            yield path, methods


def _one_per_action(generic: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for action, kind in _inputs().items():
        own = deepcopy(generic)
        own["operationId"] = f"act_{action}"
        own["summary"] = MOVES[next(a for a in MOVES if a.value == action)].label
        own["parameters"] = [p for p in own["parameters"] if p["name"] != "action"]
        schema = {"$ref": REF.format(model=kind.__name__)}
        own["requestBody"] = {
            "required": bool(kind.model_json_schema().get("required")),
            "content": {"application/json": {"schema": schema}},
        }
        yield _ACT.replace("{action}", action), {"post": own}


def _tidy(operation: dict[str, Any]) -> None:
    """String statuses in order; binary answers only as what they are."""
    responses = operation.get("responses", {})
    merged: dict[str, Any] = {}
    for status, said in responses.items():
        merged.setdefault(str(status), {}).update(said)
    for said in merged.values():
        said.setdefault("description", "成功")
        if said["description"] in ("OK", "Created"):
            said["description"] = "成功"
    operation["responses"] = dict(sorted(merged.items()))
    if operation.get("security"):
        operation["security"] = [{"Token": []}]
