"""The management face's one long job."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from procrastinate.contrib.django import app

from onewindow.faces.manage import notices
from onewindow.faces.manage.models import CalendarNotice

INLINE: Final = 200
"""So many cases are computed while the person waits; more become a job with a page that shows how far it is."""


@app.task(name="manage.recompute_notice")
def recompute_notice(pk: int) -> None:
    """After a large import: every open deadline again. May run twice without harm."""
    notices.recompute(pk)


def begin(notice: CalendarNotice) -> None:
    """Computes at once where that is quick, else hands it to the worker."""
    if notice.total <= INLINE:
        notices.recompute(notice.pk)
    else:
        with transaction.atomic():
            recompute_notice.defer(pk=notice.pk)
