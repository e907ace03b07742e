"""The tables of a hall itself: its rules, and when it is open."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone

from onewindow.hall.rules import HallRules, rules_of
from onewindow.people.models import Account
from onewindow.places.models import Centre

WEEKDAYS = [(0, "星期一"), (1, "星期二"), (2, "星期三"), (3, "星期四"), (4, "星期五"), (5, "星期六"), (6, "星期日")]
HOURS_KINDS = [("regular", "正常办公"), ("extended", "延时服务")]


class Hall(models.Model):
    """The hall of a centre: its rules. A centre without one gives no tickets."""

    centre = models.OneToOneField(Centre, primary_key=True, on_delete=models.CASCADE, related_name="hall")
    rules = models.JSONField(default=dict)
    notice = models.CharField("大厅公告", max_length=200, blank=True)

    @property
    def told(self) -> HallRules:
        return rules_of(self.rules)


class WeeklyHours(models.Model):
    """Open on this weekday from `opens` to `closes` (minutes after midnight) on days of [valid_from, valid_until].

    Never edited: a change ends the row (`ended_at`) and writes another, so what was promised on a day stays readable.
    """

    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="weekly_hours")
    weekday = models.PositiveSmallIntegerField(choices=WEEKDAYS)
    opens = models.PositiveSmallIntegerField()
    closes = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=HOURS_KINDS, default="regular")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    said_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="hall_hours_overlap",
                expressions=[
                    ("centre", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (Func(F("opens"), F("closes"), function="int4range"), RangeOperators.OVERLAPS),
                    (
                        Func(F("valid_from"), F("valid_until"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(condition=Q(opens__lt=F("closes"), closes__lte=1440), name="hall_hours_order"),
        ]
        ordering = ["weekday", "opens"]


class DayHours(models.Model):
    """A day that differs from its week: `periods` [[opens, closes, kind], …] in minutes; empty means closed.

    A newer row for the day ends the older one (`ended_at`).
    """

    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="day_hours")
    day = models.DateField()
    periods = models.JSONField(default=list)
    reason = models.CharField(max_length=100)
    said_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    said_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "day"], condition=Q(ended_at__isnull=True), name="hall_one_day_hours"
            )
        ]
