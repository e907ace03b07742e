"""A house of its own for the tests of processes: `ow serve` as a child, on a free port, with throw-away data."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

OW = [sys.executable, "-m", "onewindow.commands"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], Any], patience: float = 60.0) -> Any:
    """The first true answer of `condition`; fails after `patience` seconds."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"not within {patience} s")


def environment(folder: Path, **changes: str) -> dict[str, str]:
    """Without what the test run itself set: these children are to behave as on an operator's machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OW_", "DATABASE_", "DJANGO_"))}
    return {**kept, "OW_DATA_DIR": str(folder), **changes}


def ow(folder: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*OW, *arguments],
        env=environment(folder, **changes),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class House:
    """A running `ow serve`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.words = folder.with_name(folder.name + ".out")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process
        return self._process

    def open(self) -> House:
        with self.words.open("wb") as out:
            self._process = subprocess.Popen(
                [*OW, "serve", "--port", str(self.port)],
                env=environment(self.folder, OW_WEB_THREADS="4"),
                stdout=out,
                stderr=out,
                process_group=0,
            )
        until(self._opened, 120)
        return self

    def _opened(self) -> bool:
        assert self.process.poll() is None, self.words.read_text()
        return "一窗已启动" in self.words.read_text()

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={name.replace("_", "-"): v for name, v in headers.items()}
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()

    def health(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.get("/healthz")[2])
        return report

    def family(self) -> list[psutil.Process]:
        """Every process below `ow serve`, the database's and the web's own children too."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self, sign: int = signal.SIGINT) -> int:
        self.process.send_signal(sign)
        return self.process.wait(20)

    def postmaster(self) -> int:
        return int((self.folder / "postgres" / "postmaster.pid").read_text().split()[0])


def all_gone(processes: list[psutil.Process]) -> bool:
    return not any(lives(process) for process in processes)


def lives(process: psutil.Process) -> bool:
    """A dead child that nobody has buried yet does not count."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
