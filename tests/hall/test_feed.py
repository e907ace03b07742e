"""The feed of the screens: what the process remembers, how it notices a change, and how it finds its way back."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError
from hypothesis import given
from hypothesis import strategies as st

from onewindow.hall import feed, screen
from onewindow.hall.feed import Layer, Memory, answer, told
from onewindow.hall.models import Hall
from onewindow.problems import NotFound
from onewindow.server.middleware import protective_headers
from tests.cast import Cast
from tests.hall.stage import build

SHOWN = {"centre": "taojiang", "calls": [{"number": "A001", "window_name": "综合窗口1号"}]}


@pytest.fixture(autouse=True)
def nobody_watches() -> Iterator[None]:
    feed.memory.close()
    yield
    feed.memory.close()


def until(condition: Callable[[], Any], patience: float = 5.0) -> float:
    """Seconds until the condition holds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < patience, "not in time"
        time.sleep(0.01)
    return time.monotonic() - began


# ---- what is told ----


def test_the_version_is_of_what_is_shown_and_of_nothing_else() -> None:
    first, later = told(SHOWN, "mark", 1.0), told(dict(SHOWN), "other mark", 2.0)
    assert first.version == later.version
    assert told({**SHOWN, "calls": []}).version != first.version
    body = json.loads(first.body)
    assert body == {"version": first.version, "read_at": 1.0, **SHOWN}
    assert json.loads(first.brief) == {"version": first.version, "read_at": 1.0}


def test_what_changed_is_told_and_what_did_not_is_not() -> None:
    new = told(SHOWN)
    status, headers, body = answer(new, "", "")
    assert (status, body) == (200, new.body)
    named = dict(headers)
    assert named["ETag"] == f'"{new.version}"'
    assert abs(int(named["Server-Time"]) / 1000 - time.time()) < 5
    assert answer(new, f"v={new.version}", "")[::2] == (204, b"")
    assert answer(new, f"only=version&v={new.version}", "")[::2] == (204, b"")
    assert answer(new, "", f'"{new.version}"')[::2] == (304, b"")
    assert answer(new, "", f'W/"{new.version}"')[::2] == (304, b"")
    assert answer(new, "v=0123456789abcdef", "")[::2] == (200, new.body)
    assert answer(new, "only=version", "")[::2] == (200, new.brief)


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_question_breaks_the_answer(query: str, tag: str) -> None:
    assert answer(told(SHOWN), query, tag)[0] in {200, 204, 304}


def test_what_cannot_be_confirmed_is_not_told() -> None:
    status, headers, body = answer(False, "", "")
    assert status == 503
    assert dict(headers)["Retry-After"] == "1"
    assert "数据库" in json.loads(body)["title"]


# ---- the layer ----


class Behind:
    """An application that says it was asked."""

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        start("299 Behind", [])
        return [b"behind"]


def ask(path: str, method: str = "GET", query: str = "", **more: str) -> tuple[str, dict[str, str], bytes]:
    said: list[Any] = []
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, **more}
    parts = Layer(Behind(), protective_headers(), lambda *seen: said.append(seen))(
        environ, lambda *s: said.insert(0, s)
    )
    body = b"".join(parts)
    status, headers = said[0]
    assert len(said) == (1 if body == b"behind" else 2)
    return status, dict(headers), body


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No reader: what was put into the memory stays as it is."""
    monkeypatch.setattr(Memory, "_wake", lambda self: None)


def test_a_watched_hall_is_answered_before_django(still: None) -> None:
    new = told(SHOWN)
    feed.memory.watch("taojiang", 1, new)
    status, headers, body = ask("/screens/taojiang/feed")
    assert (status, body) == ("200 OK", new.body)
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert {"X-Frame-Options", "Referrer-Policy", "Permissions-Policy", "Cross-Origin-Opener-Policy"} <= set(headers)
    assert ask("/screens/taojiang/feed", query=f"v={new.version}")[0] == "204 No Content"
    assert ask("/screens/taojiang/feed", HTTP_IF_NONE_MATCH=f'"{new.version}"')[0] == "304 Not Modified"


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/screens/taojiang/feed", "POST"),
        ("/screens/taojiang/feed", "DELETE"),
        ("/screens/taohuajiang/feed", "GET"),
        ("/screens/taojiang/", "GET"),
        ("/screens/taojiang/feed/", "GET"),
        ("/screens/taojiang/feed\n", "GET"),
        ("/x/screens/taojiang/feed", "GET"),
        ("/screens/../feed", "GET"),
        ("/screens/\x00/feed", "GET"),
        ("/screens/" + "a" * 5000 + "/feed", "GET"),
        ("", "GET"),
    ],
)
def test_everything_else_goes_through(still: None, path: str, method: str) -> None:
    feed.memory.watch("taojiang", 1, told(SHOWN))
    assert ask(path, method)[0] == "299 Behind"


def test_an_old_answer_is_not_given(still: None, monkeypatch: pytest.MonkeyPatch) -> None:
    feed.memory.watch("taojiang", 1, told(SHOWN))
    monkeypatch.setattr(feed, "STALE", -1.0)
    status, headers, body = ask("/screens/taojiang/feed")
    assert status == "503 Service Unavailable"
    assert headers["Cache-Control"] == "no-store"
    assert "数据库" in body.decode()


def test_the_number_of_watched_halls_is_bounded(still: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MOST", 3)
    for order in range(3):
        feed.memory.watch(f"hall-{order}", order, told(SHOWN))
    feed.memory.watched["hall-0"].asked -= 1
    feed.memory.watched["hall-1"].asked -= 2
    feed.memory.watch("hall-3", 3, told(SHOWN))
    assert set(feed.memory.watched) == {"hall-0", "hall-2", "hall-3"}


def test_a_forked_process_begins_with_nothing(still: None) -> None:
    feed.memory.watch("taojiang", 1, told(SHOWN))
    feed.memory.lock.acquire()
    child = os.fork()
    if child == 0:
        fresh = feed.memory.lock.acquire(timeout=1) and not feed.memory.watched and feed.memory.thread is None
        os._exit(0 if fresh else 1)
    feed.memory.lock.release()
    assert os.waitpid(child, 0)[1] == 0
    assert set(feed.memory.watched) == {"taojiang"}


# ---- the reader ----


class Database:
    """Stands for `screen`: one hall whose notice changes, and a database that can go away."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.mark, self.away, self.gone = "1", False, False
        self.looks = self.reads = 0
        monkeypatch.setattr(screen, "marks", self._marks)
        monkeypatch.setattr(screen, "state", self._state)

    def _marks(self, centres: Any) -> dict[int, tuple[str, datetime]]:
        self.looks += 1
        if self.away:
            raise OperationalError("away")
        return {centre: (self.mark, datetime.now(UTC)) for centre in centres}

    def _state(self, centre: int) -> dict[str, Any]:
        self.reads += 1
        if self.gone:
            raise NotFound("这里还没有开通大厅取号")
        return {**SHOWN, "notice": self.mark}


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    return Database(monkeypatch)


def told_now(key: str = "taojiang") -> Any:
    return feed.memory.ask(key)


def test_the_whole_is_read_only_when_the_mark_changed(database: Database) -> None:
    feed.memory.watch("taojiang", 1, told(SHOWN, "1"))
    until(lambda: database.looks >= 5)
    assert database.reads == 0
    before = told_now().version
    database.mark = "2"
    assert until(lambda: told_now().version != before) < 1
    assert json.loads(told_now().body)["notice"] == "2"
    assert database.reads == 1


def test_what_moves_by_time_is_read_anew_all_the_same(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "FULL", 0.0)
    feed.memory.watch("taojiang", 1, told(SHOWN, "1"))
    until(lambda: database.reads >= 2)


def test_the_reader_finds_its_way_back_after_the_database_was_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "STALE", 0.4)
    feed.memory.watch("taojiang", 1, told(SHOWN, "1"))
    database.away = True
    until(lambda: told_now() is False)
    database.away = False
    until(lambda: isinstance(told_now(), feed.Told))
    assert not feed.memory.broken


def test_one_hall_that_cannot_be_read_is_dropped_and_the_others_go_on(database: Database) -> None:
    feed.memory.watch("taojiang", 1, told(SHOWN, "1"))
    database.gone, database.mark = True, "2"
    until(lambda: told_now() is None)


def test_the_reader_ends_when_nobody_asks_and_begins_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "WATCHED_FOR", 0.2)
    feed.memory.watch("taojiang", 1, told(SHOWN, "1"))
    reader = feed.memory.thread
    assert reader is not None
    reader.join(5)
    assert not reader.is_alive()
    assert feed.memory.thread is None
    assert told_now() is None
    monkeypatch.setattr(feed, "WATCHED_FOR", 30.0)
    looks = database.looks
    feed.memory.watch("taojiang", 1, told(SHOWN, "1"))
    until(lambda: database.looks > looks)


def test_one_reader_for_all_halls_and_all_threads(database: Database) -> None:
    gate = threading.Barrier(8)

    def watch(order: int) -> None:
        gate.wait(5)
        feed.memory.watch(f"hall-{order}", order, told(SHOWN, "1"))

    threads = [threading.Thread(target=watch, args=(order,)) for order in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [one.name for one in threading.enumerate()].count("screens") == 1
    assert len(feed.memory.watched) == 8


@pytest.mark.django_db(transaction=True)
def test_a_change_in_the_real_database_is_told_within_a_second(cast: Cast) -> None:
    stage = build(cast)
    feed.memory.watch("taojiang", stage.centre, told(screen.state(stage.centre)))
    until(lambda: told_now().mark)
    before = told_now().version
    stage.open("A01")
    assert until(lambda: told_now().version != before) < 1
    assert "请稍候" in told_now().body.decode()
    Hall.objects.update(notice="明天上午停电")  # by another process: nothing is forgotten here
    assert until(lambda: "明天上午停电" in told_now().body.decode()) < 1
    Hall.objects.all().delete()
    until(lambda: told_now() is None)
