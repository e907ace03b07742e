"""Who judges a complaint: the nearest level above the place whose managers and supervisors are not concerned in it.

The bureau that runs the hall is itself complained of now and then. Nobody judges their own house, so such a complaint
goes up to the managers and supervisors of the superior division; where they have no account, the discipline organ is
told and the page says who must act. The limits run on all the same.

Sources: Hunan 2022 art. 14 (each level supervises, without exception), Xixia 2023 art. 25 (the discipline organ).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q
from django.utils import timezone

from onewindow.people.authority import Actor
from onewindow.people.models import Posting
from onewindow.people.roles import Role
from onewindow.places.models import Centre, Division
from onewindow.voice.models import Complaint

JUDGES: Final = frozenset({Role.MANAGER, Role.SUPERVISOR})
_COUNTY: Final = 6
_LEVELS: Final = (_COUNTY, 4, 2)
"""Digits of the divisions' codes that have judges of their own: county, city, province."""


@dataclass(frozen=True, slots=True)
class Level:
    """`division` judges instead of the place's own level, None: the own one does. `nobody`: no level can."""

    division: Division | None = None
    nobody: bool = False


OWN: Final = Level()


def home_of(centre: Centre) -> str:
    """The code of the division whose people judge what happens in this place, as long as they are not concerned."""
    return centre.division_id[:_COUNTY]


def level_of(centre: Centre, about: Iterable[int], person: int | None, now: datetime) -> Level:
    """Which level judges a matter about these departments and this person. At most three queries."""
    concerned, home = frozenset(about), home_of(centre)
    codes = [home[:digits] for digits in _LEVELS if digits <= len(home)]
    judges = Posting.objects.valid_on(timezone.localdate(now)).filter(
        role__in=sorted(JUDGES), centre__division_id__in=codes
    )
    posts = list(judges.values_list("account_id", "centre__division_id"))
    barred = _concerned({account for account, _ in posts}, concerned, now) | {person}
    free = {code for account, code in posts if account not in barred}
    found = next((code for code in codes if code in free), None)
    if found == home:
        return OWN
    return Level(nobody=True) if found is None else Level(Division.objects.get(pk=found))


def _concerned(accounts: set[int], departments: frozenset[int], now: datetime) -> set[int]:
    """Those of the accounts that have any post in one of the departments."""
    if not accounts or not departments:
        return set()
    rows = Posting.objects.valid_on(timezone.localdate(now)).filter(
        account_id__in=accounts, department_id__in=departments
    )
    return set(rows.values_list("account_id", flat=True))


# ---- what follows from it ------------------------------------------------------------------------------------------


def mine(actor: Actor) -> Q:
    """The complaints that this person judges: of their own level, or raised to it, and not about their own house."""
    found = Q(pk__in=[])
    for code in {p.centre.division_id for p in actor.postings if Role(p.role) in JUDGES}:
        found |= Q(raised_to_id=code)
        if len(code) >= _COUNTY:
            found |= Q(raised_to=None, centre__division__code__startswith=code)
        else:
            found |= Q(raised_to=None, centre__division_id=code)
    houses = sorted({p.department_id for p in actor.postings if p.department_id is not None})
    return found & ~Q(against_id__in=houses) & ~Q(against=None, department_id__in=houses)


def raised_past(row: Complaint, actor: Actor) -> bool:
    """Whether the complaint was raised to a level above every post of this judge."""
    if row.raised_to_id is None:
        return False
    return not any(
        row.raised_to_id.startswith(posting.centre.division_id)
        for posting in actor.postings
        if Role(posting.role) in JUDGES
    )


def why_not(row: Complaint, actor: Actor) -> str:
    """Why this judge leaves the complaint to others although their post would do; "" when they need not."""
    if row.raised_to is not None and raised_past(row, actor):
        return f"这件事说的是处理诉求的单位自己，由{row.raised_to.name}的管理员或者监察员办理"
    if row.no_judge and {posting.department_id for posting in actor.postings} & row.about_departments:
        return NOBODY
    return ""


NOBODY: Final = (
    "能判这件事的人都和它有关，上一级还没有开通账号。"
    "请系统管理员给上一级政务服务管理机构的监察员开通账号；已经抄送纪检监察机关"
)

__all__ = ["JUDGES", "NOBODY", "OWN", "Level", "level_of", "mine", "raised_past", "why_not"]
