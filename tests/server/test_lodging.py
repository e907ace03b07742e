"""Where the embedded database lives when root starts it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from onewindow.server import lodging
from onewindow.server.cluster import THROW_AWAY, Cluster

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")


@pytest.fixture
def common_ground(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ow-cg-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        monkeypatch.setattr(lodging, "COMMON_GROUND", Path(folder) / "onewindow")
        yield Path(folder) / "onewindow"


def test_below_a_closed_folder_cluster_and_programs_move_to_common_ground(
    tmp_path: Path, common_ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lodging, "_reaches", lambda *_: False)
    cluster = Cluster(tmp_path / "data", THROW_AWAY)
    assert cluster.folder.is_relative_to(common_ground)
    assert (tmp_path / "data" / "postgres").readlink() == cluster.folder
    assert cluster.lodging.programs.is_relative_to(common_ground)
    cluster.start()
    try:
        with psycopg.connect(cluster.url()) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("onewindow",)
        assert cluster.folder.stat().st_uid != 0
    finally:
        cluster.stop()
    assert Cluster(tmp_path / "data", THROW_AWAY).folder == cluster.folder


def test_a_link_into_nothing_is_told(tmp_path: Path, common_ground: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "postgres").symlink_to(common_ground / "gone")
    with pytest.raises(lodging.OperatorError, match="不存在"):
        Cluster(tmp_path / "data", THROW_AWAY)
