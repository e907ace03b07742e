"""Lists of matters: the soonest due first (or the oldest), by keyset, with filters that are addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from onewindow.clocks.store import current_calendar
from onewindow.faces.desk.loops.face import MatterFace, Row
from onewindow.faces.desk.loops.limits import due_words
from onewindow.faces.desk.trail import as_cursor, read_cursor

PAGE_SIZE: Final = 30


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a list: `what` is the matter in words, `about` a second line."""

    url: str
    number: str
    what: str
    about: str
    state: str
    tone: str
    left: str
    left_tone: str
    due: datetime | None
    department: str
    row: Row


@dataclass(frozen=True, slots=True)
class Filter:
    """One choice above a list: its name in the address, its label, what may be chosen."""

    name: str
    label: str
    choices: Sequence[tuple[str, str]]
    chosen: str = ""


def listing(
    request: HttpRequest,
    face: MatterFace,
    rows: QuerySet[Any],
    *,
    what: Any,
    about: Any = lambda row: "",
    order: str = "due",
    now: datetime | None = None,
) -> dict[str, Any]:
    """The context of desk/loops/list.html: `lines`, `next_url`, `prev_url`. One query.

    `what(row)` and `about(row)` say a row in words; `order` is "due" (soonest first) or "old" (oldest first).
    """
    moment = now or timezone.now()
    shown, links = _one_page(request, face, rows, order)
    calendar = current_calendar()
    lines = []
    for row in shown:
        left, tone = ("", "done") if row.next_due_at is None else due_words(row.next_due_at, moment, calendar)
        lines.append(
            Line(
                url=face.url(row),
                number=row.number,
                what=what(row),
                about=about(row),
                state=face.loop.states[row.state],
                tone=face.tone(row.state),
                left=left,
                left_tone=tone,
                due=row.next_due_at,
                department=row.department.short_name if row.department_id else "",
                row=row,
            )
        )
    return {"face": face, "lines": lines, **links}


def chosen(request: HttpRequest, *names: str) -> dict[str, str]:
    """The filters in the address; anything long or strange is cut, unknown values do no harm."""
    return {name: request.GET.get(name, "").replace("\0", "")[:40] for name in names}


def address(home: str, named: Mapping[str, str]) -> str:
    query = urlencode({name: value for name, value in named.items() if value})
    return f"{home}?{query}" if query else home


def department_id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


# ---- by keyset ----------------------------------------------------------------------------------------------------


def _one_page(
    request: HttpRequest, face: MatterFace, rows: QuerySet[Any], order: str
) -> tuple[list[Row], dict[str, str]]:
    after, before = _place(request.GET.get("after", "")), _place(request.GET.get("before", ""))
    back = before is not None and after is None
    found = list(_beyond(rows, order, after or before, back)[: PAGE_SIZE + 1])
    more = len(found) > PAGE_SIZE
    shown = found[:PAGE_SIZE][::-1] if back else found[:PAGE_SIZE]
    further, nearer = (True, more) if back else (more, after is not None)
    kept = {name: str(value)[:200] for name, value in request.GET.items() if name not in {"after", "before"}}
    links = {"next_url": "", "prev_url": ""}
    if shown and further:
        links["next_url"] = address(face.home, {**kept, "after": _cursor(shown[-1])})
    if shown and nearer:
        links["prev_url"] = address(face.home, {**kept, "before": _cursor(shown[0])})
    return shown, links


Place = tuple[datetime | None, int]


def _cursor(row: Row) -> str:
    return as_cursor((row.next_due_at, row.pk)) if row.next_due_at else f"x-{row.pk}"


def _place(text: str) -> Place | None:
    """A place from an address: due moment (none: `x`) and number. None for anything else."""
    if text.startswith("x-") and text[2:].isascii() and text[2:].isdigit() and len(text) <= 20:
        return None, int(text[2:])
    return read_cursor(text)


def _beyond(rows: QuerySet[Any], order: str, place: Place | None, back: bool) -> QuerySet[Any]:
    if order == "old":
        found = rows if place is None else rows.filter(**{"pk__lt" if back else "pk__gt": place[1]})
        return found.order_by("-id" if back else "id")
    if place is not None:
        rows = rows.filter(_earlier(place) if back else _later(place))
    if back:
        return rows.order_by(F("next_due_at").desc(nulls_first=True), "-id")
    return rows.order_by(F("next_due_at").asc(nulls_last=True), "id")


def _later(place: Place) -> Q:
    due, pk = place
    if due is None:
        return Q(next_due_at=None, pk__gt=pk)
    return Q(next_due_at__gt=due) | Q(next_due_at=due, pk__gt=pk) | Q(next_due_at=None)


def _earlier(place: Place) -> Q:
    due, pk = place
    if due is None:
        return Q(next_due_at__isnull=False) | Q(next_due_at=None, pk__lt=pk)
    return Q(next_due_at__lt=due) | Q(next_due_at=due, pk__lt=pk)


__all__ = ["PAGE_SIZE", "Filter", "Line", "address", "chosen", "department_id", "listing"]
