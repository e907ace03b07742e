"""What can be rated without a visit: an item, a department, a window, a person, the platform, each by its own code that
stands on its plate or on the portal. The code is derived, so every one of them has a valid code at any time (XY-13.1),
and nobody can make one up.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from onewindow.catalogue.models import Item
from onewindow.people.models import Account, Posting
from onewindow.places.models import Centre, Department, Window
from onewindow.problems import NotFound

KINDS: Final = {"item": "i", "department": "d", "window": "w", "person": "p", "platform": "c"}
_BY_LETTER: Final = {letter: kind for kind, letter in KINDS.items()}
_CODE: Final = re.compile(r"([idwpc])(\d{1,10})-(\d{1,10})-([0-9a-f]{12})", re.ASCII)
PHASES: Final = {
    "item": "catalogue",
    "department": "decision",
    "window": "consulting",
    "person": "consulting",
    "platform": "catalogue",
}
"""Which of the five phases (HN-41.1) a rating without a visit speaks of."""
WORDS: Final = {"item": "事项", "department": "部门", "window": "窗口", "person": "工作人员", "platform": "平台"}


@dataclass(frozen=True, slots=True)
class Plate:
    """One thing to rate in one centre: `about` is the row, `name` what a person reads."""

    kind: str
    centre: Centre
    about: Any
    name: str

    @property
    def code(self) -> str:
        return code(self.kind, self.about.pk, self.centre.pk)

    @property
    def path(self) -> str:
        return f"/voice/plate/{self.code}/"

    @property
    def url(self) -> str:
        return f"{settings.OW_PUBLIC_URL}{self.path}"

    @property
    def label(self) -> str:
        return WORDS[self.kind]


def code(kind: str, about: int, centre: int) -> str:
    """w12-3-9f86d081884c: what, in which centre, and a seal."""
    said = f"{KINDS[kind]}{about}-{centre}"
    seal = hmac.new(f"rating plate:{settings.SECRET_KEY}".encode(), said.encode(), sha256).hexdigest()[:12]
    return f"{said}-{seal}"


def path(kind: str, about: int, centre: int) -> str:
    return f"/voice/plate/{code(kind, about, centre)}/"


def find(text: str) -> Plate:
    """Raises NotFound: no such code, or what it names is no longer there. Two queries at most."""
    matched = _CODE.fullmatch(text)
    if matched is None:
        raise NotFound("没有这个评价码，可能没有扫完整")
    kind, about, place = _BY_LETTER[matched[1]], int(matched[2]), int(matched[3])
    if not hmac.compare_digest(code(kind, about, place).encode(), text.encode()):
        raise NotFound("没有这个评价码，可能没有扫完整")
    centre = Centre.objects.filter(pk=place).select_related("profile").first()
    found = _named(kind, about, centre) if centre else None
    if found is None:
        raise NotFound("这个评价码已经停用了，可以评价整个平台，或者反映给我们")
    return found


def _named(kind: str, about: int, centre: Centre) -> Plate | None:
    if kind == "platform":
        return Plate(kind, centre, centre, f"{centre.name}网上平台")
    if kind == "person":
        return _person(about, centre)
    rows: Any = {
        "item": Item.objects.in_use().select_related("department"),
        "department": Department.objects.filter(is_active=True),
        "window": Window.objects.filter(is_active=True, centre=centre),
    }[kind]
    row = rows.filter(pk=about).first()
    if row is None:
        return None
    name = f"{row.code} 窗口 {row.name}" if kind == "window" else row.name
    return Plate(kind, centre, row, name)


def _person(about: int, centre: Centre) -> Plate | None:
    """Somebody who works in the centre today."""
    posts = Posting.objects.valid_on(timezone.localdate()).filter(account_id=about, centre=centre)
    post = posts.select_related("account").filter(account__kind="staff", account__is_active=True).first()
    return Plate("person", centre, post.account, post.account.name) if post else None


def of_centre(centre: Centre) -> dict[str, list[Plate]]:
    """Every plate to print for a centre: the platform, windows, people on duty, departments. Four queries."""
    windows = Window.objects.filter(centre=centre, is_active=True)
    people = (
        Account.objects.filter(kind="staff", is_active=True)
        .filter(pk__in=Posting.objects.valid_on(timezone.localdate()).filter(centre=centre).values("account_id"))
        .order_by("name", "pk")
    )
    houses = Department.objects.filter(is_active=True, division__code__startswith=centre.division_id[:6])
    return {
        "platform": [Plate("platform", centre, centre, f"{centre.name}网上平台")],
        "window": [Plate("window", centre, one, f"{one.code} 窗口 {one.name}") for one in windows],
        "person": [Plate("person", centre, one, one.name) for one in people],
        "department": [Plate("department", centre, one, one.name) for one in houses],
    }


__all__ = ["KINDS", "PHASES", "WORDS", "Plate", "code", "find", "of_centre", "path"]
