"""Which alarms somebody sees, and which of them wait for this person to do something."""

from __future__ import annotations

from typing import Final

from django.db.models import Q
from django.utils import timezone

from onewindow.loops.models import MatterQuerySet
from onewindow.oversight.models import CARDS, Alert
from onewindow.people.authority import Actor
from onewindow.people.roles import REACH, Reach, Role

LEADS: Final = frozenset({Role.CHIEF, Role.HEAD})
_EXPLAIN: Final = ("open",)
_MEND: Final = ("confirmed", "urged")
_JUDGE: Final = ("explained", "confirmed", "rectified", "rechecked")


def visible(actor: Actor) -> MatterQuerySet:
    """Supervision and managers see their division, a department's people what is about it, everybody what is about
    themselves. Without more: the caller adds what it wants to select."""
    rows: MatterQuerySet = Alert.objects.filter(scope_of(actor))
    return rows


def scope_of(actor: Actor) -> Q:
    if actor.system:
        return Q()
    scope = _own(actor)
    departments = departments_of(actor)
    if departments:
        scope |= Q(department_id__in=sorted(departments))
    for posting in actor.postings:
        if REACH[Role(posting.role)] is Reach.DIVISION:
            scope |= Q(centre__division__code__startswith=posting.centre.division_id)
    return scope


def waiting(actor: Actor) -> MatterQuerySet:
    """Unfinished alarms that wait for this person: to be read or answered by whom they are addressed to, to be put
    right by who leads the department, to be judged by supervision; also answers that did not come in time."""
    late = Q(next_due_at__lt=timezone.now())
    asked = _own(actor) & Q(state__in=["told", *_EXPLAIN])
    leads = {p.department_id for p in actor.postings if Role(p.role) in LEADS and p.department_id}
    if leads:
        asked |= Q(department_id__in=sorted(leads), state__in=[*_EXPLAIN, *_MEND])
    for posting in actor.postings:
        if posting.role == Role.SUPERVISOR:
            here = Q(centre__division__code__startswith=posting.centre.division_id, level__in=sorted(CARDS))
            asked |= here & (Q(state__in=_JUDGE) | (Q(state__in=["open", "urged"]) & late))
        elif posting.role == Role.MANAGER:
            here = Q(centre__division__code__startswith=posting.centre.division_id, department=None)
            asked |= here & Q(state__in=[*_EXPLAIN, *_MEND])
    return visible(actor).unfinished().filter(asked)


def departments_of(actor: Actor) -> frozenset[int]:
    return frozenset(
        posting.department_id
        for posting in actor.postings
        if REACH[Role(posting.role)] is Reach.DEPARTMENT and posting.department_id is not None
    )


def _own(actor: Actor) -> Q:
    return Q(person_id=actor.account.pk) if actor.account is not None else Q(pk__in=[])
