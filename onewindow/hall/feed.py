"""What 200 screens ask twice a second and more, answered from the memory of the process (docs/adr/0005).

`Layer` stands in front of Django and answers `/screens/CENTRE/feed` for the halls that are being watched. One thread
per process reads what has changed, for as long as somebody asks. Neither imports Django before it is needed.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Environ = dict[str, Any]
Start = Callable[..., Any]
App = Callable[[Environ, Start], Iterable[bytes]]
Observe = Callable[[str, str, int, float], None]

log = logging.getLogger("onewindow.feed")
INTERVAL: Final = 0.15
"""Seconds between two looks at the database."""
FULL: Final = 5.0
"""Seconds after which everything is read anew though no row changed: expected waits and opening hours move by time."""
WATCHED_FOR: Final = 30.0
"""Seconds after the last question for which a hall is kept."""
STALE: Final = 3.0
"""An answer that could not be confirmed for so many seconds is not given any more: 503, and the screen says so."""
MOST: Final = 200
"""Halls watched by one process at once; the one not asked for longest gives way."""
ROUTE: Final = "screens:feed"
_SHARE: Final = 4
"""The reader rests at least this many times the processor time of its last round."""
_ADDRESS: Final = re.compile(r"/screens/([-a-zA-Z0-9_]{1,40})/feed")
_VERSION: Final = re.compile(r'(?:^|&)v=([0-9a-f]{16})(?:&|$)|^(?:W/)?"([0-9a-f]{16})"$')
AWAY: Final = json.dumps(
    {"type": "/problems/database-unavailable", "title": "系统暂时连不上数据库，正在重试", "status": 503},
    ensure_ascii=False,
).encode()


@dataclass(frozen=True, slots=True)
class Told:
    """What a screen is told: `body` is JSON, `version` a digest of what it shows, the same in every process."""

    version: str
    body: bytes
    brief: bytes
    mark: str = ""


def told(shown: Mapping[str, Any], mark: str = "", read_at: float = 0.0) -> Told:
    """`read_at`: the database's clock (seconds), so that a screen never goes back to something older."""
    core = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    version = hashlib.sha256(core.encode()).hexdigest()[:16]
    head = f'{{"version":"{version}","read_at":{read_at:.3f}'
    return Told(version, f"{head},{core[1:]}".encode(), f"{head}}}".encode(), mark)


@dataclass(slots=True)
class _Watched:
    """Times are of the monotonic clock: last asked, last confirmed, last read in full."""

    centre: int
    told: Told
    asked: float
    confirmed: float
    read: float


@dataclass
class Memory:
    """The halls somebody looks at, and the thread that looks for them."""

    watched: dict[str, _Watched] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    broken: bool = False

    def ask(self, key: str) -> Told | bool | None:
        """What is known of a hall; None when nobody watches it, False when it could not be confirmed lately."""
        found = self.watched.get(key)
        if found is None:
            return None
        now = time.monotonic()
        found.asked = now
        if now - found.confirmed <= STALE:
            return found.told
        self._wake()
        return False

    def watch(self, key: str, centre: int, first: Told) -> None:
        """From now on this hall is read ahead, until nobody asks any more."""
        now = time.monotonic()
        with self.lock:
            if key not in self.watched and len(self.watched) >= MOST:
                del self.watched[min(self.watched, key=lambda one: self.watched[one].asked)]
            self.watched[key] = _Watched(centre, first, asked=now, confirmed=now, read=now)
        self._wake()

    def _wake(self) -> None:
        with self.lock:
            if self.thread is None or not self.thread.is_alive():
                self.stop = threading.Event()
                self.thread = threading.Thread(target=self._run, args=(self.stop,), name="screens", daemon=True)
                self.thread.start()

    def close(self) -> None:
        """Ends the reader and forgets everything."""
        thread = self.thread
        self.stop.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(10)
        with self.lock:
            self.watched.clear()
            self.thread = None

    # ---- the reader ----

    def _run(self, stop: threading.Event) -> None:
        pause = INTERVAL
        try:
            while not stop.wait(pause):
                spent = time.thread_time()
                if not self._still_wanted(time.monotonic()):
                    return
                self._look(time.monotonic())
                pause = max(INTERVAL, _SHARE * (time.thread_time() - spent))
        finally:
            _let_go()

    def _still_wanted(self, now: float) -> bool:
        """Drops what nobody asks for; False, and the thread is nobody's any more, when nothing is left."""
        with self.lock:
            for key in [key for key, one in self.watched.items() if now - one.asked > WATCHED_FOR]:
                del self.watched[key]
            if not self.watched:
                self.thread = None
            return bool(self.watched)

    def _look(self, began: float) -> None:
        """One round. Whatever goes wrong is told once and tried again: the screens must find their way back alone."""
        try:
            self._read(began)
        except Exception as error:
            if not self.broken:
                log.warning("screens cannot be read", extra={"error": type(error).__name__})
            self.broken = True
            _let_go()
        else:
            if self.broken:
                log.warning("screens are read again")
            self.broken = False

    def _read(self, began: float) -> None:
        from onewindow.hall import screen

        now = dict(self.watched)
        found = screen.marks({one.centre for one in now.values()})
        for key, one in now.items():
            if one.centre not in found:
                self._drop(key)
                continue
            mark, at = found[one.centre]
            if mark != one.told.mark or began - one.read >= FULL:
                self._renew(key, one, mark, at.timestamp())
            one.confirmed = time.monotonic()

    def _renew(self, key: str, one: _Watched, mark: str, read_at: float) -> None:
        from onewindow.hall import memory as remembered
        from onewindow.hall import screen
        from onewindow.problems import NotFound

        if screen.hall_row(mark) != screen.hall_row(one.told.mark):
            remembered.forget()  # another process changed the hall's notice or rules
        try:
            one.told = told(screen.state(one.centre), mark, read_at)
            one.read = time.monotonic()
        except NotFound:  # the hall was closed for good while it was watched
            self._drop(key)

    def _drop(self, key: str) -> None:
        with self.lock:
            self.watched.pop(key, None)


def _let_go() -> None:
    """Gives this thread's database connection back."""
    from django.db import connection

    try:
        connection.close()
    except Exception:  # a connection that is gone cannot be given back
        log.debug("connection was gone", exc_info=True)


memory = Memory()


def _in_child() -> None:
    """Threads and held locks do not come through a fork: the child begins with nothing."""
    fresh = Memory()
    memory.watched, memory.lock, memory.stop, memory.thread = fresh.watched, fresh.lock, fresh.stop, None


os.register_at_fork(after_in_child=_in_child)


class Layer:
    """WSGI in front of Django: the feed of a watched hall from memory; everything else, and the first question for a
    hall, goes through. `headers` protect every answer; `observe` counts it."""

    def __init__(self, app: App, headers: Mapping[str, str], observe: Observe | None = None) -> None:
        self.app = app
        self.headers = [*headers.items(), ("Cache-Control", "no-store")]
        self.observe = observe

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET":
            address = _ADDRESS.fullmatch(environ.get("PATH_INFO", ""))
            found = memory.ask(address[1]) if address else None
            if found is not None:
                return self._answer(found, environ, start)
        return self.app(environ, start)

    def _answer(self, found: Told | bool, environ: Environ, start: Start) -> list[bytes]:
        began = time.perf_counter()
        status, headers, body = answer(found, environ.get("QUERY_STRING", ""), environ.get("HTTP_IF_NONE_MATCH", ""))
        start(_LINES[status], [*self.headers, *headers])
        if self.observe:
            self.observe("GET", ROUTE, status, time.perf_counter() - began)
        return [body] if body else []


_LINES: Final = {200: "200 OK", 204: "204 No Content", 304: "304 Not Modified", 503: "503 Service Unavailable"}


def answer(found: Told | bool, query: str, tag: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body: 204 to the version that `?v=` names, 304 to If-None-Match, 503 to what is stale.

    `Server-Time` is in milliseconds since 1970; the screens show this time and not their own.
    """
    if not isinstance(found, Told):
        headers = [("Content-Type", "application/problem+json"), ("Retry-After", "1")]
        return 503, [*headers, ("Content-Length", str(len(AWAY)))], AWAY
    headers = [("ETag", f'"{found.version}"'), ("Server-Time", str(int(time.time() * 1000)))]
    if _names(query, found.version):
        return 204, headers, b""
    if _names(tag, found.version):
        return 304, headers, b""
    body = found.brief if "only=version" in query else found.body
    return 200, [*headers, ("Content-Type", "application/json"), ("Content-Length", str(len(body)))], body


def _names(text: str, version: str) -> bool:
    found = _VERSION.search(text) if text else None
    return found is not None and version in found.groups()
