"""Supervision on file: rule sets as data, the cards they raise, what was last looked at, and rolled-up figures."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone

from onewindow.catalogue.models import Item
from onewindow.loops.models import LoopRow, MatterQuerySet
from onewindow.people.fields import EncryptedTextField
from onewindow.people.models import Account
from onewindow.places.models import Centre, Department

LEVELS = [("remind", "提醒"), ("warn", "预警"), ("yellow", "黄牌"), ("red", "红牌")]
CARDS = frozenset({"yellow", "red"})
"""Levels that must be answered; the others settle with their deadline."""


class RuleSet(models.Model):
    """A rule book of supervision. Shipped ones are never edited; a manager edits a copy of them (`base`)."""

    key = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(max_length=80)
    source = models.CharField(max_length=300, blank=True)
    base = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="copies")
    shipped = models.BooleanField(default=False)
    division = models.CharField("哪个地方的", max_length=12, blank=True)
    """Whose copy it is: whoever manages that division edits it. Empty: the whole installation's."""
    made_at = models.DateTimeField(default=timezone.now)


class CentreRules(models.Model):
    """The rule book a centre (and what lies below it without its own) is supervised by; without a row: `default`."""

    centre = models.OneToOneField(Centre, primary_key=True, on_delete=models.CASCADE, related_name="supervision")
    rule_set = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="centres")


class Rule(models.Model):
    """One version of one rule. Never edited: a change ends it (`ended_at`) and writes the next; each alarm keeps the
    version it was raised under. `body` is a RuleSpec (oversight/rules.py)."""

    rule_set = models.ForeignKey(RuleSet, on_delete=models.CASCADE, related_name="rules")
    code = models.CharField(max_length=24)
    version = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=[("time", "时限"), ("conduct", "行为")])
    level = models.CharField(max_length=6, choices=LEVELS)
    body = models.JSONField()
    said_at = models.DateTimeField(default=timezone.now)
    said_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("为什么这样改", max_length=200, blank=True, db_default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule_set", "code", "version"], name="oversight_rule_version"),
            models.UniqueConstraint(
                fields=["rule_set", "code"], condition=Q(ended_at__isnull=True), name="oversight_rule_in_force"
            ),
        ]


class Alert(LoopRow):
    """A reminder, a warning or a card. `subject_kind` and `subject_id` say of what; `deadline` which limit fired, with
    the due moment it had (`due_at`): the same limit fires a rule once for each due moment."""

    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="alerts")
    level = models.CharField(max_length=6, choices=LEVELS)
    subject_kind = models.CharField(max_length=24)
    subject_id = models.BigIntegerField()
    subject_number = models.CharField(max_length=50, blank=True)
    deadline = models.BigIntegerField(null=True)
    due_at = models.DateTimeField(null=True)
    key = models.CharField("同一件事只报一次", max_length=120)
    title = models.CharField(max_length=160)
    evidence = models.JSONField(default=dict)
    tell = ArrayField(models.CharField(max_length=20), default=list)
    disputed = models.BooleanField(default=False)
    accounted = models.BooleanField(default=False)
    announced = models.BooleanField("已经告诉该知道的人", db_default=False)

    objects: Any = MatterQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="oversight_once")]
        indexes = [
            models.Index(fields=["centre", "level", "-id"], name="oversight_open", condition=Q(closed_at__isnull=True)),
            models.Index(fields=["department", "-id"], name="oversight_open_dep", condition=Q(closed_at__isnull=True)),
            models.Index(fields=["person", "-id"], name="oversight_open_person", condition=Q(closed_at__isnull=True)),
            models.Index(fields=["deadline"], name="oversight_of_deadline", condition=Q(closed_at__isnull=True)),
            models.Index(fields=["subject_kind", "subject_id"], name="oversight_of_subject"),
            BrinIndex(fields=["opened_at"], name="oversight_opened", autosummarize=True, pages_per_range=32),
            models.Index(
                fields=["id"],
                name="oversight_oldest_cards",
                condition=Q(closed_at__isnull=True, level__in=["yellow", "red"]),
            ),
            models.Index(fields=["id"], name="oversight_unannounced", condition=Q(announced=False)),
        ]


class Notice(models.Model):
    """That somebody was told of an alarm (`step` 0) or of a step of it, and when they read it. Who is told of what, and
    when it also goes out as a text or an e-mail: notices.py. `pending`: still to go out."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notices")
    step = models.PositiveIntegerField(default=0)
    what = models.CharField("级别，或者办了哪一步", max_length=24)
    level = models.CharField(max_length=6, choices=LEVELS)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    pending = models.BooleanField(default=True)

    objects: Any = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "alert", "step"], name="oversight_told_once")]
        indexes = [
            models.Index(fields=["account", "-id"], name="oversight_told"),
            models.Index(fields=["account"], name="oversight_unread", condition=Q(read_at__isnull=True)),
            models.Index(fields=["account", "at"], name="oversight_to_go_out", condition=Q(pending=True)),
        ]


class NoticeWish(models.Model):
    """How somebody wants to be told besides the list on the desk; without a row: as the defaults here."""

    CHANNELS = [("text", "短信"), ("email", "电子邮件"), ("none", "不用，我自己打开看")]

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=5, choices=CHANNELS, default="text")
    email = EncryptedTextField(null=True)
    least = models.CharField("从哪一级起", max_length=6, choices=LEVELS, default="remind")
    quiet_from = models.TimeField(default=time(21))
    quiet_until = models.TimeField(default=time(7, 30))
    last_at = models.DateTimeField("上一条什么时候", null=True)


class Unverified(models.Model):
    """What a rule of conduct could not compute (无法核验), and why: counted neither as a breach nor as all right.

    `until` is the first day on which it no longer stood; null while it stands.
    """

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="unverified")
    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="+")
    subject_kind = models.CharField(max_length=24)
    subject_id = models.BigIntegerField()
    department = models.ForeignKey(Department, null=True, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    reason = models.CharField(max_length=200)
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "centre", "subject_kind", "subject_id", "since", "name"],
                name="oversight_unverified_once",
            )
        ]
        indexes = [models.Index(fields=["centre", "since"], name="oversight_unverified_day")]


class Watermark(models.Model):
    """How far a sweep has looked: a day bound of a rule, a moment of the deadlines' changes, an event's number."""

    key = models.CharField(primary_key=True, max_length=80)
    moment = models.DateTimeField(null=True)
    number = models.BigIntegerField(null=True)


class Figure(models.Model):
    """A rolled-up count of one measure on one day. The board reads only these.

    Rows of four grains, each a sum of its own so that no reader has to add up the finer ones: a centre (the other keys
    null), a department of it, an item of that department, and a person. Measures and what they count: figures.py.
    """

    day = models.DateField()
    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="+")
    department = models.ForeignKey(Department, null=True, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="+")
    item = models.ForeignKey(Item, null=True, on_delete=models.CASCADE, related_name="+")
    measure = models.CharField(max_length=20)
    value = models.BigIntegerField(default=0)

    objects: Any = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "day", "measure", "department", "person", "item"],
                nulls_distinct=False,
                name="oversight_one_figure",
            )
        ]
        indexes = [
            models.Index(
                fields=["day", "measure", "centre"],
                include=["value"],
                name="oversight_of_centre",
                condition=Q(department__isnull=True, person__isnull=True, item__isnull=True),
            ),
            models.Index(
                fields=["department", "day", "measure"],
                include=["value"],
                name="oversight_of_department",
                condition=Q(department__isnull=False, person__isnull=True, item__isnull=True),
            ),
            models.Index(
                fields=["centre", "day", "measure"],
                include=["department", "value"],
                name="oversight_departments",
                condition=Q(department__isnull=False, person__isnull=True, item__isnull=True),
            ),
            models.Index(
                fields=["centre", "day", "measure"],
                include=["item", "value"],
                name="oversight_items",
                condition=Q(item__isnull=False),
            ),
            models.Index(
                fields=["department", "day", "measure"],
                include=["item", "value"],
                name="oversight_items_department",
                condition=Q(item__isnull=False),
            ),
            models.Index(
                fields=["person", "day", "measure"],
                include=["value"],
                name="oversight_of_person",
                condition=Q(person__isnull=False),
            ),
        ]


class DueFigure(models.Model):
    """How many matters have an open limit that ends on a day: the heat of the coming working days. What is overdue
    stands under `figures.OVERDUE`. Three grains: a centre, a department of it, a person."""

    day = models.DateField()
    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="+")
    department = models.ForeignKey(Department, null=True, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="+")
    value = models.BigIntegerField(default=0)

    objects: Any = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "day", "department", "person"], nulls_distinct=False, name="oversight_one_due"
            )
        ]
        indexes = [
            models.Index(fields=["department", "day"], name="oversight_due_department"),
            models.Index(fields=["person", "day"], name="oversight_due_person"),
        ]


class PlaceFigure(models.Model):
    """The figures of a division with all that lies below it, each the sum of those of its centres (`Figure`).

    Three grains: the whole of it (`place` empty, no item), a place one level below (`place`; the own centres of a
    province or a city stand under its own code), and an item. Kept by the same count as the figures: places.py.
    """

    under = models.CharField("这个地方和下面", max_length=12)
    place = models.CharField("下一级", max_length=12, blank=True)
    item = models.ForeignKey(Item, null=True, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    measure = models.CharField(max_length=20)
    value = models.BigIntegerField(default=0)

    objects: Any = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["under", "place", "item", "measure", "day"],
                nulls_distinct=False,
                name="oversight_one_place_figure",
            )
        ]
        indexes = [
            models.Index(fields=["day", "measure"], name="oversight_places_of_day"),
            models.Index(
                fields=["under", "day", "measure"],
                include=["place", "value"],
                name="oversight_places_below",
                condition=~Q(place=""),
            ),
            models.Index(
                fields=["under", "day", "measure"],
                include=["item", "value"],
                name="oversight_items_of_place",
                condition=Q(item__isnull=False),
            ),
        ]


class PlaceDue(models.Model):
    """What falls due on a day (`DueFigure`) in a division: the whole of it (`place` empty) and each place below."""

    under = models.CharField("这个地方和下面", max_length=12)
    place = models.CharField("下一级", max_length=12, blank=True)
    day = models.DateField()
    value = models.BigIntegerField(default=0)

    objects: Any = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["under", "place", "day"], name="oversight_one_place_due")]
