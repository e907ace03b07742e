"""Which rows of a place somebody sees."""

from __future__ import annotations

from django.db.models import Q

from onewindow.people.authority import Actor
from onewindow.people.roles import REACH, Reach, Role


def places_of(actor: Actor) -> Q:
    """Rows with a centre that this person may see: of the centre they work in, or of the division they manage."""
    scope = Q(pk__in=[])
    for posting in actor.postings:
        if posting.role in {Role.SUPERVISOR, Role.MANAGER} and REACH[Role(posting.role)] is Reach.DIVISION:
            scope |= Q(centre__division__code__startswith=posting.centre.division_id)
        else:
            scope |= Q(centre_id=posting.centre_id)
    return scope
