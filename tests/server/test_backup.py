"""A backup is taken while the house is in use and brings everything back elsewhere."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import pytest

from onewindow.server.backup import _put_back
from onewindow.server.errors import OperatorError
from tests.server.house import ow

_WRITE = """
from django.utils import timezone
from onewindow.server.models import Heartbeat
Heartbeat.objects.update_or_create(name="kept", defaults={"at": timezone.now()})
from django.core.files.uploadedfile import SimpleUploadedFile
from onewindow.cases.models import StoredFile
from onewindow.files.intake import take_in
from onewindow.people.authority import SYSTEM
take_in(StoredFile, SimpleUploadedFile("handed in.pdf", b"%PDF-1.7 of somebody"), by=SYSTEM)
"""
_READ = """
from onewindow.server.models import Heartbeat
print(*Heartbeat.objects.values_list("name", flat=True))
from onewindow.cases.models import StoredFile
from onewindow.files.intake import open_file
print(*(open_file(stored).read() for stored in StoredFile.objects.all()))
"""


def test_what_was_backed_up_comes_back(data_folder: Path, tmp_path: Path) -> None:
    assert ow(data_folder, "migrate").returncode == 0
    assert ow(data_folder, "manage", "shell", "-v", "0", "-c", _WRITE).returncode == 0
    (data_folder / "files" / "2026").mkdir(parents=True, exist_ok=True)
    (data_folder / "files" / "2026" / "licence.pdf").write_bytes(b"%PDF-kept")
    taken = ow(data_folder, "backup", str(tmp_path / "b"))
    assert taken.returncode == 0, taken.stderr
    assert {path.name for path in (tmp_path / "b").iterdir()} == {"database.dump", "files.tar"}
    assert b"of somebody" not in (tmp_path / "b" / "files.tar").read_bytes()
    elsewhere = data_folder.with_name("elsewhere")
    shutil.copytree(data_folder / "keys", elsewhere / "keys")
    restored = ow(elsewhere, "restore", str(tmp_path / "b"))
    assert restored.returncode == 0, restored.stderr
    assert (elsewhere / "files" / "2026" / "licence.pdf").read_bytes() == b"%PDF-kept"
    read = ow(elsewhere, "manage", "shell", "-v", "0", "-c", _READ).stdout
    assert "kept" in read
    assert "%PDF-1.7 of somebody" in read
    again = ow(elsewhere, "restore", str(tmp_path / "b"))
    assert (again.returncode, len(again.stderr.strip().splitlines())) == (1, 1)


def test_a_backup_never_replaces_another(data_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "database.dump").touch()
    answer = ow(data_folder, "backup", str(tmp_path))
    assert answer.returncode == 1
    assert "已有备份" in answer.stderr


def test_what_is_no_file_of_ours_stays_in_the_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OW_DATA_DIR", str(tmp_path / "data"))
    for name, link in (("../outside", ""), ("/etc/outside", ""), ("keys/session", ""), ("files/a", "/etc/passwd")):
        member = tarfile.TarInfo(name)
        member.type, member.linkname = (tarfile.SYMTYPE, link) if link else (tarfile.REGTYPE, "")
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            archive.addfile(member)
        packed.seek(0)
        with tarfile.open(fileobj=packed) as archive, pytest.raises(OperatorError, match="不该有的内容"):
            _put_back(archive, archive.next() or member)
    assert not (tmp_path / "data").exists()
