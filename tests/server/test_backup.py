"""A backup is taken while the house is in use and brings everything back elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.server.house import ow

_WRITE = """
from django.utils import timezone
from onewindow.server.models import Heartbeat
Heartbeat.objects.update_or_create(name="kept", defaults={"at": timezone.now()})
"""
_READ = """
from onewindow.server.models import Heartbeat
print(*Heartbeat.objects.values_list("name", flat=True))
"""


def test_what_was_backed_up_comes_back(data_folder: Path, tmp_path: Path) -> None:
    assert ow(data_folder, "migrate").returncode == 0
    assert ow(data_folder, "manage", "shell", "-v", "0", "-c", _WRITE).returncode == 0
    (data_folder / "files" / "2026").mkdir(parents=True, exist_ok=True)
    (data_folder / "files" / "2026" / "licence.pdf").write_bytes(b"%PDF-kept")
    taken = ow(data_folder, "backup", str(tmp_path / "b"))
    assert taken.returncode == 0, taken.stderr
    assert {path.name for path in (tmp_path / "b").iterdir()} == {"database.dump", "files.tar"}
    elsewhere = data_folder.with_name("elsewhere")
    shutil.copytree(data_folder / "keys", elsewhere / "keys")
    restored = ow(elsewhere, "restore", str(tmp_path / "b"))
    assert restored.returncode == 0, restored.stderr
    assert (elsewhere / "files" / "2026" / "licence.pdf").read_bytes() == b"%PDF-kept"
    assert "kept" in ow(elsewhere, "manage", "shell", "-v", "0", "-c", _READ).stdout
    again = ow(elsewhere, "restore", str(tmp_path / "b"))
    assert (again.returncode, len(again.stderr.strip().splitlines())) == (1, 1)


def test_a_backup_never_replaces_another(data_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "database.dump").touch()
    answer = ow(data_folder, "backup", str(tmp_path))
    assert answer.returncode == 1
    assert "已有备份" in answer.stderr
