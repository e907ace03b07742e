"""The tables of a hall's troubles and machines: waits that are too long, calls for help, terminals."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from onewindow.people.models import Account
from onewindow.places.models import Centre, Window


class WaitAlarm(models.Model):
    """The expected wait in a queue was beyond the limit, from when to when, and which windows could have opened."""

    queue = models.ForeignKey("hall.Queue", on_delete=models.CASCADE, related_name="alarms")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    limit = models.PositiveSmallIntegerField()
    expected = models.PositiveSmallIntegerField("最长预计等候（分钟）")
    suggestion = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue"], condition=Q(ended_at__isnull=True), name="hall_one_alarm")
        ]


class EmergencyCall(models.Model):
    """A person at a window calls for help; somebody answers, and it is closed with what was done."""

    KINDS = [("security", "安全"), ("medical", "急病"), ("dispute", "纠纷"), ("equipment", "设备故障")]

    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="emergencies")
    window = models.ForeignKey(Window, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=KINDS)
    called_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    called_at = models.DateTimeField()
    answered_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["centre"], name="hall_open_emergency", condition=Q(closed_at__isnull=True))]


class Terminal(models.Model):
    """A machine of the hall that may give tickets or ask for a rating; known by a token of which only the digest is
    kept. The token opens once: from then on the machine's own badge (`hall.machines`) says which one it is."""

    KINDS = [("kiosk", "取号机"), ("screen", "大屏"), ("window_screen", "窗口评价屏")]

    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="terminals")
    kind = models.CharField(max_length=14, choices=KINDS)
    name = models.CharField(max_length=40)
    digest = models.CharField(max_length=64, unique=True)
    window = models.ForeignKey(Window, null=True, on_delete=models.SET_NULL, related_name="terminals")
    enrolled_at = models.DateTimeField(default=timezone.now)
    opened_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
