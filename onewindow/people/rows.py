"""Joined rows to model instances without composing SQL anew on every call.

The statements that every call runs (who calls, which case, which applicant) never change; composing them through the
ORM each time cost more than running them. The columns still come from the models, so a new one is named once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import orjson
from django.db import connection, models

from onewindow.people import crypto
from onewindow.people.fields import EncryptedTextField


@dataclass(frozen=True)
class Part:
    """The columns of one table of a join. `only` names the attributes to read; the rest stay deferred."""

    alias: str
    model: type[models.Model]
    only: tuple[str, ...] = ()

    @cached_property
    def fields(self) -> list[models.Field[Any, Any]]:
        fields = self.model._meta.concrete_fields
        return [f for f in fields if not self.only or f.attname in self.only or f.primary_key]

    @cached_property
    def names(self) -> list[str]:
        return [field.attname for field in self.fields]

    @cached_property
    def columns(self) -> str:
        return ", ".join(f'{self.alias}."{field.column}"' for field in self.fields)

    @cached_property
    def converters(self) -> list[tuple[int, Callable[[Any], Any]]]:
        found = [(place, _converter(field)) for place, field in enumerate(self.fields)]
        return [(place, turn) for place, turn in found if turn is not None]

    @cached_property
    def key(self) -> int:
        return next(place for place, field in enumerate(self.fields) if field.primary_key)

    def read(self, values: Sequence[Any]) -> Any:
        """The instance, or None where an outer join found nothing."""
        if values[self.key] is None:
            return None
        row = list(values)
        for place, turn in self.converters:
            if row[place] is not None:
                row[place] = turn(row[place])
        return self.model.from_db(connection.alias, self.names, row)


def _converter(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    if isinstance(field, EncryptedTextField):
        return lambda value: crypto.decrypt(bytes(value))
    if isinstance(field, models.JSONField):
        return lambda value: orjson.loads(value) if isinstance(value, str | bytes) else value
    return None


def split(parts: Sequence[Part], row: Sequence[Any]) -> list[Any]:
    """One instance (or None) per part, in order."""
    found, start = [], 0
    for part in parts:
        end = start + len(part.names)
        found.append(part.read(row[start:end]))
        start = end
    return found


def listed(parts: Sequence[Part]) -> str:
    return ", ".join(part.columns for part in parts)


def fetch(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cast("list[tuple[Any, ...]]", cursor.fetchall())
