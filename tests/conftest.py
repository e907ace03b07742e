"""What every test shares: the cast, and a database whose ledger may be emptied between tests."""

from __future__ import annotations

import shutil

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from onewindow.hall import memory

pytest_plugins = ["tests.cast"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tests with transaction=True empty every table afterwards, which the ledger refuses in a real installation."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE cases_caseevent DISABLE TRIGGER append_only_truncate")


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process keeps for seconds (a hall's layout, its pace) belongs to one test, and lasts as long as that: how
    many queries a page needs must not depend on how fast the machine is."""
    memory.forget()
    monkeypatch.setattr(memory, "monotonic", lambda: 0.0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where Chromium could not be installed the browser tests are skipped; scripts/browser.sh has said so loudly."""
    if shutil.which("chromium") or shutil.which("chromium-browser"):
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="no Chromium: apt-get install chromium fonts-noto-cjk"))
