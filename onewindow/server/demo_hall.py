"""The demonstration's halls kept alive by the worker: every few seconds what should have happened since happens.

Costs one small query a minute where no demonstration was ever loaded.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Final

log = logging.getLogger("onewindow.demo.hall")
FIRST_AFTER: Final = 45.0
"""Seconds after the start, so that `ow serve --demo` has filled the day before anybody carries it on."""
EVERY: Final = 5.0
LOOK_AGAIN: Final = 60.0


async def keep_alive() -> None:
    """Until it is cancelled. A failure is logged and tried again later; it never ends the worker."""
    if importlib.util.find_spec("onewindow.demo") is None:
        return
    await asyncio.sleep(FIRST_AFTER)
    with ThreadPoolExecutor(1, "demo-hall") as thread:  # one thread: one connection
        while True:
            pause = await asyncio.get_running_loop().run_in_executor(thread, tick)
            await asyncio.sleep(pause)


def tick() -> float:
    """Carries the halls on to now; returns the seconds until the next time."""
    from django.db import DatabaseError, close_old_connections

    hall = importlib.import_module("onewindow.demo.hall")
    close_old_connections()
    try:
        return LOOK_AGAIN if hall.advance() is None else EVERY
    except DatabaseError as error:
        log.warning("the demonstration's hall stands still: %s", error)
    except Exception:
        log.exception("the demonstration's hall stands still")
    return LOOK_AGAIN
