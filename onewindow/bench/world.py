"""The world that is measured in: the demonstration's places, catalogue and people, and believable applications."""

from __future__ import annotations

import datetime as dt
import random
import secrets
from functools import cache
from typing import Any

from onewindow.cases.actions.intake import required
from onewindow.cases.inputs import ApplicantInput
from onewindow.catalogue.models import Item, version_by_id
from onewindow.people.applicants import find_or_create
from onewindow.people.authority import Actor
from onewindow.people.models import Account, ApiToken
from onewindow.people.numbers import demo_identity

APPLICANTS = 1000
_FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"


@cache
def token(username: str) -> str:
    return ApiToken.issue(Account.objects.get(username=username))


@cache
def actor(username: str) -> Actor:
    return Actor.of(Account.objects.get(username=username))


@cache
def items(*, materials: int = 5, department: str = "") -> list[Item]:
    """Items for natural persons with at least so many materials to bring."""
    found = Item.objects.in_use().filter(audience__in=["natural", "both"], department__name__contains=department)
    return [item for item in found.order_by("key") if len(_asked(item)) >= materials]


def _answers(item: Item) -> dict[str, str]:
    spec = version_by_id(item.current_id).spec
    return {scenario.key: scenario.options[0].value for scenario in spec.scenarios}


def _asked(item: Item) -> list[str]:
    spec = version_by_id(item.current_id).spec
    return [material.key for material in required(spec, _answers(item))]


def applicant(n: int) -> dict[str, Any]:
    """The n-th applicant of the pool."""
    return {
        "kind": "natural",
        "name": f"{_FAMILY[n % len(_FAMILY)]}演示{n}",
        "id_type": "id_card",
        "id_number": demo_identity(dt.date(1950, 1, 1) + dt.timedelta(days=n * 17), n % 999),
        "phone": f"139{n:08}",
    }


def know_applicants() -> None:
    """Puts the whole pool on file, for measurements in which nobody is new."""
    for n in range(APPLICANTS):
        find_or_create(ApplicantInput.parse(applicant(n)), demo=True)


def application(item: Item, chance: random.Random, *, materials: int | None = None) -> dict[str, Any]:
    """An intake as a clerk sends it: answers, an applicant out of a pool, and the first or all materials."""
    given = _asked(item)[:materials]
    return {
        "item": item.code,
        "answers": _answers(item),
        "applicant": applicant(chance.randrange(APPLICANTS)),
        "materials": [{"material": key, "form": "copy", "copies": 1, "original_seen": True} for key in given],
        "channel": "window",
    }


def fresh_key() -> str:
    return secrets.token_hex(12)
