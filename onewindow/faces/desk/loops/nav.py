"""The loops in the desk's navigation, with how many wait there: all counted in one query.

A room adds its `Entry` to ENTRIES; nothing else has to be touched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import CharField, Count, Q, QuerySet, Value
from django.utils import timezone

from onewindow.catalogue.changes import actions as changes
from onewindow.catalogue.changes.loop import APPLIERS, REVIEWERS
from onewindow.oversight import sight, telling
from onewindow.people.authority import Actor
from onewindow.people.roles import Role
from onewindow.voice.complaints import issues
from onewindow.voice.complaints import registering as complaints
from onewindow.voice.consultations import asking as consultations
from onewindow.voice.ratings import bad as badratings


@dataclass(frozen=True)
class Entry:
    """A link for people in one of these roles; `waiting` are the matters that wait for this person."""

    key: str
    label: str
    url: str
    icon: str
    roles: frozenset[Role]
    waiting: Callable[[Actor], QuerySet[Any]]


_EVERYBODY: Final = frozenset(
    {
        Role.CLERK,
        Role.TOWNSHIP_CLERK,
        Role.EXIT_CLERK,
        Role.HELPER,
        Role.EXAMINER,
        Role.VERIFIER,
        Role.CHIEF,
        Role.HEAD,
        Role.MANAGER,
        Role.SUPERVISOR,
        Role.GOVERNMENT_HEAD,
    }
)

_JUDGES: Final = frozenset({Role.MANAGER, Role.SUPERVISOR})
_CHANGING: Final = APPLIERS | REVIEWERS | {Role.SUPERVISOR}

ENTRIES: Final[list[Entry]] = [
    Entry("cards", "监察", "/desk/cards/?whose=waiting", "scale", _EVERYBODY, sight.waiting),
    Entry("told", "监察通知", "/desk/notices/", "bell", _EVERYBODY, telling.unread),
    Entry("complaints", "诉求", "/desk/complaints/", "message", _EVERYBODY | {Role.GUIDE}, complaints.waiting),
    Entry("changes", "事项变更", "/desk/changes/", "git-branch", _CHANGING, changes.waiting),
    Entry("issues", "系统性问题", "/desk/issues/", "sitemap", _JUDGES | {Role.CHIEF, Role.HEAD}, issues.waiting),
    Entry("ratings", "差评", "/desk/ratings/", "mood-sad", _EVERYBODY, badratings.waiting),
    Entry("questions", "咨询", "/desk/questions/", "help-circle", _EVERYBODY | {Role.GUIDE}, consultations.waiting),
]


def links(actor: Actor, current: str) -> list[dict[str, Any]]:
    """In the form of the navigation; one query, none where nothing is for this person."""
    mine = [entry for entry in ENTRIES if entry.roles & actor.roles]
    counted = _counts(actor, mine)
    return [
        {
            "label": entry.label,
            "url": entry.url,
            "icon": entry.icon,
            "count": counted.get(entry.key, (0, 0))[0],
            "late": counted.get(entry.key, (0, 0))[1],
            "current": current == entry.key,
        }
        for entry in mine
    ]


def _counts(actor: Actor, entries: list[Entry]) -> dict[str, tuple[int, int]]:
    if not entries:
        return {}
    late = Count("pk", filter=Q(next_due_at__lt=timezone.now()))
    asked = [
        entry.waiting(actor)
        .order_by()
        .annotate(nav_key=Value(entry.key, output_field=CharField()))
        .values("nav_key")
        .annotate(waiting=Count("pk"), late=late)
        .values_list("nav_key", "waiting", "late")
        for entry in entries
    ]
    whole = asked[0].union(*asked[1:], all=True) if len(asked) > 1 else asked[0]
    return {key: (waiting, overdue) for key, waiting, overdue in whole}
