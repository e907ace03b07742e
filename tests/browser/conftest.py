"""Visitors for every test here. `visitor()` opens a browser; at the end nothing forbidden may have happened in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.house import House, open_house
from tests.browser.visitor import PHONE, Visitor

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
Open = Callable[..., Visitor]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[House]:
    name = f"ow_browser_{worker_id}_{os.getpid()}"
    with open_house(name, tmp_path_factory.mktemp("browser-house")) as opened:
        yield opened


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Per package, not per session: while Playwright runs, its event loop is in the way of Django's tests."""
    assert CHROMIUM, "tests/conftest.py skips these tests where there is no Chromium"
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def visitor(browser: Browser, house: House) -> Iterator[Open]:
    """`visitor()` or `visitor("clerk1")` (signed in); further options go to the browser context."""
    visitors: list[Visitor] = []

    def enter(username: str = "", **options: Any) -> Visitor:
        made = Visitor(browser, house, **options)
        visitors.append(made)
        if username:
            made.sign_in(username)
        return made

    yield enter
    for one in visitors:
        one.close()
    for one in visitors:
        one.guard.check()


@pytest.fixture
def phone(visitor: Open) -> Open:
    """The same on a phone: 390×844, touch."""

    def enter(username: str = "", **options: Any) -> Visitor:
        return visitor(username, **{**PHONE, **options})

    return enter
