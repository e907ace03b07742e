"""The periodic jobs of ratings; each may run twice without harm."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from onewindow.voice import invitations, ratings


@app.periodic(cron="*/10 * * * *")
@app.task(name="voice.invite", queueing_lock="voice.invite", pass_context=False)
def invite_who_was_forgotten(timestamp: int) -> None:
    """Every ten minutes: invitations that a process that died did not make."""
    invitations.mend(timezone.now())


@app.periodic(cron="15 2 * * *")
@app.task(name="voice.default_ratings", queueing_lock="voice.default_ratings", pass_context=False)
def count_silence(timestamp: int) -> None:
    """At 02:15, where a profile turns default ratings on."""
    ratings.give_defaults(timezone.now())
