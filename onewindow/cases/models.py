"""The case on file: its projection, its ledger, what was handed in as files, and what a repeated request returns."""

from __future__ import annotations

import datetime as dt
import uuid
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils import timezone

from onewindow.cases.lifecycle import STATE_LABELS, State
from onewindow.cases.projection import Facts
from onewindow.catalogue.models import Item, ItemVersion, version_by_id
from onewindow.catalogue.spec import ItemSpec
from onewindow.files.models import FileRow
from onewindow.people.fields import EncryptedTextField
from onewindow.people.models import Account, Applicant, AuthorisationLetter, Posting
from onewindow.people.roles import LABELS, Role
from onewindow.places.models import Centre, Department

if TYPE_CHECKING:
    from onewindow.people.authority import Actor

SUBJECT = "case"
NO_DUE_DATE = datetime(9999, 12, 31, tzinfo=dt.UTC)
"""Sorts after every real date: the work-list key of a case whose clocks are all paused or settled."""

STATE_CHOICES = [(state.value, label) for state, label in STATE_LABELS.items()]
CHANNELS = [
    ("window", "窗口"),
    ("online", "网上"),
    ("mobile", "手机"),
    ("kiosk", "自助终端"),
    ("village", "村（社区）"),
    ("post", "邮寄"),
]


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, actor: Actor) -> CaseQuerySet:
        """What this person may see: cases of the posting's centre, department or division; an applicant's own."""
        return self.filter(actor.case_scope())

    def reachable_by(self, actor: Actor) -> CaseQuerySet:
        """What `visible_to` gives, and the cases of others that wait for this person's department to assist.

        For opening one case by its number: no index serves it over many.
        """
        return self.filter(actor.case_scope() | actor.assist_scope())

    def soonest_first(self) -> CaseQuerySet:
        return self.order_by("next_due_at", "id")

    def for_list(self) -> CaseQuerySet:
        """What a row of a work list shows, in one query."""
        return self.select_related("item", "department", "centre", "applicant", "assignee").defer("item__topics")

    def after(self, cursor: tuple[datetime, int] | None) -> CaseQuerySet:
        """Keyset pagination over (next_due_at, id)."""
        if cursor is None:
            return self
        due, pk = cursor
        return self.filter(models.Q(next_due_at__gt=due) | models.Q(next_due_at=due, pk__gt=pk))


class Case(models.Model):
    """办件. `facts` is the projection of the ledger; the other columns repeat what lists are filtered and sorted by.

    Only `cases.actions` writes here. `version` is the number of the last event and serves as ETag.
    """

    number = models.CharField("办件编号", max_length=50, unique=True)
    query_number = models.CharField("查询号", max_length=16, unique=True)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="cases")
    item_version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="cases")
    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="cases")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="cases")
    applicant = models.ForeignKey(Applicant, on_delete=models.PROTECT, related_name="cases")
    agent = models.ForeignKey(Applicant, null=True, on_delete=models.PROTECT, related_name="agent_cases")
    state = models.CharField(max_length=20, choices=STATE_CHOICES)
    desk = models.CharField("下一步由谁办", max_length=20, blank=True)
    assignee = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="assigned_cases")
    kind = models.CharField(max_length=10)
    channel = models.CharField(max_length=10, choices=CHANNELS)
    urgent = models.BooleanField(default=False)
    paused = models.BooleanField(default=False)
    next_due_at = models.DateTimeField(default=NO_DUE_DATE)
    created_at = models.DateTimeField(default=timezone.now)
    received_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=24, blank=True)
    ticket = models.CharField("排队号", max_length=40, blank=True)
    joint_case = models.ForeignKey("JointCase", null=True, on_delete=models.PROTECT, related_name="cases")
    version = models.PositiveIntegerField(default=0)
    facts = models.JSONField(default=dict)
    head_digest = models.CharField(max_length=64, blank=True)

    objects: Any = CaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["centre", "desk", "next_due_at", "id"], name="case_centre_desk", condition=~models.Q(desk="")
            ),
            models.Index(
                fields=["department", "desk", "next_due_at", "id"],
                name="case_department_desk",
                condition=~models.Q(desk=""),
            ),
            models.Index(
                fields=["centre", "state", "next_due_at", "id"], name="case_centre_state", condition=~models.Q(desk="")
            ),
            models.Index(fields=["assignee", "next_due_at", "id"], name="case_assignee", condition=~models.Q(desk="")),
            models.Index(fields=["applicant", "-id"], name="case_applicant"),
            models.Index(fields=["centre", "-id"], name="case_centre_newest"),
            models.Index(fields=["department", "-id"], name="case_department_newest"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def version_spec(self) -> ItemSpec:
        """The rule this case is pinned to; read from memory, so it costs no query."""
        return version_by_id(self.item_version_id).spec

    @cached_property
    def told(self) -> Facts:
        """The projection as a value."""
        return Facts.from_json(self.facts)

    @property
    def state_label(self) -> str:
        return STATE_LABELS[State(self.state)]

    @property
    def due_on(self) -> date | None:
        return None if self.next_due_at == NO_DUE_DATE else timezone.localdate(self.next_due_at)


class JointCase(models.Model):
    """联办件: one application under a theme. The joint flow builds on it later; a case only needs to name it."""

    number = models.CharField(max_length=50, unique=True)
    theme = models.ForeignKey("catalogue.Theme", on_delete=models.PROTECT, related_name="joint_cases")
    applicant = models.ForeignKey(Applicant, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)


class CaseEvent(models.Model):
    """One event of a case, chained by digest. The database refuses UPDATE and DELETE on this table."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField()
    action = models.CharField(max_length=24)
    at = models.DateTimeField()
    actor = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    posting = models.ForeignKey(Posting, null=True, on_delete=models.PROTECT, related_name="+")
    letter = models.ForeignKey(AuthorisationLetter, null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10)
    data = models.JSONField(default=dict)
    secret_digest = models.CharField(max_length=64, blank=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="event_once")]
        indexes = [BrinIndex(fields=["at"], name="case_event_at", autosummarize=True, pages_per_range=32)]
        ordering = ["case_id", "seq"]

    @property
    def role_label(self) -> str:
        return LABELS.get(Role(self.role), self.role)


class EventSecret(models.Model):
    """Personal data of an event, sealed and beside the chain: it can be lawfully erased and the chain still holds."""

    event = models.OneToOneField(CaseEvent, primary_key=True, on_delete=models.PROTECT, related_name="secret")
    body = EncryptedTextField()


class ChainSeal(models.Model):
    """Once a day: one digest over every case's chain head, chained to the day before."""

    day = models.DateField(primary_key=True)
    cases = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(default=timezone.now)


class StoredFile(FileRow):
    """A file handed in with a case, or waiting to be."""

    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="files")


class Draft(models.Model):
    """An application being filled in on the portal: saved by itself, resumed from anywhere, sent as `submit`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="drafts")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="+")
    body = EncryptedTextField()
    step = models.CharField(max_length=20, default="scenario")
    updated_at = models.DateTimeField(auto_now=True)


class IdempotentRequest(models.Model):
    """The first answer to an Idempotency-Key; `request_digest` tells a repeat from a different request."""

    key = models.CharField(max_length=120)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    request_digest = models.CharField(max_length=64)
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="one_request_per_key")]
