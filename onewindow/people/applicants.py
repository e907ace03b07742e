"""Finding the same person again without storing what identifies them in the open."""

from __future__ import annotations

from functools import cache
from typing import Final, Protocol

from django.db import IntegrityError, transaction

from onewindow.people.crypto import blind_index
from onewindow.people.models import Applicant
from onewindow.people.rows import Part, fetch

_PART: Final = Part("n", Applicant)


@cache
def _statement() -> str:
    """Every intake asks this, so it is composed once."""
    return f"""
        SELECT {_PART.columns} FROM people_applicant n
        WHERE id_type = %(id_type)s AND id_index = %(id_index)s AND name_index = %(name_index)s"""  # noqa: S608


class Identity(Protocol):
    """What an application says about a person: already validated and normalised."""

    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def id_type(self) -> str: ...
    @property
    def id_number(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def address(self) -> str: ...


def find_or_create(given: Identity, *, demo: bool = False) -> Applicant:
    """The applicant with this number and name; a newer phone or address replaces the older. One query if unchanged."""
    key = {
        "id_type": given.id_type,
        "id_index": blind_index("id", given.id_number),
        "name_index": blind_index("name", given.name),
    }
    rows = fetch(_statement(), key)
    if not rows:
        return _create(given, key, demo)
    found: Applicant = _PART.read(rows[0])
    changed = []
    if given.phone and str(found.phone or "") != given.phone:
        found.phone, found.phone_index = given.phone, blind_index("phone", given.phone)
        changed += ["phone", "phone_index"]
    if given.address and str(found.address or "") != given.address:
        found.address = given.address
        changed.append("address")
    if changed:
        found.save(update_fields=changed)
    return found


def _create(given: Identity, key: dict[str, str], demo: bool) -> Applicant:
    try:
        with transaction.atomic():
            return Applicant.objects.create(
                kind=given.kind,
                name=given.name,
                id_number=given.id_number,
                phone=given.phone or None,
                phone_index=blind_index("phone", given.phone) if given.phone else "",
                address=given.address or None,
                is_demo=demo,
                **key,
            )
    except IntegrityError:
        return Applicant.objects.get(**key)
