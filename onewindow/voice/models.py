"""What citizens say, and what became of it: ratings, complaints, systemic issues, consultations and the knowledge."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from onewindow.cases.models import Case
from onewindow.catalogue.models import Item, ItemVersion
from onewindow.hall.models import Ticket
from onewindow.loops.models import LoopRow, MatterQuerySet
from onewindow.people.authority import Actor
from onewindow.people.fields import EncryptedTextField
from onewindow.people.models import Account
from onewindow.people.roles import REACH, Reach, Role
from onewindow.people.sight import places_of
from onewindow.places.models import Centre, Department, Division, Window
from onewindow.voice.evidence_rows import Evidence as Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable

LEVELS = [(5, "非常满意"), (4, "满意"), (3, "基本满意"), (2, "不满意"), (1, "非常不满意")]
"""5 is best inside the house; exports map to each standard's order."""
BAD = 2
"""This level and below is a bad rating (差评)."""
PHASES = [
    ("catalogue", "事项管理"),
    ("consulting", "咨询预约"),
    ("intake", "申请受理"),
    ("decision", "审查决定"),
    ("delivery", "结果送达"),
]
CHANNELS = [
    ("tablet", "窗口评价器"),
    ("qr", "扫码"),
    ("sms", "短信"),
    ("online", "网上"),
    ("kiosk", "自助终端"),
    ("hotline", "热线"),
]


def new_code() -> str:
    return secrets.token_urlsafe(18)


def scope_of(actor: Actor) -> Q:
    """Matters with a centre and a department that this person may see: of the place they manage or supervise, or, for
    the department's people, those their department answers for; for the centre's people, those of the centre."""
    scope = places_of(actor)
    departments = {
        p.department_id for p in actor.postings if REACH[Role(p.role)] is Reach.DEPARTMENT and p.department_id
    }
    if departments:
        only = Q(pk__in=[])
        for posting in actor.postings:
            if REACH[Role(posting.role)] is not Reach.DEPARTMENT:
                only |= places_of(Actor(actor.account, (posting,)))
        scope = only | Q(department_id__in=sorted(departments))
    return scope


CLEAR = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_follow_code() -> str:
    """Twelve characters (60 bits) that cannot be misread: people note them down at the window or on the telephone."""
    return "".join(secrets.choice(CLEAR) for _ in range(12))


class VoiceQuerySet(MatterQuerySet):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(scope_of(actor))


# ---- 好差评 --------------------------------------------------------------------------------------------------------


ASKED = Q(channel__in=["qr", "online"])
"""One invitation of each visit or phase of a case; the others (text message, window, kiosk) are further ways to it."""
_ASKED_OF = ["phase", "used_at", "silent", "window", "department", "person"]
_RATED_AS = ["level", "is_default", "item", "window", "department", "person", "channel", "target", "phase", "labels"]
"""What figures read of a rating: all of it lies in the index, so that none has to be fetched."""


class Invitation(models.Model):
    """A one-time right to rate one visit or one phase of one case. Only the digest of its token is kept.

    Where it happened, whose item it was and who served are copied here for the share of those who rated. `silent`: it
    was used up by a default rating, nobody said a word.
    """

    digest = models.CharField(max_length=64, unique=True)
    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="+")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.CASCADE, related_name="invitations")
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="invitations")
    phase = models.CharField(max_length=10, choices=PHASES)
    channel = models.CharField(max_length=8, choices=CHANNELS)
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    silent = models.BooleanField(default=False)
    window = models.ForeignKey(Window, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Account, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["ticket"]),
            models.Index(fields=["case"]),
            models.Index(fields=["centre", "made_at"], name="voice_invited"),
            models.Index(fields=["centre", "made_at"], name="voice_asked", include=_ASKED_OF, condition=ASKED),
            models.Index(
                fields=["department", "made_at"],
                name="voice_asked_department",
                include=["phase", "used_at", "silent", "window", "person"],
                condition=ASKED & Q(department__isnull=False),
            ),
            models.Index(
                fields=["person", "made_at"],
                name="voice_asked_person",
                include=["phase", "used_at", "silent", "window", "department"],
                condition=ASKED & Q(person__isnull=False),
            ),
        ]


class Rating(models.Model):
    """One voice of one visit or of one phase of a case. Never changed; the database refuses it."""

    TARGETS = [
        ("item", "事项"),
        ("department", "部门"),
        ("window", "窗口"),
        ("person", "工作人员"),
        ("platform", "平台"),
    ]

    number = models.CharField(max_length=24, unique=True)
    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="ratings")
    target = models.CharField(max_length=10, choices=TARGETS, default="item")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="ratings")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="ratings")
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+")
    window = models.ForeignKey(Window, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    phase = models.CharField(max_length=10, choices=PHASES, default="intake")
    channel = models.CharField(max_length=8, choices=CHANNELS)
    level = models.PositiveSmallIntegerField(choices=LEVELS)
    labels = ArrayField(models.CharField(max_length=40), default=list)
    text = EncryptedTextField(null=True)
    rater = models.CharField(max_length=40, blank=True)
    name = EncryptedTextField(null=True)
    phone = EncryptedTextField(null=True)
    is_default = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)

    objects: Any = VoiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket"], name="voice_one_per_visit"),
            models.UniqueConstraint(fields=["case", "phase"], condition=Q(ticket=None), name="voice_one_per_phase"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=5), name="voice_level"),
        ]
        indexes = [
            models.Index(fields=["centre", "at"], name="voice_rated", include=_RATED_AS),
            models.Index(
                fields=["department", "at"],
                name="voice_rated_department",
                include=[name for name in _RATED_AS if name != "department"],
                condition=Q(department__isnull=False),
            ),
            models.Index(
                fields=["person", "at"],
                name="voice_rated_person",
                include=[name for name in _RATED_AS if name != "person"],
                condition=Q(person__isnull=False),
            ),
            models.Index(fields=["window", "at"], name="voice_by_window", condition=Q(window__isnull=False)),
            models.Index(fields=["rater", "at"], name="voice_by_rater", condition=~Q(rater="")),
        ]

    @property
    def is_bad(self) -> bool:
        return self.level <= BAD and not self.is_default


class RatingFlag(models.Model):
    """A rating that looks as if staff had given it: seconds after the finish, one after the other at one window."""

    rating = models.OneToOneField(Rating, primary_key=True, on_delete=models.PROTECT, related_name="flag")
    why = models.CharField(max_length=100)
    at = models.DateTimeField(default=timezone.now)


class BadRating(LoopRow):
    """What is done about a bad rating, until the citizen has heard of it."""

    rating = models.OneToOneField(Rating, on_delete=models.PROTECT, related_name="loop")
    finding = models.CharField(
        max_length=10, blank=True, choices=[("true", "属实"), ("mistaken", "误评"), ("malicious", "恶意")]
    )
    code = models.CharField(max_length=32, unique=True, default=new_code)
    satisfied = models.BooleanField(null=True)

    objects: Any = VoiceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["centre", "state", "next_due_at"], name="voice_bad_ratings")]


# ---- 办不成事 · 有诉即办 -------------------------------------------------------------------------------------------


class SystemicIssue(LoopRow):
    """Like complaints become one issue with a plan and a check of its effect."""

    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+")
    cause = models.CharField(max_length=20)
    title = models.CharField(max_length=120)

    objects: Any = VoiceQuerySet.as_manager()


class Complaint(LoopRow):
    """Something somebody could not get done, or a complaint. `against` is the department complained of, which may
    differ from the `department` that now answers; the complainant follows it by `code`. `raised_to` judges where those
    of the place are concerned themselves (voice.judging); `no_judge`: no level can."""

    KINDS = [("cannot_get_done", "办不成事"), ("complaint", "投诉"), ("suggestion", "意见建议")]
    CHANNELS = [("window", "窗口"), ("online", "网上"), ("phone", "电话"), ("hotline", "热线")]
    CAUSES = [
        ("refused", "该办不办"),
        ("extra_material", "多要材料"),
        ("extra_condition", "多加条件"),
        ("overdue", "超过时限"),
        ("repeated_trips", "来回跑"),
        ("attitude", "服务态度"),
        ("fee", "乱收费"),
        ("system", "系统故障"),
        ("guide", "指南不准"),
        ("other", "其他"),
    ]

    kind = models.CharField(max_length=16, choices=KINDS)
    channel = models.CharField(max_length=8, choices=CHANNELS)
    cause = models.CharField(max_length=20, choices=CAUSES)
    against = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="complaints")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="complaints")
    window = models.ForeignKey(Window, null=True, on_delete=models.PROTECT, related_name="+")
    text = EncryptedTextField()
    name = EncryptedTextField(null=True)
    phone = EncryptedTextField(null=True)
    code = models.CharField(max_length=32, unique=True, default=new_follow_code)
    issue = models.ForeignKey(SystemicIssue, null=True, on_delete=models.SET_NULL, related_name="complaints")
    satisfied = models.BooleanField(null=True)
    reopened = models.PositiveSmallIntegerField(default=0)
    raised_to = models.ForeignKey(Division, null=True, on_delete=models.PROTECT, related_name="+")
    no_judge = models.BooleanField(default=False)

    objects: Any = VoiceQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["centre", "state", "next_due_at"], name="voice_complaints"),
            models.Index(fields=["department", "state", "next_due_at"], name="voice_complaints_dep"),
            models.Index(fields=["cause", "item", "opened_at"], name="voice_alike"),
        ]

    @property
    def anonymous(self) -> bool:
        return not self.name and not self.phone

    @property
    def about_departments(self) -> frozenset[int]:
        """The one complained of; where nobody said which, the one that was given it to answer."""
        return _some(self.against_id or self.department_id)


# ---- 咨询 ----------------------------------------------------------------------------------------------------------


class Consultation(LoopRow):
    """A question: simple ones answered at once, complex ones in writing within two working days."""

    CHANNELS = [("counter", "窗口"), ("phone", "电话"), ("online", "网上")]

    channel = models.CharField(max_length=8, choices=CHANNELS)
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+")
    question = EncryptedTextField()
    answer = models.TextField(blank=True)
    name = EncryptedTextField(null=True)
    phone = EncryptedTextField(null=True)
    code = models.CharField(max_length=32, unique=True, default=new_follow_code)
    entry = models.ForeignKey("KnowledgeEntry", null=True, on_delete=models.SET_NULL, related_name="asked")
    asked_again = models.PositiveSmallIntegerField(default=0)

    objects: Any = VoiceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["centre", "state", "next_due_at"], name="voice_questions")]


class KnowledgeQuerySet(models.QuerySet[Any]):
    def published(self) -> KnowledgeQuerySet:
        return self.filter(is_published=True)

    def stale(self) -> KnowledgeQuerySet:
        """Published, and the item has another version now than the one it was checked against."""
        current = F("item__current")
        return self.published().filter(item__isnull=False).exclude(Q(version__isnull=False) & Q(version=current))


class KnowledgeEntry(models.Model):
    """A question with its answer, checked and published, searched before a new question is asked.

    `version` is the version of the item it was last checked against; a newer one makes it stale. `remark` says why it
    was sent back or taken down. A new wording of a published entry `replaces` it when it is published itself.
    """

    item = models.ForeignKey(Item, null=True, on_delete=models.CASCADE, related_name="knowledge")
    version = models.ForeignKey(ItemVersion, null=True, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=200)
    answer = models.TextField()
    terms = ArrayField(models.CharField(max_length=40), default=list)
    helped = models.PositiveIntegerField(default=0)
    not_helped = models.PositiveIntegerField(default=0)
    is_published = models.BooleanField(default=False)
    written_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    checked_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=300, blank=True)
    replaces = models.OneToOneField("self", null=True, on_delete=models.SET_NULL, related_name="successor")

    objects: Any = KnowledgeQuerySet.as_manager()

    class Meta:
        indexes = [
            GinIndex(fields=["terms"], name="voice_knowledge_terms", condition=Q(is_published=True)),
            models.Index(fields=["item"], name="voice_knowledge_item", condition=Q(is_published=True)),
        ]

    def __str__(self) -> str:
        return self.question

    @property
    def stale(self) -> bool:
        """Whether the item's guide has changed since somebody last checked this against it."""
        return self.item_id is not None and self.item is not None and self.item.current_id != self.version_id

    @property
    def state(self) -> str:
        """published, stale, returned (or taken down) or draft (waits for a second person)."""
        if self.is_published:
            return "stale" if self.stale else "published"
        return "returned" if self.remark else "draft"


def _some(*keys: int | None) -> frozenset[int]:
    found: Iterable[int] = (key for key in keys if key is not None)
    return frozenset(found)
