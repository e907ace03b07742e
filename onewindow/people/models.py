"""Who acts and for whom: accounts, postings, authorisation letters, applicants, and the record of sensitive access."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from onewindow.people.crypto import blind_index
from onewindow.people.fields import EncryptedTextField
from onewindow.people.masking import mask_name
from onewindow.people.roles import LABELS
from onewindow.places.models import Centre, Department, Window

ROLE_CHOICES = [(role.value, label) for role, label in LABELS.items()]


class AccountManager(BaseUserManager["Account"]):
    def create_account(self, username: str, password: str | None, **fields: Any) -> Account:
        account = self.model(username=username, **fields)
        account.set_password(password)
        account.save()
        return account


class Account(AbstractBaseUser):
    """Somebody who signs in: a member of staff, or an applicant on the portal."""

    KINDS = [("staff", "工作人员"), ("applicant", "申请人")]

    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=KINDS, default="staff")
    phone = EncryptedTextField(null=True)
    applicant = models.ForeignKey("Applicant", null=True, blank=True, on_delete=models.PROTECT, related_name="accounts")
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    password_given = models.BooleanField(default=False)
    """Somebody else made the password and knows it: its owner chooses their own before anything else."""
    created_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "username"
    objects: ClassVar[AccountManager] = AccountManager()

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """An applicant's name stands in the open nowhere: their account carries only its mask, 王**."""
        if self.kind == "applicant":
            self.name = mask_name(self.name)
        super().save(*args, **kwargs)


class PostingQuerySet(models.QuerySet["Posting"]):
    def valid_on(self, day: date) -> PostingQuerySet:
        return self.filter(
            models.Q(valid_until__isnull=True) | models.Q(valid_until__gte=day),
            valid_from__lte=day,
            account__is_active=True,
        )


class Posting(models.Model):
    """A person in a role at a place for a time; every action is done in one. `covers`: its A post (AB 岗)."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="postings")
    role = models.CharField(max_length=20, choices=ROLE_CHOICES)
    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="postings")
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT, related_name="postings")
    window = models.ForeignKey(Window, null=True, blank=True, on_delete=models.SET_NULL, related_name="postings")
    covers = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="covered_by")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    objects: Any = PostingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["account"]), models.Index(fields=["department", "role"])]

    def __str__(self) -> str:
        return f"{self.account.name}（{self.get_role_display()}）"

    def valid(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


class AuthorisationLetter(models.Model):
    """授权书: a department head lets the holder of a posting do named actions on named items, from when to when.

    `items` empty means every item of the department; `immediate` lets a receiver decide immediate items on the spot.
    """

    number = models.CharField("授权书编号", max_length=60, unique=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="letters")
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="letters")
    signed_by = models.CharField("授权人", max_length=60)
    actions = models.JSONField(default=list)
    items = models.JSONField(default=list)
    immediate = models.BooleanField("可当场办结即办件", default=False)
    accept_on_receipt = models.BooleanField("收件即受理", default=False)
    valid_from = models.DateField()
    valid_until = models.DateField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.number

    def in_force(self, now: datetime) -> bool:
        day = timezone.localdate(now)
        revoked = self.revoked_at is not None and self.revoked_at <= now
        return self.valid_from <= day <= self.valid_until and not revoked

    def grants(self, action: str, item_key: str) -> bool:
        return action in self.actions and (not self.items or item_key in self.items)


class ApplicantQuerySet(models.QuerySet["Applicant"]):
    def with_id_number(self, number: str) -> ApplicantQuerySet:
        return self.filter(id_index=blind_index("id", number))


class Applicant(models.Model):
    """A person or organisation that applies. Name, numbers and address are ciphertext; equality goes by blind index."""

    KINDS = [("natural", "个人"), ("legal", "单位")]
    ID_TYPES = [
        ("id_card", "居民身份证"),
        ("uscc", "统一社会信用代码"),
        ("passport", "护照"),
        ("hmt_permit", "港澳台居民居住证"),
        ("other", "其他证件"),
    ]

    kind = models.CharField(max_length=8, choices=KINDS)
    name = EncryptedTextField()
    id_type = models.CharField(max_length=12, choices=ID_TYPES)
    id_number = EncryptedTextField()
    id_index = models.CharField(max_length=40, db_index=True)
    name_index = models.CharField(max_length=40, db_index=True)
    phone = EncryptedTextField(null=True)
    phone_index = models.CharField(max_length=40, blank=True, db_index=True)
    address = EncryptedTextField(null=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects: Any = ApplicantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["id_type", "id_index", "name_index"], name="one_applicant_per_id")
        ]


class ApiToken(models.Model):
    """A bearer token of an account; only its SHA-256 is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)

    @staticmethod
    def digest_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def issue(cls, account: Account) -> str:
        """Makes a token and returns it; it cannot be shown again."""
        token = "ow_" + secrets.token_urlsafe(32)
        cls.objects.create(account=account, digest=cls.digest_of(token))
        return token


class AccessRecord(models.Model):
    """What must be provable about access: refusals, unmaskings, sign-ins. Append-only like the ledger."""

    KINDS = [("refused", "拒绝"), ("unmasked", "查看完整信息"), ("signed_in", "登录"), ("sign_in_failed", "登录失败")]

    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=16, choices=KINDS)
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    posting = models.ForeignKey(Posting, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "-at"])]


class ChangeRecord(models.Model):
    """Who changed what about places, people, letters or the calendar. Append-only: the database refuses anything else.

    `subject` is `kind:number` (department:12); `division` the place it concerns, empty for the whole installation;
    `before` and `after` hold only what differs, and no personal data: names and telephone numbers stay in their rows.
    """

    at = models.DateTimeField(default=timezone.now)
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    posting = models.ForeignKey(Posting, null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    division = models.CharField(max_length=12, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject", "-id"], name="change_of_subject")]
