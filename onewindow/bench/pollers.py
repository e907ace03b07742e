"""Screens on the wall: many kept-alive connections that ask the feed twice a second, in a process of their own.

Reads a JSON plan from standard input: {host, port, path, clients, every, seconds}. Prints when each client first saw
each call: {"polls": n, "failures": {status: n}, "seen": {seq: [seconds since 1970, …]}, "times": [s…]}. Standard
library only.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter, defaultdict
from typing import Any


class Wall:
    """What all screens have seen together."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.ends = time.monotonic() + plan["seconds"]
        self.polls = 0
        self.failures: Counter[str] = Counter()
        self.seen: defaultdict[int, list[float]] = defaultdict(list)
        self.times: list[float] = []

    async def screen(self) -> None:
        """One screen: asks, waits for the rest of its half second, asks again."""
        await asyncio.sleep(random.random() * self.plan["every"])
        reader, writer = await asyncio.open_connection(self.plan["host"], self.plan["port"])
        version, known = "", -1
        try:
            while time.monotonic() < self.ends:
                began = time.monotonic()
                status, body = await self._ask(reader, writer, version)
                self.polls += 1
                self.times.append(time.monotonic() - began)
                if status == 200:
                    state = json.loads(body)
                    version, known = state["version"], self._note(state, known)
                elif status != 204:
                    self.failures[str(status)] += 1
                await asyncio.sleep(max(0.0, self.plan["every"] - (time.monotonic() - began)))
        finally:
            writer.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, version: str) -> tuple[int, bytes]:
        query = f"?v={version}" if version else ""
        writer.write(f"GET {self.plan['path']}{query} HTTP/1.1\r\nHost: {self.plan['host']}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return int(head[9:12]), await reader.readexactly(int(length or 0))

    def _note(self, state: dict[str, Any], known: int) -> int:
        """Notes the calls that this screen had not seen; returns the newest. What was there at the start is not new."""
        now, calls = time.time(), {call["seq"] for call in (*state["now_calling"], *state["calls"])}
        newest = max(calls, default=0)
        if known >= 0:
            for seq in calls:
                if seq > known:
                    self.seen[seq].append(now)
        return max(known, newest)


async def main() -> None:
    plan = json.load(sys.stdin)
    wall = Wall(plan)
    await asyncio.gather(*(wall.screen() for _ in range(plan["clients"])))
    found = {"polls": wall.polls, "failures": wall.failures, "seen": wall.seen, "times": wall.times}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
