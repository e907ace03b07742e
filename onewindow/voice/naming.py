"""What a matter is called and what people name in it: follow codes, items, places, departments."""

from __future__ import annotations

from typing import Final

from django.db.models import Q, QuerySet

from onewindow.catalogue.models import Item
from onewindow.people.authority import Actor
from onewindow.people.crypto import blind_index
from onewindow.places.models import Centre, Department
from onewindow.problems import FieldError, InvalidInput, NotFound
from onewindow.voice.models import CLEAR

_LENGTH: Final = 12


def wrong(field: str, words: str) -> InvalidInput:
    return InvalidInput("有一处需要改一改", [FieldError(field, words)])


# ---- codes --------------------------------------------------------------------------------------------------------


def follow_code(typed: str) -> str:
    """The code as it is kept, from what somebody typed from a slip: any case, with spaces or hyphens."""
    return "".join(one for one in typed.upper() if one in CLEAR)[:_LENGTH]


def code_of(kind: str, request: str) -> str:
    """The follow code of a request: the same each time, and nobody can reckon it without the house's key."""
    digest = int(blind_index(kind, request), 16)
    return "".join(CLEAR[(digest >> (5 * place)) & 31] for place in range(_LENGTH))


# ---- what is named ------------------------------------------------------------------------------------------------


def item_of(key: str, hint: str = "不确定可以不填") -> Item | None:
    """The item by key or code, None where none was named. Raises InvalidInput."""
    if not key:
        return None
    rows = Item.objects.select_related("department", "current")
    found: Item | None = rows.filter(Q(key=key) | Q(code=key)).first()
    if found is None:
        raise wrong("item", f"没有这个事项，请重新选择；{hint}")
    return found


def centre_of(key: str, by: Actor) -> Centre:
    """The place that was named; without one that of the clerk, or the county's hall. Raises InvalidInput, NotFound."""
    open_ones = Centre.objects.filter(is_open=True).select_related("profile", "division")
    if key:
        found: Centre | None = open_ones.filter(key=key).first()
        if found is None:
            raise wrong("centre", "没有这个大厅，请重新选择")
        return found
    if by.posting is not None:
        return by.posting.centre
    home: Centre | None = open_ones.filter(kind="service_centre").order_by("id").first()
    if home is None:
        raise NotFound("还没有开放的大厅")
    return home


def working_departments(centre: Centre) -> QuerySet[Department]:
    """The departments of the centre's county that a matter can be given to."""
    return Department.objects.filter(is_active=True, division__code__startswith=centre.division_id[:6])


def working_department(centre: Centre, pk: int) -> Department:
    """Raises InvalidInput."""
    found = working_departments(centre).filter(pk=pk).first()
    if found is None:
        raise wrong("department", "没有这个部门，请重新选择")
    return found
