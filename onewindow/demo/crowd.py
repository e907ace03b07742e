"""Everybody who appears in the demonstration's cases: applicants, and the colleagues who may do each step."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.utils import timezone

from onewindow.demo import names
from onewindow.demo.places import HALL
from onewindow.people.authority import Actor
from onewindow.people.crypto import blind_index
from onewindow.people.models import Account, Applicant, AuthorisationLetter, Posting
from onewindow.people.numbers import demo_credit_code, demo_identity, demo_phone
from onewindow.people.roles import Role

PERSONS: Final = 1600
COMPANIES: Final = 260
ONLINE_SHARE: Final = 6
"""Every sixth applicant has an account of the portal."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """An applicant as an application names them; `username` when they use the portal."""

    kind: str
    name: str
    id_type: str
    id_number: str
    phone: str
    username: str = ""

    @property
    def form(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "name": self.name,
            "id_type": self.id_type,
            "id_number": self.id_number,
            "phone": self.phone,
        }


@cache
def visitors(kind: str) -> tuple[Visitor, ...]:
    """The pool of one kind, the same people every time."""
    chance = random.Random(f"visitors {kind}")
    if kind == "natural":
        return tuple(_natural(n, chance) for n in range(PERSONS))
    return tuple(_legal(n, chance) for n in range(COMPANIES))


def _natural(n: int, chance: random.Random) -> Visitor:
    born = dt.date(1948, 1, 1) + dt.timedelta(days=chance.randrange(21_000))
    online = f"demo-p{n:04}" if n % ONLINE_SHARE == 0 else ""
    number = demo_identity(born, chance.randrange(1000))
    return Visitor("natural", names.person(chance), "id_card", number, demo_phone(chance), online)


def _legal(n: int, chance: random.Random) -> Visitor:
    online = f"demo-c{n:04}" if n % ONLINE_SHARE == 0 else ""
    return Visitor("legal", names.company(chance), "uscc", demo_credit_code(27_000_000 + n), demo_phone(chance), online)


def load_portal_accounts() -> None:
    """Accounts of those who apply online; they have no password, as nobody signs in with them."""
    online = [one for kind in ("natural", "legal") for one in visitors(kind) if one.username]
    known = set(Account.objects.filter(username__startswith="demo-").values_list("username", flat=True))
    missing = [one for one in online if one.username not in known]
    applicants = [_applicant(one) for one in missing]
    Applicant.objects.bulk_create(applicants, ignore_conflicts=True)
    stored = {
        (row.id_index, row.name_index): row
        for row in Applicant.objects.filter(id_index__in=[a.id_index for a in applicants])
    }
    Account.objects.bulk_create(
        Account(
            username=one.username,
            name=one.name,
            kind="applicant",
            applicant=stored[(row.id_index, row.name_index)],
            is_demo=True,
            password="!",
        )
        for one, row in zip(missing, applicants, strict=True)
    )


def _applicant(one: Visitor) -> Applicant:
    return Applicant(
        kind=one.kind,
        name=one.name,
        id_type=one.id_type,
        id_number=one.id_number,
        id_index=blind_index("id", one.id_number),
        name_index=blind_index("name", one.name),
        phone=one.phone,
        phone_index=blind_index("phone", one.phone),
        is_demo=True,
    )


class Crew:
    """Who works where; actors are loaded once and serve all cases."""

    def __init__(self) -> None:
        now = timezone.now()
        self._posts: dict[tuple[Role, int | None], list[str]] = defaultdict(list)
        self._towns: dict[str, list[str]] = defaultdict(list)
        self._names: dict[str, str] = {}
        self._spot: dict[str, list[str]] = defaultdict(list)
        self._actors: dict[str, Actor] = {}
        found = Posting.objects.valid_on(timezone.localdate(now)).filter(account__is_demo=True).order_by("id")
        for posting in found.select_related("account", "centre").prefetch_related("letters"):
            letters = [letter for letter in posting.letters.all() if letter.in_force(now)]
            self._add(posting, letters)

    def _add(self, posting: Posting, letters: list[AuthorisationLetter]) -> None:
        """A chief whose letter has run out is left out: nothing could be decided there."""
        role, username = Role(posting.role), posting.account.username
        self._names[username] = posting.account.name
        for letter in letters:
            for key in letter.items if letter.immediate else ():
                self._spot[key].append(username)
        if role is Role.TOWNSHIP_CLERK:
            self._towns[posting.centre.key].append(username)
        elif posting.centre.key == HALL and (role is not Role.CHIEF or letters):
            self._posts[(role, posting.department_id)].append(username)

    def actor(self, username: str) -> Actor:
        if username not in self._actors:
            self._actors[username] = Actor.of(Account.objects.get(username=username))
        return self._actors[username]

    def name(self, username: str) -> str:
        return self._names[username]

    def hall(self, role: Role) -> list[str]:
        """Usernames at the hall's own windows."""
        return self._posts[(role, None)]

    def back(self, role: Role, department: int) -> list[str]:
        """Usernames of a department."""
        return self._posts[(role, department)]

    def towns(self) -> list[str]:
        return sorted(self._towns)

    def town_of(self, username: str) -> str:
        """The town where this receiver works; the first town when nobody of that name works in one."""
        return next((town for town, names in self._towns.items() if username in names), self.towns()[0])

    def town_clerk(self, centre: str) -> str:
        return self._towns[centre][0]

    def spot_clerks(self, item_key: str) -> list[str]:
        """Receivers who may decide this immediate item at their window."""
        return self._spot[item_key]
