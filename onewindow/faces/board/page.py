"""The frame of the board's pages, and the scope of an address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from onewindow.faces.board.scope import Scope
from onewindow.faces.staff import frame
from onewindow.people.authority import Actor


def page(request: HttpRequest, actor: Actor, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """Renders a page of the board in the desk's frame. No query of its own."""
    return render(request, template, {**frame(actor, "/board/"), **context})


def scope_or_404(actor: Actor, kind: str, key: str) -> Scope:
    found = Scope.find(actor, kind, key)
    if found is None:
        raise Http404
    return found
