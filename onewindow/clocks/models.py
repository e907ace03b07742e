"""The calendar as the operator keeps it, and every time limit of the house as one kind of row."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone


class CalendarYear(models.Model):
    """A year whose State Council notice on holidays has been imported; other years are reckoned provisionally."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    notice = models.CharField("通知文号", max_length=200, blank=True)
    imported_at = models.DateTimeField(default=timezone.now)


class CalendarDay(models.Model):
    """A day that differs from its weekday: a holiday, or a weekend day worked to make up for one."""

    KINDS = [("holiday", "放假"), ("makeup_workday", "调休上班")]

    date = models.DateField(primary_key=True)
    year = models.ForeignKey(CalendarYear, on_delete=models.CASCADE, related_name="days")
    kind = models.CharField(max_length=16, choices=KINDS)
    name = models.CharField(max_length=40)


class DeadlineQuerySet(models.QuerySet["Deadline"]):
    def open(self) -> DeadlineQuerySet:
        return self.filter(settled_at__isnull=True)

    def due_before(self, moment: datetime) -> DeadlineQuerySet:
        """Open deadlines that fall due before the moment; a paused one has no due moment and is never among them."""
        return self.open().filter(due_at__lt=moment)

    def of(self, subject_kind: str, subject_id: int) -> DeadlineQuerySet:
        return self.filter(subject_kind=subject_kind, subject_id=subject_id)


class InUtc(models.Func):
    """A moment in the words of an index that only a question in the same words can use."""

    template = "(%(expressions)s AT TIME ZONE 'UTC')"
    output_field = models.DateTimeField()


class Deadline(models.Model):
    """One time limit of anything: a case, a step, a procedure, a complaint, a letter.

    The clock room lies below places and cases, so subject, centre and department are plain numbers here;
    the room that owns the subject writes them. `due_at` is the last moment of the due day, null while paused.
    """

    subject_kind = models.CharField(max_length=24)
    subject_id = models.BigIntegerField()
    kind = models.CharField(max_length=24)
    key = models.CharField("同类中的序号", max_length=40, blank=True)
    label = models.CharField(max_length=100)
    rule = models.CharField("依据", max_length=300, blank=True)
    limit_n = models.IntegerField(null=True)
    limit_unit = models.CharField(max_length=8, blank=True)
    start_on = models.DateField()
    due_at = models.DateTimeField(null=True)
    warn_at = models.DateTimeField(null=True)
    provisional = models.BooleanField(default=False)
    paused_ground = models.CharField(max_length=100, blank=True)
    settled_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, blank=True, choices=[("met", "按时"), ("late", "超时"), ("void", "作废")])
    centre_id = models.BigIntegerField(null=True)
    department_id = models.BigIntegerField(null=True)
    touched_at = models.DateTimeField(default=timezone.now)
    """When the row was last written, by the database's own clock (a trigger sets it): what oversight looks at anew."""

    objects: Any = DeadlineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "subject_id", "kind", "key"], name="one_deadline_per_kind"),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="deadline_due", condition=models.Q(settled_at__isnull=True)),
            models.Index(fields=["warn_at"], name="deadline_warn", condition=models.Q(settled_at__isnull=True)),
            models.Index(fields=["touched_at"], name="deadline_touched"),
            models.Index(
                fields=["kind", "due_at"], name="deadline_kind_due", condition=models.Q(settled_at__isnull=True)
            ),
            models.Index(
                *("kind", "limit_unit", "limit_n", InUtc("due_at")),
                name="deadline_length_due",
                condition=models.Q(settled_at__isnull=True),
            ),
            models.Index(
                fields=["id"],
                name="deadline_provisional",
                condition=models.Q(settled_at__isnull=True, provisional=True),
            ),
        ]

    @property
    def due_on(self) -> date | None:
        return timezone.localdate(self.due_at) if self.due_at else None

    @property
    def paused(self) -> bool:
        return self.due_at is None and self.settled_at is None
