"""A county with its departments and the 64 shipped items, made once a module and undone after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from onewindow.catalogue.imports import SHIPPED_ITEMS, import_items
from onewindow.places.imports import import_departments
from onewindow.places.models import Division


def make_county() -> Division:
    for code, name, level, parent in (
        ("43", "湖南省", "province", None),
        ("4309", "益阳市", "city", "43"),
        ("430922", "桃江县", "county", "4309"),
    ):
        Division.objects.get_or_create(code=code, defaults={"name": name, "level": level, "parent_id": parent})
    return Division.objects.get(pk="430922")


@pytest.fixture(scope="module")
def shipped(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The shipped catalogue, for a whole module; its tests still need `django_db`, which makes the database."""
    with django_db_blocker.unblock(), transaction.atomic():
        import_departments(make_county())
        assert import_items(SHIPPED_ITEMS).rejected == []
        yield
        transaction.set_rollback(True)
