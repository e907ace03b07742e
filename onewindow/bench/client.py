"""The load: threads with one kept-alive connection each, in a process of their own. Standard library only.

Reads a JSON plan from standard input: {host, port, clients: [[{method, path, body, headers}, …], …]}; each inner list
is one client's requests in order. Prints {"seconds": wall, "times": [s…], "failures": {status: n}, "sample": text}.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from collections import Counter
from typing import Any


class Client(threading.Thread):
    def __init__(self, host: str, port: int, requests: list[dict[str, Any]], gate: threading.Barrier) -> None:
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection(host, port, timeout=60)
        self.requests, self.gate = requests, gate
        self.times: list[float] = []
        self.failures: Counter[int] = Counter()
        self.sample = ""

    def run(self) -> None:
        self.connection.connect()
        self.gate.wait()
        for request in self.requests:
            started = time.perf_counter()
            body = request["body"].encode() if "body" in request else None
            self.connection.request(request["method"], request["path"], body, request["headers"])
            answer = self.connection.getresponse()
            said = answer.read()
            self.times.append(time.perf_counter() - started)
            if answer.status >= 300:
                self.failures[answer.status] += 1
                self.sample = self.sample or said[:600].decode(errors="replace")


def main() -> None:
    plan = json.load(sys.stdin)
    gate = threading.Barrier(len(plan["clients"]) + 1)
    clients = [Client(plan["host"], plan["port"], requests, gate) for requests in plan["clients"]]
    for client in clients:
        client.start()
    gate.wait()
    started = time.perf_counter()
    for client in clients:
        client.join()
    seconds = time.perf_counter() - started
    failures: Counter[int] = sum((client.failures for client in clients), Counter())
    sample = next((client.sample for client in clients if client.sample), "")
    times = [t for client in clients for t in client.times]
    json.dump({"seconds": seconds, "times": times, "failures": failures, "sample": sample}, sys.stdout)


if __name__ == "__main__":
    main()
