"""One search over everything that is managed: a few of each kind, each kind one query."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from onewindow.faces.manage.access import (
    accounts_for,
    centres_for,
    departments_for,
    items_for,
    letters_for,
    managing,
)
from onewindow.faces.manage.lists import words
from onewindow.faces.manage.page import page
from onewindow.people.changes import Steward

_EACH: Final = 8


@require_safe
@managing(None)
def find(request: HttpRequest, steward: Steward) -> HttpResponse:
    q = words(request)
    groups = _groups(steward, q) if q else []
    context = {"q": q, "search_query": q, "groups": [group for group in groups if group["rows"]]}
    return page(request, steward, "manage/search.html", context)


def _groups(steward: Steward, q: str) -> list[dict[str, Any]]:
    people = accounts_for(steward).filter(Q(name__icontains=q) | Q(username__icontains=q)).order_by("username")
    centres = centres_for(steward).filter(Q(name__icontains=q) | Q(key__iexact=q)).order_by("key")
    bodies = departments_for(steward).filter(Q(name__icontains=q) | Q(code__iexact=q)).order_by("id")
    letters = letters_for(steward).filter(number__icontains=q).select_related("posting__account").order_by("-id")
    items = items_for(steward).filter(Q(name__icontains=q) | Q(code__iexact=q)).select_related("department")
    return [
        _group("人员", "user", [(f"/manage/staff/{a.pk}/", a.name, a.username) for a in people[:_EACH]]),
        _group(
            "中心", "building-community", [(f"/manage/centres/{c.pk}/", c.name, c.address) for c in centres[:_EACH]]
        ),
        _group("部门", "building-bank", [(f"/manage/departments/{d.pk}/", d.name, d.code) for d in bodies[:_EACH]]),
        _group(
            "授权书",
            "signature",
            [(f"/manage/letters/{x.pk}/", x.number, x.posting.account.name) for x in letters[:_EACH]],
        ),
        _group(
            "事项",
            "files",
            [(f"/manage/items/{i.code}/", i.name, i.department.name) for i in items.order_by("id")[:_EACH]],
        ),
    ]


def _group(title: str, icon: str, rows: list[tuple[str, str, str]]) -> dict[str, Any]:
    return {"title": title, "icon": icon, "rows": rows, "more": len(rows) == _EACH}
