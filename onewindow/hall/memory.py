"""What a process remembers for a few seconds: the layout of a hall, its hours, its pace. Never who is in line."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Lock
from time import monotonic
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
_MOST = 2000
_kept: dict[tuple[Any, ...], tuple[float, Any]] = {}
_lock = Lock()


def remembered(seconds: float) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keeps the answer for so long per set of (hashable, positional) arguments. Two threads may both ask; no harm."""

    def keep(ask: Callable[P, R]) -> Callable[P, R]:
        @wraps(ask)
        def asked(*args: P.args, **kwargs: P.kwargs) -> R:
            key = (ask, args, tuple(sorted(kwargs.items())))
            until, answer = _kept.get(key, (0.0, None))
            if monotonic() < until:
                return answer  # type: ignore[no-any-return]
            answer = ask(*args, **kwargs)
            with _lock:
                if len(_kept) >= _MOST:
                    _kept.clear()
                _kept[key] = (monotonic() + seconds, answer)
            return answer

        return asked

    return keep


def forget() -> None:
    """After a change of what is remembered (this process; the others follow within the seconds)."""
    with _lock:
        _kept.clear()
