"""The one thing the public site keeps for itself: how often somebody tried."""

from __future__ import annotations

from django.db import models


class Attempt(models.Model):
    """Tries of one kind from one address or at one account within a window of time; `key` is a keyed digest."""

    key = models.CharField(max_length=40, primary_key=True)
    count = models.IntegerField(default=0)
    started_at = models.DateTimeField(db_index=True)
