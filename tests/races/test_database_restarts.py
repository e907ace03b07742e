"""The database restarts under load: for a while an honest 503, then work goes on; the web is not restarted."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from onewindow.server.cluster import THROW_AWAY, Cluster
from tests.cast import Cast
from tests.races.clients import Load, until


@dataclass
class House:
    cluster: Cluster
    web: subprocess.Popen[bytes]
    load: Load


@pytest.fixture
def house(cast: Cast, tmp_path: Path) -> Iterator[House]:
    """A cluster and a web (granian, as `ow serve` starts it) of their own."""
    cluster = Cluster(tmp_path / "data", THROW_AWAY, superuser=True)
    cluster.data_dir.mkdir(exist_ok=True)
    cluster.start()
    try:
        yield from _open(cluster)
    finally:
        cluster.stop()


def _open(cluster: Cluster) -> Iterator[House]:
    env = {
        **os.environ,
        "DATABASE_URL": cluster.url(),
        "OW_DATA_DIR": str(cluster.data_dir),
        "OW_LOG_LEVEL": "CRITICAL",
        "OW_WEB_WORKERS": "1",
    }
    token = subprocess.run(
        [sys.executable, "-m", "tests.races.new_house"], env=env, check=True, capture_output=True, text=True
    ).stdout.strip()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    web = subprocess.Popen([sys.executable, "-m", "onewindow.server.web", "127.0.0.1", str(port)], env=env)
    load = Load(port, token)
    try:
        yield House(cluster, web, load)
        load.finish()
    finally:
        web.terminate()
        web.wait()


def test_work_goes_on_after_a_restart_of_the_database(house: House) -> None:
    load = house.load
    load.start()
    until(lambda: len(load.accepted) >= 20, 30)
    house.cluster.stop()
    until(lambda: len(load.refused) >= 4, 30)
    house.cluster.start()
    before = len(load.accepted)
    until(lambda: len(load.accepted) >= before + 20, 30)
    load.finish()

    assert house.web.poll() is None
    for status, media, said in load.refused:
        assert (status, media) == (503, "application/problem+json")
        assert said["title"] == "系统暂时繁忙，请稍后重试"
    with psycopg.connect(house.cluster.url()) as reading:
        numbers = {row[0] for row in reading.execute("SELECT number FROM cases_case")}
        events = reading.execute("SELECT count(*) FROM cases_caseevent").fetchone()
    assert set(load.accepted.values()) == numbers
    assert events == (len(numbers),)
