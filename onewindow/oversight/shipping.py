"""The rule books that come with the house: written when they are missing or have changed, never touching a copy."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from onewindow.oversight.models import Rule, RuleSet
from onewindow.oversight.rules import conduct_rule, time_rule
from onewindow.people.models import Account

_FILE: Final = Path(__file__).parent / "data" / "rules.yaml"
DEFAULT: Final = "default"


@cache
def shipped() -> dict[str, dict[str, Any]]:
    """key -> {name, source, rules: [(kind, body)]}; every body is checked. Raises ValidationError on a bad file."""
    raw = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    found = {}
    for book in raw["sets"]:
        rules = [("time", time_rule(body).model_dump(mode="json")) for body in [*book["rules"], *raw["common"]]]
        rules += [("conduct", conduct_rule(body).model_dump(mode="json")) for body in raw["conduct"]]
        found[book["key"]] = {"name": book["name"], "source": book["source"], "rules": rules}
    return found


@transaction.atomic
def ship() -> int:
    """Brings the shipped sets in line with the file; a changed rule gets its next version. Returns how many changed."""
    return sum(_ship(key, book) for key, book in shipped().items())


def _ship(key: str, book: dict[str, Any]) -> int:
    facts = {"name": book["name"], "source": book["source"], "shipped": True}
    kept, _ = RuleSet.objects.update_or_create(key=key, defaults=facts)
    in_force = {rule.code: rule for rule in Rule.objects.filter(rule_set=kept, ended_at=None)}
    wanted = {body["code"]: (kind, body) for kind, body in book["rules"]}
    over = [rule.pk for code, rule in in_force.items() if code not in wanted or rule.body != wanted[code][1]]
    fresh = [row for code, row in wanted.items() if code not in in_force or in_force[code].body != row[1]]
    if over:
        Rule.objects.filter(pk__in=over).update(ended_at=timezone.now())
    write_versions(kept, fresh)
    return len(set(fresh_codes(fresh)) | {rule.code for rule in in_force.values() if rule.pk in over})


def fresh_codes(rows: Sequence[tuple[str, dict[str, Any]]]) -> list[str]:
    return [body["code"] for _, body in rows]


def write_versions(
    rule_set: RuleSet, rows: Sequence[tuple[str, dict[str, Any]]], *, by: Account | None = None, reason: str = ""
) -> list[Rule]:
    """The next versions of rules of a set, given as (kind, body); those in force must have been ended."""
    last = dict(
        Rule.objects.filter(rule_set=rule_set, code__in=fresh_codes(rows)).values_list("code").annotate(Max("version"))
    )
    return Rule.objects.bulk_create(
        Rule(
            rule_set=rule_set,
            code=body["code"],
            version=last.get(body["code"], 0) + 1,
            name=body["name"],
            kind=kind,
            level=body["level"],
            body=body,
            said_by=by,
            reason=reason,
        )
        for kind, body in rows
    )
