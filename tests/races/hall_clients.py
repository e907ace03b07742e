"""Programs of a full hall: machines that give tickets, windows that call; none of them gives up on a request."""

from __future__ import annotations

import http.client
import json
import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 10.0  # seconds for one answer
HALL = "/api/v1/hall/taojiang"


@dataclass
class HallLoad:
    """`given` is key -> reference of every ticket answered 201; `called` the references of every call answered 200."""

    port: int
    given: dict[str, str] = field(default_factory=dict)
    called: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)
    broken: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _closing: threading.Event = field(default_factory=threading.Event)
    _machines: list[threading.Thread] = field(default_factory=list)
    _windows: list[threading.Thread] = field(default_factory=list)

    def start(self, machine: str, clerks: dict[str, str], machines: int = 3) -> None:
        """`machine` is a token that may give tickets, `clerks` window code -> token of who sits there."""
        self._machines = [threading.Thread(target=self._give, args=(machine,)) for _ in range(machines)]
        self._windows = [threading.Thread(target=self._serve, args=given) for given in clerks.items()]
        for thread in (*self._machines, *self._windows):
            thread.start()

    def finish(self) -> None:
        """No more tickets; the windows go on until nobody waits. Everything sent gets its answer."""
        self._over.set()
        for thread in self._machines:
            thread.join(timeout=60)
        self._closing.set()
        for thread in self._windows:
            thread.join(timeout=60)
        assert not any(thread.is_alive() for thread in (*self._machines, *self._windows)), (
            "a request was never answered"
        )

    def _give(self, token: str) -> None:
        while not self._over.is_set():
            key = uuid.uuid4().hex
            answer = self._post("/tickets", {"override": "压力测试"}, token, key)
            if answer is not None:
                self.given[key] = answer["reference"]

    def _serve(self, code: str, token: str) -> None:
        self._at(code, "open", token)
        while True:
            last_round = self._closing.is_set()
            answer = self._at(code, "call", token)
            ticket = answer and answer["ticket"]
            if ticket:
                self.called[ticket["reference"]] += 1
                self._at(code, "start", token)
                self._at(code, "finish", token)
            elif last_round:
                return

    def _at(self, code: str, verb: str, token: str) -> dict[str, Any] | None:
        return self._post(f"/windows/{code}/{verb}", {}, token, uuid.uuid4().hex)

    def _post(self, path: str, body: dict[str, Any], token: str, key: str) -> dict[str, Any] | None:
        """The answer, asked for with the same key until there is one; None when it was refused."""
        while True:
            try:
                status, said = self._try(path, body, token, key)
            except (OSError, http.client.HTTPException, ValueError):
                self.broken += 1  # the process was killed under the request
                continue
            if status in (200, 201):
                return said
            self.refused.append((path, status, said))
            return None

    def _try(self, path: str, body: dict[str, Any], token: str, key: str) -> tuple[int, dict[str, Any]]:
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "Host": "localhost",
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("POST", HALL + path, json.dumps(body).encode(), headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()
