"""A house to walk through: its own database, the demonstration's base, and the real web process (granian) beside it.

Everything is in processes of its own. Nothing here needs Django in the process of the tests, whose event loop belongs
to Playwright.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parents[2]
_SHARED = ("DATABASE_URL", "OW_DATA_DIR", "OW_TESTING")
PATIENCE = 60.0  # seconds until the web must answer


@dataclass(frozen=True)
class StagedCase:
    """A case that stands ready for the tests in a known state. They read it, they do not change it."""

    number: str
    query_number: str
    id_tail: str
    paper_code: str
    paper_id: str


@dataclass(frozen=True)
class House:
    """`url` without a slash at the end; `items` codes by key; `people` what the demonstration applicants are called;
    `env` lets an `ow` command work on the same database."""

    url: str
    password: str
    items: dict[str, str]
    people: dict[str, dict[str, str]]
    cases: dict[str, StagedCase]
    env: dict[str, str]


@contextmanager
def open_house(name: str, home: Path) -> Iterator[House]:
    """Builds database `name`, fills it, opens the web; takes everything away afterwards."""
    with _database(os.environ["DATABASE_URL"], name) as address:
        env = {**os.environ, "DATABASE_URL": address, "OW_DATA_DIR": str(home / "data"), "OW_TESTING": "1"}
        env |= {"OW_LOG_FILE": "", "OW_WEB_THREADS": "4", "DJANGO_SETTINGS_MODULE": "onewindow.settings"}
        facts = _staged(env)
        with _web(env, home / "web.log") as url:
            cases = {state: StagedCase(**known) for state, known in facts.pop("cases").items()}
            yield House(url=url, cases=cases, env={name: env[name] for name in _SHARED}, **facts)


@contextmanager
def _database(address: str, name: str) -> Iterator[str]:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            parts = urlsplit(address)
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _staged(env: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.browser.stage"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, f"the stage could not be set:\n{done.stderr[-4000:]}"
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


@contextmanager
def _web(env: dict[str, str], log: Path) -> Iterator[str]:
    port = _free_port()
    with log.open("wb") as said:
        command = [sys.executable, "-m", "onewindow.server.web", "127.0.0.1", str(port)]
        web = subprocess.Popen(command, cwd=ROOT, env=env, stdout=said, stderr=said)
        try:
            _await(web, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            web.terminate()
            try:
                web.wait(10)
            except subprocess.TimeoutExpired:
                web.kill()
                web.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(web: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _answers(port):
        if web.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the web did not open:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.05)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz/web")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
