"""Child processes that never outlive their parent, and a supervisor that restarts the ones that fall."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

_PR_SET_PDEATHSIG = 1


def die_with_parent(sign: int = signal.SIGTERM) -> None:
    """Ask Linux to send `sign` to this process when its parent dies, however it dies. Elsewhere nothing happens.
    Call after any change of user: the kernel forgets the wish then."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(sign))


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    user: int | None = None,
    group: int | None = None,
    output: IO[bytes] | int | None = None,
    death_signal: int = signal.SIGTERM,
    cwd: str | None = None,
) -> subprocess.Popen[bytes]:
    """A child in its own process group (a Ctrl-C reaches only the parent, which then stops its children in order)
    that gets `death_signal` when the parent dies. Call from the main thread: the kernel watches the thread."""
    parent = os.getpid()

    def bind() -> None:
        die_with_parent(death_signal)
        if os.getppid() != parent:  # the parent died before the wish was heard
            os.kill(os.getpid(), signal.SIGKILL)

    return subprocess.Popen(
        command,
        env=dict(env) if env is not None else None,
        user=user,
        group=group,
        extra_groups=[] if user is not None else None,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd=cwd,
        process_group=0,
        preexec_fn=bind,
    )


def stop(process: subprocess.Popen[bytes], sign: int = signal.SIGTERM, patience: float = 8.0) -> None:
    """`sign` first, SIGKILL to the whole group after `patience` seconds. Returns when the process is gone."""
    if process.poll() is None:
        process.send_signal(sign)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            _kill_group(process.pid)
            process.wait()
    _kill_group(process.pid)


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


@dataclass
class Child:
    """One supervised program. `once` children are not restarted when they end well."""

    name: str
    command: Sequence[str]
    once: bool = False
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    started: float = 0.0
    not_before: float = 0.0
    finished: bool = False


class Supervisor:
    """Starts children, restarts the fallen with a growing pause (0.5 s to 30 s), stops all in reverse order."""

    LONGEST_PAUSE = 30.0
    TRIES_ONCE = 3  # of a child that should end well
    STEADY = 60.0  # seconds of good work after which earlier falls are forgotten

    def __init__(self, children: Sequence[Child], report: Callable[[str, dict[str, object]], None]) -> None:
        self.children = list(children)
        self._report = report
        self._stopping = False

    def request_stop(self, *_: object) -> None:
        self._stopping = True

    @property
    def stopping(self) -> bool:
        return self._stopping

    def tend(self, now: float) -> None:
        """One look at every child: start what is due, note what has ended."""
        for child in self.children:
            if child.finished:
                continue
            if child.process is None:
                if now >= child.not_before:
                    self._start(child, now)
            elif child.process.poll() is not None:
                self._ended(child, now)

    def _start(self, child: Child, now: float) -> None:
        child.process, child.started = spawn(child.command), now
        self._report("child started", {"child": child.name, "child_pid": child.process.pid})

    def _ended(self, child: Child, now: float) -> None:
        assert child.process is not None
        status, child.process = child.process.returncode, None
        if child.once and status == 0:
            child.finished = True
            self._report("child finished", {"child": child.name})
            return
        if now - child.started > self.STEADY:
            child.restarts = 0
        if child.once and child.restarts >= self.TRIES_ONCE:
            child.finished = True
            self._report("child gave up", {"child": child.name, "status": status})
            return
        pause = min(self.LONGEST_PAUSE, 0.5 * 2**child.restarts)
        child.restarts += 1
        child.not_before = now + pause
        self._report("child fell, will be restarted", {"child": child.name, "status": status, "in_seconds": pause})

    def run(self, every: Callable[[], None] = lambda: None) -> None:
        """Until `request_stop`; `every` is called at each look (about five times a second)."""
        while not self._stopping:
            self.tend(time.monotonic())
            every()
            time.sleep(0.2)

    def stop_all(self) -> None:
        for child in reversed(self.children):
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        for child in reversed(self.children):
            if child.process is not None:
                stop(child.process)
