"""What the centre already holds of an applicant, so that nobody is asked for the same paper twice (HN art. 26)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from onewindow.cases.lifecycle import State
from onewindow.cases.models import Case
from onewindow.cases.projection import moment
from onewindow.catalogue.models import version_by_id
from onewindow.catalogue.spec import ItemSpec

_RECENT = 30
"""How many of the applicant's latest cases are looked through."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One paper the centre has: where it came from and when."""

    material: str
    name: str
    case_number: str
    item_name: str
    at: datetime
    file: str | None


def holdings_for(applicant_id: int, spec: ItemSpec, *, but: int | None = None) -> dict[str, Holding]:
    """Material key of `spec` -> the newest paper of the same kind and the same person handed in or issued. One query.

    Where a list does not say whose paper it asks for, nothing stands in for it.
    """
    cases = Case.objects.filter(applicant_id=applicant_id, received_at__isnull=False).order_by("-id")[:_RECENT]
    found: dict[str, Holding] = {}
    for case in cases:
        if case.pk != but:
            _look(case, spec, found)
    return found


def holdings_of(case: Case) -> dict[str, Holding]:
    return holdings_for(case.applicant_id, case.version_spec, but=case.pk)


def _look(case: Case, spec: ItemSpec, found: dict[str, Holding]) -> None:
    theirs = version_by_id(case.item_version_id)
    for key, handed in case.facts.get("materials", {}).items():
        source = theirs.spec.material_by_key.get(key)
        if source is None or handed.get("status") != "handed":
            continue
        for material in spec.materials:
            if material.key not in found and source.stands_for(material):
                found[material.key] = _holding(material.key, case, theirs.item.name, source.name, handed)
    certificate = case.facts.get("certificate")
    if certificate and _in_force(case, certificate):
        row = {"at": certificate["at"], "file": None}
        for material in spec.materials:
            if material.key not in found and material.issued_as(certificate["name"]):
                found[material.key] = _holding(material.key, case, theirs.item.name, certificate["name"], row)


def _in_force(case: Case, certificate: dict[str, Any]) -> bool:
    """A revoked or lapsed certificate is not held."""
    until = certificate["valid_until"]
    return case.state != State.REVOKED and (until is None or until >= timezone.localdate().isoformat())


def _holding(key: str, case: Case, item_name: str, name: str, handed: dict[str, Any]) -> Holding:
    return Holding(key, name, case.number, item_name, moment(handed["at"]), handed.get("file"))
