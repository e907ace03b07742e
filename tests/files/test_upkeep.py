"""Clear files of an earlier release become sealed ones, keys are changed, and every file can be opened once to see."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from onewindow.cases.uploads import open_file, store
from onewindow.commands import files as command
from onewindow.files import keys, storage, upkeep
from onewindow.server.errors import OperatorError
from tests.cast import Cast

PDF = b"%PDF-1.7\n" + b"0123456789abcdef" * 9000 + b"\n%%EOF\n"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path, db: None) -> Path:
    """A storage and a list of keys of their own."""
    default = settings.STORAGES["default"]
    options = default["OPTIONS"] | {"location": tmp_path / "files"}
    settings.STORAGES = settings.STORAGES | {"default": default | {"OPTIONS": options}}
    settings.FILE_KEY_LIST = tmp_path / "keys" / "files"
    return tmp_path / "files"


def clear(folder: Path, name: str, content: bytes = PDF) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_clear_files_are_sealed_in_their_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = [clear(folder, f"2026/{month:02}/{month}.pdf") for month in (1, 2, 3)]
    default_storage.save("2026/04/4.pdf", ContentFile(PDF))
    assert command.run([]) == 0
    assert "当前密钥加密 1 个，旧密钥加密 0 个，没有加密 3 个" in told(capsys)
    assert command.run(["seal"]) == 0
    assert "这次加密了 3 个" in told(capsys)
    for path in old:
        assert b"0123456789abcdef" not in path.read_bytes()
        assert path.stat().st_mode & 0o777 == 0o600
        assert default_storage.open(path.relative_to(folder).as_posix()).read() == PDF
    assert command.run(["seal"]) == 0
    assert "这次加密了 0 个" in told(capsys)
    assert upkeep.survey().whole


def test_a_crash_in_between_loses_nothing_and_the_next_time_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [clear(folder, f"{number}.pdf") for number in (1, 2, 3)]
    (folder / ".2.pdf.sealing").write_bytes(b"half of it, left by a power cut")
    real, seen = storage.SealedStorage._read_back, []

    def cut(self: Any, name: str, draft: Path) -> bytes:
        seen.append(name)
        if name == "2.pdf":
            raise OSError("no space left")
        return real(self, name, draft)

    monkeypatch.setattr(storage.SealedStorage, "_read_back", cut)
    with pytest.raises(OSError, match="no space"):
        upkeep.seal_all()
    assert paths[1].read_bytes() == PDF
    monkeypatch.undo()
    assert upkeep.seal_all().sealed_now == 2
    assert [default_storage.open(path.name).read() for path in paths] == [PDF] * 3
    assert [path.name for path in folder.iterdir() if path.name.endswith(".sealing")] == []


def test_what_is_written_wrong_never_takes_the_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = clear(folder, "a.pdf")
    monkeypatch.setattr(storage.SealedStorage, "_read_back", lambda *_: b"something else")
    assert upkeep.seal_all().broken == ["a.pdf"]
    assert path.read_bytes() == PDF


def test_the_start_of_the_house_seals_for_a_moment_only(folder: Path) -> None:
    for number in range(3):
        clear(folder, f"{number}.pdf")
    left = upkeep.seal_all(seconds=0)
    assert (left.sealed_now, left.clear) == (0, 1)
    assert upkeep.seal_all(seconds=60).sealed_now == 3


def test_once_all_are_sealed_nothing_is_looked_at_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clear(folder, "a.pdf")
    upkeep.seal_all()
    monkeypatch.setattr(upkeep, "_names", lambda _: pytest.fail("looked again"))
    upkeep.seal_all()


def test_a_new_key_seals_everything_anew_and_the_old_one_is_kept(
    folder: Path, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.pdf", "b.pdf"):
        default_storage.save(name, ContentFile(PDF))
    before = keys.current()
    for _ in range(2):
        assert command.run(["rotate"]) == 0
    first, second = settings.FILE_KEY_LIST.read_text().split()
    assert settings.FILE_KEY_LIST.stat().st_mode & 0o777 == 0o600
    assert keys.current() == bytes.fromhex(first) != before
    assert default_storage.key_of("a.pdf") == keys.id_of(bytes.fromhex(first))  # type: ignore[attr-defined]
    assert default_storage.open("b.pdf").read() == PDF
    assert keys.by_id(keys.id_of(before)) == before
    assert first not in (out := told(capsys))
    assert second not in out


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_seals_belongs_to_the_account_of_the_site(folder: Path, settings: Any) -> None:
    path = clear(folder, "a.pdf")
    os.chown(path, 1234, 1234)
    settings.FILE_KEY_LIST.parent.mkdir(parents=True)
    os.chown(settings.FILE_KEY_LIST.parent, 1234, 1234)
    assert command.run(["rotate"]) == 0
    assert (path.stat().st_uid, settings.FILE_KEY_LIST.stat().st_uid) == (1234, 1234)
    assert default_storage.open("a.pdf").read() == PDF


def test_keys_from_the_environment_are_changed_there(settings: Any) -> None:
    settings.FILE_KEYS = [secrets.token_hex(32)]
    with pytest.raises(OperatorError, match="OW_FILE_KEYS"):
        command.run(["rotate"])
    assert not settings.FILE_KEY_LIST.exists()


def test_every_file_is_opened_once_to_see(folder: Path, cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    by = cast.actor("citizen1")
    good, spoilt, lost, cut = [store(SimpleUploadedFile("a.pdf", PDF), by=by) for _ in range(4)]
    raw = bytearray((folder / spoilt.path).read_bytes())
    raw[-1] ^= 1
    (folder / spoilt.path).write_bytes(raw)
    (folder / lost.path).unlink()
    cut.size += 1
    cut.save()
    assert command.run(["check"]) == 1
    out = told(capsys)
    assert good.path not in out
    for path, word in ((spoilt.path, "打不开"), (lost.path, "不见了"), (cut.path, "长短")):
        assert any(path in line and word in line for line in out.splitlines())
    with open_file(good) as file:
        assert file.read() == PDF
