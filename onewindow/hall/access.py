"""Which post of a person counts in a hall: checked when it is used, refusals recorded."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from django.utils import timezone

from onewindow.people.authority import Actor, record_refusal
from onewindow.people.models import Posting
from onewindow.people.roles import LABELS, Role
from onewindow.problems import Refused

COUNTERS: Final = frozenset(
    {Role.CLERK, Role.TOWNSHIP_CLERK, Role.EXIT_CLERK, Role.HELPER, Role.GUIDE, Role.EXAMINER, Role.CHIEF}
)
"""Who may sit at a window, give tickets at the guide desk and enter bookings."""
WATCHERS: Final = frozenset({Role.MANAGER, Role.SUPERVISOR})


def post_at(
    actor: Actor, centre: int, *, now: datetime | None = None, roles: Collection[Role] = COUNTERS, window: int = 0
) -> Posting:
    """The actor's posting of one of these roles in this centre, the one at `window` first. Raises Refused."""
    day = timezone.localdate(now)
    fit = [p for p in actor.postings if p.centre_id == centre and Role(p.role) in roles and p.valid(day)]
    if not fit:
        here = any(p.centre_id == centre for p in actor.postings)
        allowed = "、".join(LABELS[role] for role in Role if role in roles)
        raise Refused(f"这一步请由{allowed}办理" if here else "这不是您所在中心的窗口，不能在这里叫号")
    return min(fit, key=lambda posting: (posting.window_id != window, posting.pk))


P = ParamSpec("P")
R = TypeVar("R")


def recorded_refusals(verb: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Writes a refusal down after the action's own rollback; the action has `by` among its keywords."""

    def keep(act: Callable[P, R]) -> Callable[P, R]:
        @wraps(act)
        def acted(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return act(*args, **kwargs)
            except Refused as problem:
                by = kwargs.get("by")
                if isinstance(by, Actor):
                    record_refusal(by, f"hall.{verb}", _subject(args), problem.title)
                raise

        return acted

    return keep


def _subject(args: tuple[object, ...]) -> str:
    first = args[0] if args else None
    return f"{type(first).__name__.lower()}:{getattr(first, 'pk', '')}"
