"""`/healthz`: is the house open? 200 when the database answers, a worker breathes and the sweep goes round; 503 and the
reason otherwise. `/healthz/web` asks only about this process and the database (for load balancers)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from onewindow import __version__

WORKER_SILENCE = timedelta(seconds=45)  # a worker signs every 10 s
SWEEP_SILENCE = timedelta(minutes=15)
WORKER_STARTED = "worker.started"


def healthz(request: HttpRequest) -> JsonResponse:
    try:
        report = {"database": _database(), **_workers(timezone.now())}
    except DatabaseError:
        report = {"database": {"ok": False}}
    return _answer(report)


def healthz_web(request: HttpRequest) -> JsonResponse:
    try:
        return _answer({"database": _database()})
    except DatabaseError:
        return _answer({"database": {"ok": False}})


def _answer(parts: dict[str, dict[str, object]]) -> JsonResponse:
    ok = all(part["ok"] for part in parts.values())
    body = {"status": "ok" if ok else "broken", "version": __version__, **parts}
    response = JsonResponse(body, status=200 if ok else 503)
    response["Cache-Control"] = "no-store"
    return response


def _database() -> dict[str, object]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version')")
        row = cursor.fetchone()
    return {"ok": True, "version": row[0] if row else ""}


def _workers(now: datetime) -> dict[str, dict[str, object]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(last_heartbeat) FROM procrastinate_workers")
        (breath,) = cursor.fetchone() or (None,)
    worker: dict[str, object] = {"ok": _fresh(breath, now, WORKER_SILENCE), "last_heartbeat": breath}
    return {"worker": worker, "sweep": _sweep(now)}


def _sweep(now: datetime) -> dict[str, object]:
    """Healthy when the sweep went round lately, or when the worker has not been up long enough for one round."""
    from onewindow.server.models import Heartbeat

    beats = dict(Heartbeat.objects.values_list("name", "at"))
    started = beats.pop(WORKER_STARTED, None)
    rounds = [at for name, at in beats.items() if "sweep" in name]
    last = min(rounds, default=None)  # the one that has been silent longest
    ok = _fresh(last, now, SWEEP_SILENCE) or _fresh(started, now, SWEEP_SILENCE)
    return {"ok": ok, "last_finished": last, "tasks": beats}


def _fresh(at: datetime | None, now: datetime, silence: timedelta) -> bool:
    return at is not None and now - at < silence
