"""Counting tries across all processes: one row a key, one statement a try, nothing readable in the table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from onewindow.faces.portal.models import Attempt
from onewindow.people.crypto import blind_index

_UPSERT = """
INSERT INTO portal_attempt AS kept (key, count, started_at) VALUES (%(key)s, 1, %(now)s)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN kept.started_at < %(since)s THEN 1 ELSE kept.count + 1 END,
    started_at = CASE WHEN kept.started_at < %(since)s THEN %(now)s ELSE kept.started_at END
RETURNING count
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries in `minutes`."""

    name: str
    most: int
    minutes: int


SIGN_IN_ACCOUNT = Limit("sign-in-account", 8, 15)
SIGN_IN_ADDRESS = Limit("sign-in-address", 40, 15)
TRACK_NUMBER = Limit("track-number", 10, 60)
TRACK_ADDRESS = Limit("track-address", 60, 15)
VERIFY_ADDRESS = Limit("verify-address", 120, 15)
BOOK_ADDRESS = Limit("book-address", 40, 60)
BOOK_PHONE = Limit("book-phone", 10, 24 * 60)
FIND_NUMBER = Limit("find-number", 10, 60)
FIND_ADDRESS = Limit("find-address", 30, 15)
CODE_ADDRESS = Limit("code-address", 60, 15)


def address_of(request: HttpRequest) -> str:
    """The caller's address; proxies were seen through by the middleware."""
    return str(request.META.get("REMOTE_ADDR", ""))


def allowed(limit: Limit, subject: str) -> bool:
    """Counts this try and says whether it is still within the limit. The count comes first, so that a hundred tries
    at once are a hundred tries."""
    now = timezone.now()
    since = now - timedelta(minutes=limit.minutes)
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, {"key": _key(limit, subject), "now": now, "since": since})
        count = int(cursor.fetchone()[0])
    if count == 1:
        Attempt.objects.filter(started_at__lt=now - timedelta(days=1)).delete()
    return count <= limit.most


def forgive(limit: Limit, subject: str) -> None:
    """Somebody got it right: their failures no longer count."""
    Attempt.objects.filter(pk=_key(limit, subject)).delete()


def _key(limit: Limit, subject: str) -> str:
    return blind_index(f"try:{limit.name}", subject)
