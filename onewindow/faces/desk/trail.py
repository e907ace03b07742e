"""Where somebody came from: the list and its filters travel with the case, so that next needs no way back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

from onewindow.cases.models import Case, CaseQuerySet
from onewindow.faces.desk.worklists import cases_of, lists_for, narrowed
from onewindow.people.authority import Actor

Key = tuple[datetime, int]


def as_cursor(key: Key) -> str:
    """The place of a row in a list, in the form of an address: microseconds since 1970 and the row's number."""
    return f"{int(key[0].timestamp() * 1_000_000)}-{key[1]}"


def read_cursor(text: str) -> Key | None:
    """A place from an address; None for anything that is not one."""
    moment, _, pk = text.partition("-")
    if not (moment.isascii() and moment.isdigit() and pk.isascii() and pk.isdigit()):
        return None
    if len(moment) > 18 or len(pk) > 18:
        return None
    try:
        seconds, micro = divmod(int(moment), 1_000_000)
        found = datetime.fromtimestamp(seconds, tz=timezone.get_current_timezone()).replace(microsecond=micro)
    except (OverflowError, ValueError, OSError):
        return None
    return found, int(pk)


def key_of(case: Case) -> Key:
    return case.next_due_at, case.pk


@dataclass(frozen=True, slots=True)
class Trail:
    """A work list with its filters; `at` is the place in it when the case itself has moved on."""

    list: str = ""
    state: str = ""
    department: str = ""
    due: str = ""
    at: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """Read from the address; unknown values do no harm."""
        got = request.GET
        return cls(*(got.get(name, "")[:40] for name in ("list", "state", "department", "due", "at")))

    @property
    def query(self) -> str:
        """`?list=received&due=late`, or nothing."""
        named = {"list": self.list, "state": self.state, "department": self.department, "due": self.due, "at": self.at}
        return "?" + urlencode({k: v for k, v in named.items() if v}) if self.list else ""

    def leaving(self, case: Case) -> Trail:
        """The same trail, remembering where the case stood before an action moves it."""
        return replace(self, at=self.at or as_cursor(key_of(case))) if self.list else self

    def staying(self) -> Trail:
        return replace(self, at="")

    def cases(self, actor: Actor) -> CaseQuerySet | None:
        """The rows of the list, unordered; None when this person has no such list."""
        chosen = next((one for one in lists_for(actor) if one.key == self.list), None)
        if chosen is None:
            return None
        rows = cases_of(actor, chosen)
        return narrowed(rows, state=self.state, department=self.department, due=self.due, today=timezone.localdate())

    def neighbours(self, actor: Actor, case: Case) -> tuple[str, str]:
        """Numbers of the previous and the next case in the list; empty at its ends. Two queries."""
        rows = self.cases(actor)
        if rows is None:
            return "", ""
        here = read_cursor(self.at) or key_of(case)
        rows = rows.exclude(pk=case.pk)
        before = previous(rows, here).values_list("number", flat=True).first()
        after = rows.after(here).soonest_first().values_list("number", flat=True).first()
        return before or "", after or ""


def previous(rows: CaseQuerySet, here: Key) -> CaseQuerySet:
    """Rows before a place, nearest first."""
    from django.db.models import Q

    due, pk = here
    return rows.filter(Q(next_due_at__lt=due) | Q(next_due_at=due, pk__lt=pk)).order_by("-next_due_at", "-id")
