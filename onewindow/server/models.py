"""Signs of life that /healthz reads."""

from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """When the periodic task `name` last ended well (written by the worker, see worker.py)."""

    name = models.CharField(max_length=128, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"
