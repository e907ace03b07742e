"""The rows of every loop: what it is about (abstract, one table per kind) and its steps (one table, append-only)."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils import timezone

from onewindow.people.fields import EncryptedTextField
from onewindow.people.models import Account, Posting
from onewindow.people.roles import LABELS, Role
from onewindow.places.models import Centre, Department


class MatterQuerySet(models.QuerySet[Any]):
    """Matters of one kind. Who sees which is each kind's own rule."""

    def unfinished(self) -> Self:
        return self.filter(closed_at__isnull=True)


class LoopRow(models.Model):
    """What every matter has. `department` answers for it; `person` is whom it is about, if it is about somebody.

    Only `loops.engine` changes `state` and `version`; `next_due_at` is the soonest open limit, for lists.
    """

    number = models.CharField(max_length=24, unique=True)
    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16)
    version = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    next_due_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.number

    @property
    def about_departments(self) -> frozenset[int]:
        """The departments that are concerned and must not judge their own matter."""
        return frozenset({self.department_id} - {None})  # type: ignore[arg-type]

    @property
    def about_people(self) -> frozenset[int]:
        return frozenset({self.person_id} - {None})  # type: ignore[arg-type]

    @property
    def applicant_id(self) -> int | None:
        """Whose matter it is, where that person may make moves from an account of theirs."""
        return None


class LoopStep(models.Model):
    """One step of a matter: who did what, when, in which post. The database refuses UPDATE and DELETE.

    `data` holds no personal data; what people wrote lies sealed in `words`.
    """

    subject_kind = models.CharField(max_length=24)
    subject_id = models.BigIntegerField()
    seq = models.PositiveIntegerField()
    action = models.CharField(max_length=24)
    label = models.CharField(max_length=40)
    state = models.CharField(max_length=16)
    at = models.DateTimeField()
    actor = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    posting = models.ForeignKey(Posting, null=True, on_delete=models.PROTECT, related_name="+")
    data = models.JSONField(default=dict)
    words = EncryptedTextField(null=True)

    objects: Any = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_kind", "subject_id", "seq"], name="loop_step_once")]
        ordering = ["subject_kind", "subject_id", "seq"]

    @property
    def role_label(self) -> str:
        return LABELS.get(Role(self.role), self.role)
