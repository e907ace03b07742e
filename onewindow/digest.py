"""Canonical JSON, SM3 (GB/T 32905) and the chain of the ledger. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.hashes import SM3, Hash

GENESIS = "0" * 64


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no spaces and no escapes: the same value always gives the same bytes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sm3(data: bytes) -> str:
    hasher = Hash(SM3())
    hasher.update(data)
    return hasher.finalize().hex()


def digest_of(value: Any) -> str:
    return sm3(canonical(value))


def event_digest(previous: str, content: Mapping[str, Any]) -> str:
    """Digest of an event: over the digest before it (GENESIS for the first) and its own content."""
    return sm3(previous.encode() + canonical(content))
