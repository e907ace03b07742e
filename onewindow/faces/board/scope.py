"""What a board is about (a division and below, a centre, a department, a person), and who may see it.

Managers, supervision and the head of government see their division and what lies below it; who leads a department sees
the department and its people; everybody on the staff sees themselves. What somebody may not see is not there (404).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Self

from django.db.models import Q
from django.utils import timezone

from onewindow.hall.memory import remembered
from onewindow.oversight.models import DueFigure, Figure, PlaceDue, PlaceFigure
from onewindow.people.authority import Actor
from onewindow.people.models import Account, Posting
from onewindow.people.roles import REACH, Reach, Role
from onewindow.places.models import Centre, Department, Division

LEADS: Final = frozenset({Role.CHIEF, Role.HEAD})
_CODE: Final = re.compile(r"\d{2,12}")
_KEY: Final = re.compile(r"[-a-zA-Z0-9_]{1,40}")
_NUMBER: Final = re.compile(r"[1-9]\d{0,9}")
_FORMS: Final = {"division": _CODE, "centre": _KEY, "department": _NUMBER, "person": _NUMBER}
_WHOLE: Final[dict[str, Any]] = {"department": None, "person": None, "item": None}


@dataclass(frozen=True, slots=True)
class Scope:
    """`code` is the division it lies in; `pk` the row of a centre, department or person; `level` that of a division."""

    kind: str
    key: str
    name: str
    code: str = ""
    pk: int = 0
    level: str = ""

    @classmethod
    def find(cls, actor: Actor, kind: str, key: str) -> Self | None:
        """The scope, if there is one and this person may see it. One query, two for somebody else."""
        if kind not in _FORMS or not _FORMS[kind].fullmatch(key):
            return None
        found = cls._read(kind, key)
        return found if found is not None and may_see(actor, found) else None

    @classmethod
    def _read(cls, kind: str, key: str) -> Self | None:
        if kind == "division":
            division = Division.objects.filter(pk=key).first()
            return cls(kind, key, division.name, key, level=division.level) if division else None
        if kind == "centre":
            centre = Centre.objects.filter(key=key).first()
            return cls(kind, key, centre.name, centre.division_id, centre.pk) if centre else None
        if kind == "department":
            body = Department.objects.filter(pk=int(key)).first()
            return cls(kind, key, body.name, body.division_id, body.pk) if body else None
        account = Account.objects.filter(pk=int(key), kind="staff").first()
        return cls(kind, key, account.name, "", account.pk) if account else None

    @property
    def url(self) -> str:
        return f"/board/{self.kind}/{self.key}/"

    @property
    def wide(self) -> bool:
        """A province or a city: its heat is told by place, not by department."""
        return self.kind == "division" and self.level in {"province", "city"}

    # ---- the rolled-up rows of this scope --------------------------------------------------------------------------

    def figures(self) -> Any:
        """Its figures, each row already the sum of the finer ones."""
        if self.kind == "division":
            return PlaceFigure.objects.filter(under=self.code, place="", item=None)
        if self.kind == "person":
            return Figure.objects.filter(person_id=self.pk, item=None)
        if self.kind == "department":
            return Figure.objects.filter(department_id=self.pk, person=None, item=None)
        return Figure.objects.filter(self.place(), **_WHOLE)

    def by_place(self) -> Any:
        """Of a division, by what lies one level below (`place`); the own centres of a wide one under its own code."""
        return PlaceFigure.objects.filter(under=self.code, item=None).exclude(place="")

    def by_centre(self, centres: Any) -> Any:
        return Figure.objects.filter(centre__in=centres, **_WHOLE)

    def by_department(self) -> Any:
        return Figure.objects.filter(self.place(), department__isnull=False, person=None, item=None)

    def by_item(self) -> Any:
        if self.kind == "division":
            return PlaceFigure.objects.filter(under=self.code, item__isnull=False)
        return Figure.objects.filter(self.place(), item__isnull=False, person=None)

    def by_person(self) -> Any:
        return Figure.objects.filter(self.place(), person__isnull=False, item=None)

    def due(self) -> Any:
        if self.kind == "division":
            return PlaceDue.objects.filter(under=self.code, place="")
        if self.kind == "person":
            return DueFigure.objects.filter(person_id=self.pk)
        if self.kind == "department":
            return DueFigure.objects.filter(department_id=self.pk, person=None)
        return DueFigure.objects.filter(self.place(), department=None, person=None)

    def due_of_places(self) -> Any:
        """Of a division as a whole (`place` empty) and by what lies one level below."""
        return PlaceDue.objects.filter(under=self.code)

    def due_by_department(self) -> Any:
        return DueFigure.objects.filter(self.place(), department__isnull=False, person=None)

    def due_by_person(self) -> Any:
        return DueFigure.objects.filter(self.place(), person__isnull=False)

    def place(self, before: str = "") -> Q:
        """Rows with a centre and a department that lie in this scope; `before` as in `case__`."""
        if self.kind == "division":
            return Q(**{f"{before}centre__division__code__startswith": self.code})
        if self.kind == "centre":
            return Q(**{f"{before}centre_id": self.pk})
        if self.kind == "department":
            return Q(**{f"{before}department_id": self.pk})
        return Q(**{f"{before}person_id": self.pk})


def may_see(actor: Actor, scope: Scope) -> bool:
    """One query where it is about another person."""
    if scope.kind == "person" and actor.account is not None and scope.pk == actor.account.pk:
        return True
    prefixes, departments = reach(actor), leads(actor)
    if scope.kind == "department" and scope.pk in departments:
        return True
    if scope.kind != "person":
        return any(scope.code.startswith(prefix) for prefix in prefixes)
    if not prefixes and not departments:
        return False
    among = Q(department_id__in=departments)
    for prefix in prefixes:
        among |= Q(centre__division__code__startswith=prefix)
    return Posting.objects.valid_on(timezone.localdate()).filter(among, account_id=scope.pk).exists()


def reach(actor: Actor) -> list[str]:
    """The divisions this person sees with all below them."""
    return [p.centre.division_id for p in actor.postings if REACH[Role(p.role)] is Reach.DIVISION]


def leads(actor: Actor) -> list[int]:
    return [p.department_id for p in actor.postings if Role(p.role) in LEADS and p.department_id is not None]


def home_of(actor: Actor) -> str:
    """The board somebody comes to first, by the post they work in now. The address without /board/."""
    for posting in actor.postings[:1]:
        if REACH[Role(posting.role)] is Reach.DIVISION:
            return f"division/{posting.centre.division_id}/"
        if Role(posting.role) in LEADS and posting.department_id is not None:
            return f"department/{posting.department_id}/"
    return f"person/{actor.account.pk if actor.account else 0}/"


def crumbs(actor: Actor, scope: Scope) -> list[dict[str, str]]:
    """The way down to this scope through what this person may see; the last is where one is. At most one query."""
    sees = reach(actor)
    codes = [scope.code[:n] for n in (2, 4, 6, 9, 12) if len(scope.code) >= n]
    codes = [code for code in codes if any(code.startswith(prefix) for prefix in sees)]
    if scope.kind == "division":
        codes = codes[:-1]
    found = [{"label": name, "url": f"/board/division/{pk}/"} for pk, name in _named(tuple(codes))] if codes else []
    return [*found, {"label": "我" if is_me(actor, scope) else scope.name, "url": ""}]


@remembered(30)
def _named(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    return list(Division.objects.filter(pk__in=codes).order_by("code").values_list("pk", "name"))


def is_me(actor: Actor, scope: Scope) -> bool:
    return scope.kind == "person" and actor.account is not None and scope.pk == actor.account.pk


__all__ = ["Scope", "crumbs", "home_of", "is_me", "leads", "may_see", "reach"]
