"""People in a hall: each with a kept-alive connection, thinking before every step; all in a process of their own.

Reads a JSON plan from standard input: {host, port, centre, seconds, ramp, think: [least, most], refreshes, items,
users: [{token, window, times: [start of a bookable time, …], person}]}. A round: book a time, take a ticket, look at
its page a few times, call the next at the own window, start, finish. Prints {"times": {kind: [s…]}, "failures":
{"kind status": n}, "sample": text}. Standard library only.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


class AnswerRefused(Exception):
    """An answer of 300 or above."""


@dataclass
class Notes:
    """What all users saw together."""

    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: Counter[str] = field(default_factory=Counter)
    sample: str = ""


class User:
    """One person: visitor and clerk in turn, so that there are as many calls as tickets."""

    def __init__(self, number: int, plan: dict[str, Any], notes: Notes, ends: float) -> None:
        self.plan, self.notes, self.ends = plan, notes, ends
        self.me = plan["users"][number]
        self.number, self.round = number, 0
        self.chance = random.Random(number)
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def live(self) -> None:
        """Rounds until the time is over; the one begun last is broken off. A failure ends this user."""
        await asyncio.sleep(self.chance.uniform(0, self.plan["ramp"]))
        self.reader, self.writer = await asyncio.open_connection(self.plan["host"], self.plan["port"], limit=2**20)
        try:
            while time.monotonic() < self.ends:
                await self._round()
                self.round += 1
        except (AnswerRefused, TimeoutError):
            pass
        finally:
            self.writer.close()

    async def _round(self) -> None:
        hall, window = f"/api/v1/hall/{self.plan['centre']}", self.me["window"]
        if self.round < len(self.me["times"]):
            await self._post("预约", f"{hall}/appointments", self._booking())
        given = await self._post("取号", f"{hall}/tickets", self._ticket())
        if given is not None:
            for _ in range(self.plan["refreshes"]):
                await self._step("刷新号票页", "GET", urlsplit(given["url"]).path, None)
        await self._post("叫号", f"{hall}/windows/{window}/call", {})
        await self._post("开始办理", f"{hall}/windows/{window}/start", {})
        await self._post("办完", f"{hall}/windows/{window}/finish", {})

    def _phone(self) -> str:
        return f"199{self.me['person'] + self.round:08}"

    def _booking(self) -> dict[str, Any]:
        at = self.me["times"][self.round]
        return {"at": at, "name": f"演示{self.number}", "phone": self._phone(), "channel": "phone"}

    def _ticket(self) -> dict[str, Any]:
        items = self.plan["items"]
        visitor = {"name": f"演示{self.number}", "phone": self._phone()}
        return {"items": [self.chance.choice(items)] if items else [], "visitor": visitor}

    async def _post(self, kind: str, path: str, body: dict[str, Any]) -> Any:
        said = await self._step(kind, "POST", path, body)
        return json.loads(said) if said else None

    async def _step(self, kind: str, method: str, path: str, body: dict[str, Any] | None) -> bytes:
        """Thinks, asks and notes how long the answer took; b"" when the time is over."""
        least, most = self.plan["think"]
        await asyncio.sleep(self.chance.uniform(least, most))
        if time.monotonic() >= self.ends:
            return b""
        began = time.monotonic()
        async with asyncio.timeout(60):
            status, said = await self._ask(method, path, body)
        self.notes.times[kind].append(time.monotonic() - began)
        if status >= 300:
            self.notes.failures[f"{kind} {status}"] += 1
            self.notes.sample = self.notes.sample or said[:600].decode(errors="replace")
            raise AnswerRefused
        return said

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, bytes]:
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        head = [f"{method} {path} HTTP/1.1", f"Host: {self.plan['host']}", f"Content-Length: {len(content)}"]
        if body is not None:
            key = f"bench-{self.number}-{self.round}-{path.rpartition('/')[2]}"
            head += [f"Authorization: Bearer {self.me['token']}", "Content-Type: application/json"]
            head += [f"Idempotency-Key: {key}"]
        self.writer.write("\r\n".join([*head, "", ""]).encode() + content)
        answer = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = answer.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return int(answer[9:12]), await self.reader.readexactly(int(length or 0))


async def main() -> None:
    plan = json.load(sys.stdin)
    notes, ends = Notes(), time.monotonic() + plan["seconds"]
    await asyncio.gather(*(User(number, plan, notes, ends).live() for number in range(len(plan["users"]))))
    json.dump({"times": notes.times, "failures": notes.failures, "sample": notes.sample}, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
