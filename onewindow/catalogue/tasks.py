"""The periodic job of the catalogue; it may run twice without harm."""

from __future__ import annotations

from procrastinate.contrib.django import app

from onewindow.catalogue.changes.moves import bring_into_force


@app.periodic(cron="* * * * *")
@app.task(name="catalogue.bring_into_force", queueing_lock="catalogue.bring_into_force", pass_context=False)
def bring_changes_into_force(timestamp: int) -> None:
    """Every minute, so that a version is in force from the first minute of its day."""
    bring_into_force()
