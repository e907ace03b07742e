"""A year's notice on its way into the calendar: uploaded, checked, confirmed, and the deadlines computed again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from django.db import models
from django.utils import timezone

from onewindow.people.models import Account

SILENT: Final = timedelta(minutes=2)
"""A recomputation without a sign of life for so long has stopped."""


class CalendarNotice(models.Model):
    """One uploaded notice. Kept after it is done: the file, who confirmed it, and which cases moved."""

    STATES = [
        ("checked", "等待确认"),
        ("waiting", "排队重算"),
        ("running", "正在重算"),
        ("done", "已完成"),
    ]

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    file_name = models.CharField(max_length=120)
    content = models.BinaryField()
    notice = models.CharField("通知文号", max_length=200)
    state = models.CharField(max_length=10, choices=STATES, default="checked")
    years = models.JSONField(default=list)
    changed_dates = models.JSONField(default=list)
    confirmed_at = models.DateTimeField(null=True)
    total = models.IntegerField("要重算的件", default=0)
    looked_at = models.IntegerField("已经算过的件", default=0)
    moved = models.IntegerField("日期变了的件", default=0)
    moved_cases = models.JSONField("其中最先的一些", default=list)
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    @property
    def share(self) -> int:
        """How far it has come, in per cent."""
        return 100 if self.state == "done" or not self.total else min(99, self.looked_at * 100 // self.total)

    def is_silent(self, now: datetime) -> bool:
        """Whether it should be working and gives no sign of life."""
        since = self.beat_at or self.confirmed_at
        return self.state in {"waiting", "running"} and since is not None and now - since > SILENT

    @property
    def years_words(self) -> str:
        return "、".join(f"{year}年" for year in self.years)
