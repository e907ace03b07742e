"""What falls due in the next ten working days: rows by department (or place, or person), columns by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import F, Sum
from django.utils.safestring import SafeString

from onewindow.faces.board.markup import body, heat_row
from onewindow.faces.board.names import names_of
from onewindow.faces.board.scope import Scope
from onewindow.faces.board.tiles import WEEKDAYS, rows_url
from onewindow.oversight.figures import OVERDUE, days_ahead

MOST_ROWS: Final = 16
_NOBODY: Final = 0
_REST: Final = {"person": "还没有分到人", "department": "没有部门的"}
_WORDS: Final = ("", "少", "中", "多")


@dataclass(frozen=True, slots=True)
class Cell:
    """`word` says in a word how much that is among the cells of the table."""

    value: int
    step: int
    word: str
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    url: str
    cells: list[Cell]
    total: int


@dataclass(frozen=True, slots=True)
class Heat:
    """`days` are the columns after 已超期; `rest` how many more rows there were."""

    kind: str
    days: list[dict[str, Any]]
    rows: list[Row]
    total: Row
    rest: int

    def on(self, day: date) -> int | None:
        """What falls due on a day of the table; None for a day that is none of its columns."""
        for one, cell in zip(self.days, self.total.cells[1:], strict=True):
            if one["day"] == day:
                return cell.value
        return None

    @property
    def body(self) -> SafeString:
        return body(heat_row(row) for row in self.rows)

    @property
    def next(self) -> int | None:
        return next(
            (cell.value for one, cell in zip(self.days, self.total.cells[1:], strict=True) if one["later"]), None
        )


def heat(scope: Scope, today: date) -> Heat:
    """Two queries for the numbers, one for a wide scope; one or none for the names."""
    days = days_ahead(today)
    columns = [OVERDUE, *days]
    kind, counted, total = _counted(scope, columns)
    if kind in _REST:
        _add_unassigned(counted, total)
    ordered = sorted(counted, key=lambda key: (-counted[key].get(OVERDUE, 0), -sum(counted[key].values()), key))
    shown = ordered[:MOST_ROWS]
    names = {_NOBODY: (_REST.get(kind, ""), "")} | names_of(scope, kind, shown)
    if not kind:
        counted, shown, names = {_NOBODY: total}, [_NOBODY], {_NOBODY: (scope.name, "")}
    top = max((n for row in shown for n in counted[row].values()), default=0)
    rows = [_row(scope, kind, key, names.get(key, ("", "")), counted[key], columns, top) for key in shown]
    whole = _row(scope, "", "", ("合计", ""), total, columns, 0)
    heads = [
        {"day": day, "week": "今天" if day == today else f"周{WEEKDAYS[day.weekday()]}", "later": day > today}
        for day in days
    ]
    return Heat(kind, heads, [row for row in rows if row.name], whole, len(ordered) - len(shown))


def _sums(rows: Any) -> dict[date, int]:
    return dict(rows.order_by().values_list("day").annotate(Sum("value")))


def _counted(scope: Scope, columns: list[date]) -> tuple[str, dict[Any, dict[date, int]], dict[date, int]]:
    """What the rows are, row -> day -> count, and the whole by day; a person is one row."""
    if scope.wide:
        return _of_places(scope, columns)
    total = _sums(scope.due().filter(day__in=columns))
    if scope.kind == "person":
        return "", {}, total
    if scope.kind == "department":
        kind, rows = "person", scope.due_by_person().annotate(key=F("person_id"))
    else:
        kind, rows = "department", scope.due_by_department().annotate(key=F("department_id"))
    found: dict[Any, dict[date, int]] = defaultdict(dict)
    for key, day, number in rows.filter(day__in=columns).order_by().values_list("key", "day").annotate(Sum("value")):
        found[key][day] = number
    return kind, found, total


def _of_places(scope: Scope, columns: list[date]) -> tuple[str, dict[Any, dict[date, int]], dict[date, int]]:
    """The whole stands among the places, under no code."""
    found: dict[Any, dict[date, int]] = defaultdict(dict)
    for place, day, number in scope.due_of_places().filter(day__in=columns).values_list("place", "day", "value"):
        found[place][day] = number
    total = found.pop("", {})
    return "division", found, total


def _add_unassigned(counted: dict[Any, dict[date, int]], total: Mapping[date, int]) -> None:
    """What nobody has yet is a row of its own, so that the rows make up the total."""
    rest = {day: number - sum(row.get(day, 0) for row in counted.values()) for day, number in total.items()}
    if any(number > 0 for number in rest.values()):
        counted[_NOBODY] = {day: max(number, 0) for day, number in rest.items()}


def _row(
    scope: Scope,
    kind: str,
    key: Any,
    named: tuple[str, str],
    counts: Mapping[date, int],
    columns: list[date],
    top: int,
) -> Row:
    cells = []
    for day in columns:
        number = counts.get(day, 0)
        step = 0 if not number or not top else 3 if number * 3 > top * 2 else 2 if number * 3 > top else 1
        cells.append(Cell(number, step, _WORDS[step], _url(scope, kind, key, named[1], day) if number else ""))
    return Row(named[0], named[1], cells, sum(counts.values()))


def _url(scope: Scope, kind: str, key: Any, home: str, day: date) -> str:
    if kind and not key:
        return ""
    what, on = ("overdue", None) if day == OVERDUE else ("due", day)
    if kind == "division":
        return f"{home}rows/?what={what}" + (f"&day={on.isoformat()}" if on else "")
    return rows_url(scope, what, on, **({kind: key} if kind and key else {}))
