"""The one password of the demonstration accounts: made once per installation and kept with mode 600."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from django.conf import settings

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without what looks alike


def demo_password() -> str:
    """The password, made on first use. Two processes asking at once get the same one."""
    path = Path(settings.DATA_DIR) / "keys" / "demo-password"
    if not path.exists():
        _write_once(path)
    return path.read_text("ascii").strip()


def _write_once(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write("-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3)))
    try:
        with suppress(FileExistsError):  # another process was first: its password is the password
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
