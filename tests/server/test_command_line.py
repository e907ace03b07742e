"""The `ow` command line and the files it keeps."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from onewindow import commands
from onewindow.server.errors import OperatorError
from onewindow.server.keys import stored_key
from tests.server.house import ow


def test_no_command_and_an_unknown_one_show_the_help_and_end_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main([]) == 2
    assert "用法" in capsys.readouterr().err
    assert commands.main(["sevre"]) == 2
    assert "没有这个命令：sevre" in capsys.readouterr().err


def test_help_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["--help"]) == 0
    assert "ow serve" in capsys.readouterr().out


def test_a_reason_is_one_sentence_without_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OperatorError("磁盘满了。", "disk full")

    monkeypatch.setattr(commands, "_call", refuse)
    assert commands.main(["migrate"]) == 1
    assert capsys.readouterr().err == "磁盘满了。 (disk full)\n"


def test_a_command_without_the_server_brings_its_own_database(data_folder: Path) -> None:
    done = ow(data_folder, "migrate")
    assert done.returncode == 0, done.stderr
    assert ow(data_folder, "migrate").stdout == "数据库结构已是最新。\n"
    assert not (data_folder / "postgres" / "postmaster.pid").exists()


def test_a_key_is_made_once_even_by_many_at_once(tmp_path: Path) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(stored_key(tmp_path / "d", "k"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    path = tmp_path / "d" / "keys" / "k"
    assert found == [path.read_text()] * 16
    assert len(bytes.fromhex(found[0])) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_key_that_a_full_disk_left_empty_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "k").touch()
    assert len(stored_key(tmp_path, "k")) == 64


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open
    monkeypatch.setattr("onewindow.server.keys.os.open", lambda *_: real("/dev/full", os.O_WRONLY))
    with pytest.raises(OperatorError, match="磁盘空间不足"):
        stored_key(tmp_path, "k")
    assert list((tmp_path / "keys").iterdir()) == []
