"""`/desk/search/`: by anything from anywhere, and never a full number in an address or a log."""

from __future__ import annotations

import re
from typing import Any, Final

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from onewindow.cases.lifecycle import State
from onewindow.cases.models import Case, CaseQuerySet
from onewindow.cases.numbers import looks_right
from onewindow.catalogue.models import Item
from onewindow.catalogue.search import search
from onewindow.faces.desk.access import staff
from onewindow.faces.desk.page import page
from onewindow.faces.desk.phrases import masked_id, masked_name
from onewindow.faces.desk.rows import rows
from onewindow.people.authority import Actor
from onewindow.people.crypto import blind_index
from onewindow.people.models import Applicant
from onewindow.people.numbers import check_id, check_phone
from onewindow.people.roles import Role

_MOST: Final = 50
_ITEMS: Final = 6
_TAIL: Final = re.compile(r"[0-9-]{4,20}")
_RECEIVERS: Final = frozenset({Role.CLERK, Role.TOWNSHIP_CLERK})


@require_safe
@staff
def find(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Case and query numbers, identity and phone numbers (exact, by blind index), names, items."""
    q = request.GET.get("q", "")[:100].strip()
    if index := _index_of(q):
        return HttpResponseRedirect(f"/desk/search/?who={index}")
    if who := request.GET.get("who", ""):
        return _of_person(request, actor, who)
    found = list(_cases(actor, q)[: _MOST + 1]) if q else []
    if len(found) == 1 and (found[0].query_number == _digits(q) or found[0].number == q.upper()):
        return HttpResponseRedirect(f"/desk/cases/{found[0].number}/")
    items = _items(q) if actor.roles & _RECEIVERS else []
    context = {
        "search_query": q,
        "q": q,
        "rows": rows(found[:_MOST], "", timezone.localdate()),
        "more": len(found) > _MOST,
        "items": items,
        "mistyped": len(_digits(q)) == 12 and q.replace(" ", "").isdigit() and not looks_right(_digits(q)),
    }
    return page(request, actor, "desk/search.html", context)


def _index_of(q: str) -> str:
    """The blind index of a person's number, known here or not: it stands in the address instead of the number."""
    for id_type in ("id_card", "uscc"):
        if number := _checked(id_type, q):
            return blind_index("id", number)
    phone = _phone(q)
    return blind_index("phone", phone) if phone else ""


def _checked(id_type: str, q: str) -> str:
    try:
        return check_id(id_type, q) if len(q) >= 15 else ""
    except ValueError:
        return ""


def _phone(q: str) -> str:
    try:
        return check_phone(q) if len(_digits(q)) == 11 else ""
    except ValueError:
        return ""


def _digits(q: str) -> str:
    return re.sub(r"\D", "", q)


def _cases(actor: Actor, q: str) -> CaseQuerySet:
    """Newest first: exact numbers, the end of a number, a name in full, the name of an item."""
    seen = Case.objects.visible_to(actor).exclude(state=State.DRAFT).for_list().select_related("centre__profile")
    number = Q(number=q.upper()) | Q(query_number=_digits(q) or "-")
    if _TAIL.fullmatch(q):
        number |= Q(number__endswith=_digits(q))
        return seen.filter(number).order_by("-id")
    same_name = Q(applicant__name_index=blind_index("name", q))
    return seen.filter(number | same_name | Q(item__name__icontains=q)).order_by("-id")


def _items(q: str) -> list[Item]:
    return [hit.item for hit in search(q, limit=_ITEMS)] if q else []


def _of_person(request: HttpRequest, actor: Actor, index: str) -> HttpResponse:
    """The cases of everybody with this number that this person may see; nobody's number gives the same answer."""
    same = Q(applicant__id_index=index[:40]) | Q(applicant__phone_index=index[:40])
    seen = Case.objects.visible_to(actor).filter(same).exclude(state=State.DRAFT)
    found = list(seen.for_list().select_related("centre__profile").order_by("-id")[: _MOST + 1])
    context: dict[str, Any] = {
        "q": "",
        "person": "、".join(dict.fromkeys(_named(case.applicant) for case in found)),
        "rows": rows(found[:_MOST], "", timezone.localdate()),
        "more": len(found) > _MOST,
        "by_person": True,
        "may_receive": bool(actor.roles & _RECEIVERS),
    }
    return page(request, actor, "desk/search.html", context)


def _named(applicant: Applicant) -> str:
    return f"{masked_name(applicant)}（{masked_id(applicant)}）"
