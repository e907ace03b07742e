"""One line of JSON per event, each with the number of the request it belongs to. No personal data: no query strings,
no request bodies, no words of exceptions (they repeat what was typed in), only their type and place."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from onewindow.tracing import request_id

_BUILT_IN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_PROCRASTINATE_KEPT = ("action", "job_result", "duration")
_FRAMES = 12


class JsonFormatter(logging.Formatter):
    """time, level, logger, event, request and whatever `extra` named. With `words=True` (OW_DEBUG) exceptions are
    written out in full."""

    def __init__(self, words: bool = False) -> None:
        super().__init__()
        self._words = words

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if number := request_id.get():
            line["request"] = number
        line |= _job_fields(record) if record.name.startswith("procrastinate") else _fields(record)
        if record.exc_info and record.exc_info[1]:
            line["exception"] = self._exception(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)

    def _exception(self, error: BaseException) -> dict[str, object]:
        told: dict[str, object] = {"type": f"{type(error).__module__}.{type(error).__qualname__}"}
        if state := sqlstate(error):
            told["sqlstate"] = state
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        told["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        if self._words:
            told["words"] = "".join(traceback.format_exception(error))
        return told


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's five-character code, when a database error is at the root of it."""
    cause: BaseException | None = error
    while cause is not None:
        state = getattr(cause, "sqlstate", None)
        if isinstance(state, str):
            return state
        cause = cause.__cause__
    return None


def _fields(record: logging.LogRecord) -> dict[str, object]:
    extra = {name: value for name, value in vars(record).items() if name not in _BUILT_IN}
    for name in ("request", "sock", "exc_text"):  # Django hangs the request itself on some records
        extra.pop(name, None)
    return {"event": record.getMessage(), **extra}


def _job_fields(record: logging.LogRecord) -> dict[str, object]:
    """procrastinate writes the arguments of a job into its message; we keep its name and number."""
    job = getattr(record, "job", None)
    fields: dict[str, object] = {"event": getattr(record, "action", None) or "worker"}
    if isinstance(job, dict):
        fields |= {"job": job.get("id"), "task": job.get("task_name"), "attempts": job.get("attempts")}
    elif not hasattr(record, "action"):
        fields["event"] = str(record.msg).split("%")[0].strip()
    return fields


def log_config(*, level: str = "INFO", file: str = "", debug: bool = False) -> dict[str, Any]:
    """For Django's LOGGING, granian and the supervisor alike. Without `file` lines go to standard error; with it they
    go there (append; reopened after logrotate)."""
    handler: dict[str, object] = {"class": "logging.StreamHandler", "formatter": "json"}
    if file:
        handler = {"class": "logging.handlers.WatchedFileHandler", "filename": file, "formatter": "json"}
    quiet = {"handlers": ["out"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "onewindow.server.logging.JsonFormatter", "words": debug}},
        "handlers": {"out": handler},
        "root": {"handlers": ["out"], "level": level},
        "loggers": {
            "django": {**quiet, "level": level},
            "django.request": {**quiet, "level": "CRITICAL"},  # middleware.py writes what it would
            "procrastinate": {**quiet, "level": "WARNING"},
            "procrastinate.blueprints": {**quiet, "level": "ERROR"},
            "psycopg.pool": {**quiet, "level": "ERROR"},
            "_granian": {**quiet, "level": "WARNING"},
            "granian.access": {**quiet, "level": level},
        },
    }
