"""Secrets of this installation, made on first use and kept in the data folder, never in the repository."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from onewindow.server.errors import from_os_error


def ensure_data_dir(data_dir: Path) -> Path:
    """The data folder, mode 700; 711 for root, so that the database's own account can pass through to its files."""
    try:
        if not data_dir.exists():
            data_dir.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise from_os_error(error, data_dir) from error
    return data_dir


def stored_key(data_dir: Path, name: str) -> str:
    """64 hexadecimal digits from `keys/NAME` (mode 600). Two processes asking at once get the same key, and a disk
    that fills up in between leaves no half key: the file appears complete or not at all."""
    path = data_dir / "keys" / name
    try:
        if not path.exists() or not path.stat().st_size:
            _write_once(path)
        return path.read_text().strip()
    except OSError as error:
        raise from_os_error(error, path) from error


def put_first(path: Path) -> None:
    """A new key as the first line of a list of keys (mode 600): the whole list is there with it or without it."""
    try:
        ensure_data_dir(path.parent.parent)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        older = path.read_text() if path.exists() else ""
        _replace(path, f"{secrets.token_hex(32)}\n{older}")
    except OSError as error:
        raise from_os_error(error, path) from error


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write(draft, text)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    """For whoever the folder belongs to: root may make a key for the account that the site runs under."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        if os.geteuid() == 0:
            owner = path.parent.stat()
            os.fchown(handle.fileno(), owner.st_uid, owner.st_gid)
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())


def _write_once(path: Path) -> None:
    ensure_data_dir(path.parent.parent)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write(draft, secrets.token_hex(32))
        if path.exists() and not path.stat().st_size:
            path.unlink()
        with suppress(FileExistsError):  # another process was first: its key is the key
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
