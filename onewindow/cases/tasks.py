"""The case's periodic jobs; the work itself is in sweep.py and may run twice without harm."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from onewindow.cases import sweep


@app.periodic(cron="* * * * *")
@app.task(name="cases.sweep", queueing_lock="cases.sweep", pass_context=False)
def sweep_cases(timestamp: int) -> None:
    """Every minute: what fell due while nobody acted."""
    sweep.sweep()


@app.periodic(cron="5 1 * * *")
@app.task(name="cases.seal_yesterday", queueing_lock="cases.seal_yesterday")
def seal_yesterday(timestamp: int) -> None:
    """At 01:05, when nothing of the day before can still be uncommitted."""
    sweep.seal_day(timezone.localdate() - timedelta(days=1))


@app.periodic(cron="15 1 * * *")
@app.task(name="cases.forget_keys", queueing_lock="cases.forget_keys")
def forget_keys(timestamp: int) -> None:
    """At 01:15: keys of requests that nobody will repeat."""
    sweep.forget_keys()
