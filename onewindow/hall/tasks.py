"""The hall's periodic jobs; the work itself is in sweep.py and may run twice without harm."""

from __future__ import annotations

from procrastinate.contrib.django import app

from onewindow.hall import sweep


@app.periodic(cron="* * * * *")
@app.task(name="hall.sweep", queueing_lock="hall.sweep", pass_context=False)
def sweep_halls(timestamp: int) -> None:
    """Every minute: places given back, reminders, alarms, days that are over."""
    sweep.sweep()


@app.periodic(cron="35 1 * * *")
@app.task(name="hall.forget_visitors", queueing_lock="hall.forget_visitors")
def forget_visitors(timestamp: int) -> None:
    """At 01:35: personal data of visitors whose time has passed."""
    sweep.forget_visitors()
