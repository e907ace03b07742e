"""The people of `ow bench hall`: the order of their steps, and that no failure goes unseen."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from onewindow.bench.hall import _latencies
from onewindow.bench.hall_users import Notes, User
from onewindow.bench.web import BenchFailed

TICKET = {"url": "https://hall.example/ticket/abc/"}


class Desk:
    """Answers like the hall; `refuse` names the last part of a path that is refused."""

    def __init__(self, refuse: str = "-") -> None:
        self.asked: list[str] = []
        self.tokens: set[str] = set()
        self.refuse = refuse

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = head.decode().split("\r\n")
            length = next(int(line.split(": ")[1]) for line in lines if line.startswith("Content-Length"))
            await reader.readexactly(length)
            self.tokens |= {line for line in lines if line.startswith("Authorization")}
            self.asked.append(" ".join(lines[0].split()[:2]))
            status = "409 Conflict" if lines[0].split()[1].endswith(self.refuse) else "200 OK"
            body = json.dumps(TICKET).encode()
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


def live(desk: Desk, *, rounds: int, times: list[str]) -> Notes:
    async def run() -> Notes:
        server = await asyncio.start_server(desk.serve, "127.0.0.1", 0)
        plan: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": server.sockets[0].getsockname()[1],
            "centre": "taojiang",
            "ramp": 0,
            "think": [0, 0],
            "refreshes": 2,
            "items": ["a"],
            "users": [{"token": "t", "window": "W001", "times": times, "person": 7}],
        }
        notes = Notes()
        user = User(0, plan, notes, time.monotonic() + 60)
        steps = user._step

        async def until_enough(*given: Any) -> bytes:
            if user.round >= rounds:
                user.ends = 0
                return b""
            return await steps(*given)

        user._step = until_enough  # type: ignore[method-assign]
        await user.live()
        server.close()
        return notes

    return asyncio.run(run())


def test_a_round_goes_from_the_booking_to_the_end_of_the_service() -> None:
    desk = Desk()
    notes = live(desk, rounds=2, times=["2026-11-23T09:00:00+08:00"])
    hall = "POST /api/v1/hall/taojiang"
    window = f"{hall}/windows/W001"
    page = "GET /ticket/abc/"
    visit = [f"{hall}/tickets", page, page, f"{window}/call", f"{window}/start", f"{window}/finish"]
    assert desk.asked == [f"{hall}/appointments", *visit, *visit]
    assert desk.tokens == {"Authorization: Bearer t"}
    assert {kind: len(times) for kind, times in notes.times.items()}["刷新号票页"] == 4


def test_a_refusal_ends_the_user_and_is_told() -> None:
    notes = live(Desk(refuse="call"), rounds=3, times=[])
    assert notes.failures == {"叫号 409": 1}
    assert "ticket" in notes.sample


def test_a_measurement_with_an_error_is_none() -> None:
    with pytest.raises(BenchFailed, match="叫号 409"):
        _latencies({"failures": {"叫号 409": 1}, "sample": "", "times": {}}, 200, 60)


def test_every_kind_of_request_has_its_goal_and_the_thinking_is_said() -> None:
    found = {"failures": {}, "sample": "", "times": {"取号": [0.1] * 99 + [0.9], "叫号": [0.3] * 10}}
    figures = {figure.name: figure for figure in _latencies(found, 200, 10)}
    assert figures["取号 p95"].reached
    assert not figures["叫号 p95"].reached
    assert figures["全部请求"].value == 11
    assert "1–5 秒" in figures["全部请求"].note
