"""Running numbers. A number is taken inside the transaction that uses it, so a rolled-back paper leaves no gap."""

from __future__ import annotations

from django.db import connection

_TAKE = """
INSERT INTO papers_serial (key, last) VALUES (%s, 1)
ON CONFLICT (key) DO UPDATE SET last = papers_serial.last + 1
RETURNING last
"""


def take_number(key: str) -> int:
    """The next number under this key, from 1. Others who want the same key wait for this transaction to end."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [key])
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])
