"""The periodic jobs of oversight; the work itself is in sweep.py and may run twice without harm."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from onewindow.oversight import figures, letters, sweep, telling
from onewindow.oversight.conduct import watch as conduct


@app.periodic(cron="* * * * *")
@app.task(name="oversight.sweep", queueing_lock="oversight.sweep", pass_context=False)
def sweep_limits(timestamp: int) -> None:
    """Every minute: alarms for the limits that fell due, reminders that are over, and who is told of them."""
    letters.watch()
    sweep.sweep()
    telling.announce()
    telling.send()


@app.periodic(cron="* * * * *")
@app.task(name="oversight.figures", queueing_lock="oversight.figures", pass_context=False)
def count_figures(timestamp: int) -> None:
    """Every minute: the days on which something new was written are counted again."""
    figures.refresh()


@app.periodic(cron="*/5 * * * *")
@app.task(name="oversight.standing", queueing_lock="oversight.standing", pass_context=False)
def count_standing(timestamp: int) -> None:
    """Every five minutes: what stands open, what is overdue, what falls due in the coming working days."""
    figures.stand()


@app.periodic(cron="40 2 * * *")
@app.task(name="oversight.recount", queueing_lock="oversight.recount", pass_context=False)
def recount_figures(timestamp: int) -> None:
    """At 02:40: the last days once more, should a row have been written unusually late."""
    today = timezone.localdate()
    figures.rebuild(today - timedelta(days=figures.REPAIRED), today)


@app.periodic(cron="* * * * *")
@app.task(name="oversight.conduct", queueing_lock="oversight.conduct", pass_context=False)
def look_at_conduct(timestamp: int) -> None:
    """Every minute: what the new entries of the ledger show beyond lateness."""
    conduct.sweep()


@app.periodic(cron="10 2 * * *")
@app.task(name="oversight.conduct_daily", queueing_lock="oversight.conduct_daily", pass_context=False)
def look_at_conduct_figures(timestamp: int) -> None:
    """At 02:10: conduct that only figures of some days show, and what could not be verified."""
    conduct.daily()
