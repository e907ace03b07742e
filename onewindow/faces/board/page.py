"""The frame of the board's pages, and the scope of an address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from onewindow.faces.board.scope import Scope
from onewindow.faces.desk.page import chrome, manages
from onewindow.people.authority import Actor


def page(request: HttpRequest, actor: Actor, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """Renders a page of the board in the desk's frame. No query of its own."""
    faces = [{"label": "办件", "url": "/desk/"}]
    if manages(actor):
        faces.append({"label": "管理", "url": "/manage/"})
    whole = {**chrome(actor), "faces": [*faces, {"label": "看板", "url": "/board/", "current": True}], **context}
    return render(request, template, whole)


def scope_or_404(actor: Actor, kind: str, key: str) -> Scope:
    found = Scope.find(actor, kind, key)
    if found is None:
        raise Http404
    return found
