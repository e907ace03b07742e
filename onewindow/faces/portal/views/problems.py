"""The addresses that problems of the API carry as their type: what it means and what to do. No query of its own."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from onewindow.faces.portal.site import page
from onewindow.faces.problemwords import KINDS


@require_safe
def show(request: HttpRequest, slug: str = "") -> HttpResponse:
    """One type, or all of them."""
    kind = KINDS.get(slug)
    if slug and kind is None:
        raise Http404
    return page(request, "problems.html", {"kind": kind, "kinds": KINDS.values()})
