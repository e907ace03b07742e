"""Which rule book a centre is supervised by: its own, or that of the nearest place above it, or the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from onewindow.oversight.models import CentreRules, Rule
from onewindow.oversight.shipping import DEFAULT
from onewindow.places.models import Centre


@dataclass(frozen=True, slots=True)
class Book:
    """The rules in force of one set, with the centres it is for; `centres` None: all that `elsewhere` does not name."""

    key: str
    rules: tuple[Rule, ...]
    centres: tuple[int, ...] | None
    elsewhere: tuple[int, ...] = ()


def books(kind: str) -> list[Book]:
    """Every set in use with its rules in force of a kind (time or conduct). Two or three queries."""
    of_centre = _assigned()
    used = {DEFAULT, *of_centre.values()}
    rules: dict[str, list[Rule]] = {key: [] for key in used}
    for rule in Rule.objects.filter(rule_set_id__in=used, kind=kind, ended_at=None).order_by("code"):
        rules[rule.rule_set_id].append(rule)
    elsewhere = tuple(sorted(pk for pk, key in of_centre.items() if key != DEFAULT))
    found = [Book(DEFAULT, tuple(rules[DEFAULT]), None, elsewhere)]
    for key in sorted(used - {DEFAULT}):
        centres = tuple(sorted(pk for pk, own in of_centre.items() if own == key))
        found.append(Book(key, tuple(rules[key]), centres))
    return found


def _assigned() -> Mapping[int, str]:
    """centre -> set, for centres that have one of their own or inherit it from above; the default is left out."""
    own = dict(CentreRules.objects.values_list("centre_id", "rule_set_id"))
    if not own:
        return {}
    parents = dict(Centre.objects.values_list("pk", "parent_id"))
    found = {}
    for centre in parents:
        at: int | None = centre
        while at is not None and at not in own:
            at = parents.get(at)
        if at is not None:
            found[centre] = own[at]
    return found
