"""`ow backup FOLDER`: database and uploaded files into one folder, while the site is open."""

from __future__ import annotations

import os
from pathlib import Path

from onewindow.server.backup import backup, restore
from onewindow.server.database import database
from onewindow.server.errors import OperatorError, from_os_error


def run(argv: list[str]) -> int:
    return work(argv, restoring=False)


def work(argv: list[str], *, restoring: bool) -> int:
    if len(argv) != 1 or argv[0].startswith("-"):
        verb = "restore" if restoring else "backup"
        raise OperatorError(f"用法：ow {verb} 目录", f"usage: ow {verb} FOLDER")
    folder = Path(argv[0]).absolute()
    external = bool(os.environ.get("DATABASE_URL"))
    try:
        with database() as url:
            (restore if restoring else backup)(folder, url, external=external)
    except OSError as error:
        raise from_os_error(error, error.filename or folder) from error
    return 0
