"""The outbox: whatever must leave the house is a row written in the same transaction as the change it tells of."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class OutboxMessage(models.Model):
    STATES = [("waiting", "待发送"), ("sent", "已发送"), ("dead", "发送失败")]

    topic = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    payload = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    next_try_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=8, choices=STATES, default="waiting")
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_try_at", "id"], name="outbox_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["subject"]),
            models.Index(fields=["subject", "id"], name="outbox_heads", condition=models.Q(state="waiting")),
        ]
