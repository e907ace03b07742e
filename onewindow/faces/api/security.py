"""Who calls: a bearer token, found by its SHA-256. Sessions are not accepted, so no page can forge a call."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from ninja.security import HttpBearer

from onewindow.people.authority import Actor
from onewindow.people.models import Account, ApiToken

_LONGEST = 200


class Token(HttpBearer):
    """`Authorization: Bearer ow_…`. A revoked token or an account that left is no token."""

    def authenticate(self, request: HttpRequest, token: str) -> Account | None:
        if not token.isascii() or len(token) > _LONGEST:
            return None
        found = (
            ApiToken.objects.select_related("account")
            .filter(digest=ApiToken.digest_of(token), revoked_at__isnull=True, account__is_active=True)
            .first()
        )
        return found.account if found else None


def caller(request: HttpRequest) -> Actor:
    """The person behind the token with every posting valid now."""
    return Actor.of(cast(Account, request.auth))  # type: ignore[attr-defined]
