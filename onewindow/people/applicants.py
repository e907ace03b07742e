"""Finding the same person again without storing what identifies them in the open."""

from __future__ import annotations

from typing import Protocol

from django.db import IntegrityError, transaction

from onewindow.people.crypto import blind_index
from onewindow.people.models import Applicant


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
    found = Applicant.objects.filter(**key).first()
    if found is None:
        return _create(given, key, demo)
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
