"""Model fields whose columns hold only ciphertext."""

from __future__ import annotations

from typing import Any

from django.db import models

from onewindow.people import crypto


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg]
    """Text in Python, AES-GCM bytes in the table; cannot be searched, which is what blind indexes are for."""

    def from_db_value(self, value: bytes | None, expression: Any, connection: Any) -> str | None:
        return None if value is None else crypto.decrypt(bytes(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            value = crypto.encrypt(value)
        return super().get_db_prep_value(value, connection, prepared)

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))


class EncryptedBinaryField(models.BinaryField):  # type: ignore[type-arg]
    """Bytes in Python, AES-GCM bytes in the table: a document that names people."""

    def from_db_value(self, value: bytes | None, expression: Any, connection: Any) -> bytes | None:
        return None if value is None else crypto.decrypt_bytes(bytes(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        sealed = None if value is None else crypto.encrypt_bytes(bytes(value))
        return super().get_db_prep_value(sealed, connection, prepared)
