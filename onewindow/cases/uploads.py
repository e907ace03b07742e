"""Files for cases: taken in bound to no case yet, so many for one account. Used by the API, the portal and the desk."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from onewindow.cases.models import StoredFile
from onewindow.files.intake import MAX_BYTES, clean_name, open_file, refuse_hoarding, take_in
from onewindow.people.authority import Actor

MAX_PENDING: Final = 200
"""Files that one account may have uploaded within a day without handing them in; also the most a case can take."""


def store(upload: UploadedFile[Any], *, by: Actor, pk: uuid.UUID | None = None) -> StoredFile:
    """Stores an upload and returns its row, bound to no case yet.

    `pk` may be given by a caller that can be repeated. Raises InvalidInput (empty, not PDF, JPG, PNG or OFD, content
    and name disagree, a zip that is a bomb), TooLarge (over 20 MB), TooMany (200 files waiting). Then nothing is left.
    """
    _check_count(by)
    return take_in(StoredFile, upload, by=by, pk=pk)


def _check_count(by: Actor) -> None:
    since = timezone.now() - timedelta(days=1)
    waiting = StoredFile.objects.filter(uploaded_by=by.account, case__isnull=True, uploaded_at__gt=since)
    refuse_hoarding(waiting, MAX_PENDING)


__all__ = ["MAX_BYTES", "MAX_PENDING", "clean_name", "open_file", "store"]
