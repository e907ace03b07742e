"""Who calls: a bearer token, found by its SHA-256. Sessions are not accepted, so no page can forge a call."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, cast

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from onewindow.people.authority import Actor
from onewindow.people.models import Account, ApiToken, Posting
from onewindow.people.rows import Part, fetch, listed, split
from onewindow.places.models import Centre, Department, RegulationProfile, Window

_LONGEST = 200
_PARTS: Final = (
    Part("a", Account, ("username", "name", "kind", "applicant_id", "is_active", "is_demo")),
    Part("p", Posting),
    Part("c", Centre),
    Part("r", RegulationProfile),
    Part("d", Department),
    Part("w", Window),
)


class Token(HttpBearer):
    """`Authorization: Bearer ow_…`. A revoked token or an account that left is no token."""

    def authenticate(self, request: HttpRequest, token: str) -> Account | None:
        if not token.isascii() or len(token) > _LONGEST:
            return None
        actor = _actor(ApiToken.digest_of(token))
        request.actor = actor  # type: ignore[attr-defined]
        return actor.account if actor else None


def caller(request: HttpRequest) -> Actor:
    """The person behind the token with every posting valid now."""
    return cast(Actor, request.actor)  # type: ignore[attr-defined]


def _actor(digest: str) -> Actor | None:
    """The actor of a token as `Actor.of` would load it. One query."""
    rows = fetch(_statement(), {"digest": digest, "today": timezone.localdate()})
    if not rows:
        return None
    split_rows = [split(_PARTS, row) for row in rows]
    account: Account = split_rows[0][0]
    return Actor(account, tuple(_posting(account, parts) for parts in split_rows if parts[1] is not None))


@cache
def _statement() -> str:
    return f"""
        SELECT {listed(_PARTS)}
        FROM people_apitoken t
        JOIN people_account a ON a.id = t.account_id AND a.is_active
        LEFT JOIN people_posting p ON p.account_id = a.id AND a.kind <> 'applicant' AND p.valid_from <= %(today)s
            AND (p.valid_until IS NULL OR p.valid_until >= %(today)s)
        LEFT JOIN places_centre c ON c.id = p.centre_id
        LEFT JOIN places_regulationprofile r ON r.key = c.profile_id
        LEFT JOIN places_department d ON d.id = p.department_id
        LEFT JOIN places_window w ON w.id = p.window_id
        WHERE t.digest = %(digest)s AND t.revoked_at IS NULL
        ORDER BY p.id"""  # noqa: S608 - names of our own models


def _posting(account: Account, parts: Sequence[Any]) -> Posting:
    """A posting with its places in their fields, as select_related leaves them."""
    _, posting, centre, profile, department, window = parts
    posting.account, posting.centre = account, centre
    centre.profile = profile
    posting.department, posting.window = department, window
    return cast(Posting, posting)
