"""The database for whoever needs one: DATABASE_URL as it is, or the embedded cluster, shared by all commands.

Two files in the data folder keep order. `database.start` is held while somebody starts or stops the cluster.
`database.use` is held (shared) by everybody who works with it; whoever started the cluster waits, before stopping it,
until nobody else holds it. A postmaster that runs while nobody holds it is an orphan and is stopped.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from onewindow.server.cluster import Cluster
from onewindow.server.errors import OperatorError, from_os_error
from onewindow.server.keys import ensure_data_dir

BASE_DIR = Path(__file__).resolve().parent.parent.parent
OLDEST_VERSION = 15
_PATIENCE = 600.0  # seconds to wait for another command that uses the cluster


def data_dir() -> Path:
    return Path(os.environ.get("OW_DATA_DIR") or BASE_DIR / "data").absolute()


@contextmanager
def database() -> Iterator[str]:
    """The address of a database that answers, for the length of the block; also left in DATABASE_URL, where
    settings.py and every child process find it."""
    if url := os.environ.get("DATABASE_URL"):
        check(url)
        yield url
        return
    with shared_cluster(Cluster(data_dir())) as cluster:
        os.environ["DATABASE_URL"] = cluster.url()
        try:
            yield cluster.url()
        finally:
            del os.environ["DATABASE_URL"]


@contextmanager
def shared_cluster(cluster: Cluster) -> Iterator[Cluster]:
    """For a command: joins the running cluster, or starts it and stops it once nobody else works with it."""
    with _Lock(cluster.data_dir / "database.use") as use:
        with _Lock(cluster.data_dir / "database.start") as start:
            start.exclusive()
            _join_or_start(cluster, use)
        try:
            yield cluster
        finally:
            _leave(cluster, use)


@contextmanager
def own_cluster(cluster: Cluster) -> Iterator[Cluster]:
    """For the server: starts the cluster as its parent, after any command that is using it has ended, and stops it
    at the end without waiting for anybody."""
    with _Lock(cluster.data_dir / "database.use") as use:
        with _Lock(cluster.data_dir / "database.start") as start:
            _wait_for_others(start, use)
            if orphan := cluster.running_pid():
                cluster.stop_orphan(orphan)
            cluster.start()
            use.shared()
        try:
            yield cluster
        finally:
            cluster.stop()


def _join_or_start(cluster: Cluster, use: _Lock) -> None:
    running = cluster.running_pid()
    if running is not None and use.try_exclusive():
        cluster.stop_orphan(running)
        running = None
    if running is None:
        cluster.start()
    use.shared()


def _leave(cluster: Cluster, use: _Lock) -> None:
    use.free()
    if cluster.process is None:
        return
    with _Lock(cluster.data_dir / "database.start") as start:
        start.exclusive()
        use.exclusive()
        cluster.stop()


def _wait_for_others(start: _Lock, use: _Lock) -> None:
    """Returns holding `start`, when nobody works with the cluster. The lock is given back between looks, so that
    a command that wants to stop the cluster can."""
    deadline = time.monotonic() + _PATIENCE
    told = False
    while True:
        start.exclusive()
        if use.try_exclusive():
            return
        start.free()
        if time.monotonic() > deadline:
            raise OperatorError("数据库一直被另一个 ow 命令占用。", "the database stays in use by another ow command")
        if not told:
            sys.stderr.write("另一个 ow 命令正在使用数据库，等它结束……\n")
            told = True
        time.sleep(0.2)


class _Lock:
    """An advisory lock on a file; the kernel frees it when the process dies, however it dies."""

    def __init__(self, path: Path) -> None:
        ensure_data_dir(path.parent)
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise from_os_error(error, path) from error

    def __enter__(self) -> _Lock:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def exclusive(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def shared(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def free(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def try_exclusive(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def claim_data_dir(folder: Path) -> _Lock:
    """One server per data folder; the claim ends with the process."""
    claim = _Lock(folder / "serve.lock")
    if not claim.try_exclusive():
        raise OperatorError(
            f"这个数据目录已有一个 ow serve 在运行：{folder}。请先停止它，或用 OW_DATA_DIR 另选目录。",
            f"another ow serve is running on {folder}",
        )
    return claim


def check(url: str) -> None:
    """Raises OperatorError in words when `url` is no address of a PostgreSQL 15 or newer that lets us in."""
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise OperatorError(*_NO_ADDRESS) from error
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version // 10000
    except psycopg.Error as error:
        raise _explained(error) from error
    if version < OLDEST_VERSION:
        raise OperatorError(
            f"DATABASE_URL 指向 PostgreSQL {version}，一窗需要 {OLDEST_VERSION} 或更新的版本。",
            f"PostgreSQL {version} is too old, {OLDEST_VERSION} or newer is needed",
        )


_NO_ADDRESS = (
    "DATABASE_URL 不是数据库地址，应形如 postgresql://用户:密码@主机:5432/数据库名。",
    "DATABASE_URL is not an address like postgresql://user:password@host:5432/name",
)
_REASONS = (
    (("password authentication failed", "no password supplied"), "用户名或密码不对", "wrong user or password"),
    (("pg_hba.conf",), "数据库服务器不允许从这台机器登录（pg_hba.conf）", "refused by pg_hba.conf"),
    (("database", "does not exist"), "数据库不存在，请先建库", "the database does not exist"),
    (("role", "does not exist"), "数据库用户不存在", "the role does not exist"),
    (("resolve host", "name or service not known"), "找不到主机名", "unknown host"),
    (("connection refused", "no such file"), "连接被拒绝，数据库没有启动或端口不对", "connection refused"),
    (("timeout", "timed out", "unreachable"), "连接超时，主机不可达", "timeout"),
    (("starting up", "shutting down"), "数据库正在启动或关闭，请稍后再试", "the database is starting or stopping"),
    (("too many clients", "remaining connection slots"), "数据库连接数已满", "too many connections"),
)


def _explained(error: psycopg.Error) -> OperatorError:
    """libpq's words sorted into reasons. The address itself is never repeated: it carries the password."""
    said = str(error).lower()
    if "invalid integer value" in said or "invalid port number" in said:
        return OperatorError(*_NO_ADDRESS)
    for words, chinese, english in _REASONS:
        hit = all if words[0] in ("database", "role") else any
        if hit(word in said for word in words):
            return OperatorError(
                f"DATABASE_URL 的数据库连不上：{chinese}。", f"cannot connect to DATABASE_URL: {english}"
            )
    return OperatorError(
        "DATABASE_URL 的数据库连不上：对方没有按 PostgreSQL 的方式应答。",
        "cannot connect to DATABASE_URL: no PostgreSQL answered",
    )
