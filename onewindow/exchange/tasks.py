"""Sending the outbox: in order per subject, with retries and growing pauses; what cannot be sent stays to be seen."""

from __future__ import annotations

from procrastinate.contrib.django import app

from onewindow.exchange import sender


@app.periodic(cron="* * * * *")
@app.task(name="exchange.send_outbox", queueing_lock="exchange.send_outbox")
def send_outbox(timestamp: int) -> None:
    sender.send_waiting()
