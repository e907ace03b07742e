"""One embedded PostgreSQL cluster: made, started, found running, stopped. Knows nothing of who may do so when
(database.py does)."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from onewindow.server import processes
from onewindow.server.errors import OperatorError, disk_full, from_os_error
from onewindow.server.keys import stored_key
from onewindow.server.lodging import Lodging, find_lodging

ROLE = DATABASE = "onewindow"
SUPERUSER = "postgres"
_SOCKET_NAME = "/.s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 100  # the kernel's limit is 107 bytes
_START_PATIENCE = 120.0  # seconds; crash recovery of a busy cluster takes its time

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "4GB"}


def _memory_megabytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2


def tuned_settings() -> dict[str, str]:
    """For one machine that also runs the web: an eighth of the memory (128 MB to 1 GB) as buffers. Statements and
    details of constraint errors stay out of the log because they carry personal data."""
    buffers = min(1024, max(128, _memory_megabytes() // 8))
    return {
        "listen_addresses": "",
        "shared_buffers": f"{buffers}MB",
        "effective_cache_size": f"{buffers * 3}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "max_connections": "100",
        "max_wal_size": "2GB",
        "min_wal_size": "128MB",
        "wal_compression": "on",
        "checkpoint_timeout": "15min",
        "recovery_init_sync_method": "syncfs",
        "random_page_cost": "1.1",
        "jit": "off",
        "autovacuum_vacuum_scale_factor": "0.05",
        "autovacuum_analyze_scale_factor": "0.02",
        "idle_in_transaction_session_timeout": "10min",
        "logging_collector": "on",
        "log_directory": "log",
        "log_filename": "postgresql-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }


class Cluster:
    """The cluster of one data folder. `superuser=True` (tests) lets the program's own role do anything."""

    def __init__(self, data_dir: Path, settings: dict[str, str] | None = None, *, superuser: bool = False) -> None:
        self.data_dir = data_dir
        self.superuser = superuser
        self.settings = {**tuned_settings(), **(settings or DURABLE)}
        self.lodging: Lodging = find_lodging(data_dir)
        self.folder = self.lodging.cluster
        self.process: subprocess.Popen[bytes] | None = None
        self.start_log = data_dir / "postgres-start.log"

    # -- addresses ----------------------------------------------------------------------------------------------

    @property
    def socket_folder(self) -> Path:
        """Inside the cluster when the path is short enough for a socket, else below the temporary folder."""
        if len(os.fsencode(f"{self.folder}{_SOCKET_NAME}")) <= _LONGEST_SOCKET_PATH:
            return self.folder
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"onewindow-{digest}"

    def url(self, role: str = ROLE, database: str = DATABASE) -> str:
        secret = stored_key(self.data_dir, "database" if role == ROLE else "database-superuser")
        return f"postgresql://{role}:{secret}@/{database}?host={quote(str(self.socket_folder), safe='')}"

    # -- life ---------------------------------------------------------------------------------------------------

    def running_pid(self) -> int | None:
        """The process number of a postmaster that serves this folder, whoever started it."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None
        return pid if self._is_our_postmaster(pid) else None

    def _is_our_postmaster(self, pid: int) -> bool:
        with suppress(OSError):
            return (
                Path(f"/proc/{pid}/cwd").resolve() == self.folder.resolve()
                and b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
            )
        return False

    def start(self) -> None:
        """Makes the cluster if there is none, starts it, waits until it answers. It dies with this process."""
        try:
            if not (self.folder / "PG_VERSION").exists():
                self._initialise()
            self._forget_stale_pid()
            self._make_socket_folder()
            with self.start_log.open("wb") as log:
                self.process = self._launch(log.fileno())
        except OSError as error:
            raise from_os_error(error, self.folder) from error
        self._wait_until_ready()
        self._ensure_database()

    def stop(self) -> None:
        """A fast shutdown: open transactions are rolled back, everything committed stays."""
        if self.process is not None:
            processes.stop(self.process, signal.SIGINT, patience=30)
            self.process = None

    def stop_orphan(self, pid: int) -> None:
        """Stops a postmaster that lost its parent (only possible where the kernel does not do it for us)."""
        for sign, patience in ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            with suppress(ProcessLookupError):
                os.kill(pid, sign)
            if _until(lambda: not self._is_our_postmaster(pid), patience):
                return

    # -- steps --------------------------------------------------------------------------------------------------

    def _initialise(self) -> None:
        """In a folder beside it, renamed when complete: an interrupted initdb leaves nothing that looks like a
        cluster."""
        if self.folder.exists() and any(self.folder.iterdir()):
            raise OperatorError(
                f"{self.folder} 里有文件，但不是数据库目录。请移走它，或用 OW_DATA_DIR 另选目录。",
                f"{self.folder} is not empty and not a database cluster",
            )
        draft = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._give_to_account(draft)
        done = self._initdb(draft)
        if done.returncode:
            shutil.rmtree(draft, ignore_errors=True)
            raise self._failure(done.stdout + done.stderr)
        draft.rename(self.folder)

    def _initdb(self, folder: Path) -> subprocess.CompletedProcess[str]:
        with tempfile.NamedTemporaryFile("w", prefix="ow-") as secret:
            secret.write(stored_key(self.data_dir, "database-superuser"))
            secret.flush()
            self._give_to_account(Path(secret.name))
            return self.lodging.run(
                "initdb",
                f"--pgdata={folder}",
                f"--username={SUPERUSER}",
                f"--pwfile={secret.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--no-instructions",
            )

    def _give_to_account(self, path: Path) -> None:
        if self.lodging.user is not None:
            os.chown(path, self.lodging.user, self.lodging.group or -1)

    def _forget_stale_pid(self) -> None:
        """After a kill or a power cut the numbers in PostgreSQL's lock files may belong to some other program by now,
        or to a dead one that nobody has buried, and it would refuse to start. Only our own live postmaster counts."""
        if self.running_pid() is None:
            (self.folder / "postmaster.pid").unlink(missing_ok=True)
            Path(f"{self.socket_folder}{_SOCKET_NAME}.lock").unlink(missing_ok=True)

    def _make_socket_folder(self) -> None:
        folder = self.socket_folder
        folder.mkdir(exist_ok=True, mode=0o700)
        self._give_to_account(folder)
        if self.lodging.user is None and folder.stat().st_uid != os.geteuid():
            raise OperatorError(f"{folder} 属于另一个用户，请删除后重试。", f"{folder} belongs to another user")

    def _launch(self, output: int) -> subprocess.Popen[bytes]:
        options = {**self.settings, "unix_socket_directories": str(self.socket_folder)}
        return processes.spawn(
            [str(self.lodging.programs / "postgres"), "-D", str(self.folder)]
            + [part for name, value in options.items() for part in ("-c", f"{name}={value}")],
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            user=self.lodging.user,
            group=self.lodging.group,
            output=output,
            death_signal=signal.SIGINT,
            cwd="/",
        )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_PATIENCE
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                self.process = None
                raise self._failure(self._start_messages())
            status = (self.folder / "postmaster.pid").read_text().split("\n") if self._has_pid_file() else []
            if len(status) > 7 and status[7].strip() == "ready":
                return
            time.sleep(0.05)
        self.stop()
        raise self._failure(self._start_messages())

    def _has_pid_file(self) -> bool:
        return (self.folder / "postmaster.pid").exists()

    def _start_messages(self) -> str:
        """What PostgreSQL said: to us before its log collector began, in its newest log after that."""
        logs = sorted((self.folder / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
        parts = [path.read_text(errors="replace")[-4000:] for path in [*logs[-1:], self.start_log] if path.exists()]
        return "\n".join(parts)

    def disk_was_full(self) -> bool:
        return _speaks_of_full_disk(self._start_messages())

    def _failure(self, said: str) -> OperatorError:
        if _speaks_of_full_disk(said):
            return disk_full(self.folder)
        lines = [line for line in said.splitlines() if line.strip() and "system is s" not in line]  # starting, shutting
        reason = next((line for line in reversed(lines) if "FATAL" in line or "error:" in line), "".join(lines[-1:]))
        return OperatorError(
            f"内置数据库无法启动：{reason.strip() or '原因不明'}。详情见 {self.start_log} 和 {self.folder}/log。",
            f"embedded PostgreSQL did not start; see {self.start_log} and {self.folder}/log",
        )

    def _ensure_database(self) -> None:
        """The program's own role and database, with the password of the key file."""
        try:
            with psycopg.connect(self.url(), connect_timeout=10):
                return
        except psycopg.OperationalError:
            pass
        try:
            self._make_database()
        except psycopg.Error as error:
            if "No space left" in str(error):
                raise disk_full(self.folder) from error
            raise OperatorError(
                f"无法登录内置数据库：{self.data_dir}/keys 里的密码与 {self.folder} 不相符，请恢复原来的 keys 目录。",
                f"keys in {self.data_dir}/keys do not open the database in {self.folder}",
            ) from error

    def _make_database(self) -> None:
        role, secret = sql.Identifier(ROLE), sql.Literal(stored_key(self.data_dir, "database"))
        power = sql.SQL("SUPERUSER" if self.superuser else "NOSUPERUSER CREATEDB")
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True, connect_timeout=10) as connection:
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
            verb = sql.SQL("ALTER" if known else "CREATE")
            connection.execute(sql.SQL("{} ROLE {} LOGIN {} PASSWORD {}").format(verb, role, power, secret))
            made = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not made:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), role))


def _speaks_of_full_disk(said: str) -> bool:
    return "No space left on device" in said or "Disk quota exceeded" in said


def _until(condition: Callable[[], bool], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False
