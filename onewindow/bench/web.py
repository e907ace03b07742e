"""A web server of the benched program and the load on it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

Request = dict[str, Any]
HOST = "127.0.0.1"
_START_WITHIN = 60.0


class BenchFailed(Exception):
    """A measurement that met an error is not a measurement."""


@dataclass(frozen=True, slots=True)
class Load:
    """What the clients saw."""

    seconds: float
    times: list[float]

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds


@contextmanager
def server() -> Iterator[int]:
    """The web process as `ow serve` starts it, on a free port, answering."""
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "onewindow.server.web", HOST, str(port)],
        env={**os.environ, "OW_ALLOWED_HOSTS": HOST, "OW_LOG_LEVEL": "WARNING"},
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise BenchFailed(f"the web server ended with status {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/api/v1/openapi.json", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise BenchFailed("the web server did not answer in time")


def load(port: int, clients: Sequence[Sequence[Request]]) -> Load:
    """Runs the clients at once from one process of their own. Raises BenchFailed on any answer of 300 or above."""
    plan = json.dumps({"host": HOST, "port": port, "clients": clients})
    run = subprocess.run(
        [sys.executable, "-m", "onewindow.bench.client"], input=plan, capture_output=True, text=True, check=True
    )
    found = json.loads(run.stdout)
    if found["failures"]:
        raise BenchFailed(f"answers that are no success: {found['failures']}; first: {found['sample']}")
    if len(found["times"]) != sum(map(len, clients)):
        raise BenchFailed(f"a client broke off: {run.stderr[-600:]}")
    return Load(found["seconds"], found["times"])


def get(path: str, token: str) -> Request:
    return {"method": "GET", "path": path, "headers": {"Authorization": f"Bearer {token}"}}


def post(path: str, token: str, body: object, key: str) -> Request:
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    return {"method": "POST", "path": path, "body": json.dumps(body, ensure_ascii=False), "headers": headers}


def spread(requests: Sequence[Request], clients: int) -> list[list[Request]]:
    """The requests dealt out to the clients in turn."""
    return [list(requests[i::clients]) for i in range(clients)]
