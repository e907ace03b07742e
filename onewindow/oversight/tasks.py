"""The periodic jobs of oversight; the work itself is in sweep.py and may run twice without harm."""

from __future__ import annotations

from procrastinate.contrib.django import app

from onewindow.oversight import sweep


@app.periodic(cron="* * * * *")
@app.task(name="oversight.sweep", queueing_lock="oversight.sweep", pass_context=False)
def sweep_limits(timestamp: int) -> None:
    """Every minute: alarms for the limits that fell due, and reminders that are over."""
    sweep.sweep()
