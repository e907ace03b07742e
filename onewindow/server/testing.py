"""pytest plugin: a data folder and, without DATABASE_URL, a PostgreSQL of their own for the tests, both gone after.

Loaded with `-p` from pyproject.toml, because pytest-django reads the settings before any conftest.py is read. Workers
of pytest-xdist inherit the environment of the process that started them; each makes its own test database.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def _prepare() -> None:
    os.environ["OW_TESTING"] = "1"
    if os.environ.get("OW_TEST_HOME"):  # a worker: its parent has prepared everything
        return
    home = Path(tempfile.mkdtemp(prefix="ow-test-"))
    os.environ["OW_TEST_HOME"] = os.environ["OW_DATA_DIR"] = str(home)
    home.chmod(0o711)
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    if not os.environ.get("DATABASE_URL"):
        _start_database(home)


def _start_database(home: Path) -> None:
    from onewindow.server.cluster import THROW_AWAY, Cluster

    cluster = Cluster(home, THROW_AWAY, superuser=True)
    cluster.start()
    os.environ["DATABASE_URL"] = cluster.url()
    atexit.register(cluster.stop)  # runs before the folder goes: last registered, first called


_prepare()
