"""What rows of a table are called, and where their own board is: divisions, departments, people. One query."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models.functions import Length

from onewindow.faces.board.scope import Scope
from onewindow.hall.memory import remembered
from onewindow.people.models import Account
from onewindow.places.models import Department, Division

_LENGTHS = (2, 4, 6, 9, 12)


def names_of(scope: Scope, kind: str, keys: Collection[Any]) -> dict[Any, tuple[str, str]]:
    """key -> name and address of its board."""
    if not keys or not kind:
        return {}
    if kind == "division":
        return _divisions(scope, keys)
    if kind == "department":
        known = _departments()
        return {pk: (known[pk], f"/board/department/{pk}/") for pk in keys if pk in known}
    people = Account.objects.filter(pk__in=keys).values_list("pk", "name")
    return {pk: (name, f"/board/person/{pk}/") for pk, name in people}


@remembered(30)
def _departments() -> dict[int, str]:
    """Short names of all departments; one query in half a minute."""
    return dict(Department.objects.values_list("pk", "short_name"))


def _divisions(scope: Scope, keys: Collection[Any]) -> dict[Any, tuple[str, str]]:
    """A centre of the scope's own division stands under the division's own code."""
    known = _below(scope.code)
    found = {pk: known[pk] for pk in keys if pk in known}
    return {pk: (f"{name}本级" if pk == scope.code else name, f"/board/division/{pk}/") for pk, name in found.items()}


@remembered(30)
def _below(code: str) -> dict[str, str]:
    """Names of a division and of those one level below, by code; one query in half a minute."""
    length = next((n for n in _LENGTHS if n > len(code)), 12)
    found = Division.objects.filter(pk__startswith=code).annotate(digits=Length("pk"))
    return dict(found.filter(digits__in=(len(code), length)).values_list("pk", "name"))


@remembered(30)
def children_of(code: str) -> list[tuple[str, str]]:
    """Code and name of the divisions that belong to this one, in order; one query in half a minute."""
    return list(Division.objects.filter(parent_id=code).order_by("code").values_list("pk", "name"))
