"""`ow bench [NAME …]`: the measured work, in a database of its own beside the one in use."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from onewindow.bench.figures import Figure, table
from onewindow.server.errors import OperatorError

NAMES = ("clock", "paper", "search", "sql", "receive", "act", "detail", "files", "hall", "oversight", "worklist")
DATABASE = "onewindow_bench"
_PATIENCE = 60.0


def run(argv: list[str]) -> int:
    """Prints a table and writes JSON. Status 1 when a measurement failed; an unreached goal is only reported."""
    parser = argparse.ArgumentParser(prog="ow bench", description="测量性能：输出表格，并写成 JSON")
    parser.add_argument("names", nargs="*", metavar="NAME", help="、".join(NAMES))
    parser.add_argument("--json", type=Path, default=Path("bench-results.json"), help="结果文件")
    options = parser.parse_args(argv)
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        sys.stderr.write(f"没有这项测量：{'、'.join(unknown)}。可以选：{'、'.join(NAMES)}\n")
        return 2
    with _own_database() as url:
        status, figures = _measure(list(options.names) or list(NAMES), url)
        _tell([*figures, *_ratios(figures)], options.json)
    return status


def _tell(figures: list[Figure], path: Path) -> None:
    print(table(figures))
    rows = [figure.to_json() for figure in figures]
    result = {"at": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "cores": os.cpu_count(), "figures": rows}
    path.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n")


def _measure(names: list[str], url: str) -> tuple[int, list[Figure]]:
    command = [sys.executable, "-m", "onewindow.bench.run", *names]
    process = subprocess.Popen(
        command, env={"OW_LOG_LEVEL": "WARNING", **os.environ, "DATABASE_URL": url}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    figures = []
    for line in process.stdout:
        row = json.loads(line)
        row.pop("reached")
        figures.append(Figure(**row))
    return (1 if process.wait() else 0), figures


def _ratios(figures: list[Figure]) -> list[Figure]:
    """What the whole way costs against the bare rows, within this run."""
    rates = {figure.bench: figure.value for figure in figures if figure.unit == "/s"}
    if "sql" not in rates or "receive" not in rates:
        return []
    return [Figure("receive", "与同样的行的比", round(rates["receive"] / rates["sql"], 3), "")]


@contextmanager
def _own_database() -> Iterator[str]:
    """A fresh database on the same server, dropped afterwards."""
    url = os.environ["DATABASE_URL"]
    name = sql.Identifier(DATABASE)
    try:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
    except psycopg.errors.InsufficientPrivilege as error:
        raise OperatorError(
            "测量要另建一个数据库，当前数据库用户没有建库的权限（CREATEDB）。", "the role may not create a database"
        ) from error
    try:
        yield make_conninfo("", **{**conninfo_to_dict(url), "dbname": DATABASE})
    finally:
        _drop(url, name)


def _drop(url: str, name: sql.Identifier) -> None:
    """Drops it once nobody is connected: the server's own vacuum of a large table may not be thrown out by us."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            with psycopg.connect(url, autocommit=True) as admin:
                admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            return
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
            if time.monotonic() > deadline:
                sys.stderr.write(f"测量用的数据库 {DATABASE} 还有人在用，没有删除，下次测量前会删。\n")
                return
            time.sleep(1)
