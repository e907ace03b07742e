"""The demonstration's base, loaded once a module and undone after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from onewindow.demo.base import DemoAccount, load_base


@pytest.fixture(scope="module")
def base(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[DemoAccount]]:
    """For a whole module; its tests still need the `django_db` mark, which makes the database."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load_base()
        transaction.set_rollback(True)
