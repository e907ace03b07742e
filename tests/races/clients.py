"""Programs that hand in applications without end, and never give up on one until it is answered."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any

from tests.cast import application

PATIENCE = 10.0  # seconds for one answer


@dataclass
class Load:
    """`accepted` is key -> number of every intake that was answered 201; `refused` every other answer."""

    port: int
    token: str
    accepted: dict[str, str] = field(default_factory=dict)
    refused: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    broken: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _give_up: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, clients: int = 4) -> None:
        body = json.dumps(application()).encode()
        self._threads = [threading.Thread(target=self._run, args=(body,)) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Everybody gets an answer to what they have in hand, then stops."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=60)
        late = any(thread.is_alive() for thread in self._threads)
        self._give_up.set()
        assert not late, "a request was never answered"

    def _run(self, body: bytes) -> None:
        while not self._stop.is_set():
            key = uuid.uuid4().hex
            while key not in self.accepted and not self._give_up.is_set():
                self._try(key, body)

    def _try(self, key: str, body: bytes) -> None:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "Host": "localhost",
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("POST", "/api/v1/cases", body, headers)
            response = connection.getresponse()
            said = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):
            self.broken += 1  # the process was killed under the request: ask again with the same key
            return
        finally:
            connection.close()
        if response.status == 201:
            self.accepted[key] = said["number"]
        else:
            self.refused.append((response.status, response.headers.get("Content-Type", ""), said))


def until(condition: Callable[[], bool], patience: float) -> None:
    """Waits for a condition; fails when it does not come true in time."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.002)


def read(words: IO[str], name: str) -> int:
    """The number the forking web says after a name."""
    said, number = words.readline().split()
    assert said == name
    return int(number)
