"""The web process: granian over WSGI. Started by `ow serve`; more may run elsewhere with
`python -m onewindow.server.web HOST PORT`."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from onewindow.server import processes
from onewindow.server.logging import log_config

TARGET = "onewindow.wsgi:application"
_MOST_WORKERS = 4
"""One process per core, as far as that: a Python process uses one core, and the database wants some too."""


def threads() -> int:
    """Each thread of a web process may hold one database connection (settings: pool of threads + 2)."""
    return int(os.environ.get("OW_WEB_THREADS", "8"))


def workers() -> int:
    """How many processes answer: as set, or one per core up to four."""
    return int(os.environ.get("OW_WEB_WORKERS") or min(os.cpu_count() or 1, _MOST_WORKERS))


def main(host: str, port: int) -> int:
    processes.die_with_parent()
    os.environ["OW_SUPERVISED"] = "1"  # wsgi.py: the granian worker goes when granian goes
    figures = _share_figures() if workers() > 1 else None
    try:
        Server(
            TARGET,
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers(),
            blocking_threads=threads(),
            websockets=False,
            respawn_failed_workers=True,
            respawn_interval=0.5,
            workers_kill_timeout=5,
            log_level=LogLevels.error,  # it warns about more threads than cores; ours wait for the database
            log_dictconfig=log_config(level="WARNING", file=os.environ.get("OW_LOG_FILE", "")),
        ).serve()
    finally:
        if figures:
            shutil.rmtree(figures, ignore_errors=True)
    return 0


def _share_figures() -> str:
    folder = tempfile.mkdtemp(prefix="onewindow-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    return folder


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
