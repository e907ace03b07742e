"""What is known of every stored file. Each room keeps its own table and says there what the file belongs to."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from onewindow.people.fields import EncryptedTextField
from onewindow.people.models import Account


class FileRow(models.Model):
    """The bytes lie in the storage under `path`; the digest is taken while they stream in. The name is what people
    called the file, and often names them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = EncryptedTextField()
    media_type = models.CharField(max_length=60)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    path = models.CharField(max_length=200)
    uploaded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
