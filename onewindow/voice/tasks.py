"""The periodic jobs of ratings and complaints; each may run twice without harm."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from onewindow.voice.complaints import evidence
from onewindow.voice.complaints import moves as complaint_moves
from onewindow.voice.ratings import giving as ratings
from onewindow.voice.ratings import invitations


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


@app.periodic(cron="25 2 * * *")
@app.task(name="voice.sweep_evidence", queueing_lock="voice.sweep_evidence", pass_context=False)
def sweep_evidence(timestamp: int) -> None:
    """At 02:25: files that were chosen in a form which nobody sent."""
    evidence.sweep(timezone.now())


@app.periodic(cron="35 2 * * *")
@app.task(name="voice.settle_levels", queueing_lock="voice.settle_levels", pass_context=False)
def settle_levels(timestamp: int) -> None:
    """At 02:35: who judges a complaint, since people change posts."""
    complaint_moves.settle_levels(timezone.now())
