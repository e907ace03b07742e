"""`/board/…/rows/`: the rows that a figure counts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from onewindow.faces.board.names import names_of
from onewindow.faces.board.page import page, scope_or_404
from onewindow.faces.board.scope import Scope, crumbs
from onewindow.faces.board.sources import SOURCES, Asked
from onewindow.faces.design.words import cn_date
from onewindow.faces.desk.access import staff
from onewindow.oversight.models import Rule
from onewindow.oversight.subjects import NEEDED
from onewindow.people.authority import Actor

PAGE_SIZE: Final = 50
_MOST_PAGES: Final = 200
_MOST_DAYS: Final = 366
_CODE: Final = re.compile(r"[A-Z0-9-]{2,24}")


@require_safe
@staff
def rows(request: HttpRequest, actor: Actor, kind: str, key: str) -> HttpResponse:
    """A page of the rows; a fixed number of queries whatever they are."""
    scope = scope_or_404(actor, kind, key)
    source = SOURCES.get(request.GET.get("what", ""))
    if source is None:
        raise Http404
    asked, number = _asked(request, scope), _number(request, "page", _MOST_PAGES) or 1
    lines, more = source.find(asked, (number - 1) * PAGE_SIZE, PAGE_SIZE)
    way = crumbs(actor, scope)
    way[-1] = {**way[-1], "url": scope.url}
    context = {
        "scope": scope,
        "crumbs": [*way, {"label": source.title, "url": ""}],
        "title": f"{_when(asked)}{source.title}" if source.by_day else source.title,
        "of": f"{scope.name}{_narrowed(asked)}",
        "by_due": request.GET.get("what") in {"due", "overdue", "open"},
        "when": source.when,
        "needed": _needed(asked),
        "lines": lines,
        "first": (number - 1) * PAGE_SIZE + 1,
        "next_url": _page(request, number + 1) if more and number < _MOST_PAGES else "",
        "prev_url": _page(request, number - 1) if number > 1 else "",
        "desk_url": source.desk,
        "desk_label": source.desk_label,
    }
    return page(request, actor, "board/rows.html", context)


def _asked(request: HttpRequest, scope: Scope) -> Asked:
    now = timezone.now()
    until = _day(request.GET.get("day", ""), timezone.localdate(now))
    days = _number(request, "days", _MOST_DAYS) or 1
    asked = Asked(scope, until - timedelta(days=days - 1), until, now)
    return replace(
        asked,
        department=_number(request, "department", 10**9),
        person=_number(request, "person", 10**9),
        item=_number(request, "item", 10**9),
        rule=_rule(request),
    )


def _day(text: str, today: date) -> date:
    """Raises Http404 for what is no day of these decades."""
    if not text:
        return today
    try:
        day = date.fromisoformat(text[:10])
    except ValueError as error:
        raise Http404 from error
    if not 2000 <= day.year <= 2100:
        raise Http404
    return day


def _number(request: HttpRequest, name: str, most: int) -> int:
    """A number from 1 to `most`; 0 where there is none. Raises Http404 for anything else."""
    text = request.GET.get(name, "")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= most):
        raise Http404
    return int(text)


def _rule(request: HttpRequest) -> str:
    """The code of a rule, "" where there is none. Raises Http404 for what cannot be one."""
    code = request.GET.get("rule", "")
    if code and not _CODE.fullmatch(code):
        raise Http404
    return code


def _needed(asked: Asked) -> str:
    """What would make the rows of this rule verifiable. One query where there is a rule."""
    if not asked.rule:
        return ""
    check = Rule.objects.filter(code=asked.rule).order_by("-id").values_list("body__check", flat=True).first()
    return NEEDED.get(check or "", "")


def _when(asked: Asked) -> str:
    if asked.since == asked.until:
        return f"{cn_date(asked.until)}"
    return f"{cn_date(asked.since)}到{cn_date(asked.until)}"


def _narrowed(asked: Asked) -> str:
    """The department or the person that the rows are narrowed to, in words. At most one query each."""
    words = ""
    for kind, pk in (("department", asked.department), ("person", asked.person)):
        if pk:
            words += f" · {names_of(asked.scope, kind, [pk]).get(pk, ('', ''))[0]}"
    return words


def _page(request: HttpRequest, number: int) -> str:
    kept = {name: str(value)[:40] for name, value in request.GET.items() if name != "page"}
    return f"?{urlencode({**kept, 'page': number})}"
