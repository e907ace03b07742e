"""The process that does what need not happen at once (procrastinate). Started by `ow serve`; more may run on other
machines with `python -m onewindow.server.worker`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from onewindow.commands import _django
from onewindow.server import demo_hall, processes
from onewindow.server.health import WORKER_STARTED

_BEAT = """
    INSERT INTO server_heartbeat (name, at) VALUES (%(name)s, now())
    ON CONFLICT (name) DO UPDATE SET at = excluded.at
"""


def main() -> int:
    processes.die_with_parent()
    _django.setup()
    asyncio.run(_work())
    return 0


async def _work() -> None:
    from procrastinate import PsycopgConnector
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.utils import connector_params

    # A database that is away ends the worker soon; its supervisor starts it again.
    connector = PsycopgConnector(kwargs=connector_params(), timeout=5)
    worker_app = app.with_connector(connector)
    async with worker_app.open_async():
        await worker_app.connector.execute_query_async(_BEAT, name=WORKER_STARTED)
        living = asyncio.create_task(demo_hall.keep_alive())
        try:
            await worker_app.run_worker_async(
                name="onewindow",
                concurrency=int(os.environ.get("OW_WORKER_CONCURRENCY", "2")),
                fetch_job_polling_interval=5.0,
                shutdown_graceful_timeout=6.0,
                worker_middleware=[_note_periodic],
            )
        finally:
            living.cancel()


async def _note_periodic(call_next: Callable[[], Awaitable[Any]], context: Any, worker: Any) -> Any:
    """After a periodic task ended well: its heartbeat."""
    result = await call_next()
    periodic = {task.task.name for task in context.app.periodic_registry.periodic_tasks.values()}
    if context.job.task_name in periodic:
        await context.app.connector.execute_query_async(_BEAT, name=context.job.task_name)
    return result


if __name__ == "__main__":
    sys.exit(main())
