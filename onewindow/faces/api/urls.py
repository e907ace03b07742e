"""Addresses below /api/v1/. Whatever is none of ours is a problem in JSON, not a page."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from onewindow.faces.api.app import api
from onewindow.faces.api.openapi import openapi_json
from onewindow.faces.api.problems import in_form, missing

app_name = "api"


def _in_form(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = in_form(pattern.callback)
    return patterns


_ninja: list[URLPattern | URLResolver] = [p for p in api.urls[0] if getattr(p, "name", "") != "api-root"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("openapi.json", in_form(openapi_json), name="openapi"),
    *_in_form(_ninja),
    re_path(r"", missing, name="missing"),
]
