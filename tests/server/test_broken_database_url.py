"""A broken DATABASE_URL is one Chinese sentence without the password in it."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from onewindow.server import database
from onewindow.server.errors import OperatorError
from tests.server.house import free_port, ow


def _said(url: str) -> str:
    with pytest.raises(OperatorError) as caught:
        database.check(url)
    return str(caught.value)


@pytest.mark.parametrize(
    "url", ["nonsense", "http://127.0.0.1/x", "mysql://root@127.0.0.1/x", "postgresql://u@127.0.0.1:port/x"]
)
def test_not_an_address(url: str) -> None:
    assert "不是数据库地址" in _said(url)


def test_nobody_listens() -> None:
    assert "连接被拒绝" in _said(f"postgresql://me:s3cret@127.0.0.1:{free_port()}/x")


def test_no_such_host() -> None:
    assert "找不到主机名" in _said("postgresql://me@no-such-host.invalid/x")


def test_something_else_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        threading.Thread(target=_reply, args=[other], daemon=True).start()
        assert "没有按 PostgreSQL 的方式应答" in _said(
            f"postgresql://me@127.0.0.1:{other.getsockname()[1]}/x?sslmode=disable"
        )


def _reply(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(100)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def _here(**changes: str) -> str:
    named = settings.DATABASES["default"]
    known = {"user": named["USER"], "password": named["PASSWORD"], "host": named["HOST"], "port": named["PORT"]}
    return psycopg.conninfo.make_conninfo(**{name: value for name, value in {**known, **changes}.items() if value})


def test_no_such_database() -> None:
    assert "数据库不存在" in _said(_here(dbname="no_such_database"))


def test_no_such_role_or_wrong_password_is_told_without_the_password() -> None:
    said = _said(_here(user="no_such_role", password="s3cret", dbname="postgres"))
    assert "用户" in said
    assert "s3cret" not in said


def test_an_old_database_is_told_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "OLDEST_VERSION", 99)
    assert "99 或更新的版本" in _said(_here(dbname="postgres"))


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_commands_end_with_one_sentence_and_no_traceback(tmp_path: Path, command: str) -> None:
    url = f"postgresql://me:s3cret@127.0.0.1:{free_port()}/x"
    answer = ow(tmp_path / "data", command, DATABASE_URL=url, PORT=str(free_port()))
    assert answer.returncode == 1
    assert len(answer.stderr.strip().splitlines()) == 1
    assert "连接被拒绝" in answer.stderr
    assert "s3cret" not in answer.stderr
