"""Backup of database and files into one folder, and back (`ow backup FOLDER`, `ow restore FOLDER`). The keys
are left out on purpose: kept beside the dump they would open it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from onewindow.server.database import data_dir
from onewindow.server.errors import OperatorError
from onewindow.server.lodging import packaged_programs

DUMP, FILES = "database.dump", "files.tar"


def backup(folder: Path, url: str, *, external: bool) -> None:
    """Dump first, files second: a file that came in between is in the archive though no row names it yet, never
    the other way round."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (folder / DUMP).exists():
        raise OperatorError(f"{folder} 里已有备份，请换一个目录。", f"{folder} already holds a backup")
    draft = folder / f".{DUMP}"
    _run("pg_dump", ["--format=custom", "--no-owner", f"--file={draft}"], url, external=external)
    with tarfile.open(folder / FILES, "w") as archive:
        if (files := data_dir() / "files").exists():
            archive.add(files, arcname="files")
    draft.chmod(0o600)
    draft.rename(folder / DUMP)
    sys.stdout.write(f"已备份到 {folder}（{DUMP}、{FILES}）。请另外妥善保管 {data_dir()}/keys。\n")


def restore(folder: Path, url: str, *, external: bool) -> None:
    """Into an empty database, all or nothing."""
    if not (folder / DUMP).exists():
        raise OperatorError(f"{folder} 里没有备份（{DUMP}）。", f"no {DUMP} in {folder}")
    files = data_dir() / "files"
    if files.exists() and any(files.iterdir()):
        raise OperatorError(f"{files} 里已有文件，请恢复到空的数据目录。", f"{files} is not empty")
    options = ["--no-owner", "--single-transaction", "--exit-on-error", str(folder / DUMP)]
    _run("pg_restore", options, url, external=external)
    with tarfile.open(folder / FILES) as archive:
        for member in archive:
            _put_back(archive, member)
    sys.stdout.write("已恢复。请运行 ow verify 核对。\n")


def _put_back(archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    """One file of our own backup: plain files and folders below `files/`, nothing else, mode for us alone.

    Python 3.11 before 3.11.4 has no extraction filters, so what they refuse is refused here.
    """
    target = (data_dir() / member.name).resolve()
    if not target.is_relative_to((data_dir() / "files").resolve()) or not (member.isfile() or member.isdir()):
        raise OperatorError(f"备份里有不该有的内容：{member.name}。", f"{member.name} does not belong in a backup")
    if member.isdir():
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    source = archive.extractfile(member)
    assert source is not None
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source, os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(source, file)


def _run(program: str, options: list[str], url: str, *, external: bool) -> None:
    """With the embedded programs for the embedded database, with the machine's for another (their version must not be
    older than the server's)."""
    path = shutil.which(program) if external else str(packaged_programs() / program)
    if path is None:
        raise OperatorError(f"没有 {program}，请安装 postgresql-client。", f"{program} is not installed")
    # In the environment, not on the command line: the address carries the password.
    done = subprocess.run(
        [path, "--dbname=", *options],
        env={**os.environ, **_as_environment(url)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["?"])[-1]
        raise OperatorError(f"{program} 没有成功：{reason}。", f"{program} failed")


def _as_environment(url: str) -> dict[str, str]:
    from psycopg.conninfo import conninfo_to_dict

    names = {"dbname": "PGDATABASE", "application_name": "PGAPPNAME", "connect_timeout": "PGCONNECT_TIMEOUT"}
    return {names.get(name, f"PG{name.upper()}"): str(value) for name, value in conninfo_to_dict(url).items() if value}
