"""The catalogue: basic items, the items a place carries out, and the published versions that cases are pinned to."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Self

from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from onewindow.catalogue.spec import ItemSpec
from onewindow.loops.models import LoopRow, MatterQuerySet
from onewindow.people.authority import Actor
from onewindow.people.roles import REACH, Reach, Role
from onewindow.places.models import Centre, Department


class BasicItem(models.Model):
    """An entry of the basic catalogue: region 2 + type 2 + main item 5 + sub-item 3 digits."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=200)


class ItemQuerySet(models.QuerySet["Item"]):
    def in_use(self) -> ItemQuerySet:
        return self.filter(status="in_use", current__isnull=False)


class Item(models.Model):
    """An item as one department carries it out. `code` = USCC 18 + level 1 + basic code 12 (31 characters)."""

    STATUS = [("in_use", "在用"), ("paused", "暂停"), ("cancelled", "取消")]
    AUDIENCES = [("natural", "个人"), ("legal", "单位"), ("both", "个人和单位")]

    code = models.CharField(max_length=31, unique=True)
    key = models.SlugField(max_length=80, unique=True)
    basic = models.ForeignKey(BasicItem, on_delete=models.PROTECT, related_name="items")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="items")
    name = models.CharField(max_length=200)
    item_type = models.CharField(max_length=2)
    audience = models.CharField(max_length=8, choices=AUDIENCES)
    topics = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=STATUS, default="in_use")
    current = models.OneToOneField("ItemVersion", null=True, on_delete=models.PROTECT, related_name="+")
    popularity = models.IntegerField(default=0)
    centres = models.ManyToManyField(Centre, related_name="items", blank=True)

    objects: Any = ItemQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["department", "status"])]

    def __str__(self) -> str:
        return self.name


class ItemVersion(models.Model):
    """A published version. `body` is an ItemSpec as JSON and never changes; what changes is a new version.

    `status` is what the item was from then on. `voided_at`: taken back before the day on which it was to take effect.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    body = models.JSONField()
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField(default=timezone.now)
    effective_from = models.DateField()
    effective_until = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Item.STATUS, default="in_use")
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="item_version_number")]

    @property
    def spec(self) -> ItemSpec:
        return _parsed(self.pk, self.digest) or _remember(self)


_specs: dict[tuple[int, str], ItemSpec] = {}


def _parsed(pk: int, digest: str) -> ItemSpec | None:
    return _specs.get((pk, digest))


def _remember(version: ItemVersion) -> ItemSpec:
    """A version's body is immutable, so one parse per process is enough."""
    spec = ItemSpec.model_validate(version.body)
    _specs[(version.pk, version.digest)] = spec
    return spec


@lru_cache(maxsize=4096)
def version_by_id(pk: int) -> ItemVersion:
    """The version with its item and department, kept in memory: published versions never change."""
    return ItemVersion.objects.select_related("item__department__division").get(pk=pk)


def current_version_id(code: str) -> int | None:
    """The version in force of an item in use, by code or key; plain SQL because every intake asks for it."""
    column = "code" if len(code) == 31 else "key"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT current_id FROM catalogue_item WHERE {column} = %s AND status = 'in_use'",  # noqa: S608
            [code],
        )
        row = cursor.fetchone()
    return None if row is None else row[0]


class SearchTerm(models.Model):
    """Inverted index of the catalogue: a word, a part-word (two characters) or a phrase -> item, with its weight."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="terms")
    term = models.CharField(max_length=40)
    weight = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["term", "item"], name="term_once_per_item", include=["weight"])]


class Theme(models.Model):
    """一件事: several items handled as one. `body` keeps items, conditions and order as published."""

    key = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    audience = models.CharField(max_length=8)
    lead_department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    items = models.ManyToManyField(Item, related_name="themes")
    body = models.JSONField()


# ---- change requests ------------------------------------------------------------------------------------------------


class ChangeRequestQuerySet(MatterQuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """The department's people see its changes, the management body and supervision those of their division."""
        if actor.system:
            return self
        scope = Q(pk__in=[])
        for posting in actor.postings:
            role = Role(posting.role)
            if role is Role.PUBLISHER or REACH[role] is Reach.DIVISION:
                scope |= Q(centre__division__code__startswith=posting.centre.division_id)
            elif (role is Role.EDITOR or REACH[role] is Reach.DEPARTMENT) and posting.department_id:
                scope |= Q(department_id=posting.department_id)
        return self.filter(scope)


class ChangeRequest(LoopRow):
    """An item is to be changed: on what basis, how, and what became of it. `person` told the centre of it.

    `draft` holds only what is to differ from `base`, the version it was drawn up against: `spec` (elements of an
    ItemSpec), `status`, `centres` (keys). `made` is the version that was published of it.
    """

    KINDS = [
        ("law", "法律法规变动"),
        ("function", "机构职能变动"),
        ("reform", "放管服改革"),
        ("deviation", "要素偏差"),
        ("other", "其他"),
    ]

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10, choices=KINDS)
    basis_name = models.CharField(max_length=200)
    basis_number = models.CharField(max_length=80, blank=True)
    basis_on = models.DateField()
    base = models.ForeignKey(ItemVersion, null=True, on_delete=models.PROTECT, related_name="+")
    draft = models.JSONField(default=dict)
    made = models.OneToOneField(ItemVersion, null=True, on_delete=models.PROTECT, related_name="change")

    objects: Any = ChangeRequestQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["item"], condition=Q(closed_at__isnull=True), name="change_of_item"),
            models.Index(fields=["department", "next_due_at"], name="change_of_department"),
            models.Index(fields=["state", "next_due_at"], name="change_in_state"),
        ]
