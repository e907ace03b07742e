"""`ow migrate`: makes or upgrades the tables. Safe to call again, and by two processes at once."""

from __future__ import annotations

import sys

_LOCK = 7346101  # any fixed number: pg_advisory_lock keeps two upgrades apart
_SEALING = 5.0  # seconds


def run(argv: list[str]) -> int:
    from django.db import OperationalError, connection

    from onewindow.server.errors import ConnectionLost, disk_full

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            return _migrate(quiet="--quiet" in argv)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    except OperationalError as error:
        if "No space left on device" in str(error):
            raise disk_full("数据库 database") from error
        raise ConnectionLost from error


def _migrate(*, quiet: bool) -> int:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from onewindow.oversight.shipping import ship

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        sys.stderr.write(f"正在升级数据库结构（{len(plan)} 步）……\n")
        call_command("migrate", interactive=False, verbosity=0)
    elif not quiet:
        sys.stdout.write("数据库结构已是最新。\n")
    _seal_files()
    ship()  # the rule books of supervision that come with this version
    return 0


def _seal_files() -> None:
    """Files of an earlier release lie in the clear; a few are sealed here, many by `ow files seal` while the site is
    open."""
    from onewindow.files.upkeep import seal_all

    count = seal_all(seconds=_SEALING)
    if count.clear or count.older:
        sys.stderr.write("还有上传的文件没有用当前密钥加密，请运行 ow files seal（网站不用停）。\n")
