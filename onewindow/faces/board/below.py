"""What lies below a scope, with the same figures: places below a division, departments of a centre, people of one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import F, Sum
from django.utils.safestring import SafeString

from onewindow.faces.board.markup import body, place_row
from onewindow.faces.board.names import children_of, names_of
from onewindow.faces.board.nearby import Nearby
from onewindow.faces.board.scope import Scope
from onewindow.oversight.figures import STOCKS
from onewindow.places.models import Centre

COLUMNS: Final = (
    ("received", "今天收件"),
    ("decided", "今天办结"),
    ("open", "在办"),
    ("overdue", "已超期"),
    ("cards", "红黄牌"),
    ("bad_ratings", "今天差评"),
    ("open_complaints", "没办完的诉求"),
)
_PARTS: Final = {"cards": ("open_yellow", "open_red")}
READ: Final = tuple(part for key, _ in COLUMNS for part in _PARTS.get(key, (key,)))
MOST: Final = 40
Counts = Mapping[Any, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Line:
    """`cells`: (measure, value) in the order of COLUMNS."""

    name: str
    url: str
    cells: list[tuple[str, int]]
    quiet: bool


@dataclass(frozen=True, slots=True)
class Below:
    title: str
    head: str
    lines: list[Line]
    rest: int = 0

    @property
    def body(self) -> SafeString:
        return body(place_row(line.name, line.url, line.cells, quiet=line.quiet) for line in self.lines)


def parts_of(scope: Scope, near: Nearby, today: date, stood: date) -> list[Below]:
    """Tables of what lies below; two queries at most for what `near` does not hold, none for a person."""
    if scope.kind == "division":
        return _of_division(scope, near.places.now, today, stood)
    if scope.kind == "centre":
        return [_table("各部门", "部门", _named(scope, "department", near.departments.now))]
    if scope.kind == "department":
        people = _counted(scope.by_person().annotate(key=F("person_id")), today, stood)
        return [_table("各人", "姓名", _named(scope, "person", people))]
    return []


def _of_division(scope: Scope, places: Counts, today: date, stood: date) -> list[Below]:
    children = children_of(scope.code)
    lines = [_line(name, f"/board/division/{pk}/", places.get(pk, {})) for pk, name in children]
    found = [_table("下级地方", "地方", lines)] if lines else []
    centres = list(Centre.objects.filter(division_id=scope.code, is_open=True).order_by("pk")[:MOST])
    if centres:
        own = _counted(scope.by_centre(centres).annotate(key=F("centre_id")), today, stood)
        here = [_line(one.name, f"/board/centre/{one.key}/", own.get(one.pk, {})) for one in centres]
        found.insert(0, _table("本级中心", "中心", here))
    return found


def _named(scope: Scope, kind: str, counted: Counts) -> list[Line]:
    names = names_of(scope, kind, counted)
    return [_line(*names[key], counts) for key, counts in counted.items() if key in names]


def _counted(rows: Any, today: date, stood: date) -> dict[Any, dict[str, int]]:
    found: dict[Any, dict[str, int]] = defaultdict(dict)
    asked = rows.filter(day__in={today, stood}, measure__in=READ).order_by().values_list("key", "day", "measure")
    for key, day, measure, number in asked.annotate(Sum("value")):
        if day == (stood if measure in STOCKS else today):
            found[key][measure] = number
    return found


def _line(name: str, url: str, counts: Mapping[str, int]) -> Line:
    cells = [(key, sum(counts.get(part, 0) for part in _PARTS.get(key, (key,)))) for key, _ in COLUMNS]
    return Line(name, url, cells, not any(number for _, number in cells))


def _table(title: str, head: str, lines: list[Line]) -> Below:
    """Where it hurts most comes first; places without anything last, in their order."""
    ordered = sorted(lines, key=lambda line: (line.quiet, -dict(line.cells)["overdue"], -dict(line.cells)["open"]))
    return Below(title, head, ordered[:MOST], max(len(ordered) - MOST, 0))
