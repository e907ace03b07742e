"""Issued papers: written once, rendered once, reprinted from storage, verified by code."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils import timezone

from onewindow.people.fields import EncryptedBinaryField, EncryptedTextField

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_code() -> str:
    """A verification code of 16 characters that cannot be confused in print (about 80 bits)."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(16))


class Paper(models.Model):
    """A statutory document. `facts` is the sealed JSON it was made from, `facts_digest` stands in the ledger.

    The PDF is rendered on first need (never inside the transaction that issues it) and then kept for good.
    """

    subject_kind = models.CharField(max_length=24)
    subject_id = models.BigIntegerField()
    kind = models.CharField(max_length=16)
    number = models.CharField("文号", max_length=80)
    code = models.CharField("核验码", max_length=16, unique=True, default=new_code)
    issuing_body = models.CharField(max_length=120)
    issued_at = models.DateTimeField(default=timezone.now)
    facts = EncryptedTextField()
    facts_digest = models.CharField(max_length=64)
    pdf = EncryptedBinaryField(null=True)
    pdf_digest = models.CharField(max_length=64, blank=True)
    rendered_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "number"], name="paper_number_once")]
        indexes = [models.Index(fields=["subject_kind", "subject_id"])]


class Serial(models.Model):
    """A running number, e.g. of one department's decisions of one year; taken inside the transaction that uses it."""

    key = models.CharField(max_length=80, primary_key=True)
    last = models.IntegerField(default=0)
