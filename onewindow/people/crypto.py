"""Personal data at rest: authenticated encryption, and blind indexes that find a value without storing it."""

from __future__ import annotations

import hmac
import os
import unicodedata
from functools import cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_NONCE = 12


class UnreadableSecret(Exception):
    """A stored value does not open with this installation's key: wrong key file, or the bytes were changed."""


@cache
def _key(purpose: bytes) -> bytes:
    master = bytes.fromhex(settings.PERSONAL_DATA_KEY)
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(master)


@cache
def _cipher() -> AESGCM:
    return AESGCM(_key(b"onewindow encryption"))


def encrypt(text: str) -> bytes:
    """AES-256-GCM: 12 bytes of nonce, then the sealed UTF-8 text."""
    return encrypt_bytes(text.encode())


def decrypt(sealed: bytes) -> str:
    """Raises UnreadableSecret when the bytes are not this installation's."""
    return decrypt_bytes(sealed).decode()


def encrypt_bytes(plain: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + _cipher().encrypt(nonce, plain, None)


def decrypt_bytes(sealed: bytes) -> bytes:
    """Raises UnreadableSecret when the bytes are not this installation's."""
    try:
        return _cipher().decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
    except (InvalidTag, ValueError) as error:
        raise UnreadableSecret from error


def blind_index(kind: str, value: str) -> str:
    """A keyed digest of the normalised value: equal values match, nothing can be read back without the key."""
    normal = unicodedata.normalize("NFKC", value).strip().upper()
    return hmac.new(_key(b"onewindow blind index"), f"{kind}:{normal}".encode(), sha256).hexdigest()[:40]
