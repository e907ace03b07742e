"""One house for the tests that only look at it; tests that hurt it build their own on the same data."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.house import House


@pytest.fixture(scope="session")
def data_folder() -> Iterator[Path]:
    """Short and open to the database's own account, so that its socket fits and its cluster stays inside."""
    with tempfile.TemporaryDirectory(prefix="ow-h-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o711)  # noqa: PTH101
        yield Path(folder) / "data"


@pytest.fixture
def house(data_folder: Path) -> Iterator[House]:
    """Open; closed hard afterwards if the test has not closed it."""
    house = House(data_folder).open()
    yield house
    if house.process.poll() is None:
        family = house.family()
        house.stop(signal.SIGTERM)
        for process in family:
            if process.is_running():
                process.kill()
