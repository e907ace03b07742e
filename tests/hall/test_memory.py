"""What a process remembers it asks for again after its seconds, and for every set of arguments by itself."""

from __future__ import annotations

import pytest

from onewindow.hall import memory


def test_it_is_asked_again_after_its_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, asked = [100.0], []
    monkeypatch.setattr(memory, "monotonic", lambda: clock[0])

    @memory.remembered(10)
    def answer(key: str) -> int:
        asked.append(key)
        return len(asked)

    assert [answer("a"), answer("a"), answer("b"), answer("a")] == [1, 1, 2, 1]
    clock[0] += 9.9
    assert answer("a") == 1
    clock[0] += 0.1
    assert answer("a") == 3
    memory.forget()
    assert answer("a") == 4
