"""Pages of a long list by keyset: the next page starts after the last row shown, however far down that is."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet
from django.http import HttpRequest

SIZE: Final = 50
_LARGEST: Final = 2**63 - 1
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """One page of rows; `total` is None where counting would cost too much."""

    rows: list[M]
    next_url: str
    prev_url: str
    total: int | None

    @property
    def summary(self) -> str:
        return f"共 {self.total} 条" if self.total is not None else ""


def page_of(request: HttpRequest, queryset: QuerySet[M], *order: str, size: int = SIZE, count: bool = True) -> Page[M]:
    """The page that the address asks for. `order`: columns, all ascending or all with "-", the last one unique.

    Two queries, one without a count. A cursor that makes no sense shows the first page.
    """
    back = "before" in request.GET
    cursor = _cursor(request.GET.get("before" if back else "after", ""), queryset.model, order)
    ordered = queryset.order_by(*(_turned(order) if back and cursor else order))
    found = list(ordered.filter(_beyond(order, cursor, back))[: size + 1]) if cursor else list(ordered[: size + 1])
    more, rows = len(found) > size, found[:size]
    if back and cursor:
        rows.reverse()
    has_next, has_prev = (bool(cursor), more) if back and cursor else (more, bool(cursor))
    return Page(
        rows,
        next_url=_url(request, "after", rows[-1], order) if has_next and rows else "",
        prev_url=_url(request, "before", rows[0], order) if has_prev and rows else "",
        total=queryset.count() if count else None,
    )


def _turned(order: Sequence[str]) -> list[str]:
    return [name[1:] if name.startswith("-") else f"-{name}" for name in order]


def _beyond(order: Sequence[str], values: Sequence[Any], back: bool) -> Q:
    """Rows after the cursor in this order (before it, going back): (a > x) or (a = x and b > y) …"""
    found, equal = Q(pk__in=[]), Q()
    for name, value in zip(order, values, strict=True):
        column = name.removeprefix("-")
        falling = name.startswith("-") != back
        found |= equal & Q(**{f"{column}__{'lt' if falling else 'gt'}": value})
        equal &= Q(**{column: value})
    return found


def _url(request: HttpRequest, way: str, row: Model, order: Sequence[str]) -> str:
    values = [str(getattr(row, name.removeprefix("-"))) for name in order]
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    query[way] = base64.urlsafe_b64encode(json.dumps(values, ensure_ascii=False).encode()).decode().rstrip("=")
    return f"?{query.urlencode()}"


def _cursor(text: str, model: type[Model], order: Sequence[str]) -> list[Any] | None:
    try:
        raw = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())
        if not isinstance(raw, list) or len(raw) != len(order):
            return None
        return [_value(model, name.removeprefix("-"), value) for name, value in zip(order, raw, strict=True)]
    except (ValueError, TypeError, binascii.Error, ValidationError, OverflowError, RecursionError):
        return None


def _value(model: type[Model], name: str, value: Any) -> Any:
    if not isinstance(value, str) or "\x00" in value or len(value) > 300:
        raise ValueError(name)
    column = model._meta.get_field(name)
    assert isinstance(column, Field)
    found = column.to_python(value)
    if found is None or (isinstance(found, int) and abs(found) > _LARGEST):
        raise ValueError(name)
    return found


def number(text: str | None) -> int | None:
    """A row number from an address or a form; None for anything else."""
    if text and text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    return None


def words(request: HttpRequest, name: str = "q") -> str:
    """What was typed into a search field: one line, no control characters, not endless."""
    text = "".join(c for c in request.GET.get(name, "") if c.isprintable())
    return text.strip()[:60]
