"""`ow import` and `ow token`, as an operator calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from onewindow.commands import import_, token
from onewindow.commands.demo import run as demo
from onewindow.people.models import Account, ApiToken
from onewindow.places.models import Division

pytestmark = pytest.mark.django_db


def test_a_token_is_printed_once_and_only_its_digest_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    account = Account.objects.create(username="clerk9", name="某人")
    assert token.run(["clerk9"]) == 0
    printed = capsys.readouterr().out.strip()
    assert ApiToken.objects.get(account=account).digest == ApiToken.digest_of(printed)


@pytest.mark.parametrize("name", ["nobody", "", "\x00", "'; --"])
def test_an_unknown_account_gets_a_sentence_and_no_token(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert token.run([name]) == 1
    assert "没有账号" in capsys.readouterr().err
    assert not ApiToken.objects.exists()


def test_a_disabled_account_gets_no_token(capsys: pytest.CaptureFixture[str]) -> None:
    Account.objects.create(username="gone", name="某人", is_active=False)
    assert token.run(["gone"]) == 1
    assert "停用" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [[], ["a", "b"], ["--all"]])
def test_a_wrong_call_of_token_shows_how(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert token.run(argv) == 2
    assert "用法" in capsys.readouterr().err


def test_import_reports_what_it_did_and_what_it_rejected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "divisions.csv"
    path.write_text("code,name\n43,湖南省\n4309,\n", "utf-8")
    assert import_.run(["divisions", str(path)]) == 1
    out = capsys.readouterr().out
    assert "新增 1" in out
    assert "第 3 行" in out
    assert Division.objects.count() == 1


def test_import_without_a_rejection_ends_well(tmp_path: Path) -> None:
    path = tmp_path / "divisions.csv"
    path.write_text("code,name\n43,湖南省\n", "utf-8")
    assert import_.run(["divisions", str(path), "--dry-run"]) == 0
    assert not Division.objects.exists()


@pytest.mark.parametrize("argv", [[], ["divisions"], ["planets", "x.csv"], ["items", "x.yaml", "--force"]])
def test_a_wrong_call_of_import_shows_how(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert import_.run(argv) == 2
    assert "可以导入" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["divisions", "items", "themes", "calendar", "catalogue"])
def test_a_missing_file_is_told_in_one_sentence(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_.run([kind, "/nowhere/at-all"]) == 1
    assert "没有这个文件" in capsys.readouterr().err


def test_importing_a_notice_recomputes_open_deadlines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"2027,2027-02-{day:02},holiday,春节" for day in range(1, 14)]
    path = tmp_path / "2027.csv"
    path.write_text("\n".join(["year,date,kind,name", *rows]), "utf-8")
    assert import_.run(["calendar", str(path)]) == 0
    assert "重算" in capsys.readouterr().out


def test_a_wrong_call_of_demo_shows_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo(["--everything"]) == 2
    assert "用法" in capsys.readouterr().err
