"""`ow serve`: the whole house under one parent: embedded database (unless DATABASE_URL), tables, web, worker and,
with --demo, the demo data. Ctrl-C or SIGTERM closes it; when the parent is killed the kernel tells the children."""

from __future__ import annotations

import argparse
import errno
import http.client
import logging
import logging.config
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from onewindow.server import processes
from onewindow.server.cluster import Cluster
from onewindow.server.database import check, claim_data_dir, data_dir, own_cluster
from onewindow.server.errors import ConnectionLost, OperatorError, disk_full, from_os_error
from onewindow.server.keys import ensure_data_dir
from onewindow.server.logging import log_config
from onewindow.server.prepare import demo_exists
from onewindow.server.processes import Child, Supervisor

log = logging.getLogger("onewindow.serve")
_FALLS_BEFORE_GIVING_UP = 4  # of the web, before it has answered once


def run(argv: list[str]) -> int:
    """0 after an orderly stop; a reason that keeps the house closed is an OperatorError."""
    options = _options(argv)
    folder = ensure_data_dir(data_dir())
    _start_log(folder)
    signal.signal(signal.SIGTERM, _interrupt)
    claim = claim_data_dir(folder)
    unclean = _Mark(folder / "serve.running")
    try:
        _await_port(options.host, options.port, patience=10.0 if unclean.found else 0.0)
        unclean.set()
        with _database(folder) as cluster, claim:
            return _serve(options, cluster)
    except KeyboardInterrupt:
        return 0
    finally:
        unclean.clear()


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ow serve", description="启动一窗：网站、后台任务，以及内置数据库")
    parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1", help="监听地址，默认取环境变量 HOST")
    parser.add_argument("--port", default=os.environ.get("PORT") or "8000", help="监听端口，默认取环境变量 PORT")
    parser.add_argument("--demo", action="store_true", help="装入演示数据")
    options = parser.parse_args(argv)
    if not options.port.isascii() or not options.port.isdigit() or not 0 < int(options.port) < 65536:
        raise OperatorError(f"端口 {options.port} 不是 1 到 65535 之间的数。", "PORT must be a number from 1 to 65535")
    options.port = int(options.port)
    return options


def _start_log(folder: Path) -> None:
    file = os.environ.get("OW_LOG_FILE", "")
    try:
        if file:
            Path(file).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # What the parent does is of interest in the log file only; on a terminal the banner says it.
        logging.config.dictConfig(log_config(level="INFO" if file else "WARNING", file=file))
    except OSError as error:
        raise from_os_error(error, file or folder) from error


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


class _Mark:
    """A file that is there while a server runs. Found at the start it means that the last one was killed, and that
    what it left may need a moment to go."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.found = path.exists()

    def set(self) -> None:
        try:
            self._path.write_text(f"{os.getpid()}\n")
        except OSError as error:
            raise from_os_error(error, self._path) from error

    def clear(self) -> None:
        self._path.unlink(missing_ok=True)


# -- the port ---------------------------------------------------------------------------------------------------


def _await_port(host: str, port: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            return _try_port(host, port)
        except OperatorError:
            if time.monotonic() >= deadline:
                raise
        time.sleep(0.2)


def _try_port(host: str, port: int) -> None:
    """Binds and lets go: tells before anything else is started whether the address is free."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        raise OperatorError(f"监听地址 {host} 无法识别。", f"unknown host {host}") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = port + 1 if port < 65535 else 8000
            raise OperatorError(
                f"端口 {port} 已被其他程序占用。请先停止它，或换一个端口：PORT={other} make run",
                f"port {port} is already in use",
            ) from error
        if error.errno == errno.EACCES:
            raise OperatorError(
                f"没有权限监听端口 {port}，请用 1024 以上的端口。", f"no right to use port {port}"
            ) from error
        raise OperatorError(f"这台机器上没有地址 {host}。", f"cannot listen on {host}: {error.strerror}") from error


# -- the parts --------------------------------------------------------------------------------------------------


@contextmanager
def _database(folder: Path) -> Iterator[Cluster | None]:
    if url := os.environ.get("DATABASE_URL"):
        check(url)
        yield None
        return
    with own_cluster(Cluster(folder)) as cluster:
        os.environ["DATABASE_URL"] = cluster.url()
        yield cluster


def _serve(options: argparse.Namespace, cluster: Cluster | None) -> int:
    if status := _prepare(options.demo, cluster):
        return status
    web, *others = _children(options)
    supervisor = Supervisor([web], lambda event, fields: log.info(event, extra=fields))
    signal.signal(signal.SIGINT, supervisor.request_stop)
    signal.signal(signal.SIGTERM, supervisor.request_stop)
    opening = _Opening(options.host, options.port, supervisor, others)
    try:
        supervisor.run(every=lambda: _look(cluster, opening))
    finally:
        supervisor.stop_all()
    if opening.failed:
        raise OperatorError(
            "网站无法启动，原因见上面的错误或日志。", "the web process does not start; see its error above"
        )
    sys.stderr.write("一窗已停止。\n")
    return 0


def _prepare(demo: bool, cluster: Cluster | None) -> int:
    """0, or the status of a child that has told its reason itself."""
    child = processes.spawn([sys.executable, "-m", "onewindow.server.prepare", *(["--demo"] if demo else [])])
    try:
        status = child.wait()
    except BaseException:
        processes.stop(child)
        raise
    if status == ConnectionLost.STATUS:
        if cluster is not None and cluster.disk_was_full():
            raise disk_full(cluster.folder)
        raise ConnectionLost
    return status


def _children(options: argparse.Namespace) -> list[Child]:
    def module(name: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", name, *arguments]

    children = [
        Child("web", module("onewindow.server.web", options.host, str(options.port))),
        Child("worker", module("onewindow.server.worker")),
    ]
    if options.demo and demo_exists():
        children.append(Child("demo", module("onewindow.server.demo_cases"), once=True))
    return children


def _look(cluster: Cluster | None, opening: _Opening) -> None:
    if cluster is not None:
        _revive(cluster)
    opening.look()


def _revive(cluster: Cluster) -> None:
    """The embedded PostgreSQL fell or was stopped by somebody: start it again, the web waits for it."""
    if cluster.process is not None and cluster.process.poll() is None:
        return
    log.error("database fell, will be restarted")
    try:
        cluster.start()
    except OperatorError as error:
        log.error("database does not start", extra={"reason": str(error)})
        time.sleep(2)


class _Opening:
    """Says once that the house is open, and only then lets the others in, so that the first page need not share the
    processor with them; gives up when the web falls again and again before that."""

    def __init__(self, host: str, port: int, supervisor: Supervisor, others: list[Child]) -> None:
        self._host, self._port, self._supervisor, self._others = host, port, supervisor, others
        self._open = False
        self.failed = False

    def look(self) -> None:
        if self._open:
            return
        web = self._supervisor.children[0]
        if web.restarts >= _FALLS_BEFORE_GIVING_UP:
            self.failed = True
            self._supervisor.request_stop()
        elif self._answers():
            self._open = True
            self._supervisor.children += self._others
            self._announce()

    def _answers(self) -> bool:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)
        connection = http.client.HTTPConnection(host, self._port, timeout=5)
        try:
            connection.request("GET", "/healthz/web", headers={"Host": "localhost"})
            return connection.getresponse().status < 600
        except OSError:
            return False
        except http.client.HTTPException:
            return False
        finally:
            connection.close()

    def _announce(self) -> None:
        host = f"[{self._host}]" if ":" in self._host else self._host
        sys.stderr.write(f"\n一窗已启动：http://{host}:{self._port}/   按 Ctrl-C 停止。\n")
        if self._host not in ("127.0.0.1", "localhost", "::1") and not os.environ.get("OW_ALLOWED_HOSTS"):
            sys.stderr.write("要从别的机器访问，请用 OW_ALLOWED_HOSTS 写明访问用的域名或地址。\n")
        if file := os.environ.get("OW_LOG_FILE"):
            sys.stderr.write(f"日志：{file}\n")
        sys.stderr.flush()
